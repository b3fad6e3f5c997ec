"""The guided movement: what is felt follows from where the limb is, and it sits where it says."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.placement import PlacementKind, Side
from calibration.value import IDENTITY, STANDARD_GRAVITY_MS2
from pi_service.athlete.placing import PlacingMotion

#: Steps by which the rate is integrated.
H_S = 5e-4


def turned_by(rate: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Return how a vector that stands still in the room is seen after the turning of the sensor."""
    for omega in rate:
        angle = np.linalg.norm(omega) * H_S
        if angle > 0.0:
            axis = -omega / np.linalg.norm(omega)
            vector = (
                vector * np.cos(angle)
                + np.cross(axis, vector) * np.sin(angle)
                + axis * (axis @ vector) * (1.0 - np.cos(angle))
            )
    return vector


@pytest.mark.parametrize("kind", PlacementKind)
def test_the_rate_carries_gravity_from_pose_to_pose(kind: PlacementKind) -> None:
    motion = PlacingMotion(kind, 3)
    t_s = np.arange(3.5, motion.poses_s - 0.5, H_S)
    force, rate = motion(t_s)
    seen = turned_by(rate, force[:400].mean(axis=0) / STANDARD_GRAVITY_MS2)
    end = force[-400:].mean(axis=0) / STANDARD_GRAVITY_MS2
    assert (
        np.degrees(np.arccos(np.clip(seen @ end / np.linalg.norm(seen) / np.linalg.norm(end), -1, 1))) < 2.0
    )
    assert np.linalg.norm(rate, axis=1).max() > 0.5


@pytest.mark.parametrize(
    ("kind", "axis", "sign"), [(PlacementKind.BAR, 0, -1.0), (PlacementKind.TORSO, 1, 1.0)]
)
def test_the_movement_is_about_the_axis_that_is_written_down(kind, axis: int, sign: float) -> None:
    """A roll away from the body is negative about what points to the right; a bow positive about the left."""
    motion = PlacingMotion(kind, 4, rotation=IDENTITY)
    _, rate = motion(np.arange(4.0, 6.0, 0.01))
    turned = rate.sum(axis=0) * 0.01
    assert turned[axis] * sign > 0.6
    assert abs(turned[axis]) > 0.9 * np.linalg.norm(turned)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_forearm_turns_by_its_side_and_the_palm_ends_below(side: Side) -> None:
    motion = PlacingMotion(PlacementKind.WRIST, 4, side=side, rotation=IDENTITY)
    force, rate = motion(np.arange(0.0, motion.poses_s, 0.01))
    turned = rate[1000:1200].sum(axis=0) * 0.01
    assert turned[0] * (1.0 if side is Side.LEFT else -1.0) > 2.0
    assert force[100:300, 0].mean() < -9.0, "the hand hangs down"
    assert force[750:950, 2].mean() < -8.0, "palm up: the back of the hand is below"
    assert force[-300:, 2].mean() > 8.0


def test_it_begins_again_and_any_parcels_give_the_same() -> None:
    motion = PlacingMotion(PlacementKind.TORSO, 1)
    t_s = np.arange(-2.0, 40.0, 0.01)
    force, rate = motion(t_s)
    parts = [motion(t_s[n : n + 77]) for n in range(0, len(t_s), 77)]
    np.testing.assert_allclose(np.concatenate([part[0] for part in parts]), force, atol=1e-12)
    np.testing.assert_allclose(np.concatenate([part[1] for part in parts]), rate, atol=1e-12)
    upright = [force[int(100 * (at_s + 2.0))] for at_s in (1.0, 13.0, 25.0)]
    assert min(one @ upright[0] for one in upright) > 0.95 * STANDARD_GRAVITY_MS2**2
