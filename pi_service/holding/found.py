"""What the counters of holds and carries tell: findings, and what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from calibration.step_length import StepLength
from pi_service.holding.cadence import cadence_of


class HoldChange(StrEnum):
    """What happened to a hold."""

    ENTERED = "entered"
    """It has been held for long enough to be one."""
    GOING = "going"
    """Another second."""
    LEFT = "left"
    """It was left for longer than a break may last: it is over, unless it is resumed."""
    RESUMED = "resumed"
    """The pose is taken again: the hold was broken."""


class CarryChange(StrEnum):
    """What happened to a carry."""

    STARTED = "started"
    """Somebody walks with the forearm overhead."""
    STEP = "step"
    """Another step."""


@dataclass(frozen=True, slots=True)
class Sway:
    """How steady a pose was.

    Attributes
    ----------
    rms_deg
        Root mean square of the angle between the sensor's pose and its mean.
    range_deg
        From one end to the other, along the direction in which it swayed most.
    jerk_ms3
        Root mean square of the jerk along the vertical, below some 5 Hz.
    sparc
        Spectral arc length of the angular rate, the mean over stretches of 4 s; nearer to 0 is smoother. None
        where there was no such stretch.
    """

    rms_deg: float
    range_deg: float
    jerk_ms3: float
    sparc: float | None


#: How well a hold is timed (s, a standard deviation): docs/holds_and_carries.md.
HOLD_UNSURE_S = 0.25


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A stretch in which the pose was held without a break; half-open [start_s, end_s)."""

    start_s: float
    end_s: float
    held_s: float
    """Its time without breaks that were too short to end it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that is over.

    Attributes
    ----------
    start_s
        When the start pose was left.
    parts
        What it consists of: more than one if it was broken.
    tilt_deg
        How far it was from the start pose, the mean.
    sway
        How steady it was; None for a hold that was too short.
    """

    start_s: float
    parts: tuple[HeldPart, ...]
    tilt_deg: float
    sway: Sway | None

    @property
    def end_s(self) -> float:
        """When the pose was left for the last time."""
        return self.parts[-1].end_s

    @property
    def held_s(self) -> float:
        """For how long it was held in all."""
        return sum(part.held_s for part in self.parts)

    @property
    def longest_s(self) -> float:
        """Its longest part."""
        return max(part.held_s for part in self.parts)

    @property
    def breaks(self) -> int:
        """How often it was broken."""
        return len(self.parts) - 1


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance by steps, with its uncertainty (one standard deviation)."""

    m: float
    uncertainty_m: float


#: A step at the begin or end of a walk may be missed, or be one too many.
_STEPS_UNSURE = 1.0


def distance_of(steps: int, length: StepLength) -> Distance:
    """Return how far so many steps go, each of that length."""
    unsure_m = math.hypot(steps * length.uncertainty_m, _STEPS_UNSURE * length.length_m if steps else 0.0)
    return Distance(steps * length.length_m, unsure_m)


#: What is measured is short, or over, only if it is by more than so many of its standard deviations.
SURELY = 2.0


def short_of(distance: Distance, asked_m: float) -> float | None:
    """Return by how much a distance is short of what was asked for; None where it may well be enough."""
    missing_m = asked_m - distance.m
    return missing_m if missing_m > SURELY * distance.uncertainty_m else None


@dataclass(frozen=True, slots=True)
class Carry:
    """A round of a carry that is over.

    Attributes
    ----------
    start_s, end_s
        From when the weight is overhead until it begins to come down.
    steps_s
        When each step was made.
    sway
        How steady the forearm was while walking.
    hang
        Where up was in the sensor's frame while the arm hung before it; None where nobody knows.
    """

    start_s: float
    end_s: float
    steps_s: tuple[float, ...]
    sway: Sway | None
    hang: tuple[float, float, float] | None = None

    @property
    def cadence_hz(self) -> float | None:
        """Steps a second; None with a single step."""
        return cadence_of(self.steps_s)


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """Something happened to a hold that goes on.

    Attributes
    ----------
    at_s
        When it was known.
    change
        What it was.
    start_s
        When the start pose was left.
    held_s
        Seconds held so far.
    breaks
        How often it was broken so far.
    """

    at_s: float
    change: HoldChange
    start_s: float
    held_s: float
    breaks: int


@dataclass(frozen=True, slots=True)
class HoldOver:
    """A hold is over."""

    at_s: float
    hold: Hold


@dataclass(frozen=True, slots=True)
class CarrySeen:
    """Something happened to a carry that goes on; `steps` and `cadence_hz` are those so far."""

    at_s: float
    change: CarryChange
    start_s: float
    steps: int
    cadence_hz: float | None


@dataclass(frozen=True, slots=True)
class CarryOver:
    """A round is over."""

    at_s: float
    carry: Carry


HoldingFinding = HoldSeen | HoldOver | CarrySeen | CarryOver
