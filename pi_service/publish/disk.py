"""Why a disk takes nothing: SQLite says little more than that it does not, so the disk is asked itself."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Final

#: What is written to ask: more than any file system keeps beside a file's name.
_PROBE_BYTES: Final = 8192
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def unwritten(path: Path, said: str, option: str) -> str:
    """Return why a file cannot be written, and what to do about it.

    Parameters
    ----------
    path
        The file.
    said
        What whoever tried to write it said, where the disk takes others.
    option
        Names another folder.

    Returns
    -------
    str
        ``(the disk is full): make room there, or name another folder with --outbox.``
    """
    error = _refused(path.parent)
    if error is None:
        reason, first = said, "make room there, or " if "full" in said else ""
    elif error.errno in _FULL:
        reason, first = "the disk is full", "make room there, or "
    elif error.errno == errno.EROFS:
        reason, first = "the disk is read-only", "look at the card, or "
    else:
        reason, first = said, ""
    return f"({reason}): {first}name another folder with {option}."


def _refused(folder: Path) -> OSError | None:
    """Return why a folder takes no file now; None if it takes one."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError as error:
        return error
    return None
