"""Laying one path of directions on another by a rotation, whatever the timing of the two."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.reps.order import quantile

#: Turns about the mean direction from which the fit starts.
_STARTS_DEG = (0.0, -35.0, 35.0, -70.0, 70.0)
_ROUNDS = 12
#: A path that is shorter than this (deg) says nothing of a turn about the vertical.
_SHORT_PATH_DEG = 5.0
#: Weight of the angle (deg) against the residual (deg): of two that fit alike, the smaller turn.
_SMALLER = 0.02


def fit_rotation(old: FloatArray, new: FloatArray) -> tuple[FloatArray, float]:
    """Find the smallest rotation that lays one path of directions on another, whatever the timing.

    Parameters
    ----------
    old, new : float64 arrays, shapes (n, 3) and (m, 3)
        Unit vectors.

    Returns
    -------
    rotation : float64 array, shape (3, 3)
        ``old @ rotation.T`` lies on `new`.
    residual_deg
        Distance to the other path that 80 % of the points of either path do not exceed.
    """
    mean_old, mean_new = _unit(old.mean(axis=0)), _unit(new.mean(axis=0))
    straight = _between(mean_old, mean_new)
    extent_deg = quantile(np.degrees(np.arccos(np.clip(old @ mean_old, -1.0, 1.0))), 0.9)
    starts = _STARTS_DEG if extent_deg > _SHORT_PATH_DEG else _STARTS_DEG[:1]
    rotations = np.stack([_about(mean_new, np.radians(start_deg)) @ straight for start_deg in starts])
    if extent_deg > _SHORT_PATH_DEG:
        rotations = _settle(old, new, rotations)
    best, best_cost, best_residual = straight, np.inf, np.inf
    for rotation in rotations:
        turned = old @ rotation.T
        both = np.concatenate((nearest_deg(new, turned), nearest_deg(turned, new)))
        residual = quantile(both, 0.8)
        cost = residual + _SMALLER * angle_deg_of(rotation)
        if cost < best_cost:
            best, best_cost, best_residual = rotation, cost, residual
    return best, best_residual


def _settle(old: FloatArray, new: FloatArray, rotations: FloatArray) -> FloatArray:
    """Pair nearest points and turn, again and again (iterative closest points, both ways).

    All starts at once, shape (k, 3, 3): most of what they cost is the calls.
    """
    paired = None
    for _ in range(_ROUNDS):
        likeness = new @ (rotations @ old.T)
        to_old, to_new = likeness.argmax(axis=2), likeness.argmax(axis=1)
        pairs = to_old.tobytes(), to_new.tobytes()
        if pairs == paired:  # the same pairs give the same rotations
            break
        paired = pairs
        a = np.concatenate((np.broadcast_to(old, (len(rotations), *old.shape)), old[to_old]), axis=1)
        b = np.concatenate((new[to_new], np.broadcast_to(new, (len(rotations), *new.shape))), axis=1)
        rotations = best_rotation(a, b)
    return rotations


def best_rotation(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the rotation that turns directions `a` best into `b` (W. Kabsch, 1976).

    Parameters
    ----------
    a, b : float64 arrays, shape (..., n, 3)

    Returns
    -------
    float64 array, shape (..., 3, 3)
    """
    u, _, v = np.linalg.svd(b.swapaxes(-1, -2) @ a)
    u[..., 2] *= np.sign(np.linalg.det(u @ v))[..., None]
    return np.asarray(u @ v)


def nearest_deg(points: FloatArray, path: FloatArray) -> FloatArray:
    """How far each direction is from the nearest of a path."""
    return np.asarray(np.degrees(np.arccos(np.clip((points @ path.T).max(axis=1), -1.0, 1.0))))


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12))


def _about(axis: FloatArray, angle_rad: float) -> FloatArray:
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn: FloatArray = np.eye(3) + np.sin(angle_rad) * cross + (1.0 - np.cos(angle_rad)) * cross @ cross
    return turn


def _between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the shortest rotation from one direction to another."""
    axis = np.cross(a, b)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return np.eye(3)
    return _about(axis / length, float(np.arctan2(length, float(a @ b))))


def angle_deg_of(rotation: FloatArray) -> float:
    """Return the angle of a rotation matrix."""
    return float(np.degrees(np.arccos(np.clip(0.5 * (np.trace(rotation) - 1.0), -1.0, 1.0))))
