"""What a sensor's reader gives out: samples with their times, what is missing between them, and trouble."""

from __future__ import annotations

from array import array

from firmware.chip_clock import ChipClock
from firmware.frame_queue import Segment, joined
from firmware.readings import Cause, Frames, Gap, Reading, Recovered, Trouble
from firmware.roles import SensorRole
from firmware.stats import Counts

#: At the end, samples up to so old may still be in the FIFO: they are not lost, only not fetched.
_SILENCE_NS = 300_000_000


class Outlet:
    """Collects readings until they are taken.

    Parameters
    ----------
    role
        Which sensor.
    counts
        Where samples and gaps are counted.

    Attributes
    ----------
    flowing
        Whether a sample was ever given out.
    """

    def __init__(self, role: SensorRole, counts: Counts) -> None:
        self.flowing = False
        self._role, self._counts = role, counts
        self._readings: list[Reading] = []
        self._lost: Cause | None = None
        self._last_t_ns = 0
        self._trouble: Cause | None = None
        self._trouble_ns = 0

    def take(self) -> list[Reading]:
        """Return what was collected since the last call."""
        taken, self._readings = self._readings, []
        return taken

    def lose(self, cause: Cause) -> None:
        """Take note that samples will be missing; of several causes the first is told."""
        if self._lost is None:
            self._lost = cause

    def tell(self, cause: Cause, advice: str, now_ns: int) -> None:
        """Tell of trouble once, until it is over or becomes another; not before the first sample."""
        if not self.flowing or self._trouble == cause:
            return
        if self._trouble is None:
            self._trouble_ns = now_ns
        self._trouble = cause
        sentence = f"The {self._role} sensor: {advice.rstrip('.')}."
        self._readings.append(Trouble(self._role, cause, now_ns, sentence))

    def give(self, segments: list[Segment], frame_bytes: int, fit: ChipClock, now_ns: int) -> None:
        """Give out frames with the times of a clock fit, and before them what is missing."""
        for segment in joined(segments, frame_bytes):
            if segment.frozen_before:
                self.lose(Cause.FROZEN)
            count = len(segment.data) // frame_bytes
            times = self._increasing(fit.times_ns(segment.first_index, count), fit.period_ns)
            if self._trouble is not None:
                self._trouble = None
                self._readings.append(Recovered(self._role, now_ns, (now_ns - self._trouble_ns) / 1e9))
            gap_before = self._lost is not None and self.flowing
            if gap_before:
                self._end_gap(times[0], fit.period_ns)
            self._lost = None
            self.flowing, self._last_t_ns = True, times[-1]
            self._counts.samples += count
            data = bytes(segment.data)
            if frame_bytes == 14:
                self._counts.temperature_counts = int.from_bytes(data[-8:-6], "big", signed=True)
            self._readings.append(Frames(self._role, data, frame_bytes, array("q", times), gap_before))

    def silent_ns(self, now_ns: int) -> int:
        """Return how long ago the last sample was; 0 before the first."""
        return max(0, now_ns - self._last_t_ns) if self.flowing else 0

    def finish(self, now_ns: int, period_ns: float) -> None:
        """Take note that nothing more will come: what is being lost is a gap up to now."""
        if self.flowing and (self._lost is not None or self.silent_ns(now_ns) > _SILENCE_NS):
            self._end_gap(now_ns, period_ns)
            self._lost, self._last_t_ns = None, now_ns

    def _end_gap(self, end_ns: int, period_ns: float) -> None:
        lost = max(0, round((end_ns - self._last_t_ns) / period_ns) - 1)
        cause = self._lost or Cause.BUS
        self._readings.append(Gap(self._role, cause, self._last_t_ns, end_ns, lost))
        self._counts.gaps += 1
        self._counts.lost_samples += lost

    def _increasing(self, times: list[int], period_ns: float) -> list[int]:
        """Keep a fit that was just corrected from giving a sample the time of the one before it."""
        least_ns = int(period_ns) // 4
        if not self.flowing or times[0] - self._last_t_ns >= least_ns:
            return times
        return [max(at, self._last_t_ns + (number + 1) * least_ns) for number, at in enumerate(times)]
