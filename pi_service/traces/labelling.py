"""Adds labels to a finished recording without touching a sample."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from pi_service.traces.errors import TraceFileError
from pi_service.traces.labels import Label
from pi_service.traces.reader import TraceReader
from pi_service.traces.text import GZIP_MAGIC, TraceText


def append_labels(path: Path, labels: Iterable[Label]) -> None:
    """Add labels at the end of a finished recording; no sample is touched.

    A recording that is cut off is first written anew without the row that was cut, beside the old
    file, which is replaced only when the new one is complete.

    Raises
    ------
    TraceError
        The file is no recording of ours or cannot be written.
    """
    reader = TraceReader(path)
    for _ in reader.blocks():
        pass  # A label is added only to what can be read.
    if reader.warnings and not _ends_clean(path):
        _write_anew(path)
    data = "".join(f"{label.to_line()}\n" for label in labels).encode()
    try:
        with path.open("r+b") as file:
            zipped = file.read(2) == GZIP_MAGIC
            file.seek(0, os.SEEK_END)
            # In a gzip file the labels become a member of their own.
            file.write(_gzipped(data) if zipped else data)
    except OSError as error:
        raise TraceFileError.of(path, "written", error) from error


def _ends_clean(path: Path) -> bool:
    text = TraceText(path)
    for _ in text.rows(last_line_may_be_open=False):
        pass
    return text.cut is None


def _write_anew(path: Path) -> None:
    """Replace a recording by its whole lines."""
    text = TraceText(path)
    top = "".join(f"{line}\n" for line in [*text.preamble, ",".join(text.columns)])
    deflate = zlib.compressobj(wbits=31) if path.suffix == ".gz" else None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            beside = Path(file.name)
            try:
                for piece in (top.encode(), *(piece for _, piece in text.rows(last_line_may_be_open=False))):
                    file.write(piece if deflate is None else deflate.compress(piece))
                if deflate is not None:
                    file.write(deflate.flush())
                file.flush()
                os.fsync(file.fileno())
                beside.chmod(path.stat().st_mode & 0o777)
                beside.replace(path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise TraceFileError.of(path, "written", error) from error


def _gzipped(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=31)
    return deflate.compress(data) + deflate.flush()
