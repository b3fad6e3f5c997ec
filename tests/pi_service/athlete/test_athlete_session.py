"""A simulated session: the same movement whatever is asked for, sets that join, and the truth of them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.bout import Bout
from pi_service.athlete.movements import MOVEMENTS, find_movement
from pi_service.athlete.movements.base import TORSO, WRIST, Movement, Work
from pi_service.athlete.person import Person
from pi_service.athlete.session import Session, labels_of
from pi_service.athlete.task import Task
from pi_service.athlete.truth import PhaseKind, Truth


def task_of(variant: str = "lat_pulldown", reps: int = 1) -> Task:
    return Task(find_movement(variant), reps=reps, hold_s=5.0, distance_m=4.0, rest_s=1.0)


def short_sets(seed: int = 3, variant: str = "lat_pulldown") -> Session:
    return Session(seed, task_of(variant), rest_s=1.0)


@given(st.lists(st.floats(-2.0, 70.0), min_size=1, max_size=20), st.integers(1, 7))
@settings(max_examples=4, deadline=None)
def test_any_order_and_any_parcels_give_the_same(times: list[float], parcel: int) -> None:
    t_s = np.array(times)
    whole_force, whole_rate = short_sets().worn(WRIST)(t_s)
    motion = short_sets().worn(WRIST)
    parts = [motion(t_s[start : start + parcel]) for start in range(0, len(t_s), parcel)]
    np.testing.assert_allclose(np.concatenate([force for force, _ in parts]), whole_force, atol=1e-9)
    np.testing.assert_allclose(np.concatenate([rate for _, rate in parts]), whole_rate, atol=1e-9)


def test_looking_back_a_few_sets_is_possible_and_keeps_few_of_them() -> None:
    session = short_sets(2)
    motion, soon = session.worn(TORSO), np.array([3.0, 4.0, 5.0])
    first = motion(soon)
    for at_s in range(0, 300, 12):
        motion(np.array([float(at_s)]))
    assert len(session._kept) <= 4
    for one, other in zip(motion(soon), first, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_times_are_no_samples() -> None:
    force, rate = short_sets().worn(WRIST)(np.empty(0))
    assert force.shape == rate.shape == (0, 3)


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda each: each.variant)
def test_sets_join_without_a_jump(movement: Movement) -> None:
    session = short_sets(5, movement.variant)
    join_s = session.begin_s(1)
    for placement in (*movement.placements, WRIST):
        motion = session.worn(placement)
        (force, rate), (force_before, rate_before) = (
            motion(np.array([at])) for at in (join_s, join_s - 1e-6)
        )
        np.testing.assert_allclose(force, force_before, atol=0.02)
        np.testing.assert_allclose(rate, rate_before, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(force), STANDARD_GRAVITY_MS2, atol=0.01)


def test_the_truth_grows_with_the_sets_begun() -> None:
    session = Session(1, task_of(reps=4), rest_s=3.0)
    first = session.labels
    assert [label.kind for label in first] == ["rep"] * 4 + ["set"]
    session.worn(WRIST)(np.array([session.begin_s(1) + 5.0]))
    assert session.labels[:5] == first
    assert len(session.labels) == 10
    assert session.labels[5].start_s > session.begin_s(1)


def test_another_seed_is_another_person_and_the_same_seed_the_same() -> None:
    t_s = np.linspace(0.0, 20.0, 50)
    one, same, other = (short_sets(seed).worn(WRIST)(t_s)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.5


def test_what_is_drawn_is_cut_off_and_people_are_of_human_size() -> None:
    for seed in range(200):
        person = Person.drawn(seed)
        assert 1.5 < person.height_m < 1.95
        assert 0.55 < person.arm_m < 0.8
        assert person.reach_m < 0.9 * person.height_m
        for clip in (person.wrist_clip, person.torso_clip, person.bar_clip):
            np.testing.assert_allclose(clip @ clip.T, np.eye(3), atol=1e-12)
            assert np.linalg.det(clip) == pytest.approx(1.0)
    assert len({Person.drawn(seed).side for seed in range(20)}) == 2


def truth_of(variant: str, **more: object) -> tuple[Bout, Truth]:
    task = replace(task_of(variant, reps=6), **more)  # type: ignore[arg-type]
    bout = Bout(task, Person.drawn(7), np.random.default_rng(7))
    return bout, bout.truth


@pytest.mark.parametrize(
    "movement", [each for each in MOVEMENTS if each.work is Work.REPS], ids=lambda each: each.variant
)
def test_a_rep_is_its_phases_and_its_range_is_the_bodys(movement: Movement) -> None:
    bout, truth = truth_of(movement.variant)
    assert len(truth.reps) == 6
    assert (truth.start_s, truth.end_s) == (truth.reps[0].start_s, truth.reps[-1].end_s)
    for rep, following in zip(truth.reps, (*truth.reps[1:], None), strict=True):
        assert [phase.kind for phase in rep.phases] == list(PhaseKind)
        for phase, after in zip(rep.phases, rep.phases[1:], strict=False):
            assert phase.start_s < phase.end_s == after.start_s
        assert rep.start_s == rep.phases[0].start_s < rep.turn_s < rep.end_s == rep.phases[2].end_s
        if following is not None:
            assert following.start_s == rep.phases[3].end_s
        # Mean speed times duration is the way; the peak of a movement with the least jerk is about 1.9 of it.
        lift_s = rep.phases[0].end_s - rep.phases[0].start_s
        assert rep.lift_mean_ms * lift_s == pytest.approx(rep.range_m)
        assert rep.lift_peak_ms > rep.lift_mean_ms
    heights = bout.curves(np.array([truth.reps[0].phases[k].start_s for k in (0, 1)])).height_m
    assert abs(heights[1] - heights[0]) == pytest.approx(truth.reps[0].range_m, abs=1e-6)


def test_a_band_goes_from_side_to_side_and_one_wrist_sees_every_second_rep() -> None:
    _, truth = truth_of("cross_band")
    assert [rep.seen for rep in truth.reps] in ([True, False] * 3, [False, True] * 3)
    assert {rep.side for rep in truth.reps if rep.seen} == {truth.side}
    assert len({rep.side for rep in truth.reps}) == 2
    seen, unseen = ([rep.range_deg for rep in truth.reps if rep.seen is which] for which in (True, False))
    assert min(seen) > 60.0
    assert max(unseen) < 5.0
    assert truth.seen_reps == 3
    kinds = [label.kind for label in labels_of(truth)]
    assert (kinds.count("rep"), kinds.count("note"), kinds.count("set")) == (3, 3, 1)


def test_a_hold_is_still_and_away_from_its_start() -> None:
    bout, truth = truth_of("thoracic_extension")
    (hold,) = truth.holds
    assert hold.end_s - hold.start_s == pytest.approx(5.0)
    assert hold.enter_s < hold.start_s < hold.end_s < hold.leave_s
    assert hold.size_deg > 12.5
    during = bout.curves(np.linspace(hold.start_s, hold.end_s, 100)).torso_deg
    assert np.ptp(during) < 3.0


def test_a_carry_is_whole_steps_overhead() -> None:
    bout, truth = truth_of("overhead_carry")
    (carry,) = truth.carries
    assert carry.distance_m == pytest.approx(4.0, abs=0.4)
    assert carry.step_m * len(carry.steps_s) == pytest.approx(carry.distance_m)
    assert carry.overhead_s < carry.start_s < carry.steps_s[0] < carry.steps_s[-1] == carry.end_s
    ahead = bout.body(np.array([carry.start_s, carry.end_s])).shoulders_m.value[:, 0]
    assert ahead[1] - ahead[0] == pytest.approx(carry.distance_m, abs=0.03)
    assert carry.off_vertical_deg < 15.0


def test_the_truth_can_be_moved_in_time_and_written_down() -> None:
    for variant in ("dead_lift", "thoracic_extension", "overhead_carry"):
        _, truth = truth_of(variant)
        later = truth.later(10.0)
        assert later.start_s == pytest.approx(truth.start_s + 10.0)
        assert later.later(-10.0).to_dict() == truth.to_dict()
        assert json.loads(json.dumps(later.to_dict())) == later.to_dict()
    _, truth = truth_of("dead_lift")
    assert truth.later(5.0).reps[1].phases[2].end_s == pytest.approx(truth.reps[1].phases[2].end_s + 5.0)
    _, truth = truth_of("overhead_carry")
    assert truth.later(5.0).carries[0].steps_s[1] == pytest.approx(truth.carries[0].steps_s[1] + 5.0)
