"""Calibrations on disk: one file each, written whole or not at all, and never overwritten.

The files are TOML: people look at them and can, with a comment beside each number. `calibration.text`
writes and reads them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from calibration.errors import CalibrationError, CalibrationFileError, CalibrationFormatError
from calibration.text import calibration_of_text, text_of_calibration
from calibration.value import Calibration
from firmware.identity import SensorIdentity

#: Where a whole computer's calibrations are.
SYSTEM_FOLDER: Final = Path("/etc/repclip/calibration")
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"(?P<stem>.+)-(?P<date>\d{8}T\d{6}Z)(?:-\d+)?\.toml")
#: No calibration is longer; what is longer is not read.
_LARGEST_BYTES: Final = 65_536


def user_folder() -> Path:
    """Return where a user's own calibrations are."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "repclip" / "calibration"


def default_folder() -> Path:
    """Return where new calibrations go: the computer's folder where we may write there, else the user's."""
    return SYSTEM_FOLDER if _writable(SYSTEM_FOLDER) else user_folder()


def search_folders() -> tuple[Path, ...]:
    """Return where calibrations are looked for: the user's folder, then the computer's."""
    return user_folder(), SYSTEM_FOLDER


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the history.

    Attributes
    ----------
    path
        The file.
    calibration
        What is in it; None for a file that cannot be used.
    problem
        Why not, in one sentence.
    """

    path: Path
    calibration: Calibration | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What was found for a sensor.

    Attributes
    ----------
    calibration, path
        The one to use and its file; None where there is none.
    problems
        Files of this sensor that cannot be used, and are newer than that one: one sentence each.
    """

    calibration: Calibration | None
    path: Path | None
    problems: tuple[str, ...]


class CalibrationStore:
    """Folders of calibrations: written to the first, read from all.

    Parameters
    ----------
    folder
        Where new ones go; made when the first is saved.
    also
        Further folders to look in. Of calibrations of the same date those of an earlier folder win.
    """

    def __init__(self, folder: Path, also: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.folders = (folder, *(each for each in also if each != folder))

    @classmethod
    def default(cls) -> CalibrationStore:
        """Return the store of this user on this computer."""
        return cls(default_folder(), search_folders())

    def save(self, calibration: Calibration) -> Path:
        """Write a calibration into a new file and return its path; other files stay as they are.

        The file is written under another name, brought to the disk, and given its name then: after a loss
        of power there is the whole file or none.

        Raises
        ------
        CalibrationFileError
            It cannot be written: the sentence says why.
        CalibrationFormatError
            The calibration has no date, or could not be read back.
        """
        if calibration.made_at is None:
            raise CalibrationFormatError("A calibration without a date cannot be stored: made_at is missing.")
        content = text_of_calibration(calibration)
        calibration_of_text(content, "The new calibration")
        temporary: Path | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".new-", suffix=".tmp", dir=self.folder)
            temporary = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)  # mkstemp's 0600 would hide it from the service's user
            path = self._free_path(calibration)
            temporary.rename(path)
            temporary = None
            _sync_folder(self.folder)
        except OSError as error:
            raise CalibrationFileError(_cannot("saved", self.folder, error)) from error
        finally:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    temporary.unlink()
        return path

    def load(self, path: Path) -> Calibration:
        """Return the calibration of a file.

        Raises
        ------
        CalibrationFileError
            The file cannot be read.
        CalibrationFormatError
            It holds no calibration, or one that cannot be true; the sentence names the file and what it is.
        """
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST_BYTES + 1)
        except OSError as error:
            raise CalibrationFileError(_cannot("read", path, error)) from error
        if len(content) > _LARGEST_BYTES:
            raise CalibrationFormatError(f"{path} is no calibration: it is far too long.")
        try:
            written = content.decode()
        except UnicodeDecodeError:
            raise CalibrationFormatError(f"{path} is no calibration: it is not text (UTF-8).") from None
        return calibration_of_text(written, str(path))

    def all(self) -> list[Stored]:
        """Return every file of all folders, the newest first; those without a usable date come last."""
        return self._read(self._paths())

    def history(self, identity: SensorIdentity) -> list[Stored]:
        """Return every file of one sensor, the newest first, with those that cannot be used."""
        stem = file_stem(identity)
        return [
            each
            for each in self._read(self._paths())
            if (each.calibration.belongs_to(identity) if each.calibration else _stem(each.path) == stem)
        ]

    def search(
        self, identity: SensorIdentity, accel_range_g: int, gyro_range_dps: int, at: datetime | None = None
    ) -> Search:
        """Return the newest calibration of a sensor at these ranges, and what stood in its way.

        Parameters
        ----------
        identity
            Which sensor. What it watches does not matter: the calibration is returned for `identity`.
        accel_range_g, gyro_range_dps
            The ranges in use.
        at
            Take none that was made later; for recordings.
        """
        problems: list[str] = []
        for each in self.history(identity):
            date = _date(each)
            if at is not None and date is not None and date > at:
                continue
            found = each.calibration
            if found is None:
                problems.append(each.problem)
            elif (found.accel_range_g, found.gyro_range_dps) == (accel_range_g, gyro_range_dps):
                return Search(replace(found, sensor=identity), each.path, tuple(problems))
        return Search(None, None, tuple(problems))

    def latest(
        self, identity: SensorIdentity, accel_range_g: int, gyro_range_dps: int, at: datetime | None = None
    ) -> Calibration | None:
        """Return the newest calibration of a sensor at these ranges; None where there is none.

        Raises
        ------
        CalibrationFormatError
            A newer file of this sensor cannot be used. `search` goes on to the older one and tells.
        """
        found = self.search(identity, accel_range_g, gyro_range_dps, at)
        if found.problems:
            raise CalibrationFormatError(found.problems[0])
        return found.calibration

    def _paths(self) -> list[Path]:
        """Return the files of all folders; a folder that is not there has none."""
        paths: list[Path] = []
        for folder in self.folders:
            try:
                paths += sorted(path for path in folder.iterdir() if path.suffix == ".toml")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CalibrationFileError(_cannot("read", folder, error)) from error
        return paths

    def _read(self, paths: Iterable[Path]) -> list[Stored]:
        read: list[Stored] = []
        for path in paths:
            try:
                read.append(Stored(path, self.load(path)))
            except CalibrationError as error:
                read.append(Stored(path, None, str(error)))
        oldest = datetime.min.replace(tzinfo=UTC)
        return sorted(read, key=lambda each: _date(each) or oldest, reverse=True)

    def _free_path(self, calibration: Calibration) -> Path:
        stem = f"{file_stem(calibration.sensor)}-{calibration.made_at:{_DATE_FORMAT}}"
        path, number = self.folder / f"{stem}.toml", 2
        while path.exists():
            path, number = self.folder / f"{stem}-{number}.toml", number + 1
        return path


def file_stem(identity: SensorIdentity) -> str:
    """Return how the names of a sensor's files begin: bus, address and chip."""
    bus = "simulated" if identity.i2c_bus is None else f"i2c-{identity.i2c_bus}"
    chip = re.sub(r"[^a-z0-9]+", "-", identity.chip.lower()).strip("-") or "chip"
    return f"{bus}-0x{identity.i2c_address:02x}-{chip}"


def _stem(path: Path) -> str | None:
    match = _NAME.fullmatch(path.name)
    return match["stem"] if match else None


def _date(stored: Stored) -> datetime | None:
    """Return when a calibration was made: by the file, or by the name of one that cannot be used."""
    if stored.calibration is not None:
        return stored.calibration.made_at
    match = _NAME.fullmatch(stored.path.name)
    if match is None:
        return None
    try:
        return datetime.strptime(match["date"], _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _writable(folder: Path) -> bool:
    """Return whether files could be made in a folder that need not be there yet."""
    for each in (folder, *folder.parents):
        if each.exists():
            return each.is_dir() and os.access(each, os.W_OK | os.X_OK)
    return False


def _sync_folder(folder: Path) -> None:
    """Bring a folder's new names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(what: str, path: Path, error: OSError) -> str:
    """Return a sentence for a failure of the file system."""
    kept = " What was stored before is untouched." if what == "saved" else ""
    where = f"The calibration cannot be {what}{' in' if what == 'saved' else ':'} {path}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}: the disk is full; make room and try again.{kept}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{where}: that is not allowed to this user; change its owner or use another folder.{kept}"
    if error.errno == errno.EROFS:
        return f"{where}: the disk is read-only; use another folder.{kept}"
    return f"{where}: {error.strerror or error}.{kept}"
