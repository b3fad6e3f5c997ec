"""Reads an index of labelled sets: a CSV file with one row a set.

Only the column ``file`` must be there (a path relative to the index). The others, each of which may
be missing or have empty cells:

``dataset``, ``subject``
    Groups for the tables.
``exercise``
    What was done; a name that repclip does not know is counted as `any`.
``reps``, ``reps_alt``
    The labelled count; where the set can be read two ways, either is right.
``steps``
    The labelled count of an exercise whose steps are counted.
``active_start_s``, ``active_end_s``
    The half-open window of the set on the trace's own clock; empty means to the trace's end.

Further columns are ignored.
"""

from __future__ import annotations

import csv
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from pi_service.evaluation.errors import IndexFileError
from pi_service.exercises.table import shortened

#: Columns of an index that `repclip simulate` writes.
SIMULATED_COLUMNS: Final = ("file", "dataset", "subject", "exercise", "reps")
#: No set has more repetitions, and no walk more steps.
MOST_COUNTED: Final = 999_999
#: What other programs write between columns.
_OTHER_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"))


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One labelled, or only named, set.

    Attributes
    ----------
    line
        Line of the index, counted from 1.
    file
        The trace as the index writes it.
    path
        The trace as it can be opened.
    dataset, subject, exercise
        As the index writes them; empty where it does not say.
    reps, reps_alt, steps
        Labels; None where there is none.
    start_s, end_s
        Half-open window; minus and plus infinity where the index leaves it open.
    """

    line: int
    file: str
    path: Path
    dataset: str
    subject: str
    exercise: str
    reps: int | None
    reps_alt: int | None
    steps: int | None
    start_s: float
    end_s: float


def read_index(path: Path) -> tuple[IndexRow, ...]:
    """Read an index.

    Raises
    ------
    IndexFileError
        If it cannot be read; names the line and the column of what is wrong.
    """
    rows = tuple(_row(path, cells) for cells in read_table(path, required=("file",), what="index"))
    if not rows:
        raise IndexFileError(f"{path}: the index has no rows below its header: nothing to evaluate.")
    return rows


def rows_to_add_to(path: Path, columns: Sequence[str] = SIMULATED_COLUMNS) -> list[dict[str, str]]:
    """Return the rows of an index to which one can be added; none where it is not there yet.

    Raises
    ------
    IndexFileError
        It cannot be read or written, or has other columns.
    """
    if not path.exists():
        if not path.absolute().parent.is_dir():
            raise IndexFileError(f"There is no folder {path.parent}: check the name of the index.")
        return []
    rows = [cells.values for cells in read_table(path, required=(columns[0],), what="index")]
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = next((line for line in csv.reader(file) if any(cell.strip() for cell in line)), [])
    if [cell.strip() for cell in head] != list(columns):
        raise IndexFileError(
            f"{path} is no index of simulated sets: its first line must be {','.join(columns)}."
        )
    if not os.access(path, os.W_OK):
        raise IndexFileError(f"{path} cannot be written: permission denied; check who owns it.")
    return rows


def add_row(
    path: Path, trace: Path, cells: Mapping[str, str], columns: Sequence[str] = SIMULATED_COLUMNS
) -> None:
    """Add a row to an index, which is made if it is not there; one of the same trace is replaced.

    The index is written under another name and given its own then.

    Parameters
    ----------
    path
        The index; the trace is named relative to it.
    trace
        The trace.
    cells
        The row but for the first column, which names the trace.
    columns
        All of its columns.

    Raises
    ------
    IndexFileError
        See `rows_to_add_to`.
    """
    file_name = os.path.relpath(trace, path.parent)
    rows = [row for row in rows_to_add_to(path, columns) if os.path.normpath(row[columns[0]]) != file_name]
    rows.append({columns[0]: file_name, **cells})
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".new-", suffix=".csv", dir=path.absolute().parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise IndexFileError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Cells:
    """One line of a table by column, able to say where a wrong cell is."""

    path: Path
    line: int
    values: dict[str, str]

    def text(self, column: str) -> str:
        """Return a cell without surrounding spaces; empty if the column is not there."""
        return self.values.get(column, "").strip()

    def fail(self, column: str, expected: str) -> IndexFileError:
        """Make the error that names this line, the column, and what was expected in it."""
        found = shortened(repr(self.text(column)))
        return IndexFileError(
            f"{self.path}, line {self.line}, column {column}: expected {expected}, found {found}."
        )

    def count(self, column: str) -> int | None:
        """Return a whole number from 0 to `MOST_COUNTED`, or None for an empty cell."""
        text = self.text(column)
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_COUNTED)):
            raise self.fail(column, f"a whole number from 0 to {MOST_COUNTED}, or nothing")
        return int(text)

    def seconds(self, column: str, otherwise: float) -> float:
        """Return a time, or another value for an empty cell."""
        text = self.text(column)
        if not text:
            return otherwise
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.fail(column, "a number of seconds, or nothing")
        return value


def read_table(path: Path, required: tuple[str, ...], what: str) -> Iterator[Cells]:
    """Yield the lines of a CSV file that has a header.

    Parameters
    ----------
    path
        The file.
    required
        Columns that must be there; the first of them must not be empty.
    what
        What the file is called in messages.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _lines(path, file, required, what)
    except OSError as error:
        raise IndexFileError(f"{path}: the {what} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise IndexFileError(f"{path}: the {what} is not UTF-8 text.") from error


def _lines(path: Path, file: TextIO, required: tuple[str, ...], what: str) -> Iterator[Cells]:
    reader = csv.reader(file, strict=True)
    header: list[str] | None = None
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                header = [field.strip() for field in fields]
                _check_header(path, reader.line_num, header, required, what)
                continue
            yield _cells(path, reader.line_num, header, fields, required)
    except csv.Error as error:
        raise IndexFileError(f"{path}, line {reader.line_num}: not valid CSV ({error}).") from error
    if header is None:
        raise IndexFileError(f"{path}: the {what} is empty; it needs a header with {', '.join(required)}.")


def _check_header(path: Path, line: int, header: list[str], required: tuple[str, ...], what: str) -> None:
    for column in required:
        if column not in header:
            message = f"{path}, line {line}: the {what} has no column {column}, only {', '.join(header)}"
            other = next((name for sign, name in _OTHER_SEPARATORS if sign in "".join(header)), None)
            advice = f"; its columns must be separated by commas, not by {other}" if other else ""
            raise IndexFileError(f"{message}{advice}.")
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise IndexFileError(f"{path}, line {line}, column {twice}: the {what} has this column twice.")


def _cells(path: Path, line: int, header: list[str], fields: list[str], required: tuple[str, ...]) -> Cells:
    if len(fields) != len(header):
        place = header[len(fields)] if len(fields) < len(header) else f"{len(header) + 1}"
        raise IndexFileError(
            f"{path}, line {line}, column {place}: expected {len(header)} cells like the header, "
            f"found {len(fields)} (cells are separated by commas; text with a comma goes in double quotes)."
        )
    cells = Cells(path, line, dict(zip(header, fields, strict=True)))
    if not cells.text(required[0]):
        raise cells.fail(required[0], "something")
    return cells


def _row(path: Path, cells: Cells) -> IndexRow:
    start_s = cells.seconds("active_start_s", -math.inf)
    end_s = cells.seconds("active_end_s", math.inf)
    if end_s <= start_s:
        raise cells.fail("active_end_s", f"more than active_start_s, which is {start_s:g}")
    reps = cells.count("reps")
    reps_alt = cells.count("reps_alt")
    if reps is None and reps_alt is not None:
        raise cells.fail("reps_alt", "nothing, because reps is empty")
    file = cells.text("file")
    return IndexRow(
        line=cells.line,
        file=file,
        path=path.parent / file,
        dataset=cells.text("dataset"),
        subject=cells.text("subject"),
        exercise=cells.text("exercise"),
        reps=reps,
        reps_alt=reps_alt,
        steps=cells.count("steps"),
        start_s=start_s,
        end_s=end_s,
    )
