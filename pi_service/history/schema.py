"""The tables of the history's file, and how an older file becomes one of today."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from pi_service.history.errors import HistoryError

#: Separated by semicolons, of which the comments have none.
_TABLES: Final = """
-- What was heard of each set: see pi_service/history/facts.py.
CREATE TABLE fact (
    station TEXT NOT NULL,
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    what TEXT NOT NULL,
    rep INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (station, session, number, what, rep)
) WITHOUT ROWID;

-- What each set was, worked out from its facts: `row` is a SetSummary.
CREATE TABLE summary (
    station TEXT NOT NULL,
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    start_ts TEXT NOT NULL,
    end_ts TEXT NOT NULL,
    exercise TEXT NOT NULL,
    athlete TEXT,
    row TEXT NOT NULL,
    PRIMARY KEY (station, session, number)
) WITHOUT ROWID;
CREATE INDEX summary_by_time ON summary (start_ts, station, session, number);

-- The movement's curve of a set: see pi_service/history/curves.py.
CREATE TABLE curve (
    station TEXT NOT NULL,
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    start_s REAL NOT NULL,
    rate_hz REAL NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (station, session, number)
) WITHOUT ROWID;

CREATE TABLE gap (
    station TEXT NOT NULL,
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    ts TEXT NOT NULL,
    sensor TEXT NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    PRIMARY KEY (station, session, seq)
) WITHOUT ROWID;

-- Files that the stations recorded. ended_ts is NULL while one does.
CREATE TABLE recording (
    station TEXT NOT NULL,
    file TEXT NOT NULL,
    started_ts TEXT NOT NULL,
    ended_ts TEXT,
    PRIMARY KEY (station, file)
) WITHOUT ROWID;
"""


def _first(file: sqlite3.Connection) -> None:
    # Not executescript, which would end the transaction.
    for statement in _TABLES.split(";"):
        if statement.strip():
            file.execute(statement)


#: What makes a file of version N one of version N + 1; a new file is one of version 0.
MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (_first,)
VERSION: Final = len(MIGRATIONS)


def _version(file: sqlite3.Connection) -> int:
    version: int = file.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise HistoryError(
            f"The history is of version {version}, and this repclip knows {VERSION}: update it, or name "
            "another folder with --history."
        )
    return version


def migrate(file: sqlite3.Connection) -> None:
    """Bring a file up to date, all or nothing.

    Raises
    ------
    HistoryError
        If a newer repclip has written it.
    """
    file.execute("BEGIN IMMEDIATE")
    try:
        for step in MIGRATIONS[_version(file) :]:
            step(file)
        file.execute(f"PRAGMA user_version={VERSION}")
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise
