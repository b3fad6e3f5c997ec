"""A simulated chip's samples, produced ahead in batches and handed out as time passes."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from firmware.sim.faults import Fault, FaultKind
from firmware.sim.history import History
from firmware.sim.motion import FloatArray
from firmware.sim.sensing import JITTER_BOUND, Sensing
from firmware.sim.setup import Setup
from firmware.sim.waking import Switched

#: Batches begin small after each change of the setup (much of the first would be thrown away) and grow.
SMALLEST_BATCH = 16
LARGEST_BATCH = 256
#: Bytes of one sample in register order.
ROW_BYTES = 14


class Sampler:
    """The stream of samples of a chip that is awake.

    Instants are those of the chip's own clock: the nominal period stretched by its error, which follows
    the temperature and the DRIFT faults, and each of them a little off. What it gives does not depend on
    how often it is asked.

    Parameters
    ----------
    sensing
        The analogue side.
    origin_ns
        When the simulation began.
    faults
        DRIFT and FROZEN faults among these are its own.
    """

    def __init__(self, sensing: Sensing, origin_ns: int, faults: tuple[Fault, ...] = ()) -> None:
        self._sensing = sensing
        self._origin_ns = origin_ns
        self._setup: Setup | None = None
        self._switched = Switched()
        self._last_row = np.zeros(7, np.int16)
        self._size = SMALLEST_BATCH
        self._exact = np.empty(0)
        self._times = np.empty(0, np.int64)
        self._words = np.empty((0, 7), np.int16)
        self._genuine = np.empty(0, np.bool_)
        self.times: list[int] = []
        """Instants of the batch (ns)."""
        self.rows = b""
        """The batch's data registers, `ROW_BYTES` each."""
        self.batch = 0
        """Counts the batches, so that others see when `rows` changed."""
        self.taken = 0
        """How many samples of the batch have happened."""
        self._after_ns = 0.0  # the first sample behind the batch, since the origin
        self._tick = 0  # its number in ticks of the base rate
        self._accel_tick = -1
        self._accel_row = np.zeros(3, np.int16)
        self.set_faults(faults)

    def set_faults(self, faults: tuple[Fault, ...]) -> None:
        """Exchange the schedule of faults."""
        self._drifts = [fault for fault in faults if fault.kind is FaultKind.DRIFT]
        self._frozen = [fault for fault in faults if fault.kind is FaultKind.FROZEN]
        self._sensing.set_faults(faults)
        self._drop_ahead()

    @property
    def running(self) -> bool:
        """Whether samples come."""
        return self._setup is not None

    def start(self, first_ns: int, setup: Setup, switched: Switched) -> None:
        """Begin to sample: the first at `first_ns`."""
        self.stop()
        self._setup, self._switched = setup, switched
        self._after_ns = float(first_ns - self._origin_ns)
        self._tick, self._accel_tick = 0, -1

    def change(self, now_ns: int, setup: Setup, switched: Switched) -> None:
        """Go on with another setup; the samples not yet taken are produced anew."""
        old = self._setup
        last_ns = self.times[self.taken - 1] if self.taken else None
        self._drop_ahead()
        self._setup, self._switched = setup, switched
        if old is not None and last_ns is not None and setup.period_ns != old.period_ns:
            next_ns = last_ns - self._origin_ns + setup.period_ns
            self._after_ns = max(next_ns, float(now_ns + 1 - self._origin_ns))
            self._tick, self._accel_tick = 0, -1

    def stop(self) -> None:
        """Produce no more samples."""
        self._drop_ahead()
        self._setup = None

    def _drop_ahead(self) -> None:
        """Forget the samples of the batch that have not happened yet."""
        if self.taken < len(self.times):
            self._after_ns = self._exact[self.taken]
            self._tick -= (len(self.times) - self.taken) * (self._setup.step if self._setup else 1)
            self._accel_tick = -1
        if self.taken:
            self._last_row = self._words[self.taken - 1]
        self._times, self.times, self.rows, self.taken = np.empty(0, np.int64), [], b"", 0
        self.batch += 1
        self._size = SMALLEST_BATCH

    def take(self, until_ns: int) -> int:
        """Let the batch's samples up to `until_ns` happen and return how many did.

        When the batch is used up, `refill` has to be called for the next.
        """
        before = self.taken
        self.taken = bisect_right(self.times, until_ns, before)
        return self.taken - before

    def part(self, start: int, end: int) -> History:
        """Return a piece of the batch as history."""
        return History(self._times[start:end], self._words[start:end], self._genuine[start:end])

    def last_row(self) -> bytes:
        """Return the data registers of the last sample that happened in this batch."""
        return self.rows[(self.taken - 1) * ROW_BYTES : self.taken * ROW_BYTES]

    def refill(self, until_ns: int) -> bool:
        """Produce the next batch if it begins by `until_ns`, and say whether."""
        setup = self._setup
        if setup is None or self._origin_ns + self._after_ns - self._jitter_ns(setup) > until_ns:
            return False
        if self.taken:
            self._last_row = self._words[-1]
        count = self._size
        self._size = min(2 * count, LARGEST_BATCH)
        exact = self._instants(count, setup)
        at_ns = exact[:-1] + self._sensing.jitter_ns(count, self._jitter_ns(setup))
        t_s = at_ns * 1e-9
        accel_t_s, index, ticks = self._accelerometer_instants(t_s, setup)
        words = self._sensing.words(t_s, accel_t_s, index, setup, self._switched)
        if ticks is not None:
            repeats = ticks == self._accel_tick
            words[repeats, :3] = self._accel_row
            self._accel_tick, self._accel_row = int(ticks[-1]), words[-1, :3].copy()
        self._exact = exact
        self._after_ns = float(exact[-1])
        self._tick += count * setup.step
        self._times = self._origin_ns + at_ns.astype(np.int64)
        self._words, self._genuine = self._freeze(t_s, words)
        self.times = self._times.tolist()
        self.rows = self._words.astype(">i2").tobytes()
        self.taken = 0
        self.batch += 1
        return True

    def _jitter_ns(self, setup: Setup) -> float:
        """Return how far an instant may be off at most: never so far that it meets the next one."""
        return min(JITTER_BOUND * 1e3 * self._sensing.clock_jitter_us, setup.period_ns / 3.0)

    def _instants(self, count: int, setup: Setup) -> FloatArray:
        """Return `count` instants and the one behind them, in ns since the origin."""
        rough_s: FloatArray = (self._after_ns + setup.period_ns * np.arange(count, dtype=np.float64)) * 1e-9
        ppm = self._sensing.clock_ppm(rough_s, self._switched)
        for fault in self._drifts:
            value = float(fault.value or 0.0)
            if fault.duration_s > 0.0 and not math.isinf(fault.duration_s):
                ppm = ppm + value * np.clip((rough_s - fault.start_s) / fault.duration_s, 0.0, 1.0)
            else:
                ppm = ppm + value * (rough_s >= fault.start_s)
        exact = np.empty(count + 1)
        exact[0] = self._after_ns
        exact[1:] = self._after_ns + np.cumsum(setup.period_ns / (1.0 + ppm * 1e-6))
        return exact

    def _accelerometer_instants(
        self, t_s: FloatArray, setup: Setup
    ) -> tuple[FloatArray, npt.NDArray[np.intp], npt.NDArray[np.int64] | None]:
        """Return when the accelerometer measures, which of these each sample shows, and their ticks.

        It measures at 1 kHz at most: above that, samples repeat it.
        """
        if setup.base_hz == 1000:
            return t_s, np.arange(len(t_s)), None
        base = self._tick + setup.step * np.arange(len(t_s), dtype=np.int64)
        ticks = base // 8
        _, first, index = np.unique(ticks, return_index=True, return_inverse=True)
        late_s = (base - 8 * ticks)[first] / setup.base_hz
        return t_s[first] - late_s, index.reshape(-1), ticks

    def _freeze(
        self, t_s: FloatArray, words: npt.NDArray[np.int16]
    ) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.bool_]]:
        """Repeat the last genuine sample while the outputs are frozen."""
        genuine = np.ones(len(t_s), np.bool_)
        for fault in self._frozen:
            genuine &= (t_s < fault.start_s) | (t_s >= fault.end_s)
        if genuine.all():
            return words, genuine
        shown = np.concatenate([self._last_row[None], words])
        source = np.maximum.accumulate(np.where(genuine, np.arange(1, len(t_s) + 1), 0))
        return shown[source], genuine
