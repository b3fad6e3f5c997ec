"""What is known of a hold, or of a round of a carry, when it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How steady a pose was.

    Attributes
    ----------
    rms_deg, range_deg
        Of the tilt: about its mean, and from one end to the other.
    jerk_ms3
        Root mean square of the jerk along the vertical.
    """

    rms_deg: float
    range_deg: float
    jerk_ms3: float


@dataclass(frozen=True, slots=True)
class Walked:
    """How far a weight was carried.

    Attributes
    ----------
    distance_m, unsure_m
        The distance, and by how much it may be wrong.
    is_measured
        Whether the length of a step was: otherwise it is the usual one.
    cadence_hz
        Steps a second; None with fewer than two steps.
    """

    distance_m: float
    unsure_m: float
    is_measured: bool
    cadence_hz: float | None


def _nothing() -> FloatArray:
    return np.empty((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class HeldFacts:
    """A hold or a round that is over.

    Attributes
    ----------
    held_s, unsure_s, breaks
        Of a hold: seconds in all, by how much they may be wrong, and how often it was given up and resumed.
        None for a round.
    walked
        Of a round; None for a hold.
    steadiness
        None for what was too short.
    up : float64 array, shape (n, 3)
        Of a round: up in the sensor frame while it was walked, frame by frame.
    hang
        Of a round: the same while the arm hung before it; None where that is not known.
    """

    held_s: float | None = None
    unsure_s: float = 0.0
    breaks: int | None = None
    walked: Walked | None = None
    steadiness: Steadiness | None = None
    up: FloatArray = field(default_factory=_nothing)
    hang: FloatArray | None = None
