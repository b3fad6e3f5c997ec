"""One sensor from its start to its last sample: reads the FIFO, notices what goes wrong, begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from firmware import registers as reg
from firmware.bus import Bus, Clock
from firmware.chip_clock import ChipClock, ClockFit
from firmware.chips import Chip
from firmware.errors import BusError, ChipError, ChipStartError, SensorError, WrongChipError
from firmware.frame_queue import FrameQueue, Segment
from firmware.frames_check import ADVICE, equal_run_limit, is_echo
from firmware.outlet import Outlet
from firmware.patience import LAST_RETRY_NS, Patience, Steps
from firmware.readings import Cause, Reading
from firmware.settings import SensorSettings
from firmware.start import ASLEEP, frame_bytes, identify, restart_fifo, start_chip, wrong_register
from firmware.stats import Counts

#: How often the registers are read back.
_CHECK_NS = 2_000_000_000
#: A frame that is being written while the count is read is whole so long later.
_FRAME_WRITE_NS = 150_000
_COUNT_READS = 5
#: The FIFO is restarted when fewer than this many frames have room.
_SPARE_FRAMES = 3
#: The smallest FIFO of the family: from there on the overflow flag is asked, whatever the chip says it is.
_SMALLEST_FIFO_BYTES = 512
#: Samples are given out when the clock fit is this certain over one poll, or is as old as this.
_CERTAIN_NS = 800_000
_OLD_ENOUGH_NS = 500_000_000
_READINGS_ENOUGH = 12
_UNCERTAIN_NS = 1_000_000
#: The first poll of a young fit.
_FIRST_POLL_NS = 1_500_000
#: No new sample for so long (and for three periods) is no chance.
_SILENCE_NS = 50_000_000
#: Equal samples for so long are a frozen sensor that has to begin anew.
_FROZEN_NS = 250_000_000
#: A FIFO that was begun anew so often without a sample does not get well by that.
_FIFO_RESETS_IN_VAIN = 4
#: How far the period may have changed over a restart of the chip, or when samples do not add up.
_CHIP_RESTART_RATE = 5e-3
#: The counts are read so far around an edge, as a part of the period.
_SPREAD = 0.2
#: Before a chip is started again.
_RESTART_PAUSE_NS = 20_000_000
_GOLDEN = 0.6180339887


class _FifoLostError(Exception):
    """The FIFO has to begin anew."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause


class _ChipLostError(Exception):
    """The chip has to begin anew."""

    def __init__(self, cause: Cause) -> None:
        self.cause = cause


class SensorReader:
    """Reads one sensor; call `step` when `due_ns` has come.

    Its life is one generator that yields when to go on, so that two sensors take turns on one bus however
    long one of them has to wait.

    Attributes
    ----------
    due_ns
        When the next step is due on the host's monotonic clock.
    settings
        What is asked of the sensor.
    chip
        Which chip it is, once it has answered.
    error, attempts
        The last thing that kept it from delivering its first sample, and how often it was tried.
    counts
        What happened so far.
    """

    def __init__(
        self,
        bus: Bus,
        settings: SensorSettings,
        clock: Clock,
        poll_ns: int,
        reopen: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.chip: Chip | None = None
        self.error: SensorError | None = None
        self.attempts = 0
        self.counts = Counts()
        self.due_ns = clock.now_ns()
        self._bus, self._host, self._longest_poll_ns = bus, clock, poll_ns
        self._period_ns = 1e9 / settings.rate_hz
        self._fit = ChipClock(self._period_ns)
        self._outlet = Outlet(settings.role, self.counts)
        self._patience = Patience(clock, self._outlet, self.counts, reopen)
        self._dither = 0.0
        self._latch_ns = 0
        self._life = self._live()

    @property
    def delivers(self) -> bool:
        """Whether it has given out a sample."""
        return self._outlet.flowing

    def step(self) -> list[Reading]:
        """Do what is due; return what it gave. Trouble is a reading, never an exception."""
        self.due_ns = next(self._life)
        return self._outlet.take()

    def clock_fit(self) -> ClockFit | None:
        """Return how well the chip's clock is known, once samples flow."""
        return self._fit.fit() if self._outlet.flowing else None

    def _live(self) -> Iterator[int]:
        """Start the chip and read it, and again after whatever ended that."""
        while True:
            try:
                chip = yield from self._start()
                yield from self._read_on(chip)
            except _ChipLostError as lost:
                self.counts.restarts += 1
                self._did_not_start(self._no_samples(lost.cause), lost.cause)
                self._outlet.tell(lost.cause, ADVICE[lost.cause], self._host.now_ns())
                yield self._host.now_ns() + _RESTART_PAUSE_NS
            except BusError as error:
                self._did_not_start(error, Cause.BUS)
                yield self._patience.failed(error)
            except ChipError as error:
                self._did_not_start(error, Cause.CHIP)
                self._outlet.tell(Cause.CHIP, str(error), self._host.now_ns())
                yield self._host.now_ns() + LAST_RETRY_NS

    def _no_samples(self, cause: Cause) -> ChipStartError:
        where = f"The chip at address 0x{self.settings.i2c_address:02x}"
        return ChipStartError(f"{where} starts but gives no good samples: {ADVICE[cause]}.")

    def _did_not_start(self, error: SensorError, cause: Cause) -> None:
        self._outlet.lose(cause)
        self.error = error
        self.attempts += 1

    def _start(self) -> Steps[Chip]:
        settings = self.settings
        chip = identify(self._bus, settings.i2c_address, allow_unknown=settings.allow_unknown_chip)
        if self.chip is not None and chip != self.chip:
            raise WrongChipError(
                f"The chip at address 0x{settings.i2c_address:02x} was an {self.chip.name} and now says it is"
                f" an {chip.name}: restart repclip if it was exchanged, or check the wiring."
            )
        self.chip, self.error = chip, None
        for wait_s in start_chip(self._bus, settings, chip):
            yield self._host.now_ns() + round(wait_s * 1e9)
        self._patience.worked()
        self._fit.restart(_CHIP_RESTART_RATE)
        return chip

    def _read_on(self, chip: Chip) -> Steps[None]:
        """Read the FIFO, and begin it anew when its content is lost."""
        size = frame_bytes(self.settings, chip)
        queue = FrameQueue(size, equal_run_limit(self.settings))
        in_vain = 0
        while True:
            samples = self.counts.samples
            try:
                yield from self._read_fifo(chip, size, queue)
            except _FifoLostError as lost:
                queue.forget()
                # A FIFO that ran full while the bus failed is the bus's doing.
                late = lost.cause is Cause.OVERFLOW and self._patience.failed_lately
                self._outlet.lose(Cause.BUS if late else lost.cause)
                self.counts.fifo_resets += 1
                in_vain = in_vain + 1 if self.counts.samples == samples else 0
                if in_vain == _FIFO_RESETS_IN_VAIN:
                    raise _ChipLostError(lost.cause) from lost
                if lost.cause is Cause.LOST:
                    self._fit.restart(_CHIP_RESTART_RATE)

    def _read_fifo(self, chip: Chip, size: int, queue: FrameQueue) -> Steps[None]:
        """Start the FIFO and read it until something is lost: raises what."""
        before_ns, after_ns, _ = yield from self._patience.timed(
            lambda: restart_fifo(self._bus, self.settings, chip)
        )
        self._fit.restart()
        self._fit.observe(0, before_ns, after_ns)
        room = chip.fifo_bytes // size
        poll_ns = min(float(self._longest_poll_ns), room * self._period_ns / 4.0)
        waiting: list[Segment] = []
        begun_ns = frame_ns = checked_ns = after_ns
        taken, certain = 0, False
        while True:
            age_ns = self._host.now_ns() - begun_ns
            ahead_ns = poll_ns if certain else min(poll_ns, max(_FIRST_POLL_NS, age_ns / 3.0))
            yield from self._wait_for_edge(ahead_ns)
            readings = yield from self._count(chip, size)
            before_ns, after_ns, held = readings[-1]
            if held == 0 and after_ns - frame_ns > max(3.0 * self._period_ns, _SILENCE_NS):
                yield from self._check_registers(chip)
                raise _ChipLostError(Cause.FROZEN)
            for since_ns, until_ns, whole in readings:
                if not self._fit.observe(taken + whole, since_ns, until_ns):
                    raise _FifoLostError(Cause.LOST)
            if held == 0:
                continue
            frame_ns = after_ns
            if certain and self._fit.uncertainty_ns > _UNCERTAIN_NS:
                # The chip's clock changed its pace: learn it anew before more goes out.
                certain, begun_ns = False, after_ns
            certain = certain or self._is_certain(poll_ns, after_ns - begun_ns)
            if not certain and held < room // 4:
                continue
            # Nothing goes out before its time is certain, and the FIFO must not run full meanwhile.
            waiting += queue.prove()
            if certain:
                waiting = self._give(waiting, size)
            data = yield from self._take(held * size)
            if data is None:
                continue
            # The host may have done something else between count and read: did the FIFO run full meanwhile?
            most = held + int((self._host.now_ns() - before_ns) / self._period_ns) + _SPARE_FRAMES
            if most > room:
                raise _FifoLostError(Cause.OVERFLOW)
            yield from self._check_overflow(most * size)
            if any(is_echo(data[start : start + size]) for start in range(0, len(data), size)):
                yield from self._check_registers(chip)
                raise _FifoLostError(Cause.FROZEN if data.count(data[0]) == len(data) else Cause.BUS)
            waiting += queue.add(taken + 1, data)
            taken += held
            if certain:
                waiting = self._give(waiting, size)
            if queue.frozen_frames * self._period_ns > _FROZEN_NS:
                raise _ChipLostError(Cause.FROZEN)
            if after_ns - checked_ns > _CHECK_NS:
                checked_ns = after_ns
                yield from self._check_registers(chip)

    def _give(self, segments: list[Segment], size: int) -> list[Segment]:
        """Give frames out with their times; return what is left: nothing."""
        self._outlet.give(segments, size, self._fit, self._host.now_ns())
        return []

    def _is_certain(self, poll_ns: float, age_ns: int) -> bool:
        """Whether the clock fit is good enough, or has taken long enough."""
        if self._fit.uncertainty_ahead_ns(poll_ns) < _CERTAIN_NS:
            return True
        return age_ns > _OLD_ENOUGH_NS and self._fit.readings >= _READINGS_ENOUGH

    def _wait_for_edge(self, ahead_ns: float) -> Steps[None]:
        """Wait until just before or after a sample is due: a count read there tells most of the clock.

        The moments are spread by the golden ratio, so that no rhythm of the host hides an edge, and leave
        out the moment in which the frame is written. When the other sensor or the host was in the way,
        the next edge is waited for.
        """
        self._dither = (self._dither + _GOLDEN) % 1.0
        spread_ns = max(_SPREAD * self._period_ns, self._fit.uncertainty_ns)
        aside_ns = _FRAME_WRITE_NS + abs(self._dither - 0.5) * spread_ns
        shift_ns = round(aside_ns if self._dither > 0.5 else -aside_ns) - self._latch_ns
        for wait_ns in (round(ahead_ns), 0):
            due_ns = self._fit.edge_ns(self._host.now_ns() + wait_ns) + shift_ns
            yield due_ns
            if self._host.now_ns() - due_ns < spread_ns:
                return

    def _count(self, chip: Chip, size: int) -> Steps[list[tuple[int, int, int]]]:
        """Return one or two readings of the count: host times before and after it, and whole frames.

        A frame that is just being written may make whole what is not, if the FIFO lost its alignment: where
        that can be, only two whole readings in a row are believed.
        """
        readings: list[tuple[int, int, int]] = []
        for tries in range(_COUNT_READS):
            before_ns, after_ns, raw = yield from self._patience.timed(
                lambda: self._bus.read(self.settings.i2c_address, reg.FIFO_COUNTH, 2)
            )
            # The later chips count with 13 bits; what is above has no meaning.
            held = (raw[0] & 0x1F) << 8 | raw[1]
            if chip.fifo_bytes - _SPARE_FRAMES * size <= held <= chip.fifo_bytes:
                raise _FifoLostError(Cause.OVERFLOW)
            if held >= chip.fifo_bytes or held % size:
                readings.clear()
            else:
                readings.append((before_ns, after_ns, held // size))
            if len(readings) > 1 or (readings and not tries and not self._fit.near_edge(before_ns, after_ns)):
                break
            yield self._host.now_ns() + _FRAME_WRITE_NS
        else:
            yield from self._check_overflow(held)
            raise _FifoLostError(Cause.MISALIGNED)
        self._latch_ns = (after_ns - before_ns) // 2 if not self._latch_ns else self._latch_ns
        yield from self._check_overflow(held + _SPARE_FRAMES * size)
        return readings

    def _check_overflow(self, held: int) -> Steps[None]:
        """Ask for the overflow flag where a forged chip's FIFO would be full."""
        if held < _SMALLEST_FIFO_BYTES:
            return
        status = yield from self._patience.until_done(
            lambda: self._bus.read(self.settings.i2c_address, reg.INT_STATUS, 1)
        )
        if status[0] & reg.FIFO_OVERFLOW_INT:
            raise _FifoLostError(Cause.OVERFLOW)

    def _check_registers(self, chip: Chip) -> Steps[None]:
        """Raise when the registers do not hold the settings."""
        wrong = yield from self._patience.until_done(lambda: wrong_register(self._bus, self.settings, chip))
        if wrong is not None:
            raise _ChipLostError(Cause.ASLEEP if wrong == ASLEEP else Cause.SETTINGS)

    def _take(self, length: int) -> Steps[bytes | None]:
        """Take bytes out of the FIFO; None when nobody answered and nothing was taken."""
        try:
            data = self._bus.read_fifo(self.settings.i2c_address, length)
        except BusError as error:
            yield self._patience.failed(error)
            if error.consumed:
                raise _FifoLostError(Cause.BUS) from error
            return None
        self._patience.worked()
        self._patience.failed_lately = False
        return data
