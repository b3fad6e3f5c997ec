"""How much a set is to be, and how what it came to compares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pi_service.exercises.model import Exercise, Kind, asked_for
from pi_service.exercises.rules import Bound, RuleName
from pi_service.holding.found import SURELY

Pair = tuple[float, float]

#: A set that came to less than this share of the least is none of those that are asked for: a try, a warm-up,
#: or something that was taken for one. Own default.
_COUNTS_SHARE = 1.0 / 3.0


class Reach(StrEnum):
    """How what was done compares with what is asked for."""

    SHORT = "short"
    REACHED = "reached"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of it is asked for in one set.

    Attributes
    ----------
    least, most
        Both included; `most` is None where more is as good.
    unit
        Repetitions of both sides, seconds held, or metres.
    """

    least: float
    most: float | None
    unit: Literal["reps", "s", "m"]

    def reach(self, amount: float, uncertainty: float = 0.0) -> Reach:
        """Return how an amount compares; it is short, or over, only if it surely is.

        Parameters
        ----------
        amount
            In the same unit.
        uncertainty
            Its standard deviation.
        """
        if amount + SURELY * uncertainty < self.least:
            return Reach.SHORT
        over = self.most is not None and amount - SURELY * uncertainty > self.most
        return Reach.OVER if over else Reach.REACHED

    def counts(self, amount: float) -> bool:
        """Return whether a set of so much is one of those that are asked for."""
        return amount >= _COUNTS_SHARE * self.least


@dataclass(frozen=True, slots=True)
class PlanPlace:
    """Where in a plan an exercise is.

    Attributes
    ----------
    plan
        Name of the plan.
    number, of
        Step number so much of how many.
    next_exercise
        Id of the exercise after it; None for the last.
    """

    plan: str
    number: int
    of: int
    next_exercise: str | None


def asked_of(exercise: Exercise) -> Asked | None:
    """Return how much an exercise asks for in one set; None where it does not say."""
    asked = exercise.prescription
    match exercise.kind:
        case Kind.REPS | Kind.STEPS:
            return None if asked.reps is None else Asked(asked.reps[0], asked.reps[1], "reps")
        case Kind.HOLD:
            return _asked(asked_for(asked).get(RuleName.HOLD_TIME), "s")
        case Kind.CARRY:
            return _asked(asked_for(asked).get(RuleName.DISTANCE), "m")


def _asked(bound: Bound | None, unit: Literal["s", "m"]) -> Asked | None:
    """Return what is asked for of a hold or a round: by the same bound it is judged."""
    return None if bound is None or bound.least is None else Asked(bound.least, bound.most, unit)
