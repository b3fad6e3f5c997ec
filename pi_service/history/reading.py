"""Reading the history: what the page, the exports and the plots ask for.

A `Reader` opens the file for one question and closes it again: nothing is held between questions, so that a
file that is put aside, or written by another process, is no matter.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
    before, after
        Sets that come after this one in a list, the newest first or the oldest first: its start and its id.
    """

    station: str | None = None
    exercise: str | None = None
    athlete: str | None = None
    from_ts: str | None = None
    to_ts: str | None = None
    before: tuple[str, SetId] | None = None
    after: tuple[str, SetId] | None = None

    def where(self) -> tuple[str, list[str | int]]:
        """Return the condition of SQL, and its values."""
        terms: list[str] = ["1"]
        values: list[str | int] = []
        for term, value in (
            ("station = ?", self.station),
            ("exercise = ?", self.exercise),
            ("athlete = ?", self.athlete),
            # SQLite looks up one bound on either side and compares all rows with the others: the closest.
            ("start_ts >= ?", max(self.from_ts or "", self.after[0]) if self.after else self.from_ts),
            ("start_ts < ?", None if self._ends_before else self.to_ts),
            ("start_ts <= ?", self.before[0] if self.before and self._ends_before else None),
        ):
            if value is not None:
                terms.append(term)
                values.append(value)
        for comparison, place in (("<", self.before), (">", self.after)):
            if place is not None:
                terms.append(f"({', '.join(_PLACE)}) {comparison} (?, ?, ?, ?)")
                values += [place[0], *place[1]]
        return " AND ".join(terms), values

    @property
    def _ends_before(self) -> bool:
        return self.before is not None and (self.to_ts is None or self.before[0] < self.to_ts)


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
        order = ", ".join(f"{key} {'ASC' if oldest_first else 'DESC'}" for key in _PLACE)
        left = math.inf if limit is None else limit
        while left > 0:
            where, values = wanted.where()
            query = (
                f"SELECT {columns}, {', '.join(_PLACE)} FROM summary AS s "  # noqa: S608
                f"WHERE {where} ORDER BY {order} LIMIT ?"
            )
            most = min(left, _SETS_AT_ONCE)
            with _failing(self._path):
                rows = self._file.execute(query, [*values, most]).fetchall()
            yield from rows
            if len(rows) < most:
                return
            left -= len(rows)
            start_ts, *set_id = rows[-1][-len(_PLACE) :]
            place = (start_ts, SetId(*set_id))
            wanted = replace(wanted, after=place) if oldest_first else replace(wanted, before=place)

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
