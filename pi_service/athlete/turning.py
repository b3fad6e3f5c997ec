"""A hand that turns a sensor on a table, by a full turn at a time, for the gyroscope's scale."""

from __future__ import annotations

import math

import numpy as np

from calibration.imu import FloatArray
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.jets import step


class TurningMotion:
    """A sensor that lies flat, is turned anticlockwise by 360 degrees, lies again, and so on without an end.

    Parameters
    ----------
    seed
        How exactly it lies flat.
    rest_s, move_s
        How long it lies and how long each turn takes.
    """

    def __init__(self, seed: int = 1, *, rest_s: float = 5.0, move_s: float = 4.0) -> None:
        lean = np.radians(np.random.default_rng((seed, 13)).normal(0.0, 2.0, 2))
        up = np.array([math.sin(lean[0]), math.sin(lean[1]), 1.0])
        self._up: FloatArray = up / np.linalg.norm(up)
        self._rest_s, self._move_s = rest_s, move_s

    def __call__(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the sensor feels: specific force and angular rate, shape (n, 3), sensor frame."""
        within_s = np.mod(np.maximum(t_s, 0.0), self._rest_s + self._move_s)
        speed_rads = step(within_s, self._rest_s, self._move_s).rate * (2.0 * math.pi)
        force_ms2: FloatArray = np.tile(self._up * STANDARD_GRAVITY_MS2, (len(t_s), 1))
        return force_ms2, speed_rads[:, None] * self._up
