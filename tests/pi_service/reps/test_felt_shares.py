"""Tests of what the sensor felt of a swing, without a high pass."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import TURN_RATE, VERTICAL_ACCELERATION
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TURN, PosePath, pose_path
from pi_service.reps.signals import felt_shares
from pi_service.reps.swings import Swings, cut_swings, turning_points


def weights(coordinate: int) -> np.ndarray:
    """Return the weights of a signal of one coordinate."""
    return np.eye(5)[coordinate]


def swings_of(path: PosePath, coordinate: int, smallest: float) -> Swings:
    """Cut a path into swings of one coordinate."""
    signal = path.points[:, coordinate]
    return cut_swings(path.points, signal, turning_points(signal, smallest))


def test_a_height_that_is_lifted_is_felt() -> None:
    t_s = np.arange(round(24.0 * FRAME_RATE_HZ)) / FRAME_RATE_HZ
    omega = 2.0 * np.pi / 3.0
    rows = np.zeros((len(t_s), 7))
    rows[:, VERTICAL_ACCELERATION] = 0.2 * omega**2 * np.sin(omega * t_s)
    path = pose_path(0, rows, 0.06)
    swings = swings_of(path, HEIGHT, 0.2)[2:-2]
    shares = felt_shares(path, weights(HEIGHT), swings)
    np.testing.assert_allclose(shares * np.abs(swings.change), 0.4 / HEIGHT_UNIT_M, rtol=0.2)


@pytest.mark.parametrize("same_way", [True, False])
def test_two_turns_the_same_way_have_no_way_back(same_way: bool) -> None:
    # Round, a pause, and round again: the high pass turns back in the pause.
    rows = np.zeros((round(40.0 * FRAME_RATE_HZ), 7))
    for number, begin_s in enumerate((10.0, 16.0, 22.0, 28.0)):
        begin = round(begin_s * FRAME_RATE_HZ)
        sign = 1.0 if same_way or number % 2 == 0 else -1.0
        rows[begin : begin + round(1.5 * FRAME_RATE_HZ), TURN_RATE] = sign * np.pi / 1.5
    path = pose_path(0, rows, 0.06)
    swings = swings_of(path, TURN, 1.0)
    inner = (swings.begin > 9.0 * FRAME_RATE_HZ) & (swings.end < 31.0 * FRAME_RATE_HZ)
    share = felt_shares(path, weights(TURN), swings)[inner]
    weaker = min(np.median(share[0::2]), np.median(share[1::2]))
    assert weaker < 0.4 if same_way else weaker > 0.8
