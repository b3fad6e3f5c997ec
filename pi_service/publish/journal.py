"""Messages on disk, in SQLite: what a station owes the broker outlives the process and a loss of power.

One file belongs to one process at a time. Every change is one transaction in the write-ahead log: whatever
ends the process, the file holds all of it or nothing. Whether a change also waits for the disk is up to
the caller: an fsync takes a card 5 to 50 ms and wears it, and without one a loss of power takes what the
kernel had not written yet, up to half a minute.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pi_service.publish.message import Message
from pi_service.publish.outbox import Entry

#: Version of the file's form, in its `user_version`.
_VERSION: Final = 1
#: Where the log is folded back into the file (pages of 4 kB), and what is left of it then (bytes).
_CHECKPOINT_PAGES: Final = 1_000
_LOG_BYTES: Final = 1_000_000

_TABLE: Final = """
CREATE TABLE owed (
    serial INTEGER PRIMARY KEY,
    at_s REAL NOT NULL,
    topic TEXT NOT NULL,
    qos INTEGER NOT NULL,
    retain INTEGER NOT NULL,
    payload BLOB NOT NULL
)
"""


class JournalError(Exception):
    """The file cannot be read or written; says why in a few words."""


class DamagedError(JournalError):
    """The file is there and is none of ours any more."""


class Journal:
    """Entries on disk by their serial.

    Parameters
    ----------
    path
        The file; made, with its folder, when it is not there.
    most_pages
        The file does not grow beyond so many pages of 4 kB.

    Raises
    ------
    JournalError
        It cannot be opened, or another process has it.
    DamagedError
        It is no journal.
    """

    def __init__(self, path: Path, *, most_pages: int | None = None) -> None:
        self.path = path
        self._to_the_disk: bool | None = None
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What people did is nobody else's business; SQLite gives the log beside it the same mode.
            if not path.exists():
                path.touch(mode=0o600)
            # The caller sees to it that one thread at a time is here.
            self._file = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(_reason(error)) from error
        try:
            with _failing():
                self._prepare(most_pages)
        except BaseException:
            self._file.close()
            raise

    def entries(self) -> list[Entry]:
        """Return everything, in order."""
        with _failing():
            rows = self._file.execute(
                "SELECT serial, at_s, CAST(topic AS BLOB), qos, retain, payload FROM owed ORDER BY serial"
            )
            try:
                return [
                    Entry(serial, Message(topic.decode(), bytes(payload), qos, bool(retain)), float(at_s))
                    for serial, at_s, topic, qos, retain, payload in rows
                ]
            except (TypeError, ValueError) as error:
                raise DamagedError("it holds what is no message") from error

    def change(self, added: Sequence[Entry], removed: Iterable[int], *, to_the_disk: bool) -> None:
        """Add and remove entries in one transaction; what cannot be written changes nothing.

        Parameters
        ----------
        added, removed
            Entries, and serials.
        to_the_disk
            Wait until a loss of power cannot undo it, nor anything before it.

        Raises
        ------
        JournalError
            It cannot be written.
        """
        rows = [
            (entry.serial, entry.at_s, each.topic, each.qos, int(each.retain), each.payload)
            for entry in added
            for each in (entry.message,)
        ]
        with _failing():
            if to_the_disk is not self._to_the_disk:
                self._file.execute(f"PRAGMA synchronous={'FULL' if to_the_disk else 'NORMAL'}")
                self._to_the_disk = to_the_disk
            self._file.execute("BEGIN")
            try:
                if rows:
                    self._file.executemany("INSERT OR REPLACE INTO owed VALUES (?, ?, ?, ?, ?, ?)", rows)
                self._file.executemany("DELETE FROM owed WHERE serial = ?", [(each,) for each in removed])
                self._file.execute("COMMIT")
            except sqlite3.Error:
                # Some failures have rolled back already, and say so here.
                with contextlib.suppress(sqlite3.Error):
                    self._file.execute("ROLLBACK")
                raise

    def bring_to_the_disk(self) -> None:
        """Wait until a loss of power cannot undo any change so far.

        Raises
        ------
        JournalError
            It cannot be written.
        """
        with _failing():
            self._file.execute("PRAGMA wal_checkpoint").fetchone()

    def close(self) -> None:
        """Fold the log into the file and let go of it; may be called twice."""
        with contextlib.suppress(sqlite3.Error):  # what is in the log stays there, and is found again
            self._file.close()

    def _prepare(self, most_pages: int | None) -> None:
        # Nobody else may write here: two processes would send the same events twice, each in its own order.
        self._file.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        self._file.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        if most_pages is not None:
            self._file.execute(f"PRAGMA max_page_count={most_pages}")
        self._file.execute("BEGIN IMMEDIATE")
        (version,) = self._file.execute("PRAGMA user_version").fetchone()
        (tables,) = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not version and not tables:
            self._file.execute(_TABLE)
            self._file.execute(f"PRAGMA user_version={_VERSION}")
        elif version != _VERSION:
            raise JournalError(f"it is of version {version}, which this repclip does not know")
        self._file.execute("COMMIT")


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Errors of the Python module itself have no code.
        code = getattr(error, "sqlite_errorcode", None)
        damaged = code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
        raise (DamagedError if damaged else JournalError)(_reason(error)) from error


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if str(error) == "database is locked":
        return "another process has it"
    return str(error).lower()
