"""Tests of telling walking from lifting."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.gait import is_gait, is_walk
from pi_service.reps.history import VERTICAL_ACCELERATION
from pi_service.reps.pose import PosePath

STRIDE_S = 1.1


def path(seconds: float, period_s: float, *harmonics: float) -> PosePath:
    """Return a path whose vertical acceleration is made of harmonics of a period."""
    t_s = np.arange(round(seconds * FRAME_RATE_HZ)) / FRAME_RATE_HZ
    rows = np.zeros((len(t_s), 7))
    for number, size in enumerate(harmonics, 1):
        rows[:, VERTICAL_ACCELERATION] += size * np.sin(2.0 * np.pi * number * t_s / period_s)
    return PosePath(0, np.zeros((len(t_s), 5)), 0.12, rows)


class TestIsWalk:
    @pytest.mark.parametrize("seconds", [1.8, 2.5, 6.0])
    def test_a_few_steps_are_one(self, seconds: float) -> None:
        steps = path(seconds, STRIDE_S, 0.2, 1.0, 0.0, 1.5)
        assert is_walk(steps, 0, len(steps.points) - 1, STRIDE_S)

    def test_heel_strikes_hide_it_from_the_share_of_the_steps(self) -> None:
        steps = path(6.0, STRIDE_S, 0.2, 1.0, 0.0, 1.5)
        assert not is_gait(steps, 0, len(steps.points) - 1, STRIDE_S)

    def test_a_weight_that_goes_up_and_down_is_none(self) -> None:
        lifts = path(6.0, STRIDE_S, 1.0, 0.2, 0.1)
        assert not is_walk(lifts, 0, len(lifts.points) - 1, STRIDE_S)

    def test_nobody_walks_in_another_time(self) -> None:
        slow = path(12.0, 3.0, 0.2, 1.0, 0.0, 1.5)
        assert not is_walk(slow, 0, len(slow.points) - 1, 3.0)

    def test_too_short_a_stretch_is_none(self) -> None:
        steps = path(0.6, STRIDE_S, 0.2, 1.0)
        assert not is_walk(steps, 0, len(steps.points) - 1, STRIDE_S)
