"""Calibrations on disk: one file each, written whole or not at all, and never overwritten.

The files are TOML: people look at them and can, with a comment beside each number. `calibration.text`
writes and reads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from calibration.errors import CalibrationError, CalibrationFormatError
from calibration.files import date_of_name, file_stem, files_in, read_text, stem_of, write_new
from calibration.placement import Placement, PlacementKind
from calibration.placement_store import PlacementStore
from calibration.step_length import StepLengthStore
from calibration.text import calibration_of_text, text_of_calibration
from calibration.value import Calibration
from firmware.identity import SensorIdentity

#: Where a whole computer's calibrations are.
SYSTEM_FOLDER: Final = Path("/etc/repclip/calibration")


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
        return write_new(self.folder, file_stem(calibration.sensor), calibration.made_at, content)

    def load(self, path: Path) -> Calibration:
        """Return the calibration of a file.

        Raises
        ------
        CalibrationFileError
            The file cannot be read.
        CalibrationFormatError
            It holds no calibration, or one that cannot be true; the sentence names the file and what it is.
        """
        return calibration_of_text(read_text(path), str(path))

    def all(self) -> list[Stored]:
        """Return every file of all folders, the newest first; those without a usable date come last."""
        return self._read(files_in(self.folders))

    def history(self, identity: SensorIdentity) -> list[Stored]:
        """Return every file of one sensor, the newest first, with those that cannot be used."""
        stem = file_stem(identity)
        return [
            each
            for each in self._read(files_in(self.folders))
            if (each.calibration.belongs_to(identity) if each.calibration else stem_of(each.path) == stem)
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

    @property
    def placements(self) -> PlacementStore:
        """How sensors sit, in the same folders."""
        return PlacementStore(self.folders)

    @property
    def step_lengths(self) -> StepLengthStore:
        """How long steps are, in the same folders."""
        return StepLengthStore(self.folders)

    def latest_placement(
        self, identity: SensorIdentity, kind: PlacementKind, at: datetime | None = None
    ) -> Placement | None:
        """Return the newest placement of a sensor; None where there is none. See `PlacementStore.latest`."""
        return self.placements.latest(identity, kind, at)

    def _read(self, paths: Iterable[Path]) -> list[Stored]:
        read: list[Stored] = []
        for path in paths:
            try:
                read.append(Stored(path, self.load(path)))
            except CalibrationError as error:
                read.append(Stored(path, None, str(error)))
        oldest = datetime.min.replace(tzinfo=UTC)
        return sorted(read, key=lambda each: _date(each) or oldest, reverse=True)


def _date(stored: Stored) -> datetime | None:
    """Return when a calibration was made: by the file, or by the name of one that cannot be used."""
    if stored.calibration is not None:
        return stored.calibration.made_at
    return date_of_name(stored.path)


def _writable(folder: Path) -> bool:
    """Return whether files could be made in a folder that need not be there yet."""
    for each in (folder, *folder.parents):
        if each.exists():
            return each.is_dir() and os.access(each, os.W_OK | os.X_OK)
    return False
