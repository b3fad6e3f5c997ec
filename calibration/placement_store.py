"""Placements on disk, in a folder beside the calibrations: one file each, with the sensor it belongs to."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from calibration import stored as read
from calibration.errors import CalibrationError, CalibrationFormatError
from calibration.files import date_of_name, file_stem, files_in, read_text, stem_of, write_new
from calibration.placement import Placement, PlacementKind
from calibration.text import toml_lines
from firmware.identity import SensorIdentity

#: Name of the folder inside each folder of calibrations.
FOLDER: Final = "placements"
_HEAD: Final = """\
# A placement of repclip: how a sensor sits. vector in the limb's frame = rotation @ vector in the sensor's.
# wrist: x towards the hand, z out of its back. bar: x to the right end, z up. torso: x up, y to the left.
"""
_NOTES: Final = {
    "kind": "what the sensor sits on: wrist, bar or torso",
    "made_at": "when it was learned (UTC)",
    "rotation": "the limb's axes x, y and z in the sensor's frame, a row each",
    "side": "which arm: left, right or unknown",
    "confidence": "1 for a movement out of a textbook, 0 for one that only just could be used",
    "turned_deg": "how far the guided movement turned about its axis",
    "one_axis": "part of the rotation that was about that axis",
    "gravity_misfit_deg": "gravity after the movement, against what the movement makes of it",
    "pose_misfit_deg": "how far the poses were from those that were asked for",
}


@dataclass(frozen=True, slots=True)
class StoredPlacement:
    """A file of the history.

    Attributes
    ----------
    path
        The file.
    placement, sensor
        What is in it; None for a file that cannot be used.
    problem
        Why not, in one sentence.
    """

    path: Path
    placement: Placement | None
    sensor: SensorIdentity | None
    problem: str = ""

    @property
    def made_at(self) -> datetime | None:
        """When it was made: by the file, or by the name of one that cannot be used."""
        return date_of_name(self.path) if self.placement is None else self.placement.made_at


class PlacementStore:
    """Placements of all sensors: written to the first folder of calibrations, read from all.

    Parameters
    ----------
    folders
        Those of a `calibration.store.CalibrationStore`.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folder / FOLDER for folder in folders)

    def save(self, identity: SensorIdentity, placement: Placement) -> Path:
        """Write a placement into a new file and return its path; see `calibration.files.write_new`.

        Raises
        ------
        CalibrationFileError
            It cannot be written: the sentence says why.
        CalibrationFormatError
            The placement has no date.
        """
        if placement.made_at is None:
            raise CalibrationFormatError("A placement without a date cannot be stored: made_at is missing.")
        content = text_of_placement(identity, placement)
        placement_of_text(content, "The new placement")
        return write_new(
            self.folders[0], _stem(identity, placement.kind), placement.made_at, content, "placement"
        )

    def load(self, path: Path) -> tuple[SensorIdentity, Placement]:
        """Return the sensor and the placement of a file.

        Raises
        ------
        CalibrationFileError, CalibrationFormatError
            It cannot be read, or holds no placement; the sentence names the file and what is wrong.
        """
        return placement_of_text(read_text(path, "placement"), str(path))

    def all(self) -> list[StoredPlacement]:
        """Return every file, the newest first; those without a usable date come last."""
        found: list[StoredPlacement] = []
        for path in files_in(self.folders, "placement"):
            try:
                sensor, placement = self.load(path)
                found.append(StoredPlacement(path, placement, sensor))
            except CalibrationError as error:
                found.append(StoredPlacement(path, None, None, str(error)))
        oldest = datetime.min.replace(tzinfo=UTC)
        return sorted(found, key=lambda each: each.made_at or oldest, reverse=True)

    def history(self, identity: SensorIdentity, kind: PlacementKind) -> list[StoredPlacement]:
        """Return every file of one sensor and kind, the newest first, with those that cannot be used."""
        return [
            each
            for each in self.all()
            if (
                stem_of(each.path) == _stem(identity, kind)
                if each.placement is None or each.sensor is None
                else each.placement.kind == kind and _place(each.sensor) == _place(identity)
            )
        ]

    def latest(
        self, identity: SensorIdentity, kind: PlacementKind, at: datetime | None = None
    ) -> Placement | None:
        """Return the newest placement of a sensor; None where there is none.

        Parameters
        ----------
        identity
            Which sensor; what it watches does not matter.
        kind
            What it sits on.
        at
            Take none that was made later; for recordings.

        Raises
        ------
        CalibrationFormatError
            A newer file of this sensor cannot be used.
        """
        for each in self.history(identity, kind):
            if at is not None and each.made_at is not None and each.made_at > at:
                continue
            if each.placement is None:
                raise CalibrationFormatError(each.problem)
            return each.placement
        return None


def text_of_placement(identity: SensorIdentity, placement: Placement) -> str:
    """Return the text of a file."""
    table = placement.to_dict()
    quality = table.pop("quality", None)
    lines = [_HEAD, *toml_lines(table, _NOTES), "", "[sensor]", *toml_lines(read.identity_table(identity))]
    if quality is not None:
        lines += ["", "[quality]", *toml_lines(quality, _NOTES)]
    return "\n".join(lines) + "\n"


def placement_of_text(text: str, source: str) -> tuple[SensorIdentity, Placement]:
    """Return the sensor and the placement of a file's text; keys that it does not know are refused.

    Raises
    ------
    CalibrationFormatError
        It is no placement; the sentence names `source` and what is wrong.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CalibrationFormatError(f"{source} is no placement: {error}.") from error
    try:
        placement, sensor = Placement.from_dict(table), read.identity(table)
    except CalibrationFormatError as error:
        raise CalibrationFormatError(f"{source} cannot be used: {error}") from error
    known = placement.to_dict()
    optional = {"i2c_bus": 0, "who_am_i": 0}
    for name, allowed in (
        ("", known | {"made_at": 0, "sensor": 0}),
        ("sensor", read.identity_table(sensor) | optional),
        ("quality", known.get("quality", {})),
    ):
        strange = _unknown(table.get(name, {}) if name else table, allowed)
        if strange is not None:
            where = f" of [{name}]" if name else ""
            raise CalibrationFormatError(
                f"{source} cannot be used: {strange!r}{where} is no value of a placement; correct its name or"
                " take it out."
            )
    return sensor, placement


def _unknown(table: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    return next((key for key in table if key not in known), None)


def _stem(identity: SensorIdentity, kind: PlacementKind) -> str:
    return f"{kind}-{file_stem(identity)}"


def _place(sensor: SensorIdentity) -> tuple[object, ...]:
    return sensor.i2c_bus, sensor.i2c_address, sensor.chip, sensor.who_am_i
