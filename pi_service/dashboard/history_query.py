"""Which sets are asked for: the parameters that the history's operations share, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Path, Query

from pi_service.dashboard.answers import problem
from pi_service.dashboard.exercise_facts import facts_of
from pi_service.dashboard.state import PageState
from pi_service.errors import UsageError
from pi_service.history.calendar import FIRST_DAY, LAST_DAY, end_of, start_of, zone
from pi_service.history.errors import HistoryError
from pi_service.history.facts import SetId
from pi_service.history.reading import Kept, Reader, Wanted
from pi_service.history.rows import SetRow
from pi_service.history.store import FILE

_LONGEST: Final = 80
_CURSOR_PARTS: Final = 4
#: SQLite's largest whole number.
_LARGEST: Final = 2**63 - 1

#: Answers of the history's operations that have no place for what they should tell.
NO_HISTORY: Final = problem(404, "No history is kept, or nothing of that kind.") | problem(
    503, "The history cannot be read now."
)

Text = Annotated[str | None, Query(max_length=_LONGEST)]
Day = Annotated[date | None, Query(ge=FIRST_DAY, le=LAST_DAY)]


def _zone_of(
    tz: Annotated[
        str | None, Query(max_length=_LONGEST, description="Time zone of the days; else the computer's.")
    ] = None,
) -> tzinfo | None:
    try:
        return zone(tz)
    except UsageError as error:
        raise HTTPException(422, str(error)) from error


Zone = Annotated[tzinfo | None, Depends(_zone_of)]


@dataclass(frozen=True, slots=True)
class Selection:
    """The sets that are asked for, and the time zone of their days."""

    wanted: Wanted
    where: tzinfo | None

    def after(self, cursor: str | None) -> Selection:
        """Return those of them that come after a place in the list, as `cursor_of` named it."""
        if cursor is None:
            return self
        parts = cursor.split("~")
        if len(parts) != _CURSOR_PARTS or not parts[3].isdecimal() or int(parts[3][:20]) > _LARGEST:
            raise HTTPException(422, "The request cannot be read: before: give the `next` of an answer.")
        place = (parts[0], SetId(parts[1], parts[2], int(parts[3])))
        return replace(self, wanted=replace(self.wanted, before=place))


def _selection(
    where: Zone,
    station: Text = None,
    exercise: Text = None,
    athlete: Text = None,
    first: Annotated[date | None, Query(alias="from", ge=FIRST_DAY, le=LAST_DAY)] = None,
    last: Annotated[date | None, Query(alias="to", ge=FIRST_DAY, le=LAST_DAY)] = None,
    day: Day = None,
) -> Selection:
    if day is not None:
        first = day if first is None else max(first, day)
        last = day if last is None else min(last, day)
    return Selection(
        Wanted(
            station=station,
            exercise=exercise,
            athlete=athlete,
            from_ts=None if first is None else start_of(first, where),
            to_ts=None if last is None else end_of(last, where),
        ),
        where,
    )


Selected = Annotated[Selection, Depends(_selection)]


def _set_id(
    station: Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,40}$")],
    session: Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,80}$")],
    number: Annotated[int, Path(alias="set", ge=1, le=_LARGEST)],
) -> SetId:
    return SetId(station, session, number)


OneSet = Annotated[SetId, Depends(_set_id)]


@contextmanager
def reading(state: PageState) -> Iterator[Reader]:
    """Open the history for one question."""
    reader = open_reader(state)
    try:
        with reader:
            yield reader
    except HistoryError as error:
        raise HTTPException(503, str(error)) from error


def open_reader(state: PageState) -> Reader:
    """Open the history for an answer that goes on after the operation has returned."""
    folder = state.settings.history
    if folder is None:
        raise HTTPException(404, "No history is kept here: start the page without --no-history.")
    try:
        return Reader(folder / FILE)
    except HistoryError as error:
        raise HTTPException(503, str(error)) from error


def found(reader: Reader, set_id: SetId) -> Kept:
    """Return a set that is asked for."""
    kept = reader.set(set_id)
    if kept is None:
        raise HTTPException(404, "No set of this number is kept.")
    return kept


def name_of(exercise: str) -> str:
    """Return an exercise's name for people."""
    return facts_of(exercise).name


def row_of(kept: Kept) -> SetRow:
    """Return a set as it stands in a list."""
    return SetRow(
        **kept.summary.model_dump(),
        exercise_name=name_of(kept.summary.exercise),
        has_curve=kept.has_curve,
        recording=kept.recording,
    )


def cursor_of(row: SetRow) -> str:
    """Return the place of a set in the list."""
    return f"{row.start_ts}~{row.station}~{row.session}~{row.set}"
