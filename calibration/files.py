"""Files that are written whole or not at all and never overwritten, and are read with suspicion."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from calibration.errors import CalibrationFileError, CalibrationFormatError
from firmware.identity import SensorIdentity

_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(?P<stem>.+)-(?P<date>\d{8}T\d{6}Z)(?:-\d+)?\.toml")
#: No file of ours is longer; what is longer is not read.
_LARGEST_BYTES: Final = 65_536


def write_new(folder: Path, stem: str, made_at: datetime, content: str, what: str = "calibration") -> Path:
    """Write a new file into a folder and return its path; other files stay as they are.

    The file is written under another name, brought to the disk, and given its name then: after a loss
    of power there is the whole file or none.

    Parameters
    ----------
    folder
        Made where it is not there.
    stem, made_at
        What the name begins with, and the date that follows.
    content
        The text.
    what
        What it is, for the sentence of a failure.

    Raises
    ------
    CalibrationFileError
        It cannot be written: the sentence says why.
    """
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", suffix=".tmp", dir=folder)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp's 0600 would hide it from the service's user
        path = _free_path(folder, f"{stem}-{made_at.astimezone(UTC):{_DATE_FORMAT}}")
        temporary.rename(path)
        temporary = None
        _sync_folder(folder)
    except OSError as error:
        raise CalibrationFileError(_cannot(what, "saved", folder, error)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
    return path


def read_text(path: Path, what: str = "calibration") -> str:
    """Return the text of a file.

    Raises
    ------
    CalibrationFileError
        The file cannot be read.
    CalibrationFormatError
        It is no text, or far too long.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise CalibrationFileError(_cannot(what, "read", path, error)) from error
    if len(content) > _LARGEST_BYTES:
        raise CalibrationFormatError(f"{path} is no {what}: it is far too long.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise CalibrationFormatError(f"{path} is no {what}: it is not text (UTF-8).") from None


def files_in(folders: Iterable[Path], what: str = "calibration") -> list[Path]:
    """Return the TOML files of folders; a folder that is not there has none."""
    paths: list[Path] = []
    for folder in folders:
        try:
            paths += sorted(path for path in folder.iterdir() if path.suffix == ".toml")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CalibrationFileError(_cannot(what, "read", folder, error)) from error
    return paths


def file_stem(identity: SensorIdentity) -> str:
    """Return how the names of a sensor's files begin: bus, address and chip."""
    bus = "simulated" if identity.i2c_bus is None else f"i2c-{identity.i2c_bus}"
    chip = re.sub(r"[^a-z0-9]+", "-", identity.chip.lower()).strip("-") or "chip"
    return f"{bus}-0x{identity.i2c_address:02x}-{chip}"


def stem_of(path: Path) -> str | None:
    """Return what a file's name begins with; None for a name that is none of ours."""
    match = _NAME.fullmatch(path.name)
    return match["stem"] if match else None


def date_of_name(path: Path) -> datetime | None:
    """Return the date in a file's name, where there is one."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    try:
        return datetime.strptime(match["date"], _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _free_path(folder: Path, stem: str) -> Path:
    path, number = folder / f"{stem}.toml", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.toml", number + 1
    return path


def _sync_folder(folder: Path) -> None:
    """Bring a folder's new names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(what: str, done: str, path: Path, error: OSError) -> str:
    """Return a sentence for a failure of the file system."""
    kept = " What was stored before is untouched." if done == "saved" else ""
    where = f"The {what} cannot be {done}{' in' if done == 'saved' else ':'} {path}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}: the disk is full; make room and try again.{kept}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{where}: that is not allowed to this user; change its owner or use another folder.{kept}"
    if error.errno == errno.EROFS:
        return f"{where}: the disk is read-only; use another folder.{kept}"
    return f"{where}: {error.strerror or error}.{kept}"
