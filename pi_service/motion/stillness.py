"""Is the sensor at rest? Judged by how far it is from its own recent mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, Vector
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

    force: Vector | None = None
    """Low-passed specific force, as much as the next cell leaves of it."""
    rate: Vector | None = None
    """The same of the angular rate."""
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
        if cells.restart:
            self.state = state = StillnessState()
        deviations, state.force = self._deviations(cells.specific_force_ms2, state.force)
        quiet = [change < p.largest_force_change_ms2 for change, _ in deviations]
        if cells.angular_rate_rads is not None:
            deviations, state.rate = self._deviations(cells.angular_rate_rads, state.rate)
            quiet = [
                so_far and change < p.largest_rate_change_rads and largest < p.largest_rate_rads
                for so_far, (change, largest) in zip(quiet, deviations, strict=True)
            ]
        runs, run = [], state.quiet_cells
        for each in quiet:
            run = run + 1 if each else 0
            runs.append(run >= self._shortest_cells)
        state.quiet_cells = run
        return np.array(runs, dtype=np.bool_)

    def _deviations(
        self, values: FloatArray, before: Vector | None
    ) -> tuple[list[tuple[float, float]], Vector | None]:
        """Return how far each cell is from the low-passed values, how large these are, and what is left."""
        # Plain floats: numpy costs ten times as much for three numbers at a time.
        gain, keep, sqrt = self._gain, 1.0 - self._gain, math.sqrt
        rows = values.tolist()
        if before is None:
            x, y, z = rows[0]
            before = keep * x, keep * y, keep * z
        (mx, my, mz), found = before, []
        for x, y, z in rows:
            sx, sy, sz = gain * x + mx, gain * y + my, gain * z + mz
            mx, my, mz = keep * sx, keep * sy, keep * sz
            dx, dy, dz = x - sx, y - sy, z - sz
            found.append((sqrt(dx * dx + dy * dy + dz * dz), max(abs(sx), abs(sy), abs(sz))))
        return found, (mx, my, mz)
