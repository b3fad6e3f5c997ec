"""Placements on disk, in a folder beside the calibrations: one file each, with the sensor it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from calibration import stored as read
from calibration.dated_store import DatedFile, DatedStore, newest
from calibration.errors import CalibrationFormatError
from calibration.files import file_stem, stem_of
from calibration.placement import Placement, PlacementKind
from calibration.text import toml_lines
from calibration.toml_reading import NotTomlError, read_toml
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
class Placed:
    """A placement and the sensor that it belongs to."""

    sensor: SensorIdentity
    placement: Placement


class PlacementStore(DatedStore[Placed]):
    """Placements of all sensors.

    Parameters
    ----------
    folders
        Those of a `calibration.store.CalibrationStore`.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(
            folders,
            FOLDER,
            "placement",
            write=text_of_placement,
            read=placement_of_text,
            date=lambda placed: placed.placement.made_at,
        )

    def save(self, identity: SensorIdentity, placement: Placement) -> Path:
        """Write a placement into a new file and return its path; see `DatedStore.write`."""
        return self.write(_stem(identity, placement.kind), Placed(identity, placement))

    def history(self, identity: SensorIdentity, kind: PlacementKind) -> list[DatedFile[Placed]]:
        """Return every file of one sensor and kind, the newest first, with those that cannot be used."""
        return [
            each
            for each in self.all()
            if (
                stem_of(each.path) == _stem(identity, kind)
                if each.value is None
                else each.value.placement.kind == kind and _place(each.value.sensor) == _place(identity)
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
        found = newest(self.history(identity, kind), at)
        return None if found is None else found.placement


def text_of_placement(placed: Placed) -> str:
    """Return the text of a file."""
    table = placed.placement.to_dict()
    quality = table.pop("quality", None)
    lines = [
        _HEAD,
        *toml_lines(table, _NOTES),
        "",
        "[sensor]",
        *toml_lines(read.identity_table(placed.sensor)),
    ]
    if quality is not None:
        lines += ["", "[quality]", *toml_lines(quality, _NOTES)]
    return "\n".join(lines) + "\n"


def placement_of_text(text: str, source: str) -> Placed:
    """Return the sensor and the placement of a file's text; keys that it does not know are refused.

    Raises
    ------
    CalibrationFormatError
        It is no placement; the sentence names `source` and what is wrong.
    """
    try:
        table = read_toml(text)
    except NotTomlError as error:
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
    return Placed(sensor, placement)


def _unknown(table: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    return next((key for key in table if key not in known), None)


def _stem(identity: SensorIdentity, kind: PlacementKind) -> str:
    return f"{kind}-{file_stem(identity)}"


def _place(sensor: SensorIdentity) -> tuple[object, ...]:
    return sensor.i2c_bus, sensor.i2c_address, sensor.chip, sensor.who_am_i
