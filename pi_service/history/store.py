"""The history's file, written: facts by idempotent upserts, and what follows from them.

One thread of one process writes; others read meanwhile (SQLite's write-ahead log). Every change is one
transaction: whatever ends the process, the file holds all of it or nothing.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pi_service.history.curves import Curve
from pi_service.history.errors import HistoryDamagedError, HistoryError
from pi_service.history.facts import Fact, SetId, What
from pi_service.history.schema import migrate
from pi_service.history.summary import summarise
from pi_service.publish.device_payloads import RecordingPayload
from pi_service.publish.disk import unwritten
from pi_service.publish.payloads import GapPayload

#: Name of the file in the history's folder.
FILE: Final = "history.db"
#: Where the log is folded back into the file (pages of 4 kB), and what is left of it then (bytes).
_CHECKPOINT_PAGES: Final = 1_000
_LOG_BYTES: Final = 4_000_000
#: How long another process may hold the file (s).
_BUSY_S: Final = 2.0
_DAMAGED: Final = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
#: A clock that shows less was never set.
_CLOCK_SET: Final = "2020-01-01T00:00:00.000Z"
#: From so many repetitions on an open set is worked out anew with each twentieth of them: a walk has many.
_LONG: Final = 200
#: Sets that are forgotten in one transaction.
_FORGOTTEN_AT_ONCE: Final = 500

_UPSERT: Final = """
INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET seq = excluded.seq, said = excluded.said WHERE excluded.seq > seq
"""
_OF_A_SET: Final = "station = ? AND session = ? AND number = ?"


class Store:
    """The file, open for writing.

    Parameters
    ----------
    path
        The file; made, with its folder, when it is not there.

    Raises
    ------
    HistoryError
        It cannot be opened.
    HistoryDamagedError
        It is no history.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _failing(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Who trained when is nobody else's business; SQLite gives the log beside it the same mode.
            path.touch(mode=0o600)
            # Opened on one thread and used on another, never on two at a time.
            self._file = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._file.execute("PRAGMA journal_mode=WAL")
                self._file.execute("PRAGMA synchronous=NORMAL")
                self._file.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
                self._file.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
                migrate(self._file)
            except BaseException:
                self._file.close()
                raise

    def take(
        self,
        facts: Sequence[Fact],
        *,
        curves: Iterable[tuple[SetId, Curve]] = (),
        gaps: Iterable[GapPayload] = (),
        recordings: Iterable[RecordingPayload] = (),
    ) -> set[SetId]:
        """Keep what was heard, in one transaction; return the sets of which something was news.

        Raises
        ------
        HistoryError
            It cannot be written: nothing has changed.
        """
        with _failing(self.path), self._transaction():
            changed = [each for each in facts if self._upsert(each)]
            news = {each.set_id for each in changed}
            of_the_whole = {each.set_id for each in changed if each.rep == 0}
            for set_id in news:
                if set_id in of_the_whole or not self._is_long(set_id):
                    self._summarise(set_id)
            self._file.executemany(
                "INSERT OR IGNORE INTO curve VALUES (?, ?, ?, ?, ?, ?)",
                [(*set_id, curve.start_s, curve.rate_hz, curve.samples) for set_id, curve in curves],
            )
            self._file.executemany(
                "INSERT OR IGNORE INTO gap VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (each.station, each.session, each.seq, each.ts, each.sensor, each.start_s, each.end_s)
                    for each in gaps
                ],
            )
            for each in recordings:
                self._record(each)
        return news

    def bring_to_the_disk(self) -> None:
        """Wait until a loss of power cannot undo anything that was kept so far.

        Raises
        ------
        HistoryError
            It cannot be written.
        """
        with _failing(self.path):
            self._file.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def forget_before(self, ts: str) -> int:
        """Forget what ended before a moment; return how many sets those were.

        Sets of a station whose clock was not set (a Pi begins in 1970) have no age.

        Raises
        ------
        HistoryError
            It cannot be written.
        """
        forgotten = 0
        while gone := self._forget("end_ts < ? AND end_ts >= ?", (ts, _CLOCK_SET)):
            forgotten += gone
        with _failing(self.path), self._transaction():
            self._file.execute("DELETE FROM gap WHERE ts < ?", (ts,))
            self._file.execute("DELETE FROM recording WHERE coalesce(ended_ts, started_ts) < ?", (ts,))
        return forgotten

    def forget_curves_before(self, ts: str) -> None:
        """Forget the curves of sets that ended before a moment.

        Raises
        ------
        HistoryError
            It cannot be written.
        """
        with _failing(self.path), self._transaction():
            self._file.execute(
                "DELETE FROM curve WHERE EXISTS (SELECT 1 FROM summary AS s WHERE s.station = curve.station "
                "AND s.session = curve.session AND s.number = curve.number AND s.end_ts < ?)",
                (ts,),
            )

    def forget_beyond(self, most_bytes: int) -> int:
        """Forget the oldest sets until the file holds no more than so much; return how many those were.

        Raises
        ------
        HistoryError
            It cannot be written.
        """
        forgotten = 0
        oldest = "1 ORDER BY start_ts"
        while self.held_bytes() > most_bytes and (gone := self._forget(oldest, ())):
            forgotten += gone
        return forgotten

    def held_bytes(self) -> int:
        """Return how much the file holds; what was forgotten is used again before the file grows.

        Raises
        ------
        HistoryError
            It cannot be read.
        """
        with _failing(self.path):
            pages, free, size = (
                self._file.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * size)

    def close(self) -> None:
        """Fold the log into the file and let go of it; may be called twice."""
        with contextlib.suppress(sqlite3.Error):  # what is in the log stays there, and is found again
            self._file.close()

    def _upsert(self, fact: Fact) -> bool:
        row = (*fact.set_id, fact.what.value, fact.rep, fact.seq, fact.said)
        return self._file.execute(_UPSERT, row).rowcount > 0

    def _is_long(self, set_id: SetId) -> bool:
        """Say whether an open set is so long that it is not worked out anew with each of its repetitions."""
        known = (
            f"SELECT count(*), count(*) FILTER (WHERE what = 'set') FROM fact WHERE {_OF_A_SET} "  # noqa: S608
            "AND what IN ('rep', 'set')"
        )
        reps, finished = self._file.execute(known, set_id).fetchone()
        told = f"SELECT json_extract(row, '$.reps') FROM summary WHERE {_OF_A_SET}"  # noqa: S608
        found = self._file.execute(told, set_id).fetchone()
        return not finished and found is not None and reps >= _LONG and reps - found[0] < reps // 20

    def _summarise(self, set_id: SetId) -> None:
        """Work out anew what a set was."""
        rows = self._file.execute(f"SELECT what, rep, said FROM fact WHERE {_OF_A_SET}", set_id)  # noqa: S608
        summary = summarise(set_id, {(What(what), rep): json.loads(said) for what, rep, said in rows})
        if summary is not None:
            told = (summary.start_ts, summary.end_ts, summary.exercise, summary.athlete)
            self._file.execute(
                "INSERT OR REPLACE INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*set_id, *told, summary.model_dump_json()),
            )

    def _record(self, said: RecordingPayload) -> None:
        if said.file is None or said.started_ts is None:
            return
        self._file.execute(
            "INSERT INTO recording VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "ended_ts = coalesce(excluded.ended_ts, ended_ts)",
            (said.station, said.file, said.started_ts, None if said.recording else said.ended_ts),
        )

    def _forget(self, which: str, values: tuple[str | int, ...]) -> int:
        """Forget up to so many sets at once, so that what comes meanwhile waits no longer than that."""
        found = f"SELECT station, session, number FROM summary WHERE {which} LIMIT {_FORGOTTEN_AT_ONCE}"  # noqa: S608
        with _failing(self.path), self._transaction():
            sets = self._file.execute(found, values).fetchall()
            for table in ("fact", "curve", "summary"):
                self._file.executemany(f"DELETE FROM {table} WHERE {_OF_A_SET}", sets)  # noqa: S608
        return len(sets)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._file.execute("COMMIT")
        except BaseException:
            # Some failures have rolled back already, and say so here.
            with contextlib.suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    """Tell what SQLite or the disk says as an error of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind = HistoryDamagedError if error.sqlite_errorcode in _DAMAGED else HistoryError
        raise kind(_sentence(path, str(error))) from error
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise HistoryError(_sentence(path, reason or str(error))) from error


def _sentence(path: Path, reason: str) -> str:
    return f"The history {path} cannot be used {unwritten(path, reason.lower(), '--history')}"
