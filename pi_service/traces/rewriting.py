"""Writes a recording once more under another header: every line below the header stays as it is."""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pi_service.traces.errors import TraceFileError
from pi_service.traces.header import TraceHeader
from pi_service.traces.text import TraceText
from pi_service.traces.writer import check_new_trace


def write_under_header(path: Path, header: TraceHeader, out: Path, *, overwrite: bool = False) -> None:
    """Copy a recording's samples, labels and end under a new header.

    The new file appears under its name only when it is complete; until then, and after a failure, what
    was there before is untouched. `out` may be `path` itself.

    Parameters
    ----------
    path
        The recording.
    header
        The new header; its sensors are those of the recording, in the same order.
    out
        Where to write: ``.csv``, or ``.csv.gz`` for gzip.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    TraceError
        The recording cannot be read, or the new one exists already or cannot be written.
    """
    check_new_trace(out, overwrite=overwrite)
    text = TraceText(path)
    if tuple(text.columns) != header.columns:
        raise ValueError("the new header has other columns than the recording")
    try:
        number, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    except OSError as error:
        raise TraceFileError.of(out, "written", error) from error
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            _copy(text, header, file, zipped=out.suffix == ".gz")
        part.chmod(0o666 & ~_umask())
        part.replace(out)
    except OSError as error:
        raise TraceFileError.of(out, "written", error) from error
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _copy(text: TraceText, header: TraceHeader, file: BinaryIO, *, zipped: bool) -> None:
    deflate = zlib.compressobj(wbits=31) if zipped else None

    def write(data: bytes) -> None:
        file.write(data if deflate is None else deflate.compress(data))

    write(header.to_text().encode())
    for _, piece in text.rows(last_line_may_be_open=False):
        write(piece)
    if deflate is not None:
        file.write(deflate.flush())
    file.flush()
    os.fsync(file.fileno())


def _umask() -> int:
    """Return the process's mask for new files; temporary files are the owner's alone."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
