"""The simulated athlete's body: what the sensors feel is what their movement makes them feel."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest
from support.derivatives import slope

from calibration.imu import FloatArray
from calibration.placement_kind import Side
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.bout import Bout
from pi_service.athlete.movements import MOVEMENTS, default_placement, find_movement
from pi_service.athlete.movements.base import BAR, TORSO, WRIST, Movement
from pi_service.athlete.person import Person
from pi_service.athlete.task import Task

WORN = [(each.variant, place) for each in MOVEMENTS for place in each.placements]


@cache
def bout_of(variant: str, seed: int = 4, side: Side | None = None, *, clip: bool = True) -> Bout:
    task = Task(find_movement(variant), reps=3, hold_s=8.0, distance_m=5.0, rest_s=1.5)
    return Bout(task, Person.drawn(seed, side=side, clip=clip), np.random.default_rng(seed))


@pytest.mark.parametrize(("variant", "placement"), WORN)
def test_force_and_rate_follow_from_the_sensors_own_path(variant: str, placement: str) -> None:
    bout = bout_of(variant)
    t_s = np.linspace(1.0, bout.duration_s - 0.5, 500)
    motion = bout.felt(placement, t_s)
    identity = np.einsum("nij,nkj->nik", motion.rotation, motion.rotation)
    np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), identity.shape), atol=1e-12)

    spin = slope(lambda at: bout.felt(placement, at).rotation, t_s, 2e-4)
    turned = np.einsum("nji,njk->nik", motion.rotation, spin)
    rate = np.stack([turned[:, 2, 1], turned[:, 0, 2], turned[:, 1, 0]], axis=-1)
    misfit_rads = np.abs(rate - motion.angular_rate_rads).max(axis=1)

    # Twice differenced: the path's own acceleration, in a step in which neither rounding nor bending matters.
    h_s = 1e-3
    path = [bout.felt(placement, t_s + k * h_s).position_m for k in range(-2, 3)]
    accel = (-path[0] + 16 * path[1] - 30 * path[2] + 16 * path[3] - path[4]) / (12 * h_s**2)
    accel[:, 2] += STANDARD_GRAVITY_MS2
    felt = np.einsum("nij,ni->nj", motion.rotation, accel)
    misfit_ms2 = np.abs(felt - motion.specific_force_ms2).max(axis=1)

    # At the joins of splines the jerk jumps and differences are coarse: a few times out of a hundred.
    assert np.quantile(misfit_rads, 0.9) < 1e-6
    assert misfit_rads.max() < 1e-3
    assert np.median(misfit_ms2) < 1e-4
    assert np.quantile(misfit_ms2, 0.95) < 1e-3


def part_of(bout: Bout, name: str, derivative: str, t_s: FloatArray) -> FloatArray:
    value: FloatArray = getattr(getattr(bout.body(t_s), name), derivative)
    return value


@pytest.mark.parametrize("variant", [each.variant for each in MOVEMENTS])
def test_the_chain_without_straps_is_exact_to_a_millionth(variant: str) -> None:
    bout = bout_of(variant)
    t_s = np.linspace(1.0, bout.duration_s - 0.5, 400)
    body = bout.body(t_s)
    for name in ("torso_m", "wrist_m", "bar_sensor_m", "shoulders_m"):
        jet = getattr(body, name)
        for what, of in (("rate", "value"), ("accel", "rate")):
            differences = slope(partial(part_of, bout, name, of), t_s)
            misfit = np.abs(differences - getattr(jet, what)).max(axis=1)
            assert np.quantile(misfit, 0.95) < 1e-6, (name, what)


@pytest.mark.parametrize(("variant", "placement"), WORN)
def test_at_rest_it_feels_gravity_and_nothing_else(variant: str, placement: str) -> None:
    motion = bout_of(variant).felt(placement, np.array([-3.0, 0.0]))
    np.testing.assert_allclose(
        np.linalg.norm(motion.specific_force_ms2, axis=1), STANDARD_GRAVITY_MS2, atol=1e-6
    )
    np.testing.assert_allclose(motion.angular_rate_rads, 0.0, atol=1e-9)


@pytest.mark.parametrize(("variant", "placement"), WORN)
def test_nothing_is_beyond_what_a_body_does(variant: str, placement: str) -> None:
    bout = bout_of(variant)
    motion = bout.felt(placement, np.arange(0.0, bout.duration_s, 0.005))
    force_g = np.linalg.norm(motion.specific_force_ms2, axis=1) / STANDARD_GRAVITY_MS2
    assert 0.05 < force_g.min() < 1.0 < force_g.max() < 3.5
    assert np.degrees(np.linalg.norm(motion.angular_rate_rads, axis=1)).max() < 500.0


def test_the_limbs_axes_are_those_of_a_placement() -> None:
    bout = bout_of("pull_up", clip=False)
    standing = np.array([0.0])
    wrist, torso = (bout.felt(place, standing).specific_force_ms2[0] for place in (WRIST, TORSO))
    # A hanging forearm: x points down, so that it reads minus g; a spine: x points up.
    assert wrist[0] < -0.9 * STANDARD_GRAVITY_MS2
    assert torso[0] > 0.95 * STANDARD_GRAVITY_MS2


def test_left_and_right_are_mirror_images() -> None:
    left, right = (bout_of("face_pull", side=side, clip=False) for side in (Side.LEFT, Side.RIGHT))
    t_s = np.linspace(left.truth.start_s, left.truth.end_s, 50)
    one, other = left.body(t_s), right.body(t_s)
    np.testing.assert_allclose(one.hand_m.value[:, [0, 2]], other.hand_m.value[:, [0, 2]], atol=0.02)
    assert (one.hand_m.value[:, 1] > 0.0).all()
    assert (other.hand_m.value[:, 1] < 0.0).all()


def test_a_pull_up_leaves_the_hand_where_it_is_and_lifts_the_body() -> None:
    bout = bout_of("pull_up")
    body = bout.body(np.linspace(bout.truth.start_s, bout.truth.end_s, 300))
    assert np.ptp(body.hand_m.value[:, [0, 2]], axis=0).max() < 1e-9
    assert np.ptp(body.wrist_m.value[:, 2]) < 0.08
    assert np.ptp(body.shoulders_m.value[:, 2]) == pytest.approx(0.52, abs=0.1)


def test_a_bar_rests_until_it_is_held_and_does_not_turn_but_roll() -> None:
    bout = bout_of("dead_lift")
    before = bout.body(np.linspace(0.0, bout.truth.start_s - 9.0, 20))
    assert np.ptp(before.bar_m.value, axis=0).max() < 1e-12
    during = bout.body(np.linspace(bout.truth.start_s, bout.truth.end_s, 300))
    np.testing.assert_allclose(during.bar.x.value, during.bar.x.value[:1].repeat(300, axis=0), atol=1e-9)
    assert during.bar_m.value[:, 2].max() - during.bar_m.value[0, 2] == pytest.approx(
        bout.truth.reps[0].range_m, abs=0.06
    )
    assert np.ptp(during.bar_m.value[:, 0]) < 0.05


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda each: each.variant)
def test_both_sensors_are_worn_by_one_person(movement: Movement) -> None:
    bout = bout_of(movement.variant)
    t_s = np.linspace(0.0, bout.duration_s, 200)
    wrist, torso = (bout.felt(place, t_s).position_m for place in (WRIST, TORSO))
    apart_m = np.linalg.norm(wrist - torso, axis=1)
    person = bout.person
    assert apart_m.max() < person.arm_m + person.trunk_m + person.shoulder_m
    # The arm is a chain of fixed lengths.
    body = bout.body(t_s)
    along = np.einsum("ni,ni->n", body.hand_m.value - body.wrist_m.value, body.forearm.x.value)
    np.testing.assert_allclose(along, person.wrist_m, atol=0.026)


def test_a_strap_lags_by_a_little_and_a_bar_has_none() -> None:
    bout = bout_of("dead_lift")
    t_s = np.linspace(bout.truth.start_s, bout.truth.end_s, 800)
    body = bout.body(t_s)
    off_m = np.linalg.norm(bout.felt(WRIST, t_s).position_m - body.wrist_m.value, axis=1)
    assert 1e-4 < off_m.max() < 6e-3
    np.testing.assert_array_equal(bout.felt(BAR, t_s).position_m, body.bar_sensor_m.value)


def test_every_movement_has_somewhere_to_wear_a_sensor() -> None:
    assert {each.exercise for each in MOVEMENTS} == {
        "thoracic_extension",
        "cross_band",
        "wall_retraction",
        "dead_lift",
        "bent_over_row",
        "vertical_pull",
        "face_pull",
        "overhead_carry",
    }
    for each in MOVEMENTS:
        assert default_placement(each) in (*each.placements, WRIST)
