"""What a rule says: what was measured, what the bound is, and a cue in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pi_service.exercises import Bound, RuleName


class Basis(StrEnum):
    """How something is known."""

    MEASURED = "measured"
    """By the sensor that sits where it happens, or by one that is known to sit so."""
    INFERRED = "inferred"
    """From what it does to a sensor elsewhere: coarser, and with a bound of its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, and how it is known.

    Attributes
    ----------
    value
        Of a repetition, a hold or a round, in the unit of its rule.
    basis
        How it is known.
    unsure
        By so much it may be wrong: it misses a bound only if it is farther away from it.
    """

    value: float
    basis: Basis
    unsure: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one repetition, of a set, or of a hold or a carry.

    Attributes
    ----------
    rule
        Which.
    measured
        The value, in `unit`.
    bound
        What is right.
    unit
        Unit of both.
    basis
        Whether the value was measured or inferred.
    ok
        Whether it is right.
    cue
        What to do about it; None where it is right.
    """

    rule: RuleName
    measured: float
    bound: Bound
    unit: str
    basis: Basis
    ok: bool
    cue: str | None


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """What a rule says of a whole set.

    Attributes
    ----------
    verdict
        Of the value that stands for the set: for most rules the median of its repetitions.
    reps_ok, reps_judged
        How many repetitions of those that could be judged are right; 0 for a hold or a carry, which has none.
    of_reps
        The value of each repetition of the final count, in the order of time; None where it is not known.
    """

    verdict: Verdict
    reps_ok: int
    reps_judged: int
    of_reps: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A rule that could not be applied, and why, in words that go on from "not judged:"."""

    rule: RuleName
    reason: str
