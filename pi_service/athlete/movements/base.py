"""What describes a movement: the pose it begins in, the stages of a repetition, its tempo and its faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose

WRIST: Final = "wrist"
BAR: Final = "bar"
TORSO: Final = "torso"


def bent_ahead(off_deg: float) -> Pose:
    """Return the joints of a forearm that points up, but so far ahead."""
    return {"fore_deg": 90.0 - off_deg}


class Work(StrEnum):
    """Which kind of work it is."""

    REPS = "reps"
    HOLD = "hold"
    CARRY = "carry"


class Mover(StrEnum):
    """What travels, whose height is the range of a repetition."""

    HAND = "hand"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long an unhurried person takes.

    Attributes
    ----------
    lift_s, top_s, lower_s, bottom_s
        Lifting, the pause after it, lowering, the pause before the next repetition.
    """

    lift_s: float
    top_s: float
    lower_s: float
    bottom_s: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the lifting: some joints move to a pose; the lowering does the same backwards.

    Attributes
    ----------
    pose
        Where they come to.
    begin, end
        From which to which share of the lifting's duration.
    """

    pose: Pose
    begin: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True)
class Movement:
    """One exercise as it is done well, and what may be done wrong.

    Attributes
    ----------
    exercise, variant
        Id of the exercise, and which form of it this is.
    work
        Reps, a hold or a carry.
    placements
        Where a sensor may sit.
    tempo
        Of a repetition; of a hold and of a carry only the lifting (into it) and the lowering (out of it).
    ready
        The pose in which it begins.
    stages
        How the lifting goes from there.
    steady_deg
        How much the trunk of somebody who does it well moves with a repetition, at least and at most.
    get_ready_s
        How long it takes from standing to the pose in which it begins.
    faults
        What may be done wrong, with the size that is tried if none is named: the bound in the exercise's
        specification and a quarter more.
    bent
        The joints of a forearm that is off the vertical by so much (deg) at the worst.
    mover
        What travels.
    sides
        Whether left and right take turns.
    lands
        Whether the bar lands on the floor at the end of each repetition.
    opens_from
        From which share of the lifting on the forearm turns open; None where it does not.
    rest_below_m
        How far below the pose at the beginning the bar rests before it is held.
    """

    exercise: str
    variant: str
    placements: tuple[str, ...]
    ready: Callable[[Person], Pose]
    stages: Callable[[Person], tuple[Stage, ...]]
    tempo: Tempo
    work: Work = Work.REPS
    steady_deg: tuple[float, float] = (0.5, 2.5)
    get_ready_s: float = 1.6
    faults: Mapping[FaultKind, float] = field(default_factory=dict)
    bent: Callable[[float], Pose] | None = None
    mover: Mover = Mover.HAND
    sides: bool = False
    lands: bool = False
    opens_from: float | None = None
    rest_below_m: float = 0.0
