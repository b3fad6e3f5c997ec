"""Both sides of an exercise in which they alternate, from a sensor on one of them.

The sensor sees the repetitions of the side that wears it. The other side's are inferred: alternating means
that one of them lies in each pause between two that were seen, if the pause is long enough for one. At the
two ends of a set nothing can be inferred. Whoever begins with one side and ends with the other has done as
many on both, so that is what is assumed of a set that is over; it may be one more or one fewer.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from calibration.placement_kind import Side

#: A pause holds a repetition of the other side if it is as long as this share of one of the seen side.
_ROOM = 0.5


@dataclass(frozen=True, slots=True)
class SideCount:
    """Repetitions by side.

    Attributes
    ----------
    worn
        The side that wears the sensor, if anybody said.
    counted
        Its repetitions: each was seen.
    inferred
        Repetitions of the other side: nobody saw them.
    uncertain
        The other side's may be so many more or fewer.
    """

    worn: Side
    counted: int
    inferred: int
    uncertain: int

    @property
    def total(self) -> int:
        """Repetitions of both sides."""
        return self.counted + self.inferred


class Moved(Protocol):
    """A repetition, of which it is known when it moved."""

    @property
    def moved(self) -> tuple[float, float]:
        """When it left the start pose and when it was back (s)."""
        ...


def count_sides(reps: Sequence[Moved], worn: Side, over_s: float | None = None) -> SideCount:
    """Count both sides by the repetitions that were seen of one.

    Parameters
    ----------
    reps
        Those, in the order of time.
    worn
        Which side they are of.
    over_s
        When it was known that the set is over; None while it goes on.
    """
    if not reps:
        return SideCount(worn, 0, 0, 0)
    moved = [rep.moved for rep in reps]
    room_s = _ROOM * float(np.median([end_s - start_s for start_s, end_s in moved]))
    inferred = sum(after[0] - before[1] >= room_s for before, after in itertools.pairwise(moved))
    if over_s is not None and inferred and over_s - moved[-1][1] >= room_s:
        inferred += 1
    return SideCount(worn, len(reps), inferred, 1)


def side_words(sides: SideCount) -> str:
    """Return what was counted on which side, for people."""
    seen, other = {
        Side.LEFT: ("left", "right"),
        Side.RIGHT: ("right", "left"),
        Side.UNKNOWN: ("worn side", "other side"),
    }[sides.worn]
    return f"{seen} {sides.counted}, {other} {sides.inferred} (inferred), {sides.total} in all"
