"""Is the sensor at rest? Judged by how far it is from its own recent mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from calibration.imu import FloatArray
from pi_service.motion.grid import GridBlock, GridParams


@dataclass(frozen=True, slots=True)
class StillnessParams:
    """Bounds of rest; the rule and its numbers are those of the VQF filter (Laidig and Seel, 2023)."""

    time_constant_s: float = 0.5
    largest_rate_change_rads: float = math.radians(2.0)
    largest_force_change_ms2: float = 0.5
    largest_rate_rads: float = math.radians(25.0)
    """A steady turn looks like a bias; beyond the datasheet's zero-rate of 20 deg/s it is a turn."""
    shortest_s: float = 1.5


@dataclass(slots=True)
class StillnessState:
    """Low-passed signals and how long they have been quiet."""

    memory: FloatArray | None = None
    quiet_cells: int = 0


class Stillness:
    """Marks the cells in which the sensor has been at rest for `shortest_s` or longer.

    At rest, specific force and angular rate stay close to their own low-passed values. Deviation
    from the source: without a gyroscope the specific force alone decides.
    """

    def __init__(self, params: StillnessParams | None = None, grid: GridParams | None = None) -> None:
        self.params = params or StillnessParams()
        rate_hz = (grid or GridParams()).rate_hz
        self._gain = 1.0 - math.exp(-1.0 / (rate_hz * self.params.time_constant_s))
        self._shortest_cells = round(self.params.shortest_s * rate_hz)
        self.state = StillnessState()

    @property
    def at_rest(self) -> bool:
        """Whether the sensor was at rest in the last cell."""
        return self.state.quiet_cells >= self._shortest_cells

    def step(self, cells: GridBlock) -> npt.NDArray[np.bool_]:
        """Return for each cell whether the sensor is at rest: bool array, shape (n,)."""
        p, state = self.params, self.state
        values = cells.specific_force_ms2
        if cells.angular_rate_rads is not None:
            values = np.concatenate((values, cells.angular_rate_rads), axis=1)
        if cells.restart or state.memory is None:
            state.memory = values[:1] * (1.0 - self._gain)
            state.quiet_cells = 0
        smooth, state.memory = lfilter([self._gain], [1.0, self._gain - 1.0], values, axis=0, zi=state.memory)
        change = values - smooth
        squares = change * change
        quiet = _length(squares[:, 0], squares[:, 1], squares[:, 2]) < p.largest_force_change_ms2
        if cells.angular_rate_rads is not None:
            quiet &= _length(squares[:, 3], squares[:, 4], squares[:, 5]) < p.largest_rate_change_rads
            quiet &= np.abs(smooth[:, 3:]).max(axis=1) < p.largest_rate_rads
        runs, run = [], state.quiet_cells
        for each in quiet.tolist():
            run = run + 1 if each else 0
            runs.append(run >= self._shortest_cells)
        state.quiet_cells = run
        return np.array(runs, dtype=np.bool_)


def _length(x2: FloatArray, y2: FloatArray, z2: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(x2 + y2 + z2))
