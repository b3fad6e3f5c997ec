"""Rows of numbers: a fast parser for the good case, a careful one that names what is wrong.

Both accept the same rows. The fast one is NumPy's; whatever it does not like is read again line by
line, and either turns out to be readable after all (spaces, blank lines) or is named with its line and
column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pi_service.traces.errors import TraceFormatError
from pi_service.traces.text import counted

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")

#: The bytes of well-formed rows; anything else is for the careful parser.
_WHOLE_BYTES: Final = b"0123456789-,\r\n"
_NUMBER_BYTES: Final = b"0123456789-+.eE,\r\n"


@dataclass(frozen=True, slots=True)
class NumberKind:
    """What the fields of a table are.

    Attributes
    ----------
    dtype
        Their type in the array.
    good_bytes
        The only bytes that the fast parser is given.
    parse
        Reads one field; raises ValueError.
    """

    dtype: type[np.generic]
    good_bytes: bytes
    parse: Callable[[str], Any]


def _whole_number(field: str) -> int:
    if not _WHOLE_NUMBER.match(field):
        raise ValueError(f"{field!r} is not a whole number")
    return int(field)


def _finite_number(field: str) -> float:
    if not _NUMBER.match(field):
        try:
            float(field)
        except ValueError:
            raise ValueError(f"{field!r} is not a number") from None
        raise ValueError(f"{field!r} is not a finite number")
    value = float(field)
    if not math.isfinite(value):
        raise ValueError(f"{field!r} is too large")
    return value


WHOLE: Final = NumberKind(np.int64, _WHOLE_BYTES, _whole_number)
FINITE: Final = NumberKind(np.float64, _NUMBER_BYTES, _finite_number)


def numbered_lines(first_line: int, piece: bytes) -> list[tuple[int, str]]:
    """Return the numbered lines of a piece that hold a row: neither blank nor a comment."""
    lines = enumerate(piece.decode("utf-8", "backslashreplace").split("\n"), first_line)
    return [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]


def without_comments(piece: bytes) -> bytes:
    """Return a piece without its comment lines."""
    if b"#" not in piece:
        return piece
    return b"".join(line for line in piece.splitlines(keepends=True) if not line.startswith(b"#"))


def parse_fast(piece: bytes, n_columns: int, kind: NumberKind) -> npt.NDArray[Any] | None:
    """Return the rows of a piece, or None where the careful parser must look.

    Parameters
    ----------
    piece
        Whole lines; comment lines are skipped.
    n_columns
        Fields of a row.
    kind
        What the fields are.

    Returns
    -------
    array, shape (n, n_columns), or None
    """
    rows = without_comments(piece)
    if rows.translate(None, kind.good_bytes):
        return None
    if not rows.strip():
        return np.empty((0, n_columns), dtype=kind.dtype)
    try:
        table = np.loadtxt(rows.decode("ascii").split("\n"), dtype=kind.dtype, delimiter=",", ndmin=2)
    except (ValueError, OverflowError):
        return None
    # "1e999" is made of good bytes and yet no finite number.
    if table.shape[1] != n_columns or not np.isfinite(table).all():
        return None
    return table


def parse_careful(
    path: Path,
    first_line: int,
    piece: bytes,
    columns: Sequence[str],
    kind: NumberKind,
    check: Callable[[int, list[Any]], tuple[int, str] | None],
) -> npt.NDArray[Any]:
    """Read a piece line by line and name the first thing that is wrong.

    Parameters
    ----------
    path, first_line
        Where the piece stands.
    piece
        Whole lines.
    columns
        Names of the columns.
    kind
        What the fields are.
    check
        Called with each row's line number and values; returns the index of the field that is wrong
        and what is wrong with it, or None.

    Raises
    ------
    TraceFormatError
        Names line and column.
    """
    rows = []
    for number, line in numbered_lines(first_line, piece):
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != len(columns):
            raise TraceFormatError(
                path,
                f"{counted(len(fields), 'field')} where {len(columns)} are expected ({','.join(columns)}).",
                line=number,
            )
        values = []
        for index, field in enumerate(fields):
            try:
                values.append(kind.parse(field))
            except ValueError as error:
                raise fault(path, number, columns, index, f"{error}.") from error
        wrong = check(number, values)
        if wrong is not None:
            raise fault(path, number, columns, *wrong)
        rows.append(values)
    return np.array(rows, dtype=kind.dtype).reshape(-1, len(columns))


def fault(path: Path, line: int, columns: Sequence[str], index: int, message: str) -> TraceFormatError:
    """Return the error about one field of one line."""
    return TraceFormatError(path, message, line=line, column=f"{index + 1} ({columns[index]})")
