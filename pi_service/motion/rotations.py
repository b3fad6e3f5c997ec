"""Turning directions, on numpy alone: `scipy.spatial` takes 40 MB and a quarter of a second to import."""

from __future__ import annotations

import math

import numpy as np

from calibration.imu import FloatArray


def turned(vectors: FloatArray, rotation_rad: FloatArray, shares: FloatArray | float = 1.0) -> FloatArray:
    """Turn vectors by a rotation, or each by a share of it (O. Rodrigues, 1840).

    Parameters
    ----------
    vectors : float64 array, shape (..., 3)
    rotation_rad : float64 array, shape (3,)
        Rotation vector: the axis, times the angle in rad.
    shares : float64 array, shape (...), or one for all
        What part of the angle each is turned by.
    """
    angle_rad = math.sqrt(float(rotation_rad @ rotation_rad))
    x, y, z = axis = rotation_rad / max(angle_rad, 1e-300)
    cross = np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
    angles_rad = np.asarray(shares)[..., None] * angle_rad
    cosine = np.cos(angles_rad)
    along = (vectors @ axis)[..., None] * axis
    return np.asarray(cosine * vectors + np.sin(angles_rad) * (vectors @ cross) + (1.0 - cosine) * along)


def rotation_matrix(rotation_rad: FloatArray) -> FloatArray:
    """Return the matrix of a rotation vector; ``matrix @ vector`` turns a vector."""
    return turned(np.eye(3), rotation_rad).T


def rotation_vector(matrix: FloatArray) -> FloatArray:
    """Return the rotation vector of the matrix of a rotation, which is clearly less than half a turn."""
    axis = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]])
    sine2 = math.sqrt(float(axis @ axis))
    angle_rad = math.atan2(sine2, float(np.trace(matrix)) - 1.0)
    return np.asarray(axis * (angle_rad / sine2)) if sine2 > 0.0 else np.zeros(3)
