"""Which way is up for the sensor, how it turns about the vertical, and how it accelerates.

Source: the idea of the VQF filter (D. Laidig and T. Seel, "VQF: Highly accurate IMU orientation
estimation with bias estimation and magnetic disturbance rejection", Information Fusion 91, 2023):
integrate the angular rate; low-pass the specific force in the nearly inertial frame that this gives,
where gravity stands still; turn that frame until the low-passed force points up.

Points of deviation, and why:

* Two first-order low passes one behind the other in place of a Butterworth filter: no overshoot after
  a dropped bar, and a start without a special phase.
* The gyroscope's bias is followed in steps of seconds: see `pi_service.motion.bias`.
* After samples were lost the specific force corrects the tilt sooner: the turn in the gap is a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, Vector
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.motion.bias import BiasState, BiasTracker
from pi_service.motion.filters import Memory, Section
from pi_service.motion.grid import GridBlock, GridParams

#: A bias that was this far from what had been thought turned the frame too much meanwhile.
_NEWS_RADS = math.radians(1.0)
#: A direction that comes with another bias was averaged over so long.
_FOUND_S = 1.0

Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TiltParams:
    """What the tilt filter may be told."""

    time_constant_s: float = 3.0
    """How slowly the specific force corrects the tilt (the value of the source)."""
    time_constant_without_gyro_s: float = 0.3
    """Without a gyroscope the low-passed specific force is all there is; it must follow the limb."""
    known_after_gap_s2: float = 0.1
    """What was known of the vertical before a gap of T seconds counts afterwards as much as the specific
    force of this / T seconds: of 0.2 s after half a second."""


@dataclass(slots=True)
class TiltState:
    """What the filter remembers between cells."""

    cells: int = 0
    orientation: Quaternion = (1.0, 0.0, 0.0, 0.0)
    """Sensor frame to nearly inertial frame (w, x, y, z)."""
    force_once: Vector = (0.0, 0.0, 0.0)
    """Specific force in the nearly inertial frame, after the first low pass (m/s2)."""
    force_twice: Vector = (0.0, 0.0, 0.0)
    """The same after the second low pass."""
    force_sum: Vector = (0.0, 0.0, 0.0)
    """Specific force in the nearly inertial frame, summed since the bias was last looked at."""
    begun: int = 0
    """Cell after which the low passes began anew, because the bias was another than had been thought; after a
    gap, the cell after which they would have begun to know as much as they do."""
    bridged: int = 0
    """Cells in the gap that has just been bridged."""
    bias: BiasState = field(default_factory=BiasState)
    memory: tuple[Memory, Memory, Memory] | None = None
    """Of the filter of each axis, in the variant without a gyroscope."""


@dataclass(frozen=True, slots=True, eq=False)
class TiltBlock:
    """Consecutive cells of motion relative to the vertical.

    Attributes
    ----------
    first_cell, restart
        As in `GridBlock`.
    up : float64 array, shape (n, 3)
        Unit vector that points up, in the sensor frame.
    vertical_acceleration_ms2 : float64 array, shape (n,)
        Gravity-free acceleration, upwards positive.
    acceleration_ms2 : float64 array, shape (n,)
        Magnitude of the gravity-free acceleration.
    turn_rate_rads : float64 array, shape (n,)
        Angular rate about the vertical, bias removed; 0 without a gyroscope.
    still : bool array, shape (n,)
        Whether the sensor is at rest.
    """

    first_cell: int
    restart: bool
    up: FloatArray
    vertical_acceleration_ms2: FloatArray
    acceleration_ms2: FloatArray
    turn_rate_rads: FloatArray
    still: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.up)


class TiltFilter:
    """Finds the vertical in the sensor frame from specific force and angular rate."""

    def __init__(self, params: TiltParams | None = None, grid: GridParams | None = None) -> None:
        self.params = params or TiltParams()
        self._cell_s = 1.0 / (grid or GridParams()).rate_hz
        self._gain = 1.0 - math.exp(-2.0 * self._cell_s / self.params.time_constant_s)
        gain = 1.0 - math.exp(-2.0 * self._cell_s / self.params.time_constant_without_gyro_s)
        self._without_gyro = Section((gain * gain, 0.0, 0.0), (2.0 * (gain - 1.0), (gain - 1.0) ** 2))
        self._tracker = BiasTracker(self._cell_s, self.params.time_constant_s)
        self._state = TiltState(bias=self._tracker.state)

    @property
    def state(self) -> TiltState:
        """What the filter remembers, the bias of the gyroscope included."""
        self._state.bias = self._tracker.state
        return self._state

    @state.setter
    def state(self, state: TiltState) -> None:
        self._state, self._tracker.state = state, state.bias

    def step(self, cells: GridBlock, still: npt.NDArray[np.bool_]) -> TiltBlock:
        """Filter consecutive cells; `still` says for each whether the sensor is at rest."""
        if cells.restart:
            self._tracker.restart()
            self.state = TiltState(bias=self._tracker.state)
        if cells.bridged:
            self.state.bridged += len(cells)
        elif self.state.bridged:
            self._end_gap()
        if cells.angular_rate_rads is None:
            up, turn_rate = self._step_without_gyro(cells), np.zeros(len(cells))
        else:
            up, turn_rate = self._step_with_gyro(cells.specific_force_ms2, cells.angular_rate_rads, still)
        force = cells.specific_force_ms2
        along, free = force * up, force - STANDARD_GRAVITY_MS2 * up
        free *= free
        return TiltBlock(
            first_cell=cells.first_cell,
            restart=cells.restart,
            up=up,
            vertical_acceleration_ms2=along[:, 0] + along[:, 1] + along[:, 2] - STANDARD_GRAVITY_MS2,
            acceleration_ms2=np.sqrt(free[:, 0] + free[:, 1] + free[:, 2]),
            turn_rate_rads=turn_rate,
            still=still,
        )

    def take_zero(self, rads: Vector, rested_s: float) -> float:
        """Believe that the gyroscope reads this at rest; return how far that is from before (rad/s)."""
        change_rads = math.dist(rads, self._tracker.state.rads)
        self._tracker.take_zero(rads, rested_s)
        if change_rads > _NEWS_RADS:
            self._state.begun = self._state.cells  # what was integrated with the wrong bias is worth nothing
        return change_rads

    def _end_gap(self) -> None:
        """How the sensor turned in the gap is a guess: believe less in what was known, the longer it was."""
        state, gap_s = self.state, self.state.bridged * self._cell_s
        known_s = self.params.known_after_gap_s2 / gap_s
        state.begun = max(state.begun, state.cells - max(round(known_s / self._cell_s), 1))
        state.bridged = 0
        self._tracker.lose(gap_s)

    def _step_without_gyro(self, cells: GridBlock) -> FloatArray:
        section, rows = self._without_gyro, cells.specific_force_ms2.tolist()
        memory, (first, second) = self.state.memory, section.settled
        if memory is None:
            x, y, z = ((first * value, second * value) for value in rows[0])
        else:
            x, y, z = memory
        smooth = []
        for fx, fy, fz in rows:
            (sx, x), (sy, y), (sz, z) = section.next(fx, x), section.next(fy, y), section.next(fz, z)
            smooth.append((sx, sy, sz))
        self.state.memory = x, y, z
        force = np.array(smooth)
        squares = force * force
        length = np.sqrt(squares[:, 0] + squares[:, 1] + squares[:, 2])
        up: FloatArray = force / np.maximum(length, 1e-9)[:, None]
        return up

    def _step_with_gyro(
        self, force_ms2: FloatArray, rate_rads: FloatArray, still: npt.NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray]:
        # Plain floats: numpy costs ten times as much for three numbers at a time.
        state, dt, gain, tracker = self.state, self._cell_s, self._gain, self._tracker
        cells, begun, (qw, qx, qy, qz) = state.cells, state.begun, state.orientation
        (sx, sy, sz), (lx, ly, lz) = state.force_once, state.force_twice
        bx, by, bz = tracker.state.rads
        (rest_x, rest_y, rest_z), rest_cells = tracker.state.rest_sum, tracker.state.rest_cells
        every = tracker.params.every_cells
        mx, my, mz = state.force_sum
        sqrt, sin, cos = math.sqrt, math.sin, math.cos
        up: list[Vector] = []
        turn: list[float] = []
        for (fx, fy, fz), (wx, wy, wz), at_rest in zip(
            force_ms2.tolist(), rate_rads.tolist(), still.tolist(), strict=True
        ):
            if at_rest:
                rest_x, rest_y, rest_z, rest_cells = rest_x + wx, rest_y + wy, rest_z + wz, rest_cells + 1
            rx, ry, rz = wx - bx, wy - by, wz - bz
            # Half of the cell's turn now and half at the end: force and `up` belong to its middle.
            rate = sqrt(rx * rx + ry * ry + rz * rz)
            c, px, py, pz = 1.0, 0.0, 0.0, 0.0
            if rate > 0.0:
                quarter = 0.25 * rate * dt
                c, s = cos(quarter), sin(quarter) / rate
                px, py, pz = rx * s, ry * s, rz * s
            qw, qx, qy, qz = (
                qw * c - qx * px - qy * py - qz * pz,
                qw * px + qx * c + qy * pz - qz * py,
                qw * py - qx * pz + qy * c + qz * px,
                qw * pz + qx * py - qy * px + qz * c,
            )
            # The specific force in the nearly inertial frame, low-passed there.
            tx, ty, tz = 2 * (qy * fz - qz * fy), 2 * (qz * fx - qx * fz), 2 * (qx * fy - qy * fx)
            ix, iy, iz = (
                fx + qw * tx + qy * tz - qz * ty,
                fy + qw * ty + qz * tx - qx * tz,
                fz + qw * tz + qx * ty - qy * tx,
            )
            cells += 1
            mx, my, mz = mx + ix, my + iy, mz + iz
            if cells % 1000 == 0:  # rounding lets the length drift by some 1e-16 a cell
                scale = 1.0 / sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
                qw, qx, qy, qz = qw * scale, qx * scale, qy * scale, qz * scale
            g = max(gain, 1.0 / (cells - begun))  # a plain mean until the time constant is reached
            sx, sy, sz = sx + g * (ix - sx), sy + g * (iy - sy), sz + g * (iz - sz)
            lx, ly, lz = lx + g * (sx - lx), ly + g * (sy - ly), lz + g * (sz - lz)
            # That vector, back in the sensor frame, is up.
            tx, ty, tz = 2 * (qz * ly - qy * lz), 2 * (qx * lz - qz * lx), 2 * (qy * lx - qx * ly)
            ux, uy, uz = (
                lx + qw * tx + qz * ty - qy * tz,
                ly + qw * ty + qx * tz - qz * tx,
                lz + qw * tz + qy * tx - qx * ty,
            )
            scale = 1.0 / max(sqrt(ux * ux + uy * uy + uz * uz), 1e-9)
            ux, uy, uz = ux * scale, uy * scale, uz * scale
            up.append((ux, uy, uz))
            turn.append(rx * ux + ry * uy + rz * uz)
            if cells % every == 0:
                tracker.state.rest_sum, tracker.state.rest_cells = (rest_x, rest_y, rest_z), rest_cells
                before = bx, by, bz
                found = tracker.look_first((qw, qx, qy, qz), (mx, my, mz))
                mx = my = mz = 0.0
                if found is not None:  # where gravity was thought to be was turned with the wrong bias
                    sx, sy, sz = lx, ly, lz = tuple(STANDARD_GRAVITY_MS2 * each for each in found)
                    begun = cells - round(_FOUND_S / dt)
                bx, by, bz = tracker.look((qw, qx, qy, qz), (lx, ly, lz))
                (rest_x, rest_y, rest_z), rest_cells = tracker.state.rest_sum, tracker.state.rest_cells
                if at_rest and math.dist(before, (bx, by, bz)) > _NEWS_RADS:
                    begun = cells  # what was integrated with the wrong bias is worth nothing
                    tracker.begin_anew()
            qw, qx, qy, qz = (
                qw * c - qx * px - qy * py - qz * pz,
                qw * px + qx * c + qy * pz - qz * py,
                qw * py - qx * pz + qy * c + qz * px,
                qw * pz + qx * py - qy * px + qz * c,
            )
        state.cells, state.begun, state.orientation = cells, begun, (qw, qx, qy, qz)
        state.force_once, state.force_twice, state.force_sum = (sx, sy, sz), (lx, ly, lz), (mx, my, mz)
        tracker.state.rest_sum, tracker.state.rest_cells = (rest_x, rest_y, rest_z), rest_cells
        return np.array(up), np.array(turn)
