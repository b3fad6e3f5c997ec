"""The history for other programs: CSV, FIT, and the recording that was made during a set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response, StreamingResponse

from pi_service.dashboard.answers import problem
from pi_service.dashboard.history_query import (
    NO_HISTORY,
    OneSet,
    Selected,
    found,
    name_of,
    open_reader,
    reading,
)
from pi_service.dashboard.state import PageState, State
from pi_service.errors import MissingExtraError, UsageError
from pi_service.history.reading import Reader, Wanted
from pi_service.history.rows import RepRow, SetSummary
from pi_service.history.tables import reps_csv, sets_csv

router = APIRouter(prefix="/api/history", tags=["exports"], responses=NO_HISTORY)

#: Sets in one FIT file: a day's, or a few days'.
_MOST_FIT_SETS: Final = 2_000
_PIECE_BYTES: Final = 64 * 1024


def _file(media_type: str, what: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}, "description": what}}


@router.get(
    "/export/sets.csv",
    response_class=Response,
    responses=_file("text/csv", "A line a set, the oldest first."),
)
def sets_table(state: State, selected: Selected) -> Response:
    """Export sets as a table."""
    wanted = selected.wanted
    return _table(state, "sets.csv", lambda reader: sets_csv(_summaries(reader, wanted), name_of))


@router.get(
    "/export/reps.csv",
    response_class=Response,
    responses=_file("text/csv", "A line a repetition that counts, the oldest first."),
)
def reps_table(state: State, selected: Selected) -> Response:
    """Export repetitions as a table; its first columns are those of the OpenBarbell app."""
    wanted = selected.wanted
    return _table(state, "reps.csv", lambda reader: reps_csv(_with_reps(reader, wanted), name_of))


@router.get(
    "/export/workout.fit",
    response_class=Response,
    responses=_file("application/vnd.ant.fit", "Strength sets and the rests between them.")
    | problem(501, "The optional packages for FIT files are not installed."),
)
def workout(state: State, selected: Selected) -> Response:
    """Export sets as a FIT file; name a `day` and a `station` for a workout as it was done."""
    try:
        # Needs fit-tool, which not everybody has.
        from pi_service.history.fit import workout_fit  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise HTTPException(501, str(MissingExtraError("FIT files", "dashboard"))) from error
    with reading(state) as reader:
        kept = reader.sets(selected.wanted, limit=_MOST_FIT_SETS, oldest_first=True)
        sets = [each.summary for each in kept if each.summary.corrected != "discarded"]
    if not sets:
        raise HTTPException(404, "Nothing was done then.")
    try:
        content = workout_fit(sets)
    except UsageError as error:
        raise HTTPException(422, str(error)) from error
    return Response(
        content, media_type="application/vnd.ant.fit", headers=_attached(f"{sets[0].start_ts[:10]}.fit")
    )


@router.get(
    "/sets/{station}/{session}/{set}/trace",
    response_class=Response,
    responses=_file("application/octet-stream", "The recording, as `repclip replay` reads it."),
)
def trace(state: State, set_id: OneSet) -> Response:
    """Give out the file that the station recorded during a set, where it is on this computer."""
    with reading(state) as reader:
        name = found(reader, set_id).recording
    file = _recording(state.settings.recordings, name)
    if file is None:
        raise HTTPException(404, "The recording of this set is not on this computer.")
    try:
        return _as_it_is_now(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise HTTPException(404, f"The recording of this set cannot be read: {reason}.") from error


def _as_it_is_now(file: Path) -> StreamingResponse:
    """Give out a file as long as it is now: one that is still being recorded grows while it is sent."""
    opened = file.open("rb")
    size = os.fstat(opened.fileno()).st_size

    def pieces() -> Iterator[bytes]:
        left = size
        with opened:
            while left and (piece := opened.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                yield piece

    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name)}",
        "Content-Length": str(size),
    }
    return StreamingResponse(pieces(), media_type="application/octet-stream", headers=headers)


def _recording(folder: Path | None, name: str | None) -> Path | None:
    """Return the file of a recording: one in the folder itself, and no link that leads elsewhere."""
    if folder is None or not name or Path(name).name != name:
        return None
    file = folder / name
    try:
        inside = file.resolve(strict=True).parent == folder.resolve(strict=True)
        return file if inside and file.is_file() and not file.is_symlink() else None
    except (OSError, ValueError):
        return None


def _table(state: PageState, name: str, lines_of: Callable[[Reader], Iterable[str]]) -> StreamingResponse:
    reader = open_reader(state)

    def lines() -> Iterator[str]:
        with reader:
            yield from lines_of(reader)

    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=_attached(name))


def _summaries(reader: Reader, wanted: Wanted) -> Iterator[SetSummary]:
    return reader.summaries(wanted, oldest_first=True)


def _with_reps(reader: Reader, wanted: Wanted) -> Iterator[tuple[SetSummary, tuple[RepRow, ...]]]:
    for kept in reader.sets(wanted, oldest_first=True):
        yield kept.summary, reader.reps(kept.set_id).reps


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="repclip-{name}"'}
