"""What is told of a prescription: which set, the target, the rest."""

from __future__ import annotations

import dataclasses

import pytest
from support.programmes import PULLS, exercise, held, of, session, told
from support.scripted import curve, scripted_set

from calibration.placement_kind import Side
from calibration.step_length import USUAL
from pi_service.exercises import find_exercise
from pi_service.holding.found import Carry, CarryChange, Distance
from pi_service.workout.asked import Asked, Reach, asked_of
from pi_service.workout.events import Event, RepCounted, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, Round
from pi_service.workout.programme import Programme
from pi_service.workout.sides import SideCount
from pi_service.workout.told import (
    ExerciseDone,
    RestChange,
    RestTold,
    SetAsked,
    SetCompared,
    TargetTold,
)


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
