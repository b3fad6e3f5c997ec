"""Angles between directions."""

from __future__ import annotations

import math

import numpy as np

from calibration.imu import FloatArray

#: A clip on soft tissue rings a little: directions are means over so many frames (0.2 s).
_SMOOTH_FRAMES = 5


def smooth(up: FloatArray) -> FloatArray:
    """Return the running mean of directions; shape (n - 4, 3), or their mean where there are fewer."""
    if len(up) <= _SMOOTH_FRAMES:
        return np.asarray(up.mean(axis=0, keepdims=True), dtype=np.float64)
    sums = np.cumsum(np.vstack((np.zeros(3), up)), axis=0)
    means: FloatArray = (sums[_SMOOTH_FRAMES:] - sums[:-_SMOOTH_FRAMES]) / _SMOOTH_FRAMES
    return means


def angles_deg(directions: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the angle of each direction, shape (n, 3), to one, 0 to 180 degrees."""
    lengths = np.linalg.norm(directions, axis=1) * max(float(np.linalg.norm(axis)), 1e-12)
    return np.asarray(np.degrees(np.arccos(np.clip(directions @ axis / np.maximum(lengths, 1e-12), -1, 1))))


def angle_deg(a: FloatArray, b: FloatArray) -> float:
    """Return the angle between two directions."""
    return float(angles_deg(a[None], b)[0])


def spread_deg(directions: FloatArray) -> tuple[float, float]:
    """Return how far directions go to and fro: in the plane in which they move most, and across it.

    Both peak to peak, in degrees.

    Parameters
    ----------
    directions : float64 array, shape (n, 3)
        Unit vectors, n at least 1.
    """
    mean = directions.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-12)
    _, _, axes = np.linalg.svd(directions - directions.mean(axis=0), full_matrices=False)
    spreads = []
    for axis in axes[:2]:
        across = axis - (axis @ mean) * mean
        length = float(np.linalg.norm(across))
        if length < 1e-9:
            spreads.append(0.0)
            continue
        angles = np.arctan2(directions @ across / length, directions @ mean)
        spreads.append(math.degrees(float(np.ptp(angles))))
    return spreads[0], spreads[1] if len(spreads) > 1 else 0.0
