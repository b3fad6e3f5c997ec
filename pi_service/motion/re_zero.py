"""Learns the gyroscope's zero anew when a person asks for it: from one rest, whatever was known before.

The zero is followed all the time (`pi_service.motion.bias`), slowly where it seems to be known. Somebody who
sees that it is wrong lays the sensor down and asks: the mean of the next rest is the zero then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, Vector
from pi_service.motion.grid import GridBlock, GridParams


@dataclass(frozen=True, slots=True)
class ReZeroParams:
    """What a rest is that a zero is learned from."""

    rest_s: float = 2.0
    """The mean of so long a rest is the zero: its noise is a hundredth of a degree per second."""
    within_s: float = 30.0
    """A rest is waited for so long."""
    largest_turn_rad: float = math.radians(1.0)
    """Gravity that turns by more from the first half of the rest to the second tells of a slow movement."""


@dataclass(frozen=True, slots=True)
class Zeroing:
    """What came of it.

    Attributes
    ----------
    end_s
        When it was known.
    rads
        The zero (rad/s, sensor frame); None where no rest came in time.
    """

    end_s: float
    rads: Vector | None


@dataclass(slots=True)
class ReZeroState:
    """What is remembered between blocks.

    Attributes
    ----------
    since_cell
        Cells from this one on count; None while nobody asks.
    cells
        Of the rest so far.
    rate_sum, force_sums : float64 arrays, shapes (3,) and (2, 3)
        Angular rate, and specific force of either half, summed over them.
    """

    since_cell: int | None = None
    cells: int = 0
    rate_sum: FloatArray = field(default_factory=lambda: np.zeros(3))
    force_sums: FloatArray = field(default_factory=lambda: np.zeros((2, 3)))

    def begin_rest(self) -> None:
        """Forget the rest so far."""
        self.cells, self.rate_sum, self.force_sums = 0, np.zeros(3), np.zeros((2, 3))


#: Cells, for each whether the sensor is at rest, and what was learned just after the last of them.
Part = tuple[GridBlock, npt.NDArray[np.bool_], Zeroing | None]


class ReZero:
    """Looks for the rest that a person asked for; while nobody asks it passes everything on."""

    def __init__(self, params: ReZeroParams | None = None, grid: GridParams | None = None) -> None:
        self.params = params or ReZeroParams()
        self._rate_hz = (grid or GridParams()).rate_hz
        self._half = round(0.5 * self.params.rest_s * self._rate_hz)
        self._within = round(self.params.within_s * self._rate_hz)
        self.state = ReZeroState()

    def ask(self, since_s: float) -> None:
        """Learn the zero from the first rest after a time on the stream's clock."""
        self.state = ReZeroState(math.ceil(since_s * self._rate_hz))

    def step(self, cells: GridBlock, still: npt.NDArray[np.bool_]) -> list[Part]:
        """Return the cells, cut where something was learned."""
        if self.state.since_cell is None:
            return [(cells, still, None)]
        parts: list[Part] = []
        begin = 0
        while begin < len(cells):
            end, learned = self._look(cells, still, begin)
            whole = begin == 0 and end == len(cells)
            parts.append((cells if whole else cells[begin:end], still[begin:end], learned))
            begin = end
        return parts

    def _look(self, cells: GridBlock, still: npt.NDArray[np.bool_], begin: int) -> tuple[int, Zeroing | None]:
        """Look at cells up to the one that decides; return the index after it, and what it decides."""
        state = self.state
        if state.since_cell is None:
            return len(cells), None
        if cells.restart and not begin:
            state.begin_rest()
        for place in range(begin, len(cells)):
            cell = cells.first_cell + place
            if cell < state.since_cell:
                continue
            at_s = (cell + 1) / self._rate_hz
            if cell >= state.since_cell + self._within:
                self.state = ReZeroState()
                return place + 1, Zeroing(at_s, None)
            if not still[place] or cells.bridged:
                state.begin_rest()
            elif (rads := self._take(cells, place)) is not None:
                self.state = ReZeroState()
                return place + 1, Zeroing(at_s, rads)
        return len(cells), None

    def _take(self, cells: GridBlock, place: int) -> Vector | None:
        """Add a cell to the rest; return the zero when the rest is long enough, and was one."""
        state = self.state
        if cells.angular_rate_rads is None:
            return None
        state.rate_sum = state.rate_sum + cells.angular_rate_rads[place]
        state.force_sums[state.cells // self._half] += cells.specific_force_ms2[place]
        state.cells += 1
        if state.cells < 2 * self._half:
            return None
        x, y, z = (state.rate_sum / state.cells).tolist()
        first, second = state.force_sums
        turn_rad = math.atan2(float(np.linalg.norm(np.cross(first, second))), float(first @ second))
        state.begin_rest()
        return None if turn_rad > self.params.largest_turn_rad else (x, y, z)
