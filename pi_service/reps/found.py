"""What the counter finds: repetitions without a set number, exercise or name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundRep:
    """A repetition as the movement shows it; times and ranges as in `pi_service.workout.events.Rep`."""

    start_s: float
    turn_s: float
    end_s: float
    range_deg: float
    range_m: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class RepSeen:
    """A repetition was seen as it ended (or, for the first ones of a set, soon after)."""

    at_s: float
    rep: FoundRep


@dataclass(frozen=True, slots=True)
class SetReviewed:
    """The set is over; these are its repetitions, in the order of time (none: it was no set)."""

    at_s: float
    reps: tuple[FoundRep, ...]


@dataclass(frozen=True, slots=True)
class SlipSeen:
    """The sensor turned on the limb, and stays so.

    Attributes
    ----------
    start_s, end_s
        Between these it turned.
    angle_deg
        By how much.
    rotation
        Three rows: turn directions in the sensor frame from before into the frame from now on.
    """

    at_s: float
    start_s: float
    end_s: float
    angle_deg: float
    rotation: tuple[tuple[float, float, float], ...]


Finding = RepSeen | SetReviewed | SlipSeen
