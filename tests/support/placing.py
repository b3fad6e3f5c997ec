"""A person who makes the guided movement, felt by a sensor with what a calibration leaves over."""

from __future__ import annotations

import numpy as np

from calibration.imu import ImuBlock
from calibration.placement import Placement, PlacementKind, Side
from firmware.roles import SensorRole
from pi_service.athlete.placing import PlacingMotion

RATE_HZ = 100


def felt_by(
    kind: PlacementKind, seed: int, side: Side = Side.RIGHT, *, until_s: float | None = None, **how: float
) -> tuple[PlacingMotion, ImuBlock]:
    """Return a movement and its samples.

    The gyroscope has the data sheet's 3 % of scale and 2 % across the axes (no rest finds these), and
    0.3 deg/s are left of its offset; 3 mg are left of the accelerometer's; noise is that of the 44 Hz filter.
    """
    motion = PlacingMotion(kind, seed, side=side, **how)
    rng = np.random.default_rng((seed, 5))
    t_s = np.arange(round((motion.poses_s if until_s is None else until_s) * RATE_HZ)) / RATE_HZ
    force, rate = motion(t_s)
    matrix = rng.uniform(-0.02, 0.02, (3, 3))
    matrix[range(3), range(3)] = 1.0 + rng.uniform(-0.03, 0.03, 3)
    rate = (
        rate @ matrix.T + np.radians(rng.normal(0.0, 0.3, 3)) + np.radians(rng.normal(0.0, 0.07, rate.shape))
    )
    force = force + rng.normal(0.0, 0.03, 3) + rng.normal(0.0, 0.06, force.shape)
    return motion, ImuBlock(SensorRole.LIMB, t_s, force, rate, np.zeros(len(t_s), np.uint8))


def errors_deg(placement: Placement, motion: PlacingMotion) -> np.ndarray:
    """Return how far the learned x, y and z axes are from the true ones."""
    cosines = (np.array(placement.rotation) * np.array(motion.rotation)).sum(axis=1)
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
