"""Somebody who makes the guided movement by which a placement is learned, over and over.

Nobody was recorded. Poses are those of a person, not of a protractor: a forearm that hangs a little bent,
palms that are not turned all the way, an elbow that drifts while the hand turns, a hand that trembles.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray, Vector
from calibration.placement import PlacementKind, Side
from calibration.stored import Matrix
from pi_service.athlete.forearm import ForearmPath, wrist_motion
from pi_service.athlete.jets import Jet, constant, cos, sin, step, wave

#: From what stays where it is to the sensor: from the elbow, or from the hip to the shoulder blades.
_LEVER_M: Final = {PlacementKind.WRIST: 0.24, PlacementKind.BAR: 0.0, PlacementKind.TORSO: 0.4}
#: How far the three angles sway (rms, about), and how much the hand trembles.
_SWAY_DEG: Final = {PlacementKind.WRIST: 0.9, PlacementKind.BAR: 0.6, PlacementKind.TORSO: 0.7}
_TREMOR_M, _TREMOR_HZ = 4e-5, 9.0

#: Heading, elevation and twist of the limb in a pose (rad).
_Pose = tuple[float, float, float]


class PlacingMotion:
    """Holds the poses of a guided movement one after the other, then goes back and begins again.

    Parameters
    ----------
    kind
        What the sensor sits on.
    seed
        The same seed is the same movement, and the same way of sitting unless `rotation` is given.
    side
        Which arm.
    rotation
        How the sensor sits, as in `calibration.placement.Placement`; any way round where it is None.
    hold_s, move_s
        How long each pose is held and each movement takes.
    size
        1 for the movement as it is asked for, less for somebody who is lazy.

    Attributes
    ----------
    rotation
        How it sits.

    Notes
    -----
    The limb's frame is that of `calibration.placement`; force and rate follow exactly from its path.
    """

    def __init__(
        self,
        kind: PlacementKind,
        seed: int = 1,
        *,
        side: Side = Side.RIGHT,
        rotation: Matrix | None = None,
        hold_s: float = 4.0,
        move_s: float = 2.0,
        size: float = 1.0,
    ) -> None:
        rng = np.random.default_rng((seed, 11))
        self.kind, self._hold_s, self._move_s = kind, hold_s, move_s
        drawn = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
        turned = drawn if rotation is None else np.array(rotation)
        self.rotation: Matrix = _matrix(turned)
        self._to_sensor = turned.T
        self._poses = _POSES[kind](rng, -1.0 if side is Side.LEFT else 1.0, size)
        self._waves = [
            [
                (float(rng.uniform(low_hz, high_hz)), float(rng.uniform(0.0, 2.0 * math.pi)), part)
                for low_hz, high_hz, part in _BANDS
            ]
            for _ in range(3)
        ]

    @property
    def poses_s(self) -> float:
        """When the last pose has been held for the first time."""
        return len(self._poses) * self._hold_s + (len(self._poses) - 1) * self._move_s

    def __call__(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the sensor feels.

        Parameters
        ----------
        t_s : float64 array, shape (n,)
            Times since the beginning.

        Returns
        -------
        specific_force_ms2, angular_rate_rads : float64 arrays, shape (n, 3)
            Sensor frame.
        """
        heading, elevation, twist = (self._angle(t_s, number) for number in range(3))
        along = (cos(elevation) * cos(heading), cos(elevation) * sin(heading), sin(elevation))
        tremor = [wave(t_s, _TREMOR_HZ + axis, float(axis)) * _TREMOR_M for axis in range(3)]
        x, y, z = (part * _LEVER_M[self.kind] + shake for part, shake in zip(along, tremor, strict=True))
        felt = wrist_motion(ForearmPath((x, y, z), heading, elevation, twist), 0.0)
        return felt.specific_force_ms2 @ self._to_sensor.T, felt.angular_rate_rads @ self._to_sensor.T

    def _angle(self, t_s: FloatArray, number: int) -> Jet:
        cycle_s = len(self._poses) * (self._hold_s + self._move_s)
        within_s = np.where(t_s < 0.0, 0.0, np.mod(t_s, cycle_s))
        values = [pose[number] for pose in self._poses]
        angle = constant(t_s, values[0])
        for place, (here, there) in enumerate(zip(values, [*values[1:], values[0]], strict=True)):
            leave_s = self._hold_s + place * (self._hold_s + self._move_s)
            angle = angle + step(within_s, leave_s, self._move_s) * (there - here)
        size_rad = math.radians(_SWAY_DEG[self.kind])
        for hz, phase_rad, part in self._waves[number]:
            angle = angle + wave(t_s, hz, phase_rad) * (size_rad * part)
        return angle


_BANDS: Final = ((0.15, 0.4, 1.0), (0.5, 1.1, 0.4))


def _wrist_poses(rng: np.random.Generator, side: float, size: float) -> tuple[_Pose, ...]:
    """Hang with the palm to the thigh; bend, palm up; palm down. A twist of 0 is palm down on both arms."""
    level = math.radians(rng.normal(0.0, 7.0))
    short = np.radians(rng.uniform(0.0, 18.0, 2))
    middle = math.pi / 2
    palm_up, palm_down = (
        middle + way * size * (middle - part) for way, part in ((1, short[0]), (-1, short[1]))
    )
    heading = rng.normal(0.0, 0.15)
    bent = heading + rng.normal(0.0, 0.1)
    return (
        (heading, math.radians(-90.0 + rng.uniform(2.0, 16.0)), side * (middle + rng.normal(0.0, 0.2))),
        (bent, level, side * palm_up),
        (
            bent + math.radians(rng.normal(0.0, 5.0)),
            level + math.radians(rng.normal(0.0, 4.0)),
            side * palm_down,
        ),
    )


def _bar_poses(rng: np.random.Generator, side: float, size: float) -> tuple[_Pose, ...]:
    """Level, with x to the right (heading -90 deg from ahead); rolled away, which is a negative twist."""
    del side
    right = -math.pi / 2
    return (
        (right, math.radians(rng.normal(0.0, 1.5)), 0.0),
        (
            right + math.radians(rng.normal(0.0, 2.0)),
            math.radians(rng.normal(0.0, 1.5)),
            -math.radians(rng.uniform(70.0, 110.0)) * size,
        ),
    )


def _torso_poses(rng: np.random.Generator, side: float, size: float) -> tuple[_Pose, ...]:
    """Upright, x up and y to the left; bowed forwards, a little askew."""
    del side
    # Elevation is short of 90 degrees, where heading and twist would be one.
    return (
        (0.0, math.radians(89.0), 0.0),
        (
            math.radians(rng.normal(0.0, 2.0)),
            math.radians(89.0 - rng.uniform(35.0, 60.0) * size),
            math.radians(rng.normal(0.0, 2.0)),
        ),
    )


_POSES: Final = {
    PlacementKind.WRIST: _wrist_poses,
    PlacementKind.BAR: _bar_poses,
    PlacementKind.TORSO: _torso_poses,
}


def _matrix(turned: FloatArray) -> Matrix:
    def row(number: int) -> Vector:
        x, y, z = turned[number].tolist()
        return x, y, z

    return row(0), row(1), row(2)
