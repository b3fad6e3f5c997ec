"""The text of a trace file, plain or gzipped, in pieces of whole lines, up to where it is cut off.

A recording that was killed (or a Pi that lost its power) leaves a file that ends anywhere: in the
middle of a row, of a gzip member, or in the zeros that a file system leaves behind. What lies before
the cut is good and is delivered; that there was a cut is told in `TraceText.cut`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from pi_service.traces.errors import TraceFileError, TraceFormatError

#: Bytes read from the file at a time.
_READ_BYTES: Final = 1 << 15
#: Whole lines are handed on in pieces of about this size: enough for the fast parser to be fast.
_PIECE_BYTES: Final = 1 << 17
#: A preamble longer than this is no preamble.
_MAX_PREAMBLE_BYTES: Final = 1 << 20
#: A gzip file may well end in a few zeros of its own (its length); more are a power loss.
_ZEROS_OF_ITS_OWN: Final = 8

#: How a gzip file begins.
GZIP_MAGIC: Final = b"\x1f\x8b"
_UTF8_MARK: Final = b"\xef\xbb\xbf"


class TraceText:
    """The lines of one trace file.

    Opening reads the preamble (the comment lines at the top) and the line that names the columns.

    Attributes
    ----------
    path
        The file.
    preamble
        The comment lines at the top, as they are.
    columns
        Names of the columns.
    first_row_line
        1-based number of the line after the one that names the columns.
    cut
        Why the file ends before it should, in words; None while nothing says so. Known once `rows`
        has been read to its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut: str | None = None
        self.preamble: list[str] = []
        with self.damage_told_first():
            self.columns = self._top()
        self.first_row_line = len(self.preamble) + 2

    @contextmanager
    def damage_told_first(self) -> Iterator[None]:
        """Tell of damaged compressed data instead of a fault in the text, which is what it leads to.

        The checksum stands at the end of the data: a row may be read, and be wrong, long before.
        """
        try:
            yield
        except TraceFormatError:
            for _ in self._bytes():
                pass  # Raises where the data is damaged.
            raise

    def rows(self, *, last_line_may_be_open: bool) -> Iterator[tuple[int, bytes]]:
        """Yield what follows the column names, in pieces of whole lines.

        Parameters
        ----------
        last_line_may_be_open
            Whether the last line counts without a line break at its end. Our own recordings end each
            row with one, so that a row without it is a row that was cut.

        Yields
        ------
        first_line : int
            1-based number of the piece's first line.
        piece : bytes
            Lines, each ending in a line break; never empty.
        """
        self.cut = None
        line = 1
        rest = b""
        for chunk in self._pieces():
            piece, newline, tail = (rest + chunk).rpartition(b"\n")
            rest = tail
            if newline:
                skipped, rows = self._without_top(line, piece + newline)
                line += skipped
                if rows:
                    yield line, rows
                line += rows.count(b"\n")
        if rest and line >= self.first_row_line:
            if last_line_may_be_open and self.cut is None:
                yield line, rest + b"\n"
            elif self.cut is None:
                self.cut = "the last row has no end"

    def _top(self) -> list[str]:
        """Read the preamble and return the names of the columns."""
        for line in self._lines_at_top():
            if not line.startswith("#"):
                return [name.strip().strip('"') for name in line.split(",")]
            self.preamble.append(line)
        what = "ends before its line of column names" if self.preamble else "is empty"
        if self.cut is not None:
            what = f"has no line of column names, {self.cut}"
        raise TraceFormatError(self.path, f"the file {what}; expected a trace (see docs/traces.md).")

    def _without_top(self, line: int, piece: bytes) -> tuple[int, bytes]:
        """Return how many lines of a piece belong to the top of the file, and what is left."""
        skip = max(0, min(self.first_row_line - line, piece.count(b"\n")))
        start = 0
        for _ in range(skip):
            start = piece.index(b"\n", start) + 1
        return skip, piece[start:]

    def _lines_at_top(self) -> Iterator[str]:
        rest = b""
        size = 0
        number = 0
        for chunk in self._bytes():
            size += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number += 1
                yield decoded(self.path, number, line)
            if size > _MAX_PREAMBLE_BYTES:
                raise TraceFormatError(self.path, "no line names the columns; expected a trace.")
        if rest and self.cut is None:
            yield decoded(self.path, number + 1, rest)

    def _pieces(self) -> Iterator[bytes]:
        held: list[bytes] = []
        size = 0
        for chunk in self._bytes():
            held.append(chunk)
            size += len(chunk)
            if size >= _PIECE_BYTES:
                yield b"".join(held)
                held, size = [], 0
        if held:
            yield b"".join(held)

    def _bytes(self) -> Iterator[bytes]:
        """Yield the decompressed bytes up to the end or the cut."""
        try:
            with self.path.open("rb") as file:
                end = _end_without_zeros(file)
                if end is not None:
                    self.cut = "the end of the file is filled with zeros"
                zipped = file.read(2) == GZIP_MAGIC
                file.seek(0)
                stored = _stored(file, end)
                yield from self._inflated(stored) if zipped else stored
        except OSError as error:
            raise TraceFileError.of(self.path, "read", error) from error

    def _inflated(self, stored: Iterator[bytes]) -> Iterator[bytes]:
        inflate = zlib.decompressobj(wbits=31)
        begun = False
        try:
            for chunk in stored:
                left = chunk
                while left:
                    begun = True
                    if text := inflate.decompress(left):
                        yield text
                    left = inflate.unused_data
                    if inflate.eof:
                        # A file may hold several gzip members: labels are added as one of their own.
                        inflate, begun = zlib.decompressobj(wbits=31), False
        except zlib.error as error:
            raise TraceFormatError(
                self.path, f"the compressed data is damaged ({error}): copy the file again."
            ) from error
        if begun and self.cut is None:
            self.cut = "the compressed data is cut off"


def counted(number: int, what: str) -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def decoded(path: Path, number: int, line: bytes) -> str:
    """Return a line as text, without the mark of UTF-8 and the end that Windows gives it.

    Raises
    ------
    TraceFormatError
        The line is not UTF-8.
    """
    try:
        return line.removeprefix(_UTF8_MARK).rstrip(b"\r").decode()
    except UnicodeDecodeError as error:
        raise TraceFormatError(
            path, "this line is not UTF-8 text; expected a trace as CSV, saved as UTF-8.", line=number
        ) from error


def _stored(file: BinaryIO, end: int | None) -> Iterator[bytes]:
    """Yield the bytes of a file as they lie there, up to `end`."""
    left = end
    while chunk := file.read(_READ_BYTES if left is None else min(left, _READ_BYTES)):
        if left is not None:
            left -= len(chunk)
        yield chunk


def _end_without_zeros(file: BinaryIO) -> int | None:
    """Return where a tail of zeros begins, or None when the file has no such tail."""
    size = file.seek(0, 2)
    end = size
    while end > 0:
        start = max(0, end - _READ_BYTES)
        file.seek(start)
        kept = len(file.read(end - start).rstrip(b"\0"))
        end = start + kept
        if kept:
            break
    file.seek(0)
    return end if size - end > _ZEROS_OF_ITS_OWN else None
