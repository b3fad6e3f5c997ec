"""A hand that turns a sensor from face to face, as somebody does who calibrates it.

Frames
    World: z up. Sensor: as printed on the chip; at rest the axis that points up reads +9.81 m/s2.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.jets import Jet, constant, step, wave

#: Turns the sensor's frame into the world's so that the named axis points up (rotation vectors, rad).
_UP: Final = {
    "+z": (0.0, 0.0, 0.0),
    "-z": (math.pi, 0.0, 0.0),
    "+x": (0.0, -math.pi / 2, 0.0),
    "-x": (0.0, math.pi / 2, 0.0),
    "+y": (math.pi / 2, 0.0, 0.0),
    "-y": (-math.pi / 2, 0.0, 0.0),
}
#: The order in which `repclip calibrate` asks for them, if the first lies flat: six faces, and once more.
ROUND: Final = ("+z", "+x", "-x", "+y", "-y", "-z", "+x", "-x", "+y", "-y", "+z", "-z")
#: Sensors out of the bag rarely lie exactly on a face: they lean on their pins and cable (rms, each axis).
_LEAN_RAD: Final = math.radians(3.0)
#: In the second half of a round it is propped up, by so much about any level axis.
_PROPPED_RAD: Final = math.radians(20.0)
#: How high the hand lifts it on the way, how far it shifts it, and how it trembles meanwhile.
_LIFT_M, _SHIFT_M, _TREMOR_M, _TREMOR_HZ = 0.15, 0.08, 0.0004, 8.0


class PosesMotion:
    """A sensor that lies still on one face after the other, round and round, without an end.

    In the second half of each round it is propped up by 20 degrees.

    Times may be asked for in any order: every pose follows from the seed and its number alone. It lies
    still before time 0.

    Parameters
    ----------
    seed
        The same seed is the same movement.
    faces
        The axes that point up, in their order; it begins anew after the last.
    first_s, rest_s
        How long it lies still in the first pose, and in each later one.
    move_s
        How long each turn takes.

    Notes
    -----
    Each turn is one about a fixed axis, its angle going from pose to pose with the least jerk: the
    angular rate is the exact derivative of the attitude. Force is the exact second derivative of the
    position, less gravity, in the sensor's frame.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        faces: tuple[str, ...] = ROUND,
        first_s: float = 8.0,
        rest_s: float = 4.0,
        move_s: float = 2.5,
    ) -> None:
        self._seed, self._faces = seed, faces
        self._first_s, self._rest_s, self._move_s = first_s, rest_s, move_s

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
        force_ms2, rate_rads = np.empty((len(t_s), 3)), np.empty((len(t_s), 3))
        numbers = self._numbers(t_s)
        for number in np.unique(numbers).tolist():
            during = numbers == number
            force_ms2[during], rate_rads[during] = self._cycle(number, t_s[during])
        return force_ms2, rate_rads

    def attitude(self, t_s: FloatArray) -> FloatArray:
        """Return the matrices that turn the sensor's frame into the world's, shape (n, 3, 3)."""
        numbers = self._numbers(t_s)
        turns = np.empty((len(t_s), 3, 3))
        for number in np.unique(numbers).tolist():
            during = numbers == number
            turned = self._turn(number, self._progress(number, t_s[during]).value)
            turns[during] = turned.as_matrix()
        return turns

    def position_m(self, t_s: FloatArray) -> FloatArray:
        """Return where the sensor is (world), shape (n, 3)."""
        numbers = self._numbers(t_s)
        places = np.empty((len(t_s), 3))
        for number in np.unique(numbers).tolist():
            during = numbers == number
            path = self._path(number, t_s[during])
            places[during] = np.stack([axis.value for axis in path], axis=-1)
        return places

    def _numbers(self, t_s: FloatArray) -> npt.NDArray[np.int64]:
        """Return the number of the pose that was taken last."""
        cycle_s = self._rest_s + self._move_s
        return np.maximum(0, np.floor((t_s - self._first_s + self._rest_s) / cycle_s)).astype(np.int64)

    def _progress(self, number: int, t_s: FloatArray) -> Jet:
        """Return how far the turn into the next pose has come: 0 while it lies still, then up to 1."""
        leave_s = self._first_s + number * (self._rest_s + self._move_s)
        return step(t_s, leave_s, self._move_s)

    def _cycle(self, number: int, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return force and rate of one pose and of the turn out of it."""
        progress = self._progress(number, t_s)
        felt_world_ms2 = np.stack([axis.accel for axis in self._path(number, t_s)], axis=-1)
        felt_world_ms2[:, 2] += STANDARD_GRAVITY_MS2
        force_ms2 = self._turn(number, progress.value).inv().apply(felt_world_ms2)
        # About a fixed axis the rate is the same in both frames of the turn.
        rate_rads = progress.rate[:, None] * self._way(number)[None, :]
        return force_ms2, rate_rads

    def _turn(self, number: int, progress: FloatArray) -> Rotation:
        return self._pose(number) * Rotation.from_rotvec(progress[:, None] * self._way(number)[None, :])

    def _way(self, number: int) -> FloatArray:
        """Return the turn from one pose to the next as a rotation vector (rad, sensor frame)."""
        between: FloatArray = (self._pose(number).inv() * self._pose(number + 1)).as_rotvec()
        return between

    def _pose(self, number: int) -> Rotation:
        place = number % len(self._faces)
        return _pose(self._seed, number, self._faces[place], 2 * place >= len(self._faces))

    def _path(self, number: int, t_s: FloatArray) -> tuple[Jet, Jet, Jet]:
        """Return the way of the hand: up, over and down again, trembling."""
        progress = self._progress(number, t_s)
        # 0 at both ends, 1 in the middle of the turn.
        lifted = progress * (progress * -1.0 + 1.0) * 4.0
        tremor = [wave(t_s, _TREMOR_HZ + axis, float(number)) * _TREMOR_M for axis in range(3)]
        shift = progress if number % 2 == 0 else progress * -1.0 + 1.0
        base = (shift * _SHIFT_M, constant(t_s, 0.0), lifted * _LIFT_M)
        x, y, z = (way + lifted * trembling for way, trembling in zip(base, tremor, strict=True))
        return x, y, z


@lru_cache(maxsize=256)
def _pose(seed: int, number: int, face: str, propped: bool) -> Rotation:
    """Return an attitude with a face up, as exactly as a hand lays it down, or propped up."""
    rng = np.random.default_rng((seed, number))
    heading = Rotation.from_rotvec((0.0, 0.0, rng.uniform(-0.5, 0.5)))
    lean = rng.normal(0.0, _LEAN_RAD, 3)
    towards = rng.uniform(0.0, 2.0 * math.pi)
    prop = Rotation.identity()
    if propped:
        prop = Rotation.from_rotvec(_PROPPED_RAD * np.array([math.cos(towards), math.sin(towards), 0.0]))
    return heading * prop * Rotation.from_rotvec(_UP[face]) * Rotation.from_rotvec(lean)
