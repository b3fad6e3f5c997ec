"""Laying paths of directions on each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray
from pi_service.reps.path_fit import angle_deg_of, best_rotation, fit_rotation, nearest_deg


def path(seed: int, count: int = 60, extent_rad: float = 0.7) -> FloatArray:
    """A crooked path over a part of the sphere, as that of "up" in a set of reps."""
    rng = np.random.default_rng(seed)
    along = extent_rad * np.sin(np.linspace(0.0, 4.0 * math.pi, count))
    across = 0.3 * along**2 + 0.02 * rng.normal(size=count)
    points = np.stack((np.sin(along), np.sin(across), np.cos(along) * np.cos(across)), axis=-1)
    return Rotation.random(random_state=rng).apply(points / np.linalg.norm(points, axis=1)[:, None])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("angle_deg", [0.0, 12.0, 50.0])
def test_a_rotation_is_found_whatever_the_timing(seed: int, angle_deg: float) -> None:
    rng = np.random.default_rng((seed, 1))
    axis = rng.normal(size=3)
    turn = Rotation.from_rotvec(math.radians(angle_deg) * axis / np.linalg.norm(axis))
    old = path(seed)
    new = turn.apply(old[rng.permutation(len(old))[:40]])
    rotation, residual_deg = fit_rotation(old, new)
    assert residual_deg < 2.0
    assert angle_deg_of(rotation @ turn.as_matrix().T) < 3.0
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_another_movement_leaves_a_residual() -> None:
    old = path(0)
    angle_rad = np.linspace(0.0, 2.0 * math.pi, 60)
    circle = np.stack((0.5 * np.cos(angle_rad), 0.5 * np.sin(angle_rad), np.full(60, 0.75**0.5)), axis=-1)
    assert fit_rotation(old, circle)[1] > 5.0


def test_a_pose_that_hardly_moves_is_turned_the_shortest_way() -> None:
    """A turn about the vertical does not show, and is not made up."""
    old = path(1, extent_rad=math.radians(2.0))
    axis = np.cross(old.mean(axis=0), [0.3, 0.5, -0.8])
    turn = Rotation.from_rotvec(0.5 * axis / np.linalg.norm(axis))
    rotation, _ = fit_rotation(old, turn.apply(old))
    assert angle_deg_of(rotation) == pytest.approx(math.degrees(0.5), abs=1.0)


def test_the_best_rotation_is_never_a_mirror() -> None:
    points = path(2)
    mirrored = points * np.array([-1.0, 1.0, 1.0])
    assert np.linalg.det(best_rotation(points, mirrored)) == pytest.approx(1.0)


def test_the_nearest_of_a_path() -> None:
    up, ahead = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
    between = np.array([[math.sin(0.5), 0.0, math.cos(0.5)]])
    assert nearest_deg(between, np.stack((up, ahead)))[0] == pytest.approx(math.degrees(0.5))
