"""Which faces of the sensor have been up: what a fit needs and what is still missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from calibration.imu import Vector

if TYPE_CHECKING:
    from calibration.rests import Rest

#: A face is up when the force at rest is within this of its axis; even 80 mg turn it by 5 deg only.
FACE_WITHIN_DEG = 30.0


class Face(StrEnum):
    """A face of the sensor, by the axis (as printed on the chip) that points up with it."""

    X_UP = "+x"
    X_DOWN = "-x"
    Y_UP = "+y"
    Y_DOWN = "-y"
    Z_UP = "+z"
    Z_DOWN = "-z"

    @property
    def axis(self) -> int:
        """0, 1 or 2 for x, y or z."""
        return "xyz".index(self.value[1])

    @property
    def sign(self) -> int:
        """1 where the axis itself points up, -1 where its back does."""
        return 1 if self.value[0] == "+" else -1

    @property
    def words(self) -> str:
        """How it is put up, in words: ``on edge, with the X arrow pointing up``."""
        if self.axis == 2:
            return f"flat, with the chip {'on top' if self.sign > 0 else 'underneath'}"
        return f"on edge, with the {self.value[1].upper()} arrow pointing {'up' if self.sign > 0 else 'down'}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which faces have been up in a rest.

    Attributes
    ----------
    seen
        Those that have.
    missing
        Those that have not, in the order of `Face`.
    """

    seen: frozenset[Face]
    missing: tuple[Face, ...]

    @property
    def complete(self) -> bool:
        """Whether all six have been up."""
        return not self.missing


def face_up(specific_force_ms2: Vector, within_deg: float = FACE_WITHIN_DEG) -> Face | None:
    """Return the face that is up for a specific force at rest; None for a pose between two.

    Parameters
    ----------
    specific_force_ms2
        Specific force in the sensor frame; its length does not matter.
    within_deg
        How far from the axis still counts.
    """
    length = math.sqrt(sum(value * value for value in specific_force_ms2))
    if length == 0.0 or not math.isfinite(length):
        return None
    best = max(Face, key=lambda face: face.sign * specific_force_ms2[face.axis])
    cosine = best.sign * specific_force_ms2[best.axis] / length
    return best if cosine >= math.cos(math.radians(within_deg)) else None


def coverage_of(rests: Iterable[Rest]) -> Coverage:
    """Return which faces were up in rests; those with a clipped axis do not count."""
    faces = {face_up(rest.specific_force_ms2) for rest in rests if not rest.clipped}
    seen = frozenset(face for face in faces if face is not None)
    return Coverage(seen, tuple(face for face in Face if face not in seen))
