"""Which end of a movement is home: told by the exercise, by rest at an edge, or by the pauses."""

from __future__ import annotations

import numpy as np
import pytest
from support.levels import WAY_FRAMES, track_of

from pi_service.reps.history import STILL
from pi_service.reps.home import first_goes_out, home_is_first
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT
from pi_service.reps.swings import Swings, cut_swings, turning_points


def movement(levels: list[float]) -> tuple[np.ndarray, np.ndarray, Swings]:
    """The path, its rows and its swings."""
    track = track_of(levels)
    turns = turning_points(track.signal, 0.4)
    return track.path.points, track.path.rows, cut_swings(track.path.points, track.signal, turns)


class TestHomeIsFirst:
    @pytest.mark.parametrize(("first_pause_s", "expected"), [(0.6, True), (0.1, False), (0.25, None)])
    def test_people_pause_at_home(self, first_pause_s: float, expected: bool | None) -> None:
        _, rows, swings = movement([0, 1, 0, 1])
        assert home_is_first(rows, swings, [0, 1, 2], (first_pause_s, 0.2)) is expected

    @pytest.mark.parametrize("at_the_front", [True, False])
    def test_rest_before_or_after_the_set_says_more_than_pauses(self, at_the_front: bool) -> None:
        _, rows, swings = movement([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
        rest = slice(0, 3 * WAY_FRAMES) if at_the_front else slice(6 * WAY_FRAMES, None)
        rows[rest, STILL] = 1.0
        pauses_s = (0.1, 1.0) if at_the_front else (1.0, 0.1)
        assert home_is_first(rows, swings, [0, 1, 2], pauses_s) is at_the_front

    def test_rest_at_both_ends_says_nothing(self) -> None:
        _, rows, swings = movement([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
        rows[:, STILL] = 1.0
        assert home_is_first(rows, swings, [0, 1, 2], (0.2, 0.2)) is None


class TestFirstGoesOut:
    @pytest.mark.parametrize("rises_first", [True, False])
    @pytest.mark.parametrize("out_goes_up", [True, False])
    def test_the_exercise_says_which_way_out_is(self, rises_first: bool, out_goes_up: bool) -> None:
        points, _, swings = movement([0, 1, 0, 1])
        points[:, HEIGHT] = points[:, 0] if rises_first else -points[:, 0]
        params = CounterParams(out_goes_up=out_goes_up)
        assert first_goes_out(points, swings, [0, 1, 2], params) is (rises_first == out_goes_up)

    def test_a_sensor_that_hardly_rises_does_not(self) -> None:
        points, _, swings = movement([0, 1, 0, 1])
        points[:, HEIGHT] = 0.1 * points[:, 0]
        assert first_goes_out(points, swings, [0, 1, 2], CounterParams(out_goes_up=True)) is None

    def test_the_exercise_says_from_which_travel_on_that_holds(self) -> None:
        points, _, swings = movement([0, 1, 0, 1])
        points[:, HEIGHT] = 0.5 * points[:, 0]
        assert first_goes_out(points, swings, [0, 1, 2], CounterParams(out_goes_up=True)) is True
        assert first_goes_out(points, swings, [0, 1, 2], CounterParams(out_goes_up=True, lift_m=0.2)) is None
