"""What is told of a prescription: which set, the target, the rest, the plan, corrections."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chunks import run, run_restored
from support.scripted import curve, scripted_set

from calibration.placement_kind import Side
from calibration.step_length import USUAL
from pi_service.errors import UsageError
from pi_service.exercises import Exercise, Prescription, find_exercise
from pi_service.holding.found import Carry, CarryChange, Distance, HeldPart, Hold, HoldChange
from pi_service.workout.asked import Asked, Reach, asked_of
from pi_service.workout.events import Event, RepCounted, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, HoldTold, Round
from pi_service.workout.plan import Plan, PlanStep
from pi_service.workout.programme import Programme
from pi_service.workout.sides import SideCount
from pi_service.workout.told import (
    ExerciseChanged,
    ExerciseDone,
    PlanDone,
    RestChange,
    RestTold,
    SetAsked,
    SetCompared,
    SetCorrected,
    TargetTold,
)

E = TypeVar("E")


def exercise(name: str = "vertical_pull", **asked: object) -> Exercise:
    found = find_exercise(name)
    return dataclasses.replace(found, prescription=Prescription(**asked))  # type: ignore[arg-type]


PULLS = exercise(sets=(2, 3), reps=(4, 6), rest_s=(10.0, 15.0))


def told(programme: Programme, events: Iterable[Event]) -> list[Event]:
    return [each for event in events for each in programme.step([event])]


def of(kind: type[E], events: Iterable[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def session(*reps: int, rest_s: float = 20.0) -> list[Event]:
    events: list[Event] = []
    at_s = 0.0
    for number, count in enumerate(reps, start=1):
        events += scripted_set(number, at_s, count)
        after_s = events[-1].at_s
        at_s = after_s + rest_s
        events += curve(after_s, at_s)
    return events


def test_each_set_is_told_what_it_is_to_be() -> None:
    asked = of(SetAsked, told(Programme(PULLS), session(4, 5)))
    assert [(each.set_number, each.place, each.sets) for each in asked] == [(1, 1, (2, 3)), (2, 2, (2, 3))]
    assert asked[0].asked == Asked(4, 6, "reps")


def test_everything_else_stays_as_it_was_in_its_order() -> None:
    events = session(4, 7)
    mine = (SetAsked, TargetTold, SetCompared, RestTold, ExerciseDone)
    assert [each for each in told(Programme(PULLS), events) if not isinstance(each, mine)] == events


@pytest.mark.parametrize(
    ("reps", "reaches", "at_the_end"),
    [
        (3, [], Reach.SHORT),
        (4, [(Reach.REACHED, 4)], Reach.REACHED),
        (6, [(Reach.REACHED, 4)], Reach.REACHED),
        (8, [(Reach.REACHED, 4), (Reach.OVER, 7)], Reach.OVER),
    ],
)
def test_a_target_is_told_with_the_rep_that_reaches_it(
    reps: int, reaches: list[tuple[Reach, int]], at_the_end: Reach
) -> None:
    events = told(Programme(PULLS), session(reps))
    assert [(each.reach, each.amount) for each in of(TargetTold, events)] == reaches
    for each in of(TargetTold, events):
        before = events[events.index(each) - 1]
        assert isinstance(before, RepCounted)
        assert before.count == each.amount
        assert before.at_s == each.at_s
    (compared,) = of(SetCompared, events)
    assert (compared.reach, compared.amount, compared.counts) == (at_the_end, reps, True)


def test_the_final_count_decides_at_the_end() -> None:
    events = told(Programme(PULLS), scripted_set(1, 0.0, 7, withdrawn=(1, 2, 3, 4)))
    assert [each.reach for each in of(TargetTold, events)] == [Reach.REACHED, Reach.OVER]
    assert [(each.reach, each.amount) for each in of(SetCompared, events)] == [(Reach.SHORT, 3.0)]


def test_a_set_far_below_the_target_gives_its_place_back() -> None:
    reps = exercise(sets=(2, 2), reps=(12, 15))
    events = told(Programme(reps), session(3, 12, 4))
    assert [each.counts for each in of(SetCompared, events)] == [False, True, True]
    assert [each.place for each in of(SetAsked, events)] == [1, 1, 2]
    (done,) = of(ExerciseDone, events)
    assert done.sets == 2


def test_sides_count_in_all() -> None:
    """Each reach of an arm is a repetition; the clip sees every second one."""
    reps = exercise("cross_band", sets=(2, 2), reps=(4, 6))
    events = [
        dataclasses.replace(event, sides=SideCount(Side.LEFT, event.count, event.count - 1, 1))
        if isinstance(event, RepCounted)
        else event
        for event in scripted_set(1, 0.0, 3)
    ]
    ended = events[-1]
    assert isinstance(ended, SetEnded)
    events[-1] = dataclasses.replace(ended, sides=SideCount(Side.LEFT, 3, 3, 1))
    out = told(Programme(reps), events)
    assert [(each.reach, each.amount) for each in of(TargetTold, out)] == [(Reach.REACHED, 5)]
    assert [(each.reach, each.amount) for each in of(SetCompared, out)] == [(Reach.REACHED, 6.0)]


def held(seconds: float) -> list[Event]:
    ticks = [
        HoldTold(10.0 + s, 1, "thoracic_extension", HoldChange.GOING, 9.0, float(s), 0)
        for s in range(5, int(seconds) + 1)
    ]
    hold = Hold(9.0, (HeldPart(10.0, 10.0 + seconds, seconds),), 20.0, None)
    end_s = 10.0 + seconds
    ended = SetEnded(end_s + 5.0, 1, "thoracic_extension", 9.0, end_s, 0, 0, (), hold=hold)
    return [SetStarted(15.0, 1, "thoracic_extension", 9.0), *ticks, ended]


@pytest.mark.parametrize(
    ("seconds", "live", "end"),
    [
        (29.3, [], Reach.SHORT),
        (29.7, [], Reach.REACHED),  # a hold is timed to a quarter of a second
        (40.0, [(Reach.REACHED, 30.0)], Reach.REACHED),
        (60.4, [(Reach.REACHED, 30.0)], Reach.REACHED),
        (61.2, [(Reach.REACHED, 30.0), (Reach.OVER, 61.0)], Reach.OVER),
    ],
)
def test_a_hold_is_compared_in_seconds(seconds: float, live: list[tuple[Reach, float]], end: Reach) -> None:
    events = told(Programme(find_exercise("thoracic_extension")), held(seconds))
    assert [(each.reach, each.amount) for each in of(TargetTold, events)] == live
    assert [each.reach for each in of(SetCompared, events)] == [end]


@pytest.mark.parametrize(
    ("metres", "reach"), [(14.0, Reach.SHORT), (16.0, Reach.REACHED), (30.0, Reach.REACHED)]
)
def test_a_distance_is_short_only_if_it_surely_is(metres: float, reach: Reach) -> None:
    distance = Distance(metres, 1.5)
    carry = Carry(5.0, 25.0, (6.0, 7.0), None)
    name = "overhead_carry"
    events: list[Event] = [
        SetStarted(8.0, 1, name, 5.0),
        CarryTold(20.0, 1, name, CarryChange.STEP, 5.0, 20, distance, Side.UNKNOWN),
        SetEnded(26.0, 1, name, 5.0, 25.0, 0, 0, (), carry=Round(carry, distance, USUAL, Side.UNKNOWN)),
    ]
    out = told(Programme(find_exercise(name)), events)
    assert [each.reach for each in of(TargetTold, out)] == ([Reach.REACHED] if metres >= 18.3 else [])
    assert [each.reach for each in of(SetCompared, out)] == [reach]


def test_no_rest_is_shorter_than_nothing() -> None:
    # A stream that ends in the midst of a repetition foretells its end.
    (ended,) = of(SetEnded, session(4))
    early = dataclasses.replace(ended, at_s=ended.end_s - 0.2)
    assert [each.rest_s for each in of(RestTold, told(Programme(PULLS), [early]))] == [0.0]


def test_the_rest_counts_from_the_last_repetition() -> None:
    events = told(Programme(PULLS), session(4, 4, rest_s=20.0))
    rests = [each for each in of(RestTold, events) if each.after_set == 1]
    # The set is known to be over three seconds after its last rep.
    assert (rests[0].change, rests[0].rest_s) == (RestChange.BEGUN, 3.0)
    assert [round(each.rest_s) for each in rests if each.change is RestChange.SECOND] == [
        4, 5, 6, 7, 8, 9, 11, 12, 13, 14,
    ]  # fmt: skip
    changes = [(each.change, each.rest_s) for each in rests if each.change is not RestChange.SECOND]
    assert changes[1:] == [
        (RestChange.ENOUGH, pytest.approx(10.0, abs=0.2)),
        (RestChange.OVER, pytest.approx(15.0, abs=0.2)),
        (RestChange.ENDED, pytest.approx(27.0)),
    ]


def test_without_a_prescription_nothing_is_told() -> None:
    events = session(4, 5)
    assert told(Programme(find_exercise("any")), events) == events


def test_an_exercise_is_done_with_its_fewest_sets() -> None:
    events = told(Programme(PULLS), session(4, 4, 4))
    assert [(each.exercise, each.sets) for each in of(ExerciseDone, events)] == [("vertical_pull", 2)]
    assert [each.place for each in of(SetAsked, events)] == [1, 2, 3]


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


def test_what_an_exercise_asks_for_by_its_kind() -> None:
    assert asked_of(find_exercise("vertical_pull")) == Asked(10, 15, "reps")
    assert asked_of(find_exercise("thoracic_extension")) == Asked(30.0, 60.0, "s")
    assert asked_of(find_exercise("overhead_carry")) == Asked(18.3, None, "m")
    assert asked_of(find_exercise("any")) is None


def empty(number: int, start_s: float, end_s: float) -> list[Event]:
    """A set that a person began and ended, in which nothing was counted."""
    return [
        SetStarted(start_s, number, "vertical_pull", start_s),
        *curve(start_s, end_s),
        SetEnded(end_s, number, "vertical_pull", start_s, end_s, 0, 0, ()),
    ]


def test_the_rest_before_an_empty_set_goes_on_after_it() -> None:
    programme = Programme(exercise(sets=(2, 3), reps=(4, 6), rest_s=(20.0, 30.0)))
    over_s = told(programme, scripted_set(1, 0.0, 4))[-1].at_s
    since_s = over_s - 3.0
    rests = of(RestTold, told(programme, empty(2, over_s + 5.0, over_s + 10.0)))
    assert [(each.change, each.after_set) for each in rests] == [(RestChange.ENDED, 1), (RestChange.BEGUN, 1)]
    assert rests[-1].rest_s == pytest.approx(over_s + 10.0 - since_s)
    later = of(RestTold, told(programme, curve(over_s + 10.0, over_s + 40.0)))
    assert all(each.after_set == 1 for each in later)
    (enough,) = [each for each in later if each.change is RestChange.ENOUGH]
    assert enough.rest_s == pytest.approx(20.0, abs=0.2)


def test_an_empty_set_before_all_others_begins_no_rest() -> None:
    assert of(RestTold, told(Programme(PULLS), [*empty(1, 1.0, 5.0), *curve(5.0, 20.0)])) == []


def test_the_rest_before_a_set_that_is_discarded_goes_on_after_that() -> None:
    programme = Programme(exercise(sets=(2, 3), reps=(4, 6), rest_s=(60.0, 90.0)))
    over_s = told(programme, scripted_set(1, 0.0, 4))[-1].at_s
    at_s = told(programme, scripted_set(2, over_s, 4))[-1].at_s
    discarded = programme.discard(at_s + 1.0, 2)
    rests = of(RestTold, discarded)
    assert [(each.change, each.after_set) for each in rests] == [(RestChange.ENDED, 2), (RestChange.BEGUN, 1)]
    assert rests[-1].rest_s == pytest.approx(at_s + 1.0 - (over_s - 3.0))
    # So is the one before it, and no rest is left.
    assert [each.change for each in of(RestTold, programme.discard(at_s + 2.0, 1))] == [RestChange.ENDED]
    alone = Programme(PULLS)
    told(alone, scripted_set(1, 0.0, 4))
    assert [each.change for each in of(RestTold, alone.discard(30.0, 1))] == [RestChange.ENDED]
    assert of(RestTold, told(alone, curve(30.0, 50.0))) == []


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
