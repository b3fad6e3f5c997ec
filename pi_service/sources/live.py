"""Live sensors as a source: a thread owns the bus and reads it; whoever counts takes the samples."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from calibration.imu import ImuBlock
from calibration.value import Calibration
from firmware.bus import Bus, Clock, SystemClock
from firmware.chips import Chip
from firmware.decode import raw_block
from firmware.errors import SensorError
from firmware.identity import SensorIdentity
from firmware.readings import Frames, Reading
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.settings import SensorSettings
from firmware.stats import SensorStats
from pi_service.sources.backlog import LONGEST_S, Backlog
from pi_service.sources.base import StreamInfo
from pi_service.sources.live_stats import LiveStats, Note, SensorLiveStats, sentence
from pi_service.sources.priority import ORDINARY, raise_priority

log = logging.getLogger(__name__)

#: `close` waits so long for a bus that does not answer.
_PATIENCE_S: Final = 5.0
#: While the sensors are being started, `stop` is looked at so often, and has so long to take effect.
_LOOK_S: Final = 0.05
_GRACE_S: Final = 1.0


class Driver(Protocol):
    """What the source needs of `firmware.driver.Sensors`."""

    @property
    def identities(self) -> dict[SensorRole, SensorIdentity]:
        """Which sensors they are."""
        ...

    @property
    def chips(self) -> dict[SensorRole, Chip]:
        """Their rows of the chip table."""
        ...

    def start(self) -> None:
        """Start every sensor; raises SensorError."""
        ...

    def poll(self) -> list[Reading]:
        """Wait for the next read, about 50 ms or less, and return what it gave."""
        ...

    def stats(self) -> dict[SensorRole, SensorStats]:
        """Return what happened so far."""
        ...

    def close(self) -> None:
        """Put the sensors to sleep."""
        ...


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a live stream is run.

    Attributes
    ----------
    queue_s
        Seconds of samples that may wait for the consumer; see `Backlog`.
    seconds
        The stream ends by itself after this time; None for no end.
    may_wait
        Let the reading wait for a slow consumer instead of dropping samples: only where the sensors'
        clock is virtual.
    real_time
        Ask for real-time priority for the thread that reads.
    """

    queue_s: float = LONGEST_S
    seconds: float | None = None
    may_wait: bool = False
    real_time: bool = True


class LiveSource:
    """Delivers what one or two sensors feel; `start` it first.

    `blocks` belongs to one thread. `close` and `stop` end the stream from any thread: what was read
    before is still delivered.

    Parameters
    ----------
    bus
        The bus that the sensors are on; closed with the source.
    driver
        Reads them.
    settings
        What the driver was asked for.
    station, exercise, simulated
        See `StreamInfo`.
    calibrations
        Calibration of each sensor; the data sheet's scale for a sensor that is not named.
    clock
        The driver's clock.
    stop
        Ends the stream when it is set, and stays the caller's.
    on_raw
        Called in the consumer's thread with each block of counts, just before the same block is yielded.
    on_note
        Called in the consumer's thread with troubles and gaps, in order with the blocks; by default they
        are logged.
    options
        How the stream is run.

    Attributes
    ----------
    origin_ns
        Time of the driver's clock that is 0 s on the stream's.
    settings, identities, chips, calibrations
        By role; the latter three are known after `start`.
    """

    def __init__(
        self,
        bus: Bus,
        driver: Driver,
        settings: Sequence[SensorSettings],
        *,
        station: str,
        exercise: str | None = None,
        simulated: bool = False,
        calibrations: Mapping[SensorRole, Calibration] | None = None,
        clock: Clock | None = None,
        stop: threading.Event | None = None,
        on_raw: Callable[[RawBlock], None] | None = None,
        on_note: Callable[[Note], None] | None = None,
        options: LiveOptions | None = None,
    ) -> None:
        self.settings = {each.role: each for each in settings}
        self.identities: dict[SensorRole, SensorIdentity] = {}
        self.chips: dict[SensorRole, Chip] = {}
        self.calibrations: dict[SensorRole, Calibration] = dict(calibrations or {})
        self.on_raw, self.on_note = on_raw, on_note
        self._bus, self._driver = bus, driver
        self._clock = SystemClock() if clock is None else clock
        self.origin_ns = self._clock.now_ns()
        self._station, self._exercise, self._simulated = station, exercise, simulated
        self._info: StreamInfo | None = None
        self._options = options or LiveOptions()
        self._stop = threading.Event() if stop is None else stop
        self._closing = threading.Event()
        rates_hz = {role: float(each.rate_hz) for role, each in self.settings.items()}
        self._rates_hz = rates_hz
        self._backlog = Backlog(rates_hz, self._options.queue_s, may_wait=self._options.may_wait)
        self._thread = threading.Thread(target=self._run, name="repclip-sensors", daemon=True)
        self._ready = threading.Event()
        self._started_at = datetime.now(UTC)
        self._error: BaseException | None = None
        self._priority = ORDINARY
        self._read: dict[SensorRole, SensorStats] = {}
        self._delivered = dict.fromkeys(rates_hz, 0)
        self._clipped = dict.fromkeys(rates_hz, 0)

    def start(self) -> bool:
        """Start the sensors and begin to read them.

        Returns
        -------
        bool
            False when `stop` was set before the sensors delivered: there is nothing to read then.

        Raises
        ------
        SensorError
            They cannot be started; the bus is closed then.
        """
        # The stream's clock begins before its first sample, whatever the start takes.
        self.origin_ns = self._clock.now_ns()
        self._started_at = datetime.now(UTC)
        self._thread.start()
        while not self._ready.wait(_LOOK_S):
            if self._stop.is_set():
                self._thread.join(_GRACE_S)
                return False
        if self._info is None:
            self._thread.join(_PATIENCE_S)
            if self._error is not None:
                raise self._error
            return False
        return True

    @property
    def info(self) -> StreamInfo:
        """What is known before the first sample."""
        if self._info is None:
            raise RuntimeError("start() comes first")
        return self._info

    @property
    def bus_name(self) -> str:
        """What a person calls the bus: ``/dev/i2c-1`` or ``sim:``."""
        return self._bus.name

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the samples as they come; ends with `close` or `stop`, or raises what ended the reading."""
        for reading in self._backlog.readings():
            if not isinstance(reading, Frames):
                self._tell(reading)
                continue
            raw = raw_block(reading, self.settings[reading.role], self.origin_ns)
            self._delivered[reading.role] += len(raw)
            self._clipped[reading.role] += int(((raw.flags & SampleFlag.CLIPPED) != 0).sum())
            if self.on_raw is not None:
                self.on_raw(raw)
            yield self.calibrations[reading.role].apply(raw)

    def close(self) -> None:
        """End the stream and release the bus, from whatever thread; may be called twice."""
        self._closing.set()
        self._backlog.release()
        if self._thread.ident is None:
            self._bus.close()
            return
        self._thread.join(_PATIENCE_S)
        if self._thread.is_alive():
            log.warning("The bus %s does not let go: it is left to the end of the process.", self._bus.name)

    def stats(self) -> LiveStats:
        """Return what happened so far."""
        sensors = {
            role: SensorLiveStats(
                read,
                self._delivered[role],
                self._clipped[role],
                self._backlog.dropped(role),
                self._backlog.gaps(role),
            )
            for role, read in self._read.items()
        }
        return LiveStats(sensors, self._backlog.depth_s, self._backlog.lost_notes, self._priority)

    def _run(self) -> None:
        """Start and read until it is enough; the thread's own."""
        try:
            if self._options.real_time:
                self._priority = raise_priority()
            self._driver.start()
            self._get_to_know()
            begun_ns = self._clock.now_ns()
            while not self._enough(begun_ns):
                for reading in self._driver.poll():
                    if isinstance(reading, Frames):
                        # The first samples may be from before the reading began.
                        begun_ns = min(begun_ns, reading.t_ns[0])
                    self._backlog.put(reading)
                self._read = self._driver.stats()
        except BaseException as error:  # noqa: BLE001 - it is raised where the samples are awaited
            self._error = error
        finally:
            self._backlog.end(self._error)
            self._ready.set()
            self._release()

    def _get_to_know(self) -> None:
        """Take note of what the sensors are, now that they have answered."""
        self.identities, self.chips = self._driver.identities, self._driver.chips
        for role, each in self.settings.items():
            nominal = Calibration.nominal(self.identities[role], each.accel_range_g, each.gyro_range_dps)
            self.calibrations.setdefault(role, nominal)
        self._read = self._driver.stats()
        self._info = StreamInfo(
            self._station, self._started_at, self._exercise, dict(self._rates_hz), simulated=self._simulated
        )
        self._ready.set()

    def _enough(self, begun_ns: int) -> bool:
        if self._closing.is_set() or self._stop.is_set():
            return True
        seconds = self._options.seconds
        return seconds is not None and self._clock.now_ns() - begun_ns >= seconds * 1e9

    def _release(self) -> None:
        try:
            self._driver.close()
            self._bus.close()
        except SensorError as error:
            log.warning("%s", error)

    def _tell(self, note: Note) -> None:
        if self.on_note is not None:
            self.on_note(note)
        else:
            log.warning("%s", sentence(note, self.origin_ns))
