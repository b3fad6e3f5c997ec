"""Live sensors as a source: a thread owns the bus and reads it; whoever counts takes the samples."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from calibration.imu import ImuBlock
from calibration.step_length import StepLength
from calibration.value import Calibration
from firmware.bus import Bus, Clock, SystemClock
from firmware.chips import Chip
from firmware.decode import raw_block
from firmware.errors import SensorError
from firmware.identity import SensorIdentity
from firmware.readings import Frames, Gap, Trouble
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.settings import SensorSettings
from firmware.stats import SensorStats
from pi_service.sources.backlog import LONGEST_S, Backlog
from pi_service.sources.base import StreamInfo
from pi_service.sources.driver import Driver
from pi_service.sources.live_stats import LiveStats, Note, SensorLiveStats, sentence
from pi_service.sources.priority import ORDINARY, raise_priority

log = logging.getLogger(__name__)

#: `close` waits so long for a bus that does not answer.
_PATIENCE_S: Final = 5.0
#: While the sensors are being started, `stop` is looked at so often, and has so long to take effect.
_LOOK_S: Final = 0.05
_GRACE_S: Final = 1.0
#: What happened to the sensors is counted together so often.
_COUNTED_S: Final = 0.25
#: A reading that gives nothing for so long, and no reason, hangs: a transfer ends within a second or two.
_HANGS_S: Final = 8.0

#: Gives the calibration of a sensor that has answered, for the ranges at which it is read.
CalibrationFor = Callable[[SensorIdentity, SensorSettings], Calibration]


def nominal_for(identity: SensorIdentity, settings: SensorSettings) -> Calibration:
    """Return the data sheet's scale."""
    return Calibration.nominal(identity, settings.accel_range_g, settings.gyro_range_dps)


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
    calibration_for
        Asked once for each sensor, by `start`, when the sensors have answered and it is known which
        they are; by default it gives the data sheet's scale.
    clock
        The driver's clock.
    stop
        Ends the stream when it is set, and stays the caller's.
    on_raw
        Called in the consumer's thread with each block of counts, just before the same block is yielded.
    on_note
        Called in the consumer's thread with troubles and gaps, in order with the blocks; by default they
        are logged.
    on_idle
        Called in the consumer's thread every quarter of a second while no samples come.
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
        calibration_for: CalibrationFor = nominal_for,
        clock: Clock | None = None,
        stop: threading.Event | None = None,
        on_raw: Callable[[RawBlock], None] | None = None,
        on_note: Callable[[Note], None] | None = None,
        on_idle: Callable[[], None] | None = None,
        options: LiveOptions | None = None,
    ) -> None:
        self.settings = {each.role: each for each in settings}
        self.identities: dict[SensorRole, SensorIdentity] = {}
        self.chips: dict[SensorRole, Chip] = {}
        self.calibrations: dict[SensorRole, Calibration] = {}
        self._calibration_for = calibration_for
        self.on_raw, self.on_note, self.on_idle = on_raw, on_note, on_idle
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
        self._error_told = False
        self._priority = ORDINARY
        self._read: dict[SensorRole, SensorStats] = {}
        self._delivered = dict.fromkeys(rates_hz, 0)
        self._clipped = dict.fromkeys(rates_hz, 0)
        # Gaps that no sample has ended yet, and the last time of which anything is known.
        self._open: dict[SensorRole, Gap] = {}
        self._known_ns = 0
        # For `hang`: when the bus was last read, when a sensor last delivered, and which is known not to.
        self._polled_s = time.monotonic()
        self._delivered_s = dict.fromkeys(rates_hz, self._polled_s)
        self._troubled: set[SensorRole] = set()

    def start(self, on_wait: Callable[[], None] | None = None) -> bool:
        """Start the sensors and begin to read them.

        Parameters
        ----------
        on_wait
            Called again and again while that takes its time.

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
            if on_wait is not None:
                on_wait()
        if self._info is None:
            self._thread.join(_PATIENCE_S)
            if self._error is not None:
                self._error_told = True
                raise self._error
            return False
        # Here and not in the thread that reads: files may be slow, and the sensors do not wait.
        try:
            for role, each in self.settings.items():
                self.calibrations[role] = self._calibration_for(self.identities[role], each)
        except BaseException:
            self.close()
            raise
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

    def know_step_length(self, length: StepLength | None) -> None:
        """Take note of how long a step is of whoever is counted; after `start`."""
        self._info = replace(self.info, step_length=length)

    def look_every(self, every_s: float) -> None:
        """Yield samples when they pass a multiple of a time on the stream's clock; 0 s: as they come.

        For whoever has nothing to tell in between: to be woken for a few samples costs more than they do.
        While it is not called they are yielded as they come.
        """
        self._backlog.look_every(every_s, self.origin_ns)

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the samples as they come; ends with `close` or `stop`, or raises what ended the reading."""
        try:
            for reading in self._backlog.readings(self._idle):
                if not isinstance(reading, Frames):
                    self._tell(reading)
                    continue
                yield self._delivered_block(reading)
        except BaseException as error:
            self._error_told = self._error_told or error is self._error
            raise

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
        elif self._error is not None and not self._error_told:
            # Whoever took the samples left before it came.
            self._error_told = True
            log.error("The reading of the sensors ended with an error.", exc_info=self._error)

    def hang(self) -> str | None:
        """Return why nothing comes any more, if nobody has said that; None while samples flow.

        A sensor that is told as missing is looked for: that is no reason. By the consumer's thread.
        """
        now_s = time.monotonic()
        if now_s - self._polled_s > _HANGS_S:
            return f"The reading of the bus {self._bus.name} has hung for {_HANGS_S:.0f} s."
        for role, at_s in self._delivered_s.items():
            if role not in self._troubled and now_s - at_s > _HANGS_S:
                return f"The {role} sensor has given nothing for {_HANGS_S:.0f} s, and nothing says why."
        return None

    def stats(self) -> LiveStats:
        """Return what happened so far."""
        sensors = {
            role: SensorLiveStats(
                read,
                self._delivered[role],
                self._clipped[role],
                self._backlog.dropped(role),
                self._backlog.gaps(role),
                None if role not in self._open else (self._open[role].start_ns - self.origin_ns) / 1e9,
            )
            for role, read in self._read.items()
        }
        known_s = max(0.0, (self._known_ns - self.origin_ns) / 1e9)
        return LiveStats(sensors, self._backlog.depth_s, self._backlog.lost_notes, self._priority, known_s)

    def _run(self) -> None:
        """Start and read until it is enough; the thread's own."""
        try:
            if self._options.real_time:
                self._priority = raise_priority()
            self._driver.start()
            self._get_to_know()
            self._read_on()
        except BaseException as error:  # noqa: BLE001 - it is raised where the samples are awaited
            self._error = error
        finally:
            self._backlog.end(self._error)
            self._ready.set()
            self._release()

    def _read_on(self) -> None:
        """Read until it is enough; what happened is counted up to the end, also where that is an error."""
        begun_ns, counted_s = self._clock.now_ns(), self._polled_s
        try:
            while not self._enough(begun_ns):
                readings = self._driver.poll()
                self._polled_s = time.monotonic()
                for reading in readings:
                    if isinstance(reading, Frames):
                        # The first samples may be from before the reading began.
                        begun_ns = min(begun_ns, reading.t_ns[0])
                    self._backlog.put(reading)
                if self._polled_s - counted_s >= _COUNTED_S:
                    counted_s, self._read = self._polled_s, self._driver.stats()
            for reading in self._driver.finish():
                self._backlog.put(reading)
        finally:
            self._read = self._driver.stats()

    def _get_to_know(self) -> None:
        """Take note of what the sensors are, now that they have answered."""
        self.identities, self.chips = self._driver.identities, self._driver.chips
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

    def _delivered_block(self, frames: Frames) -> ImuBlock:
        """Return samples as they are yielded, once they are counted and whoever listens has heard them."""
        role = frames.role
        raw = raw_block(frames, self.settings[role], self.origin_ns)
        self._open.pop(role, None)
        self._delivered_s[role] = time.monotonic()
        self._troubled.discard(role)
        self._known_ns = max(self._known_ns, frames.t_ns[-1])
        self._delivered[role] += len(raw)
        self._clipped[role] += int(((raw.flags & SampleFlag.CLIPPED) != 0).sum())
        if self.on_raw is not None:
            self.on_raw(raw)
        return self.calibrations[role].apply(raw)

    def _idle(self) -> None:
        if self.on_idle is not None:
            self.on_idle()

    def _tell(self, note: Note) -> None:
        if isinstance(note, Gap):
            self._open[note.role] = note
            self._known_ns = max(self._known_ns, note.end_ns)
        elif isinstance(note, Trouble):
            self._troubled.add(note.role)
        else:
            self._troubled.discard(note.role)
        if self.on_note is not None:
            self.on_note(note)
        else:
            log.warning("%s", sentence(note, self.origin_ns))
