"""What a person does wrong on purpose, each with its size and the unit of that size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pi_service.errors import UsageError


class FaultKind(StrEnum):
    """What is wrong."""

    ROCK = "rock"
    DROP = "drop"
    HALF_REPS = "half_reps"
    BENT_FOREARM = "bent_forearm"
    HIKE = "hike"
    SHRUG = "shrug"
    HIPS_FIRST = "hips_first"
    LEAN = "lean"
    TILT_BAR = "tilt_bar"
    SWING = "swing"
    SHORT_TURN = "short_turn"
    SHORT_PAUSE = "short_pause"
    OVERSHOOT = "overshoot"
    ARCH = "arch"
    BROKEN_HOLD = "broken_hold"
    SHORT_HOLD = "short_hold"
    LONG_HOLD = "long_hold"
    EARLY_LOWERING = "early_lowering"
    HURRY = "hurry"
    SWAY = "sway"
    SHAKE = "shake"


@dataclass(frozen=True, slots=True)
class FaultMeaning:
    """What the size of a fault is.

    Attributes
    ----------
    unit
        Unit of the size.
    low, high
        Sizes that a body can do.
    words
        What happens, in a sentence that goes on from the size.
    """

    unit: str
    low: float
    high: float
    words: str


MEANINGS: Final = {
    FaultKind.ROCK: FaultMeaning("deg", 1.0, 40.0, "peak to peak that the trunk rocks in every rep"),
    FaultKind.DROP: FaultMeaning("s", 0.5, 3.0, "that every lowering takes"),
    FaultKind.HALF_REPS: FaultMeaning("share", 0.2, 0.95, "of the range in the second half of the set"),
    FaultKind.BENT_FOREARM: FaultMeaning("deg", 5.0, 50.0, "off the vertical at the worst of every rep"),
    FaultKind.HIKE: FaultMeaning(
        "cm", 1.0, 9.0, "by which the shoulders are drawn up in every rep, one more than the other"
    ),
    FaultKind.SHRUG: FaultMeaning("cm", 1.0, 9.0, "by which both shoulders are drawn up alike in every rep"),
    FaultKind.HIPS_FIRST: FaultMeaning(
        "deg", 2.0, 25.0, "that the trunk is behind when the bar has come a third of its way"
    ),
    FaultKind.LEAN: FaultMeaning("deg", 3.0, 25.0, "that the trunk leans back when the bar is at the top"),
    FaultKind.TILT_BAR: FaultMeaning("deg", 1.0, 25.0, "by which the bar is off level at the top"),
    FaultKind.SWING: FaultMeaning("deg", 2.0, 40.0, "peak to peak that the whole body swings"),
    FaultKind.SHORT_TURN: FaultMeaning("deg", 0.0, 60.0, "of turn-out at the end of the pull"),
    FaultKind.SHORT_PAUSE: FaultMeaning("s", 0.05, 2.0, "that the pause at the top takes"),
    FaultKind.OVERSHOOT: FaultMeaning(
        "share", 1.02, 1.6, "of the range in every other rep of the second half of the set"
    ),
    FaultKind.ARCH: FaultMeaning("deg", 1.0, 25.0, "by which the upper trunk bends back in every rep"),
    FaultKind.BROKEN_HOLD: FaultMeaning("s", 0.8, 10.0, "for which the hold is given up in its middle"),
    FaultKind.SHORT_HOLD: FaultMeaning("s", 6.0, 120.0, "that the hold takes"),
    FaultKind.LONG_HOLD: FaultMeaning("s", 6.0, 300.0, "that the hold takes"),
    FaultKind.EARLY_LOWERING: FaultMeaning("m", 1.0, 15.0, "by which the walk is cut short"),
    FaultKind.HURRY: FaultMeaning("steps/s", 1.0, 3.0, "that are walked"),
    FaultKind.SWAY: FaultMeaning("deg", 1.0, 20.0, "peak to peak that the trunk, or the weight, sways"),
    FaultKind.SHAKE: FaultMeaning(
        "m/s3", 0.5, 30.0, "of jerk (rms) with which the body trembles up and down"
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and how large it is.

    Attributes
    ----------
    kind
        What is wrong.
    size
        How much; see `MEANINGS`.
    """

    kind: FaultKind
    size: float

    def __post_init__(self) -> None:
        """Refuse what no body does."""
        meaning = MEANINGS[self.kind]
        if not meaning.low <= self.size <= meaning.high:
            raise UsageError(
                f"The fault {self.kind} cannot have the size {self.size:g} {meaning.unit}: give"
                f" {meaning.low:g} to {meaning.high:g}."
            )


def parse_fault(text: str, defaults: Mapping[FaultKind, float], exercise: str) -> Fault:
    """Return the fault that a person named: ``rock``, or ``rock:15`` with a size.

    Parameters
    ----------
    text
        What was named.
    defaults
        The faults of the exercise, with the size each has if none is named.
    exercise
        Name of the exercise, for the error.

    Raises
    ------
    UsageError
        There is no such fault, the exercise does not have it, or it cannot be of that size.
    """
    name, colon, size = text.partition(":")
    name = name.strip().replace("-", "_")
    if name not in {str(kind) for kind in defaults}:
        listed = ", ".join(sorted(defaults))
        raise UsageError(f"The simulated {exercise} has no fault {name!r}: choose one of {listed}.")
    kind = FaultKind(name)
    if not colon:
        return Fault(kind, defaults[kind])
    try:
        return Fault(kind, float(size))
    except ValueError:
        raise UsageError(f"The size of fault {text!r} is no number: write for example {name}:10.") from None
