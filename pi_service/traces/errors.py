"""Errors of the traces room.

The tree::

    TraceError             a trace that cannot be read or written
    +-- TraceFileError     the file itself: missing, not allowed, disk full, in the way
    +-- TraceFormatError   what is in it: names line and column and what is expected there
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal

from pi_service.errors import RepclipError


class TraceError(RepclipError):
    """A trace that cannot be read or written."""


class TraceFileError(TraceError):
    """The file cannot be opened, read or written."""

    @classmethod
    def of(cls, path: Path, done: Literal["read", "written"], error: OSError) -> TraceFileError:
        """Put what the operating system said about a file into a sentence."""
        if isinstance(error, FileNotFoundError):
            if done == "read":
                return cls(f"There is no file {path}: check the name.")
            if not path.parent.is_dir():
                return cls(f"There is no folder {path.parent}: check the name.")
            return cls(f"{path} cannot be written: no file can be made in that folder; choose another one.")
        if isinstance(error, IsADirectoryError):
            return cls(f"{path} is a folder: name a trace file (.csv or .csv.gz).")
        if isinstance(error, PermissionError):
            return cls(f"{path} cannot be {done}: permission denied; check who owns it.")
        if error.errno == errno.ENOSPC:
            return cls(f"{path} cannot be {done}: the disk is full; free some space.")
        if error.errno == errno.EROFS:
            return cls(f"{path} cannot be {done}: the disk is read-only; look at the card.")
        if error.errno == errno.ENAMETOOLONG:
            return cls(f"{path} cannot be {done}: the name is too long; choose a shorter one.")
        return cls(f"{path} cannot be {done}: {error.strerror or error}.")


class TraceFormatError(TraceError):
    """Something in the file is not as the format says.

    Attributes
    ----------
    path
        The file.
    line
        1-based number of the line (of the decompressed text), or None where none can be named.
    column
        Name and 1-based number of the column, or None where the whole line is meant.
    """

    def __init__(
        self, path: Path, message: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column}"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line
        self.column = column
