"""Files of one kind in folders beside the calibrations, each with a date; the newest is the one to use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from calibration.errors import CalibrationError, CalibrationFormatError
from calibration.files import date_of_name, files_in, read_text, write_new

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DatedFile(Generic[T]):
    """A file of a store.

    Attributes
    ----------
    path
        The file.
    value
        What is in it; None for a file that cannot be used.
    made_at
        When it was made: by what is in it, else by its name; None where neither says.
    problem
        Why it cannot be used, in one sentence.
    """

    path: Path
    value: T | None
    made_at: datetime | None
    problem: str = ""


class DatedStore(Generic[T]):
    """Files of one kind: written to the first folder, read from all, never overwritten.

    Parameters
    ----------
    folders
        Those of a `calibration.store.CalibrationStore`.
    name
        The folder inside each of them.
    what
        What a file is, for sentences.
    write
        Returns the text of a value.
    read
        Returns the value of a text, which is called by the second argument in errors; raises a
        CalibrationFormatError.
    date
        Returns when a value was made.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        name: str,
        what: str,
        *,
        write: Callable[[T], str],
        read: Callable[[str, str], T],
        date: Callable[[T], datetime | None],
    ) -> None:
        self.folders = tuple(folder / name for folder in folders)
        self._what, self._write, self._read, self._date = what, write, read, date

    def write(self, stem: str, value: T) -> Path:
        """Write a value into a new file, whose name begins with `stem`, and return its path.

        Raises
        ------
        CalibrationFileError
            It cannot be written: the sentence says why.
        CalibrationFormatError
            It has no date, or could not be read back.
        """
        made_at = self._date(value)
        if made_at is None:
            raise CalibrationFormatError(
                f"A {self._what} without a date cannot be stored: made_at is missing."
            )
        content = self._write(value)
        self._read(content, f"The new {self._what}")
        return write_new(self.folders[0], stem, made_at, content, self._what)

    def load(self, path: Path) -> T:
        """Return what is in a file.

        Raises
        ------
        CalibrationFileError, CalibrationFormatError
            It cannot be read, or holds something else; the sentence names the file and what is wrong.
        """
        return self._read(read_text(path, self._what), str(path))

    def all(self) -> list[DatedFile[T]]:
        """Return every file, the newest first; those without a usable date come last.

        Of files of the same date those of an earlier folder come first.
        """
        oldest = datetime.min.replace(tzinfo=UTC)
        files = [self._look(path) for path in files_in(self.folders, self._what)]
        return sorted(files, key=lambda each: each.made_at or oldest, reverse=True)

    def _look(self, path: Path) -> DatedFile[T]:
        try:
            value = self.load(path)
        except CalibrationError as error:
            return DatedFile(path, None, date_of_name(path), str(error))
        return DatedFile(path, value, self._date(value) or date_of_name(path))


def newest(files: Sequence[DatedFile[T]], at: datetime | None = None) -> T | None:
    """Return the newest value of files that come in that order; None where there is none.

    Parameters
    ----------
    files
        The newest first.
    at
        Take none that was made later; for recordings.

    Raises
    ------
    CalibrationFormatError
        A newer file cannot be used.
    """
    for each in files:
        if at is not None and each.made_at is not None and each.made_at > at:
            continue
        if each.value is None:
            raise CalibrationFormatError(each.problem)
        return each.value
    return None
