"""A set that begins right after another goes on from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware.samples import SensorRole
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.verdict import Verdict
from pi_service.exercises import RuleName, find_exercise
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.found import Measures
from pi_service.workout import coach as coaching
from pi_service.workout.coach import Coach
from pi_service.workout.events import (
    PlacementChanged,
    Rep,
    RepCounted,
    RepJudged,
    SetEnded,
    SetJudged,
    SetStarted,
)


def reps(start_s: float, range_m: float, count: int = 5) -> tuple[Rep, ...]:
    made = []
    for number in range(count):
        at_s = start_s + 6.0 * number
        measures = Measures(at_s, at_s + 1.0, at_s + 1.4, at_s + 2.6, True, 0.5, 0.01, None, None, 0.5)
        made.append(
            Rep(number + 1, at_s, at_s + 1.2, at_s + 2.6, at_s + 3.0, 40.0, range_m, 0.9, measures, True)
        )
    return tuple(made)


def range_verdicts(gap_s: float, *ranges_m: float) -> list[Verdict | None]:
    """Return what is said of the range of each of some sets, with a gap between them."""
    coach, start_s, said = Coach(find_exercise("cross_band"), Worn(), 1), 10.0, list[Verdict | None]()
    for number, range_m in enumerate(ranges_m, 1):
        made = reps(start_s, range_m)
        end_s = made[-1].end_s
        started = SetStarted(start_s + 9.0, number, "cross_band", start_s)
        ended = SetEnded(end_s + 3.0, number, "cross_band", start_s, end_s, 5, 5, made)
        (judged,) = (event for event in coach.step([started, ended], None) if isinstance(event, SetJudged))
        found = {each.verdict.rule: each.verdict for each in judged.judgement.verdicts}
        said.append(found.get(RuleName.RANGE_KEPT))
        start_s = end_s + gap_s
    return said


def test_small_reps_that_were_taken_for_a_set_of_their_own_are_small() -> None:
    first, second, third = range_verdicts(4.0, 0.5, 0.3, 0.3)
    assert first is not None
    assert first.ok
    for after in (second, third):  # both against the first one
        assert after is not None
        assert (after.ok, after.measured) == (False, pytest.approx(0.6))


def test_after_a_rest_a_set_is_its_own() -> None:
    _, second = range_verdicts(30.0, 0.5, 0.3)
    assert second is not None
    assert (second.ok, second.measured) == (True, pytest.approx(1.0))


def test_what_was_seen_of_a_first_rep_that_was_found_late_is_kept_until_its_set_is_judged() -> None:
    coach, up = Coach(find_exercise("cross_band"), Worn(), 1), np.tile([0.0, 0.0, 1.0], (50, 1))
    none = np.zeros(50)
    late, *rest = reps(4.0, 0.5)
    coach.step([SetStarted(30.0, 1, "cross_band", rest[0].start_s)], 750)
    for number, rep in enumerate([*rest, late], 1):
        counted = RepCounted(30.0, 1, "cross_band", replace(rep, number=number), number, "live")
        coach.step([counted], None)
    for first_s in (4, 8, 400):
        first = round(first_s * FRAME_RATE_HZ)
        coach.see_limb(MotionBlock(first, True, up, none, none, none, none > 0.0))
    assert [first for first, _ in coach.state.limb.pieces] == [100, 200, 10_000]


def test_what_is_known_of_a_rep_is_not_worked_out_again_for_each_that_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[int] = []

    def facts_of(rep: Rep, *args: object, **options: object) -> RepFacts:
        looked_at.append(rep.number)
        return usual(rep, *args, **options)  # type: ignore[arg-type]

    usual = coaching.facts_of
    monkeypatch.setattr(coaching, "facts_of", facts_of)
    coach, made = Coach(find_exercise("cross_band"), Worn(), 1), reps(10.0, 0.5, 60)
    coach.step([SetStarted(20.0, 1, "cross_band", 10.0)], 500)
    for rep in made:
        counted = RepCounted(rep.end_s, 1, "cross_band", rep, rep.number, "live")
        (judged,) = [
            event
            for now_s in (rep.end_s, rep.end_s + 1.0)
            for event in coach.step([counted] if now_s == rep.end_s else [], round(now_s * FRAME_RATE_HZ))
            if isinstance(event, RepJudged)
        ]
        assert judged.number == rep.number
    assert len(looked_at) < 2 * len(made)


def test_a_clip_that_slips_turns_what_was_seen_of_the_set_that_this_one_goes_on_from() -> None:
    coach = Coach(find_exercise("wall_retraction"), Worn(), 1)
    up, none = np.tile([0.0, 0.0, 1.0], (1_000, 1)), np.zeros(1_000)
    coach.see_limb(MotionBlock(0, True, up, none, none, none, none > 0.0))
    made = reps(10.0, 0.5, 3)
    name, end_s = "wall_retraction", made[-1].end_s
    coach.step(
        [SetStarted(20.0, 1, name, 10.0), SetEnded(end_s + 3.0, 1, name, 10.0, end_s, 3, 3, made)], None
    )
    quarter = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))
    coach.turn(PlacementChanged(40.0, SensorRole.LIMB, 90.0, 36.0, 37.0, quarter))
    assert len(coach.state.earlier) == 3
    for facts in coach.state.earlier:
        assert facts.limb.up_between(facts.leaves_s, facts.arrives_s) == pytest.approx(
            np.tile([1.0, 0.0, 0.0], (65, 1))
        )
