"""What was: days, sets, repetitions, curves, weeks and bests.

These operations read the disk, each on a thread of its own: the event loop, and with it the live pages, never
waits for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from pi_service.dashboard.history_query import (
    NO_HISTORY,
    OneSet,
    Selected,
    Zone,
    cursor_of,
    found,
    name_of,
    reading,
    row_of,
)
from pi_service.dashboard.state import State
from pi_service.history.calendar import FIRST_DAY, day_of, start_of
from pi_service.history.rows import BestRow, CurveRow, DayRow, SetDetails, SetRow, WeekRow
from pi_service.history.totals import bests, days, first_monday, weeks

router = APIRouter(prefix="/api/history", tags=["history"], responses=NO_HISTORY)


class ExerciseChoice(BaseModel):
    """An exercise that there are sets of."""

    id: str
    name: str


class Choices(BaseModel):
    """What can be chosen from; days are None while nothing is kept."""

    stations: list[str]
    exercises: list[ExerciseChoice]
    athletes: list[str]
    first_day: str | None
    last_day: str | None


class SetList(BaseModel):
    """Sets, the newest first; `next` is where the list goes on."""

    sets: list[SetRow]
    next: str | None


class OneSetDetails(SetDetails):
    """A set with its repetitions; `correctable` while the station can still be asked to correct it."""

    correctable: bool


class Trends(BaseModel):
    """Weeks, the oldest first, and the best of each exercise in all that is kept."""

    weeks: list[WeekRow]
    bests: list[BestRow]


@router.get("/filters")
def filters(state: State, where: Zone) -> Choices:
    """Say what can be chosen from."""
    with reading(state) as reader:
        choices, span = reader.choices(), reader.span()
    exercises = [ExerciseChoice(id=each, name=name_of(each)) for each in choices["exercise"]]
    return Choices(
        stations=choices["station"],
        exercises=sorted(exercises, key=lambda each: each.name.casefold()),
        athletes=choices["athlete"],
        first_day=day_of(span[0], where).isoformat() if span else None,
        last_day=day_of(span[1], where).isoformat() if span else None,
    )


@router.get("/days")
def list_days(
    state: State, selected: Selected, limit: Annotated[int, Query(ge=1, le=366)] = 30
) -> list[DayRow]:
    """List days on which something was done, the newest first."""
    with reading(state) as reader:
        sets = reader.summaries(selected.wanted)
        return list(islice(days(sets, selected.where, name_of), limit))


@router.get("/sets")
def list_sets(
    state: State,
    selected: Selected,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[str | None, Query(max_length=300, description="`next` of the answer before.")] = None,
) -> SetList:
    """List sets, the newest first."""
    with reading(state) as reader:
        rows = [row_of(kept) for kept in reader.sets(selected.after(before).wanted, limit=limit + 1)]
    more = len(rows) > limit
    return SetList(sets=rows[:limit], next=cursor_of(rows[limit - 1]) if more else None)


@router.get("/sets/{station}/{session}/{set}")
def one_set(state: State, set_id: OneSet) -> OneSetDetails:
    """Tell everything about a set but its curve."""
    with reading(state) as reader:
        row, kept = row_of(found(reader, set_id)), reader.reps(set_id)
    station = state.feed.station(set_id.station)
    runs = station is not None and station.online and station.session == set_id.session
    return OneSetDetails(
        **row.model_dump(),
        start_s=kept.start_s,
        end_s=kept.end_s,
        rep_list=kept.reps,
        rules=kept.rules,
        unjudged=kept.unjudged,
        unjudged_why=kept.unjudged_why,
        gaps=kept.gaps,
        lost_s=kept.lost_s,
        correctable=runs and row.finished,
    )


@router.get("/sets/{station}/{session}/{set}/curve")
def curve(state: State, set_id: OneSet) -> CurveRow:
    """Tell the movement's curve during a set (deg), and a little before and after."""
    with reading(state) as reader:
        kept = reader.curve(set_id)
    if kept is None:
        raise HTTPException(404, "No curve of this set is kept.")
    return kept


@router.get("/trends")
def trends(
    state: State, selected: Selected, count: Annotated[int, Query(alias="weeks", ge=1, le=260)] = 26
) -> Trends:
    """Tell what was done week by week, and the bests; `from` and `to` bound what is looked at."""
    where, wanted = selected.where, selected.wanted
    last = datetime.now(UTC).astimezone(where).date()
    with reading(state) as reader:
        newest = next(reader.sets(wanted, limit=1), None)
        if newest is not None and wanted.to_ts is not None:
            last = day_of(newest.summary.start_ts, where)
        since = max(first_monday(last, count), FIRST_DAY)
        # Read twice rather than kept: all sets of a gym do not fit into a small computer's memory.
        recent = replace(wanted, from_ts=_later(wanted.from_ts, start_of(since, where)))
        return Trends(
            weeks=weeks(reader.summaries(recent, oldest_first=True), where, last, count),
            bests=bests(reader.summaries(wanted, oldest_first=True), where, name_of),
        )


def _later(ts: str | None, other_ts: str) -> str:
    return other_ts if ts is None else max(ts, other_ts)
