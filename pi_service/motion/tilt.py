"""Which way is up for the sensor, how it turns about the vertical, and how it accelerates.

Source: the idea of the VQF filter (D. Laidig and T. Seel, "VQF: Highly accurate IMU orientation
estimation with bias estimation and magnetic disturbance rejection", Information Fusion 91, 2023):
integrate the angular rate; low-pass the specific force in the nearly inertial frame that this gives,
where gravity stands still; turn that frame until the low-passed force points up.

Points of deviation, and why:

* Two first-order low passes one behind the other in place of a Butterworth filter: no overshoot after
  a dropped bar, and a start without a special phase.
* The gyroscope's bias is learned at rest only. Estimating it in motion needs a Kalman filter whose
  cost per sample a Pi Zero would feel, and lifters rest between sets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from calibration.imu import FloatArray
from pi_service.motion.grid import GridBlock, GridParams

#: Standard gravity in m/s2.
GRAVITY_MS2 = 9.80665

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TiltParams:
    """What the tilt filter may be told."""

    time_constant_s: float = 3.0
    """How slowly the specific force corrects the tilt (the value of the source)."""
    time_constant_without_gyro_s: float = 0.3
    """Without a gyroscope the low-passed specific force is all there is; it must follow the limb."""
    bias_time_constant_s: float = 1.0
    """How fast the gyroscope's bias follows its mean while at rest."""


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
    bias_rads: Vector = (0.0, 0.0, 0.0)
    memory: FloatArray | None = None
    """Filter memory of the variant without a gyroscope."""


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
        self._gain_without_gyro = 1.0 - math.exp(
            -2.0 * self._cell_s / self.params.time_constant_without_gyro_s
        )
        self._bias_gain = 1.0 - math.exp(-self._cell_s / self.params.bias_time_constant_s)
        self.state = TiltState()

    def step(self, cells: GridBlock, still: npt.NDArray[np.bool_]) -> TiltBlock:
        """Filter consecutive cells; `still` says for each whether the sensor is at rest."""
        if cells.restart:
            self.state = TiltState(bias_rads=self.state.bias_rads)
        if cells.angular_rate_rads is None:
            up, turn_rate = self._step_without_gyro(cells), np.zeros(len(cells))
        else:
            up, turn_rate = self._step_with_gyro(cells.specific_force_ms2, cells.angular_rate_rads, still)
        fx, fy, fz = cells.specific_force_ms2.T
        ux, uy, uz = up.T
        ax, ay, az = fx - GRAVITY_MS2 * ux, fy - GRAVITY_MS2 * uy, fz - GRAVITY_MS2 * uz
        return TiltBlock(
            first_cell=cells.first_cell,
            restart=cells.restart,
            up=up,
            vertical_acceleration_ms2=fx * ux + fy * uy + fz * uz - GRAVITY_MS2,
            acceleration_ms2=np.sqrt(ax * ax + ay * ay + az * az),
            turn_rate_rads=turn_rate,
            still=still,
        )

    def _step_without_gyro(self, cells: GridBlock) -> FloatArray:
        force, gain = cells.specific_force_ms2, self._gain_without_gyro
        b, a = [gain * gain], [1.0, 2.0 * (gain - 1.0), (gain - 1.0) ** 2]
        if self.state.memory is None:
            z1 = (1.0 - b[0]) * force[0]
            self.state.memory = np.vstack((z1, -a[2] * force[0]))
        force, self.state.memory = lfilter(b, a, force, axis=0, zi=self.state.memory)
        x, y, z = force.T
        length = np.sqrt(x * x + y * y + z * z)
        up: FloatArray = force / np.maximum(length, 1e-9)[:, None]
        return up

    def _step_with_gyro(
        self, force_ms2: FloatArray, rate_rads: FloatArray, still: npt.NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray]:
        # Plain floats: numpy costs ten times as much for three numbers at a time.
        state, dt, gain, bias_gain = self.state, self._cell_s, self._gain, self._bias_gain
        cells, (qw, qx, qy, qz) = state.cells, state.orientation
        (sx, sy, sz), (lx, ly, lz), (bx, by, bz) = state.force_once, state.force_twice, state.bias_rads
        sqrt, sin, cos = math.sqrt, math.sin, math.cos
        up: list[Vector] = []
        turn: list[float] = []
        for (fx, fy, fz), (wx, wy, wz), at_rest in zip(
            force_ms2.tolist(), rate_rads.tolist(), still.tolist(), strict=True
        ):
            if at_rest:
                bx, by, bz = (
                    bx + bias_gain * (wx - bx),
                    by + bias_gain * (wy - by),
                    bz + bias_gain * (wz - bz),
                )
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
            if cells % 1000 == 0:  # rounding lets the length drift by some 1e-16 a cell
                scale = 1.0 / sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
                qw, qx, qy, qz = qw * scale, qx * scale, qy * scale, qz * scale
            g = max(gain, 1.0 / cells)  # a plain mean until the time constant is reached
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
            qw, qx, qy, qz = (
                qw * c - qx * px - qy * py - qz * pz,
                qw * px + qx * c + qy * pz - qz * py,
                qw * py - qx * pz + qy * c + qz * px,
                qw * pz + qx * py - qy * px + qz * c,
            )
        state.cells, state.orientation = cells, (qw, qx, qy, qz)
        state.force_once, state.force_twice, state.bias_rads = (sx, sy, sz), (lx, ly, lz), (bx, by, bz)
        return np.array(up), np.array(turn)
