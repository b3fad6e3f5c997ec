"""The hand that turns a sensor from face to face: what is felt follows exactly from where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.poses import ROUND, PosesMotion

#: Of the difference quotients below.
H_S = 1e-4


def moving_times(n: int = 400) -> np.ndarray:
    """Times in the first turns, away from the joins by more than a difference quotient."""
    rng = np.random.default_rng(5)
    return 8.0 + rng.integers(0, 14, n) * 6.5 + rng.uniform(0.01, 2.49, n)


def test_the_rate_is_the_derivative_of_the_attitude() -> None:
    motion, t_s = PosesMotion(3), moving_times()
    before, after = motion.attitude(t_s - H_S), motion.attitude(t_s + H_S)
    at = motion.attitude(t_s)
    skew = np.einsum("nji,njk->nik", at, (after - before) / (2 * H_S))
    rate = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=-1)
    np.testing.assert_allclose(motion(t_s)[1], rate, atol=2e-6)
    assert np.abs(rate).max() > 1.0, "it does turn"


def test_the_force_is_the_second_derivative_of_the_place_less_gravity() -> None:
    motion, t_s = PosesMotion(3), moving_times()
    place = [motion.position_m(t_s + k * H_S) for k in (-1, 0, 1)]
    accel = (place[0] - 2 * place[1] + place[2]) / H_S**2
    accel[:, 2] += STANDARD_GRAVITY_MS2
    felt = np.einsum("nji,nj->ni", motion.attitude(t_s), accel)
    np.testing.assert_allclose(motion(t_s)[0], felt, atol=2e-4)
    assert np.abs(accel[:, :2]).max() > 0.05, "it does move"


def test_nothing_jumps_where_turns_and_rests_join() -> None:
    motion = PosesMotion(2)
    joins_s = np.array([8.0 + 6.5 * n + part for n in range(14) for part in (0.0, 2.5)])
    for of in (motion.attitude, motion.position_m, lambda t_s: motion(t_s)[0], lambda t_s: motion(t_s)[1]):
        np.testing.assert_allclose(of(joins_s + 1e-7), of(joins_s - 1e-7), atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_every_face_is_up_in_its_turn_about_as_exactly_as_a_hand_can(seed: int) -> None:
    motion = PosesMotion(seed)
    ends_s = 8.0 + 6.5 * np.arange(12)
    force, rate = motion(np.array([-3.0, *(ends_s - 0.1)]))
    np.testing.assert_allclose(np.linalg.norm(force, axis=1), STANDARD_GRAVITY_MS2, rtol=1e-12)
    assert not rate.any()
    assert set(ROUND[:6]) == set(ROUND[6:]) == {"+x", "-x", "+y", "-y", "+z", "-z"}
    faces = np.array([[float(face[0] + "1") * (face[1] == axis) for axis in "xyz"] for face in ROUND])
    cosines = np.einsum("ni,ni->n", force[1:] / STANDARD_GRAVITY_MS2, faces)
    lean_deg = np.degrees(np.arccos(cosines))
    assert 0.5 < lean_deg[:6].max() < 15.0
    assert lean_deg[6:].min() > 10.0
    assert lean_deg[6:].max() < 28.0, "still the same face"


@given(st.lists(st.floats(-2.0, 150.0), min_size=1, max_size=30), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_any_order_and_any_parcels_give_the_same(times: list[float], parcel: int) -> None:
    t_s, motion = np.array(times), PosesMotion(4)
    whole = motion(t_s)
    parts = [motion(t_s[start : start + parcel]) for start in range(0, len(t_s), parcel)]
    for number in (0, 1):
        np.testing.assert_allclose(
            np.concatenate([part[number] for part in parts]), whole[number], atol=1e-12
        )


def test_no_times_are_no_samples() -> None:
    force, rate = PosesMotion()(np.empty(0))
    assert force.shape == rate.shape == (0, 3)
