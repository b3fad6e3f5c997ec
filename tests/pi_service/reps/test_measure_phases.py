"""When a way begins and ends, by speeds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.athlete.jets import step
from pi_service.reps.measure_phases import moving_way

HZ = 25.0
#: Middles of the frames of 8 s.
T_S = (np.arange(200) + 0.5) / HZ


def speed_of(*ways: tuple[float, float, float]) -> FloatArray:
    """Speed of movements with the least jerk: begin (s), duration (s), how far."""
    return np.sum([step(T_S, begin_s, lasts_s).rate * far for begin_s, lasts_s, far in ways], axis=0)


@pytest.mark.parametrize("lasts_s", [0.4, 0.8, 1.5, 3.0])
@pytest.mark.parametrize("begin_s", [1.0, 1.013, 1.027])
def test_a_movement_from_rest_to_rest(lasts_s: float, begin_s: float) -> None:
    speed = speed_of((begin_s, lasts_s, 0.7))
    # The swing that it was found by leaves and arrives well inside.
    first, last = round((begin_s + 0.25 * lasts_s) * HZ), round((begin_s + 0.8 * lasts_s) * HZ)
    way = moving_way(speed, first, last)
    assert way is not None
    assert way.over
    assert way.begin / HZ == pytest.approx(begin_s, abs=0.02)
    assert way.end / HZ == pytest.approx(begin_s + lasts_s, abs=0.02)


def test_sway_in_the_pauses_hardly_matters() -> None:
    speed = speed_of((2.0, 1.2, 0.6)) + 0.05 * np.sin(2.0 * np.pi * 0.7 * T_S + 0.4)
    way = moving_way(speed, 57, 75)
    assert way is not None
    assert way.begin / HZ == pytest.approx(2.0, abs=0.12)
    assert way.end / HZ == pytest.approx(3.2, abs=0.12)


def test_without_a_pause_it_begins_where_the_other_way_ends() -> None:
    speed = speed_of((1.0, 1.0, -0.6), (2.0, 1.0, 0.6), (3.0, 1.2, -0.6))
    way = moving_way(speed, 57, 68)
    assert way is not None
    assert way.begin / HZ == pytest.approx(2.0, abs=0.03)
    assert way.end / HZ == pytest.approx(3.0, abs=0.03)


@pytest.mark.parametrize("lasts_s", [1.0, 2.0, 3.0])
def test_a_limb_that_hangs_straight_moves_a_weight_gently_at_first(lasts_s: float) -> None:
    # The elbow turns with the least jerk from straight on, which lifts the hand by its sine.
    angle = step(T_S, 1.0, lasts_s)
    speed = np.sin(0.3 + 1.2 * angle.value) * 1.2 * angle.rate
    way = moving_way(speed, round((1.0 + 0.35 * lasts_s) * HZ), round((1.0 + 0.75 * lasts_s) * HZ))
    assert way is not None
    assert way.begin / HZ == pytest.approx(1.0, abs=0.02 + 0.03 * lasts_s)
    assert way.end / HZ == pytest.approx(1.0 + lasts_s, abs=0.04)


def test_a_sticking_point_does_not_end_it() -> None:
    speed = speed_of((1.0, 1.0, 0.3), (1.8, 1.4, 0.4))
    way = moving_way(speed, 35, 70)
    assert way is not None
    assert way.begin / HZ == pytest.approx(1.0, abs=0.05)
    assert way.end / HZ == pytest.approx(3.2, abs=0.08)


def test_who_takes_hold_and_begins_later_had_not_begun() -> None:
    speed = speed_of((0.6, 0.5, 0.2), (3.0, 1.2, 0.8))
    way = moving_way(speed, 18, 95)
    assert way is not None
    assert way.begin / HZ == pytest.approx(3.0, abs=0.03)
    assert way.end / HZ == pytest.approx(4.2, abs=0.03)
    # And who lets go later had arrived.
    way = moving_way(speed[::-1], 105, 182, goes_home=True)
    assert way is not None
    assert way.begin / HZ == pytest.approx(8.0 - 4.2, abs=0.03)
    assert way.end / HZ == pytest.approx(8.0 - 3.0, abs=0.03)


def test_who_stops_half_way_had_begun() -> None:
    speed = speed_of((1.0, 0.8, 0.5), (3.2, 0.8, 0.5))
    way = moving_way(speed, 28, 95)
    assert way is not None
    assert way.begin / HZ == pytest.approx(1.0, abs=0.03)
    assert way.end / HZ == pytest.approx(4.0, abs=0.03)


def test_a_limb_that_sags_while_it_is_held_is_not_on_its_way_yet() -> None:
    sag = np.where((T_S > 1.0) & (T_S < 5.0), 0.05, 0.0)  # a fifth of the way, and something to correct it
    speed = sag + speed_of((3.0, 0.5, 0.05), (3.5, 0.5, -0.05), (5.0, 1.0, 0.8))
    way = moving_way(speed, 30, 145)
    assert way is not None
    assert way.begin / HZ == pytest.approx(5.0, abs=0.15)
    assert way.end / HZ == pytest.approx(6.0, abs=0.05)


def test_a_way_whose_end_is_not_known_yet_is_not_over() -> None:
    speed = speed_of((1.0, 2.0, 0.5))[:58]
    way = moving_way(speed, 35, 57)
    assert way is not None
    assert not way.over
    assert way.begin / HZ == pytest.approx(1.0, abs=0.03)
    assert way.end == 58.0


def test_where_nothing_moves_that_way_there_is_none() -> None:
    assert moving_way(-speed_of((1.0, 1.0, 0.5)), 25, 50) is None
    assert moving_way(np.zeros(200), 25, 50) is None
