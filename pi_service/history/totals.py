"""What sets come to: by day, by week, and the best of them."""

from __future__ import annotations

import array
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta, tzinfo
from itertools import groupby
from typing import Any, Final

from pi_service.history.calendar import day_of, monday_of
from pi_service.history.rows import BestRow, DayExercise, DayRow, SetSummary, WeekRow

#: Says an exercise's name for people.
NameOf = Callable[[str], str]

_MEDIANS: Final = (
    "lifting_s",
    "lifted_pause_s",
    "lowering_s",
    "lowered_pause_s",
    "range_m",
    "range_deg",
    "quality_percent",
)
#: What there are bests of: name, unit, and key of a set.
_BESTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("reps", "reps", "done"),
    ("held", "s", "held_s"),
    ("distance", "m", "distance_m"),
    ("velocity", "m/s", "best_velocity_mps"),
)


def days(sets: Iterable[SetSummary], where: tzinfo | None, name_of: NameOf) -> Iterator[DayRow]:
    """Yield what was done on each day.

    Parameters
    ----------
    sets
        The newest first, or the oldest.
    where
        In which time zone the days are.
    name_of
        Says an exercise's name.
    """
    for day, group in groupby(_counting(sets), lambda each: day_of(each.start_ts, where)):
        done = list(group)
        exercises = dict.fromkeys(each.exercise for each in done)
        yield DayRow(
            day=day.isoformat(),
            **_sums(done),
            exercises=tuple(_of_exercise(each, done, name_of) for each in exercises),
        )


def first_monday(last: date, count: int) -> date:
    """Return the first day of so many weeks up to a day's."""
    return monday_of(last) - timedelta(weeks=count - 1)


def weeks(sets: Iterable[SetSummary], where: tzinfo | None, last: date, count: int) -> list[WeekRow]:
    """Return the last weeks up to a day's, the oldest first; one in which nothing was done is there, too."""
    first = first_monday(last, count)
    mondays = [first + timedelta(weeks=index) for index in range(count)]
    by_monday = {monday: _Week() for monday in mondays}
    for each in _counting(sets):
        week = by_monday.get(monday_of(day_of(each.start_ts, where)))
        if week is not None:
            week.add(each)
    return [week.row(monday) for monday, week in by_monday.items()]


def bests(sets: Iterable[SetSummary], where: tzinfo | None, name_of: NameOf) -> list[BestRow]:
    """Return the best of each exercise in each way; of equals the one that was done first.

    Parameters
    ----------
    sets
        The oldest first.
    where, name_of
        See `days`.
    """
    found: dict[tuple[str, str], tuple[float, str, SetSummary]] = {}
    for each in _counting(sets):
        for what, unit, key in _BESTS:
            value = getattr(each, key)
            place = (each.exercise, what)
            if value and (place not in found or value > found[place][0]):
                found[place] = (value, unit, each)
    return [
        BestRow.model_validate(
            {
                "what": what,
                "value": value,
                "unit": unit,
                "exercise": exercise,
                "exercise_name": name_of(exercise),
                "day": day_of(each.start_ts, where).isoformat(),
                **each.model_dump(include={"station", "session", "set", "simulated"}),
            }
        )
        for (exercise, what), (value, unit, each) in sorted(found.items(), key=lambda item: item[0])
    ]


def _counting(sets: Iterable[SetSummary]) -> Iterator[SetSummary]:
    """Yield the sets that somebody did: without those that a person discarded."""
    return (each for each in sets if each.corrected != "discarded")


def _sums(done: Sequence[SetSummary]) -> dict[str, Any]:
    return {
        "sets": len(done),
        "reps": sum(each.done for each in done),
        "held_s": round(sum(each.held_s or 0.0 for each in done), 1),
        "distance_m": round(sum(each.distance_m or 0.0 for each in done), 1),
    }


def _of_exercise(exercise: str, done: Sequence[SetSummary], name_of: NameOf) -> DayExercise:
    sets = [each for each in done if each.exercise == exercise]
    reps = sum(each.done for each in sets)
    return DayExercise(id=exercise, name=name_of(exercise), sets=len(sets), reps=reps)


class _Week:
    """What the sets of a week come to: figures only, for a gym's half year has a hundred thousand sets."""

    def __init__(self) -> None:
        self._sets = 0
        self._reps = 0
        self._held_s = 0.0
        self._distance_m = 0.0
        self._best_velocity_mps: float | None = None
        self._known = {key: array.array("d") for key in _MEDIANS}

    def add(self, done: SetSummary) -> None:
        self._sets += 1
        self._reps += done.done
        self._held_s += done.held_s or 0.0
        self._distance_m += done.distance_m or 0.0
        if done.best_velocity_mps is not None:
            best_mps = self._best_velocity_mps
            fresh_mps = done.best_velocity_mps
            self._best_velocity_mps = fresh_mps if best_mps is None else max(fresh_mps, best_mps)
        for key, known in self._known.items():
            value = getattr(done, key)
            if value is not None:
                known.append(value)

    def row(self, monday: date) -> WeekRow:
        return WeekRow.model_validate(
            {
                "monday": monday.isoformat(),
                "sets": self._sets,
                "reps": self._reps,
                "held_s": round(self._held_s, 1),
                "distance_m": round(self._distance_m, 1),
                "best_velocity_mps": self._best_velocity_mps,
                **{key: _median(known) for key, known in self._known.items()},
            }
        )


def _median(known: Sequence[float]) -> float | None:
    return round(statistics.median(known), 3) if known else None
