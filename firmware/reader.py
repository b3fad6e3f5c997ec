"""One sensor from its start to its last sample: reads the FIFO, notices what goes wrong, begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from firmware.bus import Bus, Clock
from firmware.chip_clock import ChipClock, ClockFit
from firmware.chips import Chip
from firmware.errors import BusError, ChipError, ChipStartError, SensorError, WrongChipError
from firmware.fifo import FRAME_WRITE_NS, ChipLostError, Fifo, FifoLostError
from firmware.frame_queue import FrameQueue, Segment
from firmware.frames_check import ADVICE, equal_run_limit
from firmware.outlet import Outlet
from firmware.patience import LAST_RETRY_NS, Patience, Steps
from firmware.readings import Cause, Reading
from firmware.settings import SensorSettings
from firmware.start import identify, start_chip
from firmware.stats import Counts

#: How often the registers are read back: values of a chip whose settings changed are wrong for so long.
_CHECK_NS = 500_000_000
#: Samples are given out when the clock fit is this certain over one poll: 2 ms are promised. On a slow bus or
#: a busy host half of that has to do after a while, and in the end what there is.
_CERTAIN_NS = 800_000
_OLD_ENOUGH_NS, _TOO_OLD_NS = 500_000_000, 1_500_000_000
_READINGS_ENOUGH = 12
#: So many readings in a row have to agree with a fit that one contradicted.
_AGREED_ENOUGH = 4
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

    def finish(self) -> list[Reading]:
        """Return what is known at the end: a gap that no sample has ended."""
        self._outlet.finish(self._host.now_ns(), self._fit.period_ns)
        return self._outlet.take()

    def silent_s(self) -> float:
        """Return how long ago the last sample was (s); 0 before the first."""
        return self._outlet.silent_ns(self._host.now_ns()) / 1e9

    def clock_fit(self) -> ClockFit | None:
        """Return how well the chip's clock is known, once samples flow."""
        return self._fit.fit() if self._outlet.flowing else None

    def _live(self) -> Iterator[int]:
        """Start the chip and read it, and again after whatever ended that."""
        while True:
            try:
                chip = yield from self._start()
                yield from self._read_on(chip)
            except ChipLostError as lost:
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
        fifo = Fifo(self._bus, self.settings, chip, self._patience, self._host, self._fit)
        queue = FrameQueue(fifo.frame_bytes, equal_run_limit(self.settings))
        in_vain = 0
        while True:
            samples = self.counts.samples
            try:
                yield from self._read_fifo(fifo, queue)
            except FifoLostError as lost:
                queue.forget()
                # A FIFO that ran full while the bus failed is the bus's doing.
                late = lost.cause is Cause.OVERFLOW and self._patience.failed_lately
                self._outlet.lose(Cause.BUS if late else lost.cause)
                self.counts.fifo_resets += 1
                in_vain = in_vain + 1 if self.counts.samples == samples else 0
                if in_vain == _FIFO_RESETS_IN_VAIN:
                    raise ChipLostError(lost.cause) from lost
                if lost.cause is Cause.LOST:
                    self._fit.restart(_CHIP_RESTART_RATE)

    def _read_fifo(self, fifo: Fifo, queue: FrameQueue) -> Steps[None]:
        """Start the FIFO and read it until something is lost: raises what."""
        start = yield from fifo.restart()
        self._fit.restart()
        self._fit.observe(0, start.before_ns, start.after_ns)
        poll_ns = min(float(self._longest_poll_ns), fifo.safe_room * self._period_ns / 4.0)
        waiting: list[Segment] = []
        begun_ns = frame_ns = checked_ns = start.after_ns
        taken, certain = 0, False
        while True:
            yield from self._wait_for_edge(poll_ns, self._host.now_ns() - begun_ns, certain=certain)
            readings = yield from fifo.count()
            self._latch_ns = self._latch_ns or (readings[0].after_ns - readings[0].before_ns) // 2
            last = readings[-1]
            if last.frames == 0 and last.after_ns - frame_ns > max(3.0 * self._period_ns, _SILENCE_NS):
                yield from fifo.check_registers()
                raise ChipLostError(Cause.FROZEN)
            for each in readings:
                if not self._fit.observe(taken + each.frames, each.before_ns, each.after_ns):
                    raise FifoLostError(Cause.LOST)
            if last.frames == 0:
                continue
            frame_ns = last.after_ns
            doubtful = self._fit.readings_agreed < min(_AGREED_ENOUGH, self._fit.readings)
            if certain and (doubtful or self._fit.uncertainty_ns > _UNCERTAIN_NS):
                # The chip's clock changed its pace, or a sample is missing: find out before more goes out.
                certain, begun_ns = False, frame_ns
            certain = certain or self._is_certain(poll_ns, frame_ns - begun_ns)
            if not certain and last.frames < fifo.safe_room // 4:
                continue
            # Nothing goes out before its time is certain, and the FIFO must not run full meanwhile.
            waiting += queue.prove()
            try:
                taking = yield from fifo.take(last)
            except (FifoLostError, ChipLostError):
                if certain:
                    self._give(waiting, fifo.frame_bytes)
                raise
            if taking is not None:
                data, suspect = taking
                waiting += queue.add(taken + 1, data, suspect=suspect)
                taken += last.frames
            if certain:
                waiting = self._give(waiting, fifo.frame_bytes)
            if taking is None:
                continue
            if queue.frozen_frames * self._period_ns > _FROZEN_NS:
                raise ChipLostError(Cause.FROZEN)
            if frame_ns - checked_ns > _CHECK_NS:
                checked_ns = frame_ns
                yield from fifo.check_registers()

    def _give(self, segments: list[Segment], size: int) -> list[Segment]:
        """Give frames out with their times; return what is left: nothing."""
        self._outlet.give(segments, size, self._fit, self._host.now_ns())
        return []

    def _is_certain(self, poll_ns: float, age_ns: int) -> bool:
        """Whether the clock fit is good enough, or has taken long enough."""
        if self._fit.readings_agreed < min(_AGREED_ENOUGH, self._fit.readings):
            return False
        uncertain_ns = self._fit.uncertainty_ahead_ns(poll_ns)
        if uncertain_ns < _CERTAIN_NS:
            return True
        if self._fit.readings < _READINGS_ENOUGH or age_ns < _OLD_ENOUGH_NS:
            return False
        return uncertain_ns < 2 * _CERTAIN_NS or age_ns > _TOO_OLD_NS

    def _wait_for_edge(self, poll_ns: float, age_ns: int, *, certain: bool) -> Steps[None]:
        """Wait until just before or after a sample is due: a count read there tells most of the clock.

        The moments are spread by the golden ratio, so that no rhythm of the host hides an edge, and leave
        out the moment in which the frame is written. A young fit is asked more often. When the other sensor
        or the host was in the way, the next edge is waited for.
        """
        ahead_ns = poll_ns if certain else min(poll_ns, max(_FIRST_POLL_NS, age_ns / 3.0))
        self._dither = (self._dither + _GOLDEN) % 1.0
        spread_ns = max(_SPREAD * self._period_ns, self._fit.uncertainty_ns)
        aside_ns = FRAME_WRITE_NS + abs(self._dither - 0.5) * spread_ns
        shift_ns = round(aside_ns if self._dither > 0.5 else -aside_ns) - self._latch_ns
        for wait_ns in (round(ahead_ns), 0):
            due_ns = self._fit.edge_ns(self._host.now_ns() + wait_ns) + shift_ns
            yield due_ns
            if self._host.now_ns() - due_ns < spread_ns:
                return
