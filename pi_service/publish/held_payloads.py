"""The messages of holds and carries while they go on; see `pi_service.publish.payloads`."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from pi_service.publish.payloads import AthletePayload, EventPayload, Name, SideName


class HoldPayload(AthletePayload, EventPayload):
    """A hold has begun, goes on for another second, was left, or is resumed.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    what
        Which of them.
    start_s
        When the start pose was left, on the stream's clock.
    held_s
        Seconds held so far, without the breaks.
    hold_breaks
        How often it was broken so far.
    """

    exercise: Name
    set: PositiveInt
    what: Literal["entered", "going", "left", "resumed"]
    start_s: float
    held_s: NonNegativeFloat
    hold_breaks: NonNegativeInt


class CarryPayload(AthletePayload, EventPayload):
    """A round of a carry has begun, or another step was made.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    what
        Which of them.
    start_s
        From when the weight was overhead, on the stream's clock.
    steps, distance_m, distance_uncertainty_m
        Of the round so far.
    arm
        Which arm carries; None where nobody said.
    """

    exercise: Name
    set: PositiveInt
    what: Literal["started", "step"]
    start_s: float
    steps: NonNegativeInt
    distance_m: NonNegativeFloat
    distance_uncertainty_m: NonNegativeFloat
    arm: SideName | None = None
