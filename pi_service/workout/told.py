"""What is told of a prescription: which set it is, the target, the rest, the plan, and corrections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pi_service.workout.asked import Asked, Pair, PlanPlace, Reach
from pi_service.workout.sides import SideCount


class RestChange(StrEnum):
    """What happened to a rest."""

    BEGUN = "begun"
    """A set is over: the rest counts from the end of its last repetition, which is some seconds ago."""
    SECOND = "second"
    """Another second."""
    ENOUGH = "enough"
    """As long as it should be at least."""
    OVER = "over"
    """As long as it should be at most; no seconds are told after that."""
    ENDED = "ended"
    """The next set has begun."""


@dataclass(frozen=True, slots=True)
class SetAsked:
    """What a set that has just started is to be.

    Attributes
    ----------
    place
        It is set number so much of its exercise; one that came to too little to be one gives its place back.
    sets
        Fewest and most sets that are asked for; None where nobody says.
    asked
        How much; None where nobody says.
    """

    at_s: float
    set_number: int
    exercise: str
    place: int
    sets: tuple[int, int] | None
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class TargetTold:
    """A running set has come to what is asked for, or beyond it.

    Attributes
    ----------
    reach
        Which of the two; a set is short only when it is over.
    amount
        Repetitions of both sides, seconds held, or metres so far.
    asked
        How much is asked for.
    """

    at_s: float
    set_number: int
    exercise: str
    reach: Reach
    amount: float
    asked: Asked


@dataclass(frozen=True, slots=True)
class SetCompared:
    """What a finished set came to beside what was asked for; told again when it is corrected.

    Attributes
    ----------
    place
        As in `SetAsked`.
    asked
        How much was asked for.
    amount
        What its final count, or its correction, says.
    reach
        Short, reached or over.
    counts
        Whether it is one of the sets that are asked for: it came to a third of the least at any rate.
    """

    at_s: float
    set_number: int
    exercise: str
    place: int
    asked: Asked
    amount: float
    reach: Reach
    counts: bool


@dataclass(frozen=True, slots=True)
class RestTold:
    """How the rest after a set goes on.

    Attributes
    ----------
    after_set
        The set before it.
    change
        What happened.
    rest_s
        How long it is by now.
    asked
        Between what it should be (s).
    """

    at_s: float
    exercise: str
    after_set: int
    change: RestChange
    rest_s: float
    asked: Pair


@dataclass(frozen=True, slots=True)
class ExerciseDone:
    """As many sets of an exercise are done as are asked for at least."""

    at_s: float
    exercise: str
    sets: int


@dataclass(frozen=True, slots=True)
class ExerciseChanged:
    """From now on another exercise is counted.

    Attributes
    ----------
    exercise, name, kind
        Which: its id, its name for people, and what is counted.
    by
        Whether the plan says so, or a person.
    sets, asked, rest_s
        What is asked for; None where nobody says.
    step
        Where that is in the plan; None without one.
    """

    at_s: float
    exercise: str
    name: str
    kind: str
    by: Literal["plan", "user"]
    sets: tuple[int, int] | None
    asked: Asked | None
    rest_s: Pair | None
    step: PlanPlace | None


@dataclass(frozen=True, slots=True)
class PlanDone:
    """The last exercise of a plan is done; it goes on being counted."""

    at_s: float
    plan: str
    steps: int


@dataclass(frozen=True, slots=True)
class SetCorrected:
    """A person corrected a finished set.

    Attributes
    ----------
    exercise
        Of the set.
    count_before, count
        Its repetitions as they were known before and as they stay; none for a set that was discarded.
    reason
        Whether its count was wrong, or it was no set.
    sides
        Both sides as they stay, where they alternate.
    by
        Who says so.
    """

    at_s: float
    set_number: int
    exercise: str
    count_before: int
    count: int
    reason: Literal["corrected", "discarded"]
    sides: SideCount | None = None
    by: Literal["user"] = "user"


Told = (
    SetAsked | TargetTold | SetCompared | RestTold | ExerciseDone | ExerciseChanged | PlanDone | SetCorrected
)
