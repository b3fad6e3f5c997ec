"""What is told of holds and carries while they go on, and what a round came to."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.placement_kind import Side
from calibration.step_length import StepLength
from pi_service.holding.found import Carry, CarryChange, Distance, HoldChange


@dataclass(frozen=True, slots=True)
class HoldTold:
    """A hold has begun, goes on for another second, was left, or is resumed.

    Attributes
    ----------
    change
        Which of them.
    start_s
        When the start pose was left.
    held_s
        Seconds held so far, without the breaks.
    breaks
        How often it was broken so far.
    """

    at_s: float
    set_number: int
    exercise: str
    change: HoldChange
    start_s: float
    held_s: float
    breaks: int


@dataclass(frozen=True, slots=True)
class CarryTold:
    """A round of a carry has begun, or another step was made.

    Attributes
    ----------
    change
        Which of them.
    start_s
        From when the weight was overhead.
    steps, distance
        So far.
    arm
        Which arm carries: the one that wears the sensor.
    """

    at_s: float
    set_number: int
    exercise: str
    change: CarryChange
    start_s: float
    steps: int
    distance: Distance
    arm: Side


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of a carry came to.

    Attributes
    ----------
    carry
        Its steps and its sway.
    distance
        How far it went.
    step_length
        By which length of a step, at its cadence.
    arm
        Which arm carried; unknown where nobody said.
    """

    carry: Carry
    distance: Distance
    step_length: StepLength
    arm: Side
