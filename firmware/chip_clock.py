"""When each sample was taken: the chip's clock, fitted against the host's monotonic clock.

The FIFO's count is a clock reading: a count of N frames, read between the host times `before` and
`after`, says that sample N was taken before `after` and sample N + 1 after `before`. Each reading thus
cuts a half-plane off the possible pairs (time of a sample, sample period); what is left is a small convex
polygon. Its middle is the fit, its size is what the fit may be off by. Between readings the polygon grows by
what the chip's oscillator may drift.

Set-membership estimation in place of the regression that Klipper uses: a reading that came late because
the host was busy only tells less, it never pulls the fit aside. Times are in nanoseconds, as floats relative
to the first reading (exact to a thousandth of a nanosecond over weeks).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: The chip's clock is within this of its nominal rate (data sheet: 1 % with the PLL, 5 % without; the
#: Linux driver accepts 4 %).
_RATE_TOLERANCE = 0.06
#: How fast the period may change by itself: the data sheet's 1 % over the temperature range is 80 ppm/C, and
#: no die warms by a degree in a second.
_DRIFT_PER_S = 50e-6
#: A period that was known worse than this is not worth keeping over a restart.
_SETTLED_RATE = 0.01
#: How far a sample may lie from an even spacing: three times what a chip is thought to have (2 us rms).
_JITTER_NS = 6_000.0
#: A frame is in the FIFO this long after its sampling instant at the latest.
_FRAME_WRITE_NS = 50_000.0
#: A reading that contradicts the fit means that the oscillator changed: so much is open again at once, in
#: time and in the period. Opening just enough would follow the change for seconds, always too late.
_REOPEN_NS, _REOPEN_RATE = 300e3, 3e-3
#: A second contradiction so soon opens three times as much.
_REOPEN_AGAIN_NS = 1e9
#: The fourth is no oscillator: a sample is missing, and the fit would creep over to the next one.
_MOST_REOPENED = 9.0
#: The time of a reading is known when it may be off by less.
_KNOWN_NS = 1e6
#: How fast the reported jitter forgets.
_JITTER_MEMORY = 0.05
_MOST_VERTICES = 16

_Vertex = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ClockFit:
    """How well the chip's clock is known.

    Attributes
    ----------
    rate_hz
        Sample rate as it is.
    drift_ppm
        How much faster (+) the chip's clock runs than its nominal rate.
    uncertainty_us
        A sample's time may be off by as much as this.
    jitter_us
        How much the fit's readings move it from poll to poll (root mean square).
    """

    rate_hz: float
    drift_ppm: float
    uncertainty_us: float
    jitter_us: float


class ChipClock:
    """Gives times to samples that are numbered 1, 2, 3 ... since the FIFO was started.

    Parameters
    ----------
    period_ns
        Nominal sample period.

    Attributes
    ----------
    readings, readings_agreed
        Readings since the FIFO was started, and those since one contradicted the fit.
    """

    def __init__(self, period_ns: float) -> None:
        self._nominal_ns = period_ns
        self._period_ns = period_ns
        self._known_period: tuple[float, float] | None = None
        self._vertices: list[_Vertex] = []
        self._origin_ns = 0
        self._index = 0
        self._read_at_ns = 0.0
        self._start_ns = 0.0
        self._jitter_ns2 = 0.0
        self._reopened_at_ns = -math.inf
        self._reopen_by = 1.0
        self._known: tuple[int | None, float] = (None, 0.0)
        self.readings = self.readings_agreed = 0

    def restart(self, rate: float = 1e-3) -> None:
        """Forget the samples' numbers, because the FIFO begins anew; the period stays known.

        Parameters
        ----------
        rate
            How far the period may have changed, as a part of it.
        """
        if self.readings > 1:
            middle = self._period_ns
            periods = [period for _, period in self._vertices]
            slack = max(max(periods) - middle, middle - min(periods), self._nominal_ns * rate)
            settled = slack < _SETTLED_RATE * self._nominal_ns
            self._known_period = (middle - slack, middle + slack) if settled else None
        self._vertices = []
        self._jitter_ns2 = 0.0
        self.readings = 0

    def observe(self, count: int, before_ns: int, after_ns: int) -> bool:
        """Take a reading of the FIFO's count.

        Parameters
        ----------
        count
            Samples since the FIFO was started: those taken out of it and the whole frames in it.
        before_ns, after_ns
            Host times between which the count was read.

        Returns
        -------
        bool
            False when no clock that drifts as they do gives this count: samples were lost or doubled.
        """
        if not self._vertices:
            self._begin(count, before_ns, after_ns)
            return True
        before = before_ns - self._origin_ns - _FRAME_WRITE_NS
        after = float(after_ns - self._origin_ns)
        expected_ns = self._start_ns + (count - self._index) * self._period_ns
        certain = self.uncertainty_ns < _KNOWN_NS
        self._known = (self._index if certain else None, self._start_ns)
        self._advance(count, after)
        vertices = _between(self._vertices, before, after)
        if not vertices:
            vertices = self._reopen(before, after)
            if not vertices:
                return False
        self._vertices = _thinned(vertices)
        self._settle()
        self.readings += 1
        self.readings_agreed += 1
        moved_ns = self._start_ns - expected_ns
        self._jitter_ns2 += _JITTER_MEMORY * (moved_ns * moved_ns - self._jitter_ns2)
        return True

    def time_ns(self, index: int) -> int:
        """Return the time of a sample on the host's monotonic clock."""
        return self._origin_ns + round(self._start_ns + (index - self._index) * self._period_ns)

    def times_ns(self, first_index: int, count: int) -> list[int]:
        """Return the times of consecutive samples, up to the reading's.

        Samples since the reading before lie evenly between what was known there and what is known now, so
        that a period which is corrected does not move them.
        """
        period_ns = self._period_ns
        known_index, known_ns = self._known
        if known_index is not None and known_index <= first_index and known_index < self._index:
            period_ns = (self._start_ns - known_ns) / (self._index - known_index)
        start_ns = self._start_ns + (first_index - self._index) * period_ns
        return [self._origin_ns + round(start_ns + number * period_ns) for number in range(count)]

    @property
    def period_ns(self) -> float:
        """The sample period as it is."""
        return self._period_ns

    @property
    def uncertainty_ns(self) -> float:
        """Half the span of possible times of the sample that was read last."""
        return self.uncertainty_ahead_ns(0)

    def uncertainty_ahead_ns(self, ahead_ns: float) -> float:
        """Half the span of possible times of the sample that is due so much later."""
        steps = ahead_ns / self._period_ns
        times = [at + steps * period for at, period in self._vertices]
        return (max(times) - min(times)) / 2.0 if times else self._nominal_ns

    def edge_ns(self, after_ns: int) -> int:
        """Return the time at which the first sample after `after_ns` is expected.

        A count that is read there tells most, whichever way it turns out.
        """
        ahead = (after_ns - self._origin_ns - self._start_ns) / self._period_ns
        return self.time_ns(self._index + max(1, int(ahead) + 1))

    def near_edge(self, before_ns: int, after_ns: int) -> bool:
        """Whether a frame may have been half written at some time between two host times."""
        if not self._vertices:
            return False
        slack_ns = self.uncertainty_ns
        earliest_ns = before_ns - self._origin_ns - self._start_ns - _FRAME_WRITE_NS - slack_ns
        latest_ns = after_ns - self._origin_ns - self._start_ns + slack_ns
        return math.floor(latest_ns / self._period_ns) > math.floor(earliest_ns / self._period_ns)

    def fit(self) -> ClockFit:
        """Return how well the clock is known."""
        return ClockFit(
            rate_hz=1e9 / self._period_ns,
            drift_ppm=(self._nominal_ns / self._period_ns - 1.0) * 1e6,
            uncertainty_us=self.uncertainty_ns / 1e3,
            jitter_us=self._jitter_ns2**0.5 / 1e3,
        )

    def _begin(self, count: int, before_ns: int, after_ns: int) -> None:
        """Every phase and every period that the reading leaves."""
        self._origin_ns = before_ns
        self._index = count
        self._known = (None, 0.0)
        self._reopened_at_ns = -math.inf
        after = float(after_ns - before_ns)
        self._read_at_ns = after
        slack_ns = self._nominal_ns * _RATE_TOLERANCE
        least, most = self._known_period or (self._nominal_ns - slack_ns, self._nominal_ns + slack_ns)
        box = [(-most, least), (after, least), (after, most), (-most, most)]
        self._vertices = _between(box, -_FRAME_WRITE_NS, after)
        self._settle()
        self.readings = self.readings_agreed = 1

    def _advance(self, count: int, at_ns: float) -> None:
        """Speak of another sample, and let the oscillator drift meanwhile."""
        steps = count - self._index
        self._vertices = [(at + steps * period, period) for at, period in self._vertices]
        self._index = count
        passed_s = max(0.0, at_ns - self._read_at_ns) / 1e9
        self._read_at_ns = at_ns
        drift_ns = self._period_ns * _DRIFT_PER_S * passed_s
        self._settle()
        self._grow(_JITTER_NS * min(1.0, passed_s * 20.0) + abs(steps) * drift_ns, drift_ns)

    def _grow(self, time_ns: float, period_ns: float) -> None:
        """Widen the polygon about its middle by so much on each side."""
        times = [at for at, _ in self._vertices]
        periods = [period for _, period in self._vertices]
        half_ns = (max(times) - min(times)) / 2.0
        half_period_ns = (max(periods) - min(periods)) / 2.0
        if half_ns < time_ns or half_period_ns < period_ns:
            # A sliver does not get wider by stretching it.
            self._box(time_ns, period_ns)
            return
        by_time, by_period = 1.0 + time_ns / half_ns, 1.0 + period_ns / half_period_ns
        middle, middle_period = self._start_ns, self._period_ns
        self._vertices = [
            (middle + (at - middle) * by_time, middle_period + (period - middle_period) * by_period)
            for at, period in self._vertices
        ]

    def _reopen(self, before: float, after: float) -> list[_Vertex]:
        """Open the fit for a changed oscillator; return what the reading leaves then, if anything.

        Half a period is as far as a change can carry between two readings: beyond, samples are missing.
        """
        again = after - self._reopened_at_ns < _REOPEN_AGAIN_NS
        self._reopen_by = self._reopen_by * 3.0 if again else 1.0
        if self._reopen_by > _MOST_REOPENED:
            return []
        self._reopened_at_ns = after
        self.readings_agreed = 0
        most_ns = self._period_ns / 2.0
        by_ns = min(_REOPEN_NS * self._reopen_by, most_ns)
        fit = self._vertices
        while True:
            self._vertices = fit
            self._box(by_ns, self._period_ns * _REOPEN_RATE * by_ns / _REOPEN_NS)
            vertices = _between(self._vertices, before, after)
            if vertices or by_ns >= most_ns:
                return vertices
            by_ns = min(4.0 * by_ns, most_ns)

    def _box(self, time_ns: float, period_ns: float) -> None:
        """Take everything around the polygon up to so much beyond it on each side."""
        times = [at for at, _ in self._vertices]
        periods = [period for _, period in self._vertices]
        earliest, latest = min(times) - time_ns, max(times) + time_ns
        widest_ns = self._nominal_ns * _RATE_TOLERANCE
        least = max(min(periods) - period_ns, self._nominal_ns - widest_ns)
        most = min(max(periods) + period_ns, self._nominal_ns + widest_ns)
        self._vertices = [(earliest, least), (latest, least), (latest, most), (earliest, most)]

    def _settle(self) -> None:
        times = [at for at, _ in self._vertices]
        periods = [period for _, period in self._vertices]
        self._start_ns = (max(times) + min(times)) / 2.0
        self._period_ns = (max(periods) + min(periods)) / 2.0


def _between(vertices: list[_Vertex], before: float, after: float) -> list[_Vertex]:
    """Return what is left when the sample was taken before `after` and the next one after `before`."""
    left = _clipped(vertices, [after - at for at, _ in vertices])
    return _clipped(left, [at + period - before for at, period in left])


def _clipped(vertices: list[_Vertex], inside: list[float]) -> list[_Vertex]:
    """Return the convex polygon where a linear function, given at its vertices, is not negative."""
    if all(value >= 0.0 for value in inside):
        return vertices
    left: list[_Vertex] = []
    for number, ((at, period), value) in enumerate(zip(vertices, inside, strict=True)):
        (last_at, last_period), last = vertices[number - 1], inside[number - 1]
        if (value < 0.0) != (last < 0.0):
            part = last / (last - value)
            left.append((last_at + part * (at - last_at), last_period + part * (period - last_period)))
        if value >= 0.0:
            left.append((at, period))
    return left


def _thinned(vertices: list[_Vertex]) -> list[_Vertex]:
    """Bound the number of vertices: of the closest neighbours one is left out, again and again.

    Leaving a vertex out loses a sliver of the possible; the growth between readings is larger.
    """
    kept = [vertex for number, vertex in enumerate(vertices) if vertex != vertices[number - 1]]
    while len(kept) > _MOST_VERTICES:
        gaps = [
            abs(at - kept[number - 1][0]) + abs(period - kept[number - 1][1]) * 1e3
            for number, (at, period) in enumerate(kept)
        ]
        del kept[gaps.index(min(gaps))]
    return kept or vertices[:1]
