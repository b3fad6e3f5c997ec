"""What the counter tells the world: the events that leave the pipeline, in the order they happened.

Every event carries ``at_s``: the time on the stream's clock at which it was known. Times of one
stream's events never run backwards, so that a replay gives the same events as the live run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from firmware.samples import SensorRole


class Phase(StrEnum):
    """What the lifter is doing now, as far as the clip can tell."""

    STILL = "still"
    """Nothing moves."""
    MOVING = "moving"
    """Something moves that is no repetition (yet)."""
    OUT = "out"
    """On the way from the start pose to the turning point of a repetition."""
    BACK = "back"
    """On the way back to the start pose."""


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes
    ----------
    number
        Identity of the rep within its set, 1-based, in the order of publication; never used twice.
    start_s, turn_s, end_s
        When it left the start pose, when it turned, when it was back: half-open ``[start_s, end_s)``
        on the stream's clock.
    detected_at_s
        Time on the stream's clock at which it was counted.
    range_deg
        Largest angle between the sensor's pose and its pose at the start of the rep.
    range_m
        Vertical travel of the sensor, where the placement allows it; None otherwise.
    confidence
        0 to 1: how much it resembles the other reps of its set.
    """

    number: int
    start_s: float
    turn_s: float
    end_s: float
    detected_at_s: float
    range_deg: float
    range_m: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class SetStarted:
    """A set has begun (published with its first rep)."""

    at_s: float
    set_number: int
    exercise: str
    start_s: float


@dataclass(frozen=True, slots=True)
class RepCounted:
    """A rep was counted: live as it ended, or added by the review at the end of its set."""

    at_s: float
    set_number: int
    exercise: str
    rep: Rep
    count: int
    """Reps of the set so far, this one included."""
    source: Literal["live", "review"]


@dataclass(frozen=True, slots=True)
class RepsCorrected:
    """The review at the end of a set added or withdrew reps that had been counted live."""

    at_s: float
    set_number: int
    exercise: str
    added: tuple[int, ...]
    withdrawn: tuple[int, ...]
    count: int
    """Reps of the set after the correction."""


@dataclass(frozen=True, slots=True)
class SetEnded:
    """A set is over and reviewed; `final_count` is what the set is remembered by."""

    at_s: float
    set_number: int
    exercise: str
    start_s: float
    end_s: float
    live_count: int
    final_count: int
    reps: tuple[Rep, ...]
    """The reps of the final count in the order of time."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The lifter does something else now."""

    at_s: float
    phase: Phase


@dataclass(frozen=True, slots=True)
class Movement:
    """A piece of the movement's curve, for people to look at.

    Attributes
    ----------
    at_s
        Time just after the last value.
    rate_hz
        Values a second; the first value belongs to ``at_s - len(values) / rate_hz``.
    values
        How far the sensor is from its start pose (deg), 0 or more.
    """

    at_s: float
    rate_hz: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SamplesLost:
    """Samples of a sensor are missing: nothing is known of ``[start_s, end_s)``."""

    at_s: float
    start_s: float
    end_s: float
    sensor: SensorRole


@dataclass(frozen=True, slots=True)
class PlacementChanged:
    """The sensor turned on the limb in the midst of a set: a clip that slipped, or was turned.

    Attributes
    ----------
    sensor
        Which sensor.
    angle_deg
        By how much; at least, where the movement tilts too little to show a turn about the vertical.
    start_s, end_s
        Between these times it turned.
    rotation
        Three rows: turn directions in the sensor frame from before into the frame from now on.
    """

    at_s: float
    sensor: SensorRole
    angle_deg: float
    start_s: float
    end_s: float
    rotation: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class ZeroUnknown:
    """The gyroscope's zero is not known, since the sensor has not been at rest yet, and it matters.

    Attributes
    ----------
    sensor
        Which sensor.
    rate_dps
        How far it is off: how fast gravity drifts with it, or what it reads at rest.
    at_rest
        It was at rest, but reads more than any sound chip does: it needs a calibration.
    """

    at_s: float
    sensor: SensorRole
    rate_dps: float
    at_rest: bool


Event = (
    SetStarted
    | RepCounted
    | RepsCorrected
    | SetEnded
    | PhaseChanged
    | Movement
    | SamplesLost
    | PlacementChanged
    | ZeroUnknown
)
