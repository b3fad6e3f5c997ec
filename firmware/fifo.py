"""The chip's FIFO on the bus: how much is in it, taking it out, and knowing when it cannot be trusted."""

from __future__ import annotations

from typing import NamedTuple

from firmware import registers as reg
from firmware.bus import Bus, Clock
from firmware.chip_clock import ChipClock
from firmware.chips import Chip
from firmware.errors import BusError
from firmware.frames_check import is_echo
from firmware.patience import Patience, Steps
from firmware.readings import Cause
from firmware.settings import SensorSettings
from firmware.start import ASLEEP, frame_bytes, restart_fifo, wrong_register

#: A frame that is being written while the count is read is whole so long later.
FRAME_WRITE_NS = 150_000
#: The count is read so often before it is believed that the FIFO lost its alignment.
_COUNT_READS = 5
#: The FIFO is restarted when fewer than this many frames have room (the Linux driver's figure).
_SPARE_FRAMES = 3
#: The smallest FIFO of the family: from there on the overflow flag is asked, whatever the chip says it is.
_SMALLEST_FIFO_BYTES = 512


class FifoLostError(Exception):
    """The FIFO has to begin anew."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause


class ChipLostError(Exception):
    """The chip has to begin anew."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause


class CountReading(NamedTuple):
    """How many whole frames the FIFO held at some time between two host times."""

    before_ns: int
    after_ns: int
    frames: int


class Fifo:
    """One chip's FIFO. Its methods are steps: they yield when to go on, and raise what is lost.

    Parameters
    ----------
    bus, settings, chip
        Where and what it is.
    patience
        Deals with failures of the bus.
    clock
        The host's monotonic clock.
    fit
        The fit of the chip's clock; tells when a frame is just being written.

    Attributes
    ----------
    frame_bytes
        Length of a frame.
    room, safe_room
        Whole frames that it can hold, and those that it can even if the chip is forged.
    """

    def __init__(
        self,
        bus: Bus,
        settings: SensorSettings,
        chip: Chip,
        patience: Patience,
        clock: Clock,
        fit: ChipClock,
    ) -> None:
        self.frame_bytes = frame_bytes(settings, chip)
        self.room = chip.fifo_bytes // self.frame_bytes
        self.safe_room = min(chip.fifo_bytes, _SMALLEST_FIFO_BYTES) // self.frame_bytes
        self._bus, self._settings, self._chip = bus, settings, chip
        self._patience, self._clock, self._fit = patience, clock, fit
        self._address = settings.i2c_address
        self._period_ns = 1e9 / settings.rate_hz

    def restart(self) -> Steps[CountReading]:
        """Empty it and start it, so that its next byte is the first of a frame; return its first count: 0."""
        before_ns, after_ns, _ = yield from self._patience.timed(
            lambda: restart_fifo(self._bus, self._settings, self._chip)
        )
        return CountReading(before_ns, after_ns, 0)

    def count(self) -> Steps[list[CountReading]]:
        """Return one or two readings of the count; the last one is how many frames may be taken.

        A frame that is just being written may make whole what is not, if the FIFO lost its alignment: where
        that can be, only two whole readings in a row are believed.
        """
        size = self.frame_bytes
        readings: list[CountReading] = []
        for tries in range(_COUNT_READS):
            before_ns, after_ns, raw = yield from self._patience.timed(
                lambda: self._bus.read(self._address, reg.FIFO_COUNTH, 2)
            )
            # The later chips count with 13 bits; what is above has no meaning.
            held = (raw[0] & 0x1F) << 8 | raw[1]
            if self._chip.fifo_bytes - _SPARE_FRAMES * size <= held <= self._chip.fifo_bytes:
                raise FifoLostError(Cause.OVERFLOW)
            if held >= self._chip.fifo_bytes or held % size:
                readings.clear()
            else:
                readings.append(CountReading(before_ns, after_ns, held // size))
            if len(readings) > 1 or (readings and not tries and not self._fit.near_edge(before_ns, after_ns)):
                break
            yield self._clock.now_ns() + FRAME_WRITE_NS
        else:
            yield from self._check_overflow(held)
            raise FifoLostError(Cause.MISALIGNED)
        yield from self._check_overflow(held + _SPARE_FRAMES * size)
        return readings

    def take(self, reading: CountReading) -> Steps[tuple[bytes, bool] | None]:
        """Take the counted frames out; None when nobody answered and nothing was taken.

        The second value says whether they are suspect: a forged chip's FIFO may have run full before they
        were taken, and then they begin inside a frame, which the next count shows.
        """
        size = self.frame_bytes
        try:
            data = self._bus.read_fifo(self._address, reading.frames * size)
        except BusError as error:
            yield self._patience.failed(error)
            if error.consumed:
                raise FifoLostError(Cause.BUS) from error
            return None
        # The host may have done something else between count and read: did the FIFO run full meanwhile?
        waited = int((self._clock.now_ns() - reading.before_ns) / self._period_ns)
        most = reading.frames + waited + _SPARE_FRAMES
        if most > self.room:
            raise FifoLostError(Cause.OVERFLOW)
        self._patience.worked()
        yield from self._check_overflow(most * size)
        if any(is_echo(data[start : start + size]) for start in range(0, len(data), size)):
            yield from self.check_registers()
            raise FifoLostError(Cause.FROZEN if data.count(data[0]) == len(data) else Cause.BUS)
        self._patience.failed_lately = False
        return data, most > self.safe_room

    def check_registers(self) -> Steps[None]:
        """Raise `ChipLostError` when the registers do not hold the settings."""
        wrong = yield from self._patience.until_done(
            lambda: wrong_register(self._bus, self._settings, self._chip)
        )
        if wrong is not None:
            raise ChipLostError(Cause.ASLEEP if wrong == ASLEEP else Cause.SETTINGS)

    def _check_overflow(self, held: int) -> Steps[None]:
        """Ask for the overflow flag where a forged chip's FIFO would be full."""
        if held < _SMALLEST_FIFO_BYTES:
            return
        status = yield from self._patience.until_done(
            lambda: self._bus.read(self._address, reg.INT_STATUS, 1)
        )
        if status[0] & reg.FIFO_OVERFLOW_INT:
            raise FifoLostError(Cause.OVERFLOW)
