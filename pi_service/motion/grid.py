"""From samples as they came to samples on a uniform grid.

Sensors run at 12 to 1000 Hz, and radios deliver irregularly. Everything after this stage works at
one rate, so that a filter has one set of coefficients and no later stage asks how the samples came.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray, ImuBlock
from pi_service.motion.gaps import GapParams, RecentCells, beyond_the_line


@dataclass(frozen=True, slots=True)
class GridParams:
    """What the grid stage may be told."""

    rate_hz: float = 50.0
    """Cells a second. Lifting has no useful content above 10 Hz; 50 Hz leaves room for impacts."""
    longest_bridge_s: float = 1.0
    """A gap up to this long is bridged; after a longer one the grid restarts."""
    gaps: GapParams = field(default_factory=GapParams)
    """How it is bridged."""


@dataclass(frozen=True, slots=True, eq=False)
class GridBlock:
    """Consecutive cells of the uniform grid.

    Attributes
    ----------
    first_cell
        Index of the first cell; cell ``k`` covers the time ``[k, k + 1) / rate_hz``.
    specific_force_ms2 : float64 array, shape (n, 3)
        Mean over each cell, sensor frame.
    angular_rate_rads : float64 array, shape (n, 3), or None
        Mean over each cell, sensor frame; None without a gyroscope.
    restart
        Nothing is known of the time just before the first cell: the stream begins here, or a gap
        longer than `GridParams.longest_bridge_s` ends here.
    bridged
        The samples of these cells were lost: what they hold is a guess.
    """

    first_cell: int
    specific_force_ms2: FloatArray
    angular_rate_rads: FloatArray | None
    restart: bool
    bridged: bool = False

    def __len__(self) -> int:
        return len(self.specific_force_ms2)

    def __getitem__(self, part: slice) -> GridBlock:
        """Return some consecutive cells."""
        begin, end, _ = part.indices(len(self))
        rate = self.angular_rate_rads
        return GridBlock(
            first_cell=self.first_cell + begin,
            specific_force_ms2=self.specific_force_ms2[begin:end],
            angular_rate_rads=None if rate is None else rate[begin:end],
            restart=self.restart and begin == 0,
            bridged=self.bridged,
        )


@dataclass(slots=True)
class GridState:
    """What the grid stage remembers between blocks."""

    last_t_s: float = 0.0
    last_values: FloatArray | None = None
    """The last sample (specific force, then angular rate); None before the first."""
    integral: FloatArray | None = None
    """Integral of the samples from the restart up to the last sample."""
    edge_integral: FloatArray | None = None
    """The same integral up to the left edge of `next_cell`; None until that edge is passed."""
    next_cell: int = 0
    restart: bool = True
    recent: RecentCells = field(default_factory=RecentCells)
    """The last cells, to see in them what a gap hides."""


class Grid:
    """Averages the samples over the cells of a uniform grid.

    The samples are joined by straight lines and each cell gets the exact mean of that line. For a
    fast sensor this is an anti-alias filter, for a slow one an interpolation; and the mean of the
    angular rate times the cell's length is the angle that was turned. The delay is half a cell.
    """

    def __init__(self, params: GridParams | None = None) -> None:
        self.params = params or GridParams()
        self.state = GridState()

    def step(self, block: ImuBlock) -> list[GridBlock]:
        """Take samples in; give out the cells that they complete, split where a long gap ends."""
        if not len(block):
            return []
        values = block.specific_force_ms2
        if block.angular_rate_rads is not None:
            values = np.concatenate((values, block.angular_rate_rads), axis=1)
        lasts_s = float(block.t_s[-1]) - self.state.last_t_s
        if self.state.last_values is not None and lasts_s <= self.params.longest_bridge_s:
            return self._advance_over_gaps(block.t_s, values)
        before = np.concatenate(([self.state.last_t_s], block.t_s[:-1]))
        fresh = block.t_s - before > self.params.longest_bridge_s
        if self.state.last_values is None:
            fresh[0] = True
        bounds = [*np.flatnonzero(fresh).tolist(), len(block)]
        out: list[GridBlock] = []
        if bounds[0] > 0:
            out += self._advance_over_gaps(block.t_s[: bounds[0]], values[: bounds[0]])
        for begin, end in itertools.pairwise(bounds):
            self._restart(float(block.t_s[begin]), values[begin])
            out += self._advance_over_gaps(block.t_s[begin + 1 : end], values[begin + 1 : end])
        return out

    def _restart(self, t_s: float, values: FloatArray) -> None:
        self.state = GridState(
            last_t_s=t_s,
            last_values=values.copy(),
            integral=np.zeros_like(values),
            next_cell=last_edge_before(t_s, self.params.rate_hz) + 1,
        )

    def _advance_over_gaps(self, t_s: FloatArray, values: FloatArray) -> list[GridBlock]:
        """Take samples that follow the last one without a long gap; bridge the short ones."""
        if not len(t_s):
            return []
        shortest_s = self.params.gaps.shortest_s
        gaps = ((t_s[1:] - t_s[:-1] > shortest_s).nonzero()[0] + 1).tolist()
        if t_s[0] - self.state.last_t_s > shortest_s:
            gaps.insert(0, 0)
        out, begin = [], 0
        for i in gaps:
            out.append(self._advance(t_s[begin:i], values[begin:i]))
            bridge_s, bridge = self._bridge(float(t_s[i]), values[i])
            out.append(self._advance(bridge_s, bridge, bridged=True))
            begin = i + 1
        out.append(self._advance(t_s[begin:], values[begin:]))
        return [cells for cells in out if cells is not None]

    def _bridge(self, t_s: float, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return samples from the last one, exclusive, to one after a gap, inclusive."""
        state, p, rate_hz = self.state, self.params.gaps, self.params.rate_hz
        assert state.last_values is not None  # noqa: S101 - set by _restart
        lost = max(round((t_s - state.last_t_s) * rate_hz) - 1, 1)
        part = np.arange(1, lost + 2) / (lost + 1)
        bridge = state.last_values + part[:, None] * (values - state.last_values)
        bridge[-1] = values
        bridge_s = state.last_t_s + part * (t_s - state.last_t_s)
        bridge_s[-1] = t_s
        if state.recent.length:
            recent = state.recent.newest(round(p.lookback_s * rate_hz))
            beyond = beyond_the_line(recent, values, lost, round(p.compared_s * rate_hz))
            if beyond is not None:
                bridge[:-1] += beyond
        return bridge_s, bridge

    def _advance(self, t_s: FloatArray, values: FloatArray, *, bridged: bool = False) -> GridBlock | None:
        """Integrate over samples that follow the last one without a long gap."""
        state, rate_hz = self.state, self.params.rate_hz
        if not len(t_s):
            return None
        assert state.last_values is not None  # noqa: S101 - set by _restart
        assert state.integral is not None  # noqa: S101
        n, width = len(t_s) + 1, values.shape[1]
        t_s, before = np.concatenate(([state.last_t_s], t_s)), values
        values, integral = np.empty((n, width)), np.empty((n, width))
        values[0], values[1:] = state.last_values, before
        # Accumulated strictly one after the other, so that the sums do not depend on the blocks.
        integral[0] = state.integral
        integral[1:] = 0.5 * (values[1:] + values[:-1]) * (t_s[1:] - t_s[:-1])[:, None]
        np.add.accumulate(integral, axis=0, out=integral)
        state.last_t_s, state.last_values, state.integral = float(t_s[-1]), values[-1], integral[-1]

        first_edge = state.next_cell + (state.edge_integral is not None)
        last_edge = last_edge_before(float(t_s[-1]), rate_hz)
        if last_edge < first_edge:
            return None
        edges_s = np.arange(first_edge, last_edge + 1) / rate_hz
        left = t_s.searchsorted(edges_s, side="right") - 1
        begin, at_left = t_s[left], values[left]
        since_s = edges_s - begin
        share = (since_s / (t_s[left + 1] - begin))[:, None]
        at_edge = at_left + (values[left + 1] - at_left) * share
        edge_integral = integral[left] + since_s[:, None] * 0.5 * (at_left + at_edge)
        if state.edge_integral is not None:
            edge_integral = np.concatenate((state.edge_integral[None], edge_integral))
        state.edge_integral = edge_integral[-1]
        if len(edge_integral) < 2:
            return None
        means = (edge_integral[1:] - edge_integral[:-1]) * rate_hz
        cells = GridBlock(
            first_cell=state.next_cell,
            specific_force_ms2=means[:, :3],
            angular_rate_rads=means[:, 3:] if means.shape[1] > 3 else None,
            restart=state.restart,
            bridged=bridged,
        )
        state.recent.add(means, round(self.params.gaps.lookback_s * rate_hz))
        state.next_cell = last_edge
        state.restart = False
        return cells


def last_edge_before(t_s: float, rate_hz: float) -> int:
    """Index of the last cell edge strictly before a time.

    Strictly, so that an edge that falls on a sample is always computed from that sample and the next
    one, in whatever block that comes.
    """
    edge = math.ceil(t_s * rate_hz) - 1
    # The product is rounded; the quotients below are what the edges' times are.
    if (edge + 1) / rate_hz < t_s:
        return edge + 1
    return edge if edge / rate_hz < t_s else edge - 1
