"""When a sensor sets out, by what it feels before its way shows."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.athlete.jets import step
from pi_service.reps.history import ACCELERATION
from pi_service.reps.measure_stir import sets_out, stirring

HZ = 25.0
#: Middles of the frames of 6 s.
T_S = (np.arange(150) + 0.5) / HZ


def rows_of(*ways: tuple[float, float, float], trembles_ms2: float = 0.1) -> FloatArray:
    """Frames of a sensor that is shifted: begin (s), duration (s), how far (m)."""
    rng, rows = np.random.default_rng(3), np.zeros((len(T_S), 7))
    shifts = np.sum([step(T_S, begin_s, lasts_s).accel * far for begin_s, lasts_s, far in ways], axis=0)
    rows[:, ACCELERATION] = np.hypot(shifts, trembles_ms2 * np.abs(rng.normal(size=len(T_S))))
    return rows


def turning_of(*ways: tuple[float, float, float]) -> FloatArray:
    return np.abs(np.sum([step(T_S, begin_s, lasts_s).rate * far for begin_s, lasts_s, far in ways], axis=0))


def test_a_way_begins_when_the_sensor_leaves_its_rest() -> None:
    # It is shifted for a second, and turns a little; then it turns much, and that is what shows.
    shows = step(T_S, 3.0, 0.8).rate
    stirs = stirring(rows_of((2.0, 1.0, 0.4)), shows + turning_of((2.0, 1.0, 0.2)))
    assert sets_out(3.0 * HZ, shows, stirs) / HZ == pytest.approx(2.0, abs=0.12)


def test_a_way_that_shows_from_the_beginning_begins_there() -> None:
    shows = step(T_S, 3.0, 0.8).rate
    begin = 3.0 * HZ
    assert sets_out(begin, shows, stirring(rows_of((3.0, 0.8, 0.4)), shows)) == pytest.approx(begin, abs=1.0)


def test_a_hand_that_trembles_does_not_set_out() -> None:
    shows = step(T_S, 3.0, 0.8).rate
    stirs = stirring(rows_of((3.0, 0.8, 0.4), trembles_ms2=0.5), shows)
    assert sets_out(3.0 * HZ, shows, stirs) == pytest.approx(3.0 * HZ, abs=2.0)


def test_the_repetition_before_is_none_of_it() -> None:
    shows = step(T_S, 3.0, 0.8).rate - step(T_S, 2.1, 0.8).rate
    stirs = np.ones(len(T_S), np.bool_)
    assert sets_out(3.0 * HZ, shows, stirs) == 3.0 * HZ


def test_what_never_rests_tells_nothing() -> None:
    shows = step(T_S, 3.0, 0.8).rate
    assert sets_out(3.0 * HZ, shows, np.ones(len(T_S), np.bool_)) == 3.0 * HZ
