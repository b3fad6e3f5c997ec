"""Prescriptions to follow, and whole sessions of scripted sets to follow them with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TypeVar

from support.scripted import curve, scripted_set

from pi_service.exercises import Exercise, Prescription, find_exercise
from pi_service.holding.found import HeldPart, Hold, HoldChange
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.held import HoldTold
from pi_service.workout.programme import Programme

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


def held(seconds: float) -> list[Event]:
    ticks = [
        HoldTold(10.0 + s, 1, "thoracic_extension", HoldChange.GOING, 9.0, float(s), 0)
        for s in range(5, int(seconds) + 1)
    ]
    hold = Hold(9.0, (HeldPart(10.0, 10.0 + seconds, seconds),), 20.0, None)
    end_s = 10.0 + seconds
    ended = SetEnded(end_s + 5.0, 1, "thoracic_extension", 9.0, end_s, 0, 0, (), hold=hold)
    return [SetStarted(15.0, 1, "thoracic_extension", 9.0), *ticks, ended]
