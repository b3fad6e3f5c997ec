"""Reading the history: what the page, the exports and the plots ask for.

A `Reader` opens the file for one question and closes it again: nothing is held between questions, so that a
file that is put aside, or written by another process, is no matter.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pi_service.history.curves import Curve, unpack
from pi_service.history.errors import HistoryError
from pi_service.history.facts import SetId, What
from pi_service.history.rep_rows import rep_rows, rule_rows
from pi_service.history.rows import CurveRow, RepRow, RuleRow, SetSummary

_BUSY_S: Final = 2.0
#: Sets that are read at once. Between them nothing of the file is held, so that an answer that is taken
#: slowly hinders neither the writer nor what folds its log back into the file.
_SETS_AT_ONCE: Final = 500
_PLACE: Final = ("start_ts", "station", "session", "number")
_OF_A_SET: Final = "station = ? AND session = ? AND number = ?"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sets are asked for; None asks for all.

    Attributes
    ----------
    from_ts, to_ts
        Sets that began in ``[from_ts, to_ts)``: RFC 3339 in UTC with milliseconds, as they are kept.
    before
        Sets that come after this one in a list, the newest first: its start and its id.
    """

    station: str | None = None
    exercise: str | None = None
    athlete: str | None = None
    from_ts: str | None = None
    to_ts: str | None = None
    before: tuple[str, SetId] | None = None

    def where(self) -> tuple[str, list[str | int]]:
        """Return the condition of SQL, and its values."""
        terms: list[str] = ["1"]
        values: list[str | int] = []
        for term, value in (
            ("station = ?", self.station),
            ("exercise = ?", self.exercise),
            ("athlete = ?", self.athlete),
            ("start_ts >= ?", self.from_ts),
            ("start_ts < ?", self.to_ts),
        ):
            if value is not None:
                terms.append(term)
                values.append(value)
        if self.before is not None:
            terms.append("(start_ts, station, session, number) < (?, ?, ?, ?)")
            values += [self.before[0], *self.before[1]]
        return " AND ".join(terms), values


@dataclass(frozen=True, slots=True)
class Kept:
    """A set with what is kept beside it."""

    summary: SetSummary
    has_curve: bool
    recording: str | None

    @property
    def set_id(self) -> SetId:
        """Which set it is."""
        return SetId(self.summary.station, self.summary.session, self.summary.set)


@dataclass(frozen=True, slots=True)
class KeptReps:
    """The repetitions of a set, its verdict, and what was missed meanwhile."""

    start_s: float | None
    end_s: float | None
    reps: tuple[RepRow, ...]
    rules: tuple[RuleRow, ...]
    unjudged: tuple[str, ...]
    unjudged_why: tuple[str, ...]
    gaps: int
    lost_s: float


class Reader:
    """Answers questions about the file; used as a context manager, by one thread.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    HistoryError
        It is not there, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _failing(path):
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._file = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, check_same_thread=False)
            try:
                self._file.execute("SELECT 1 FROM summary LIMIT 1")
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def sets(self, wanted: Wanted, *, limit: int | None = None, oldest_first: bool = False) -> Iterator[Kept]:
        """Yield sets, the newest first unless told otherwise."""
        for row in self._rows(_KEPT, wanted, limit, oldest_first=oldest_first):
            with _failing(self._path):
                kept = _kept(row)
            yield kept

    def summaries(self, wanted: Wanted, *, oldest_first: bool = False) -> Iterator[SetSummary]:
        """Yield sets without looking for what is kept beside them, for sums over many."""
        for row in self._rows("row", wanted, None, oldest_first=oldest_first):
            with _failing(self._path):
                summary = SetSummary.model_validate_json(row[0])
            yield summary

    def _rows(
        self, columns: str, wanted: Wanted, limit: int | None, *, oldest_first: bool
    ) -> Iterator[tuple[Any, ...]]:
        where, values = wanted.where()
        way, after = ("ASC", ">") if oldest_first else ("DESC", "<")
        order = ", ".join(f"{key} {way}" for key in _PLACE)
        place = ", ".join(_PLACE)
        first = f"SELECT {columns}, {place} FROM summary AS s WHERE {where} "  # noqa: S608
        on, end = f"AND ({place}) {after} (?, ?, ?, ?) ", f"ORDER BY {order} LIMIT ?"
        left = math.inf if limit is None else limit
        rows = self._read(first + end, [*values, min(left, _SETS_AT_ONCE)])
        while rows:
            yield from rows
            left -= len(rows)
            if left <= 0 or len(rows) < _SETS_AT_ONCE:
                return
            place_of_last = rows[-1][-len(_PLACE) :]
            rows = self._read(first + on + end, [*values, *place_of_last, min(left, _SETS_AT_ONCE)])

    def _read(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with _failing(self._path):
            return self._file.execute(query, values).fetchall()

    def set(self, set_id: SetId) -> Kept | None:
        """Return one set; None where it is not known."""
        query = f"SELECT {_KEPT} FROM summary AS s WHERE {_OF_A_SET}"  # noqa: S608
        with _failing(self._path):
            found = self._file.execute(query, set_id).fetchone()
        return None if found is None else _kept(found)

    def reps(self, set_id: SetId) -> KeptReps:
        """Return the repetitions of a set and its verdict."""
        query = f"SELECT what, rep, said FROM fact WHERE {_OF_A_SET}"  # noqa: S608
        with _failing(self._path):
            rows = self._file.execute(query, set_id).fetchall()
        facts = {(What(what), rep): json.loads(said) for what, rep, said in rows}
        finished = facts.get((What.SET, 0)) or facts.get((What.SET_AS_SAID, 0)) or {}
        verdict = facts.get((What.SET_VERDICT, 0), {})
        start_s, end_s = finished.get("start_s"), finished.get("end_s")
        gaps, lost_s = self._gaps(set_id, start_s, end_s)
        return KeptReps(
            start_s=start_s,
            end_s=end_s,
            reps=rep_rows(facts),
            rules=rule_rows(verdict),
            unjudged=tuple(verdict.get("unjudged", ())),
            unjudged_why=tuple(verdict.get("unjudged_why", ())),
            gaps=gaps,
            lost_s=lost_s,
        )

    def curve(self, set_id: SetId) -> CurveRow | None:
        """Return the movement's curve of a set; None where it was not kept."""
        query = f"SELECT start_s, rate_hz, samples FROM curve WHERE {_OF_A_SET}"  # noqa: S608
        with _failing(self._path):
            found = self._file.execute(query, set_id).fetchone()
        return None if found is None else unpack(Curve(*found))

    def choices(self) -> dict[str, list[str]]:
        """Return the stations, exercises and athletes that there are sets of."""
        with _failing(self._path):
            return {
                key: [
                    value
                    for (value,) in self._file.execute(
                        f"SELECT DISTINCT {key} FROM summary WHERE {key} IS NOT NULL ORDER BY {key}"  # noqa: S608
                    )
                ]
                for key in ("station", "exercise", "athlete")
            }

    def span(self) -> tuple[str, str] | None:
        """Return when the first and the last set began; None where there is none."""
        with _failing(self._path):
            first, last = self._file.execute("SELECT min(start_ts), max(start_ts) FROM summary").fetchone()
        return None if first is None else (first, last)

    def count(self) -> int:
        """Return how many sets are kept."""
        with _failing(self._path):
            count: int = self._file.execute("SELECT count(*) FROM summary").fetchone()[0]
        return count

    def recordings(self) -> list[tuple[str, str]]:
        """Return station and name of every file that a station said that it recorded."""
        with _failing(self._path):
            return self._file.execute("SELECT station, file FROM recording").fetchall()

    def _gaps(self, set_id: SetId, start_s: float | None, end_s: float | None) -> tuple[int, float]:
        if start_s is None or end_s is None:
            return 0, 0.0
        query = (
            "SELECT count(*), total(end_s - start_s) FROM gap "
            "WHERE station = ? AND session = ? AND start_s < ? AND end_s > ?"
        )
        with _failing(self._path):
            gaps, lost_s = self._file.execute(query, (*set_id[:2], end_s, start_s)).fetchone()
        return gaps, round(lost_s, 3)


_HAS_CURVE: Final = (
    "EXISTS (SELECT 1 FROM curve AS c "
    "WHERE c.station = s.station AND c.session = s.session AND c.number = s.number)"
)
#: A recording that went on during the set: the last one, should there be two.
_RECORDING: Final = (
    "(SELECT file FROM recording AS r WHERE r.station = s.station AND r.started_ts < s.end_ts "
    "AND (r.ended_ts IS NULL OR r.ended_ts > s.start_ts) ORDER BY r.started_ts DESC LIMIT 1)"
)
_KEPT: Final = f"row, {_HAS_CURVE}, {_RECORDING}"


def _kept(row: tuple[Any, ...]) -> Kept:
    return Kept(SetSummary.model_validate_json(row[0]), bool(row[1]), row[2])


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, ValueError) as error:
        raise HistoryError(
            f"The history {path} cannot be read ({str(error).lower()}): look at the page's log."
        ) from error
