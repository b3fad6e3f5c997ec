"""What a joint does over time: exact derivatives, no jumps, rest at both ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.derivatives import slope

from calibration.imu import FloatArray
from pi_service.athlete.tracks import GaitWave, Jolts, Path, Term, Track, Wave


def track(skew: float = 0.3) -> Track:
    moving = Track(2.0)
    moving.move(1.0, 0.8, -1.0, skew)
    moving.move(1.8, 1.1, 4.0, -skew)
    moving.move(4.0, 0.5, 2.0)
    return moving


STEPS = Path([1.0, 1.9, 2.5, 3.1, 4.1], [0.0, 1.0, 2.0, 3.0, 4.0])
TERMS: dict[str, Term] = {
    "track": track(),
    "wave": Wave(7.0, 0.4, 0.3, 1.0, 4.5, 0.6),
    "jolts": Jolts([1.2, 2.0, 3.3], 0.1, 0.02),
    "path": STEPS,
    "gait": GaitWave(STEPS, 0.5, 0.3, 0.2, 1.0, 4.1, 0.5),
}
#: Away from where a movement begins or ends, where the jerk jumps and differences are coarse.
JOINS_S = np.array([1.0, 1.8, 2.9, 4.0, 4.5, 1.6, 3.9, 3.6, 1.5, 4.1, 1.9, 2.5, 3.1])
JOINS_S = np.append(JOINS_S, np.add.outer([1.2, 2.0, 3.3], [0.0, 0.1, 0.2]).ravel())


def times() -> FloatArray:
    t_s = np.linspace(0.5, 5.0, 901)
    return t_s[np.abs(t_s[:, None] - JOINS_S).min(axis=1) > 1e-3]


@pytest.mark.parametrize("name", TERMS)
def test_rate_and_acceleration_are_those_of_the_value(name: str) -> None:
    term, t_s = TERMS[name], times()
    jet = term(t_s)
    np.testing.assert_allclose(slope(lambda at: term(at).value, t_s), jet.rate, atol=1e-7)
    np.testing.assert_allclose(slope(lambda at: term(at).rate, t_s), jet.accel, atol=1e-6)


@pytest.mark.parametrize("name", TERMS)
def test_neither_value_nor_rate_nor_acceleration_jumps(name: str) -> None:
    before, after = (TERMS[name](JOINS_S + shift) for shift in (-1e-9, 1e-9))
    np.testing.assert_allclose(before.value, after.value, atol=1e-7)
    np.testing.assert_allclose(before.rate, after.rate, atol=1e-5)
    np.testing.assert_allclose(before.accel, after.accel, atol=1e-4)


@pytest.mark.parametrize("name", TERMS)
def test_it_rests_before_and_after(name: str) -> None:
    jet = TERMS[name](np.array([0.0, 0.99, 4.61, 9.0]))
    assert not jet.rate.any()
    assert not jet.accel.any()


@given(skew=st.floats(-0.99, 0.99), to=st.floats(-5.0, 5.0))
@settings(max_examples=30, deadline=None)
def test_a_movement_goes_one_way_and_arrives(skew: float, to: float) -> None:
    moving = Track(1.0)
    moving.move(0.5, 1.5, to, skew)
    jet = moving(np.linspace(0.0, 2.5, 300))
    assert (jet.rate * np.sign(to - 1.0) >= -1e-12).all()
    assert jet.value[-1] == pytest.approx(to)
    assert moving.value == to


def test_a_skew_is_quicker_early_on() -> None:
    early, late = Track(0.0), Track(0.0)
    early.move(0.0, 1.0, 1.0, 0.5)
    late.move(0.0, 1.0, 1.0, -0.5)
    t_s = np.linspace(0.0, 1.0, 1001)
    assert np.argmax(early(t_s).rate) < 450
    assert np.argmax(late(t_s).rate) > 550


def test_movements_do_not_overlap() -> None:
    moving = track()
    for start_s, duration_s, skew in ((4.2, 1.0, 0.0), (5.0, 0.0, 0.0), (5.0, 1.0, 1.0)):
        with pytest.raises(ValueError, match="no movement"):
            moving.move(start_s, duration_s, 0.0, skew)
