"""Plans and corrections: what comes after an exercise, and what corrected or discarded sets change."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chunks import run, run_restored
from support.programmes import PULLS, exercise, held, of, session, told
from support.scripted import scripted_set

from calibration.placement_kind import Side
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise
from pi_service.workout.asked import Asked, Reach
from pi_service.workout.events import Event, SetEnded
from pi_service.workout.plan import Plan, PlanStep
from pi_service.workout.programme import Programme
from pi_service.workout.sides import SideCount
from pi_service.workout.told import (
    ExerciseChanged,
    ExerciseDone,
    PlanDone,
    SetAsked,
    SetCompared,
    SetCorrected,
)

ROWS = exercise("bent_over_row", sets=(1, 1), reps=(4, 6))


PLAN = Plan("Back", (PlanStep(exercise(sets=(2, 2), reps=(4, 6))), PlanStep(ROWS, Side.LEFT)))


def test_a_plan_begins_and_moves_on_and_ends() -> None:
    programme = Programme(find_exercise("any"), PLAN)
    (first,) = programme.begin(0.2)
    assert isinstance(first, ExerciseChanged)
    assert (first.exercise, first.by, first.sets) == ("vertical_pull", "plan", (2, 2))
    assert programme.begin(0.4) == []
    out = told(programme, session(4, 4))
    (changed,) = of(ExerciseChanged, out)
    assert changed.step is not None
    assert (changed.exercise, changed.name, changed.kind) == ("bent_over_row", "Bent-over row", "reps")
    assert (changed.step.number, changed.step.of, changed.step.next_exercise) == (2, 2, None)
    assert (programme.exercise, programme.state.side) == (ROWS, Side.LEFT)
    at_s = out[-1].at_s
    assert of(SetAsked, told(programme, scripted_set(3, at_s, 4)))[0].place == 1
    out = told(programme, scripted_set(4, at_s + 60.0, 4))
    assert of(PlanDone, out) == []
    assert of(ExerciseChanged, out) == []


def test_the_plan_is_done_once() -> None:
    programme = Programme(ROWS, Plan("One", (PlanStep(ROWS),)))
    assert len(of(PlanDone, told(programme, session(4, 4)))) == 1


def test_a_corrected_set_is_compared_again_and_may_complete_the_exercise() -> None:
    programme = Programme(PULLS)
    out = told(programme, session(4, 3))
    assert [each.reach for each in of(SetCompared, out)] == [Reach.REACHED, Reach.SHORT]
    corrected, compared = programme.correct(90.0, 2, 5)
    assert corrected == SetCorrected(90.0, 2, "vertical_pull", 3, 5, "corrected")
    assert isinstance(compared, SetCompared)
    assert (compared.place, compared.amount, compared.reach) == (2, 5.0, Reach.REACHED)
    with_sides = programme.correct(91.0, 2, 4)
    assert with_sides[0] == SetCorrected(91.0, 2, "vertical_pull", 5, 4, "corrected")


def test_a_discarded_set_gives_its_place_back() -> None:
    programme = Programme(exercise(sets=(2, 2), reps=(4, 6)))
    told(programme, session(4))
    assert programme.discard(40.0, 1) == [SetCorrected(40.0, 1, "vertical_pull", 4, 0, "discarded")]
    assert programme.sets_done == 0
    later = told(programme, [*scripted_set(2, 50.0, 4), *scripted_set(3, 100.0, 4)])
    assert [each.place for each in of(SetAsked, later)] == [1, 2]
    assert len(of(ExerciseDone, later)) == 1


def test_a_correction_moves_a_plan_on() -> None:
    programme = Programme(ROWS, PLAN)
    big = exercise(sets=(2, 2), reps=(12, 15))
    programme = Programme(big, Plan("Back", (PlanStep(big), PlanStep(ROWS))))
    told(programme, session(12, 3))
    out = programme.correct(90.0, 2, 12)
    assert [type(each) for each in out] == [SetCorrected, SetCompared, ExerciseDone, ExerciseChanged]


def test_a_plan_does_not_move_on_in_the_midst_of_a_set() -> None:
    big = exercise(sets=(2, 2), reps=(12, 15))
    programme = Programme(big, Plan("Back", (PlanStep(big), PlanStep(ROWS))))
    events = session(12, 3)
    told(programme, [*events, *scripted_set(3, 100.0, 12, finished=False)])
    out = programme.correct(140.0, 2, 12)
    assert of(ExerciseChanged, out) == []
    assert len(of(ExerciseDone, out)) == 1
    ended = scripted_set(3, 100.0, 12)[-1]
    out = programme.step([ended])
    assert len(of(ExerciseChanged, out)) == 1
    assert of(ExerciseDone, out) == []


@pytest.mark.parametrize(
    ("number", "count", "complaint"),
    [
        (3, 5, "There is no set 3; finished sets are 1, 2."),
        (0, 5, "There is no set 0; finished sets are 1, 2."),
        (1, 0, "A set has at least one repetition: discard set 1 if it was none."),
    ],
)
def test_what_cannot_be_corrected_is_refused_and_changes_nothing(
    number: int, count: int, complaint: str
) -> None:
    programme = Programme(PULLS)
    told(programme, session(4, 4))
    before = pickle.dumps(programme.state)
    with pytest.raises(UsageError) as caught:
        programme.correct(90.0, number, count)
    assert str(caught.value) == complaint
    assert pickle.dumps(programme.state) == before


def test_running_discarded_and_held_sets_cannot_be_corrected() -> None:
    programme = Programme(PULLS)
    with pytest.raises(UsageError, match="There is no set 1; no set has ended yet"):
        programme.discard(1.0, 1)
    told(programme, scripted_set(1, 0.0, 4, finished=False))
    with pytest.raises(UsageError, match="Set 1 is still running: end it first"):
        programme.discard(20.0, 1)
    told(programme, scripted_set(1, 0.0, 4)[-1:])
    programme.discard(30.0, 1)
    with pytest.raises(UsageError, match="Set 1 was discarded"):
        programme.correct(30.0, 1, 4)
    holds = Programme(find_exercise("thoracic_extension"))
    told(holds, held(40.0))
    with pytest.raises(UsageError, match="Set 1 has no repetitions to correct; it can be discarded"):
        holds.correct(60.0, 1, 4)


def test_nothing_follows_without_a_plan_or_at_its_end() -> None:
    with pytest.raises(UsageError, match="There is no plan to go on in"):
        Programme(PULLS).check_next()
    programme = Programme(ROWS, PLAN)
    programme.next_exercise(1.0)
    with pytest.raises(UsageError, match="bent_over_row is the last exercise of the plan 'Back'"):
        programme.next_exercise(2.0)
    assert programme.exercise is ROWS


@given(
    reps=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    by_itself=st.booleans(),
    sets=st.integers(1, 3),
)
@settings(max_examples=25, deadline=None)
def test_an_interruption_changes_nothing_and_the_books_balance(
    reps: list[int], by_itself: bool, sets: int
) -> None:
    steps = tuple(
        PlanStep(exercise(name, sets=(sets, sets), reps=(4, 6), rest_s=(5.0, 15.0))) for name in _NAMES
    )
    plan = Plan("Any", steps, by_itself)
    events = session(*reps)

    def follow(programme: Programme, event: Event) -> list[Event]:
        return programme.step([event])

    whole = run(lambda: Programme(steps[0].exercise, plan), follow, events)
    assert run_restored(lambda: Programme(steps[0].exercise, plan), follow, events) == whole
    compared, asked = of(SetCompared, whole), of(SetAsked, whole)
    assert len(compared) == len(asked) == len(reps)
    assert [each.reach for each in compared] == [Asked(4, 6, "reps").reach(count) for count in reps]
    assert all(each.place <= sets or not by_itself or _is_last(each, whole) for each in asked)
    done = of(ExerciseDone, whole)
    assert len(done) <= len(steps)
    assert _never_backwards(whole)
    if not by_itself:
        assert of(ExerciseChanged, whole) == []


_NAMES = ("vertical_pull", "bent_over_row", "face_pull")


def _is_last(asked: SetAsked, events: Sequence[Event]) -> bool:
    """Whether the plan was at its last step: that goes on being counted."""
    return len([each for each in of(ExerciseChanged, events) if each.at_s < asked.at_s]) == len(_NAMES) - 1


def _never_backwards(events: Sequence[Event]) -> bool:
    return all(a.at_s <= b.at_s + 1e-9 for a, b in itertools.pairwise(events))


def test_a_correction_of_alternating_sides_corrects_both() -> None:
    programme = Programme(exercise("cross_band", sets=(2, 2), reps=(14, 20)))
    events = scripted_set(1, 0.0, 3)
    ended = events[-1]
    assert isinstance(ended, SetEnded)
    told(programme, [*events[:-1], dataclasses.replace(ended, sides=SideCount(Side.LEFT, 3, 4, 1))])
    corrected, compared = programme.correct(30.0, 1, 7)
    assert isinstance(corrected, SetCorrected)
    assert corrected.sides == SideCount(Side.LEFT, 7, 8, 1)
    assert isinstance(compared, SetCompared)
    assert (compared.amount, compared.reach) == (15.0, Reach.REACHED)
    (discarded,) = programme.discard(31.0, 1)
    assert isinstance(discarded, SetCorrected)
    assert discarded.sides == SideCount(Side.LEFT, 0, 0, 0)
