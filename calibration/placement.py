"""How a sensor sits on wrist, bar or torso: the value that turns sensor vectors into the limb's frame.

Limb frames, right-handed; x is always the long axis
    ``wrist``  x along the forearm towards the hand, z out of the back of the hand. y then points to the
               thumb on a right arm and to the little finger on a left arm.
    ``bar``    x along the bar to the right end of whoever turned it, z up as it was held level at first,
               y ahead.
    ``torso``  x up the spine (the vertical of somebody who stands upright), y to the person's left, z out
               of the back.

What can be observed without a magnetometer, and what cannot
    Gravity gives the vertical in the sensor's frame, hence tilt. What turns about the vertical is given by
    the guided movement alone: the hinge of a bow, the axis of a roll, the axis of the turned forearm. Where
    north is, or which way somebody faces, is in none of it and in no placement. Left and right arm are told
    apart by the sense of one turn, from palm up to palm down; whoever turns the other way is taken for the
    other arm, because a mirror image feels the same. The same holds for a bar that is rolled towards oneself
    and for a bow backwards: x or y and z are reversed then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np

from calibration import stored as read
from calibration.errors import CalibrationFormatError
from calibration.imu import FloatArray, ImuBlock, Vector
from calibration.placement_kind import PlacementKind, Side
from calibration.stored import Matrix

__all__ = ["PLACEMENT_FORMAT", "Placement", "PlacementKind", "PlacementQuality", "Side"]

#: Number of the stored form of `Placement.to_dict`.
PLACEMENT_FORMAT: Final = 1
#: How far the product of a rotation with its transpose may be from 1, after being written and read.
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class PlacementQuality:
    """How the guided movement went.

    Attributes
    ----------
    turned_deg
        How far it turned about its axis.
    one_axis
        Part of the rotation that was about that axis, 0 to 1.
    gravity_misfit_deg
        Angle between gravity at the end and what the turn makes of gravity at the beginning.
    pose_misfit_deg
        How far the poses were from those that were asked for, as gravity sees them against the axis.
    """

    turned_deg: float
    one_axis: float
    gravity_misfit_deg: float
    pose_misfit_deg: float


@dataclass(frozen=True, slots=True)
class Placement:
    """How a sensor sits.

    Attributes
    ----------
    rotation
        3 x 3, turns vectors of the sensor's frame into those of the limb's: its rows are the limb's axes
        in the sensor's frame.
    kind
        What the sensor sits on.
    side
        Which arm; `Side.UNKNOWN` for bar and torso.
    confidence
        1 for a movement out of a textbook, 0 for one that only just could be used. No probability.
    made_at
        When it was learned, with its zone; in UTC from then on.
    quality
        How the movement went.
    """

    rotation: Matrix
    kind: PlacementKind
    side: Side = Side.UNKNOWN
    confidence: float = 1.0
    made_at: datetime | None = None
    quality: PlacementQuality | None = None

    def __post_init__(self) -> None:
        """Refuse what could only give nonsense."""
        turn = np.array(self.rotation, dtype=float)
        if turn.shape != (3, 3) or not np.all(np.isfinite(turn)):
            raise CalibrationFormatError(
                "rotation of a placement must be three rows of three finite numbers."
            )
        if np.abs(turn @ turn.T - np.eye(3)).max() > _ROUNDING or np.linalg.det(turn) < 0.0:
            raise CalibrationFormatError(
                "rotation of a placement is no rotation: its rows must be of length 1, square to each other"
                " and right-handed."
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise CalibrationFormatError(
                f"confidence of a placement is {self.confidence:g}; expected 0 to 1."
            )
        if self.made_at is not None:
            if self.made_at.tzinfo is None:
                raise CalibrationFormatError("made_at of a placement must be a time with its zone.")
            object.__setattr__(self, "made_at", self.made_at.astimezone(UTC))

    def turn(self, vectors: FloatArray) -> FloatArray:
        """Return vectors of the sensor's frame in the limb's frame.

        Element by element: the same bit for bit however the rows were cut into blocks.

        Parameters
        ----------
        vectors : float64 array, shape (n, 3)
            In any unit.
        """
        x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
        out = np.empty((len(vectors), 3))
        for axis, (from_x, from_y, from_z) in enumerate(self.rotation):
            out[:, axis] = x * from_x + y * from_y + z * from_z
        return out

    def apply(self, block: ImuBlock) -> ImuBlock:
        """Return a block in the limb's frame; times and flags stay."""
        rate = block.angular_rate_rads
        return replace(
            block,
            specific_force_ms2=self.turn(block.specific_force_ms2),
            angular_rate_rads=None if rate is None else self.turn(rate),
        )

    @property
    def along(self) -> Vector:
        """The limb's x axis in the sensor's frame: along the forearm, along the bar, up the spine."""
        return self.rotation[0]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, texts, lists and dicts, to be stored as TOML or JSON."""
        table: dict[str, Any] = {
            "format": PLACEMENT_FORMAT,
            "kind": str(self.kind),
            "side": str(self.side),
            "rotation": [list(row) for row in self.rotation],
            "confidence": self.confidence,
        }
        if self.made_at is not None:
            table["made_at"] = read.date_text(self.made_at)
        if self.quality is not None:
            table["quality"] = {name: getattr(self.quality, name) for name in _QUALITY}
        return table

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `to_dict` stored; keys that it does not know are ignored.

        Raises
        ------
        CalibrationFormatError
            Something is missing or is not what it must be; the sentence names it.
        """
        version = read.integer(stored, "format")
        if version != PLACEMENT_FORMAT:
            raise CalibrationFormatError(
                f"The placement has format {version}, and this repclip reads format {PLACEMENT_FORMAT}:"
                " update repclip or learn it again."
            )
        return cls(
            rotation=read.matrix(stored, "rotation"),
            kind=PlacementKind(_one_of(stored, "kind", PlacementKind)),
            side=Side(_one_of(stored, "side", Side)),
            confidence=read.number(stored, "confidence"),
            made_at=read.date(stored, "made_at") if "made_at" in stored else None,
            quality=_quality(stored["quality"]) if "quality" in stored else None,
        )


_QUALITY: Final = ("turned_deg", "one_axis", "gravity_misfit_deg", "pose_misfit_deg")


def _quality(stored: object) -> PlacementQuality:
    if not isinstance(stored, Mapping):
        raise CalibrationFormatError("quality of a placement must be a table.")
    values = [read.number(stored, name) for name in _QUALITY]
    if not all(map(math.isfinite, values)):
        raise CalibrationFormatError("quality of a placement holds a value that is not finite.")
    return PlacementQuality(*values)


def _one_of(stored: Mapping[str, Any], name: str, allowed: type[StrEnum]) -> str:
    value = read.text(stored, name)
    if value not in set(allowed):
        raise CalibrationFormatError(
            f"{name} of a placement is {value!r}; expected one of {', '.join(allowed)}."
        )
    return value
