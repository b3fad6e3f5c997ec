"""Sets that were none, because nothing was counted in them or a person says so, and what came before them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TypeVar

import pytest
from support.scripted import curve, scripted_set

from pi_service.exercises import Exercise, Prescription, find_exercise
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.programme import Programme
from pi_service.workout.told import ExerciseDone, RestChange, RestTold, SetAsked, SetCompared

E = TypeVar("E")


def pulls(**asked: object) -> Exercise:
    asked = {"sets": (2, 3), "reps": (4, 6), "rest_s": (60.0, 90.0), **asked}
    return dataclasses.replace(
        find_exercise("vertical_pull"),
        prescription=Prescription(**asked),  # type: ignore[arg-type]
    )


def empty(number: int, start_s: float, end_s: float) -> list[Event]:
    return [
        SetStarted(start_s, number, "vertical_pull", start_s),
        *curve(start_s, end_s),
        SetEnded(end_s, number, "vertical_pull", start_s, end_s, 0, 0, ()),
    ]


def told(programme: Programme, events: Iterable[Event]) -> list[Event]:
    return [each for event in events for each in programme.step([event])]


def of(kind: type[E], events: Iterable[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_discarding_an_empty_set_leaves_the_rest_before_it_alone() -> None:
    programme = Programme(pulls())
    over_s = told(programme, scripted_set(1, 0.0, 4))[-1].at_s
    told(programme, empty(2, over_s + 5.0, over_s + 10.0))
    assert of(RestTold, programme.discard(over_s + 11.0, 2)) == []
    later = of(RestTold, told(programme, curve(over_s + 11.0, over_s + 20.0)))
    assert {(each.after_set, each.change) for each in later} == {(1, RestChange.SECOND)}


def test_the_rest_ends_when_the_set_before_it_is_discarded_over_an_empty_one() -> None:
    programme = Programme(pulls())
    over_s = told(programme, scripted_set(1, 0.0, 4))[-1].at_s
    told(programme, empty(2, over_s + 5.0, over_s + 10.0))
    rests = of(RestTold, programme.discard(over_s + 11.0, 1))
    assert [(each.after_set, each.change) for each in rests] == [(1, RestChange.ENDED)]


def test_an_empty_set_is_none_of_those_asked_for_where_only_their_number_is() -> None:
    programme = Programme(pulls(reps=None))
    events = told(programme, [*empty(1, 1.0, 5.0), *scripted_set(2, 10.0, 1), *scripted_set(3, 60.0, 1)])
    assert [each.place for each in of(SetAsked, events)] == [1, 1, 2]
    (done,) = of(ExerciseDone, events)
    assert done.at_s == pytest.approx(events[-1].at_s)


def test_a_set_takes_the_place_of_one_that_is_discarded_while_it_runs() -> None:
    programme = Programme(pulls())
    told(programme, scripted_set(1, 0.0, 4))
    second = scripted_set(2, 60.0, 4)
    told(programme, second[:-1])
    programme.discard(second[-1].at_s - 1.0, 1)
    ended = told(programme, second[-1:])
    third = told(programme, scripted_set(3, 120.0, 4))
    assert [each.place for each in of(SetCompared, [*ended, *third])] == [1, 2]
    assert [each.place for each in of(SetAsked, third)] == [2]


def test_an_empty_set_is_compared_with_nothing() -> None:
    events = told(Programme(pulls()), [*empty(1, 1.0, 5.0), *scripted_set(2, 10.0, 3)])
    assert [(each.set_number, each.amount) for each in of(SetCompared, events)] == [(2, 3.0)]
