"""What `state` and `set` say more of a hold or a carry; each key is left out where it does not apply.

This module knows nothing of the counter, so that a consumer can import it alone.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, NonNegativeFloat, NonNegativeInt


class HeldStateKeys(BaseModel):
    """What `state` says of the hold or the round that goes on or, between sets, of the last one.

    Attributes
    ----------
    held_s, hold_breaks
        Seconds held so far, without the breaks, and how many of those there were.
    steps, distance_m, distance_uncertainty_m
        Steps of the round and how far they go, with one standard deviation.
    """

    held_s: NonNegativeFloat | None = None
    hold_breaks: NonNegativeInt | None = None
    steps: NonNegativeInt | None = None
    distance_m: NonNegativeFloat | None = None
    distance_uncertainty_m: NonNegativeFloat | None = None

    def unsaid(self) -> frozenset[str]:
        """Return the keys that do not apply."""
        return frozenset(name for name in HeldStateKeys.model_fields if getattr(self, name) is None)


class HeldSetKeys(HeldStateKeys):
    """What `set` says of a hold or a round.

    Attributes
    ----------
    hold_longest_s
        The longest stretch without a break.
    hold_part_start_s, hold_part_end_s
        Those stretches.
    hold_tilt_deg
        How far the pose was from the start pose.
    sway_rms_deg, sway_range_deg
        Root mean square of the tilt about its mean, and its range.
    sway_jerk_ms3, sway_sparc
        Root mean square of the vertical jerk; spectral arc length of the angular rate.
    cadence_hz
        Steps a second.
    step_length_m, step_length_uncertainty_m, step_length_is
        By which length of a step at this cadence, and whether somebody measured it or it is the usual one.
    arm
        Which arm carried.
    """

    hold_longest_s: NonNegativeFloat | None = None
    hold_part_start_s: tuple[float, ...] | None = None
    hold_part_end_s: tuple[float, ...] | None = None
    hold_tilt_deg: float | None = None
    sway_rms_deg: NonNegativeFloat | None = None
    sway_range_deg: NonNegativeFloat | None = None
    sway_jerk_ms3: NonNegativeFloat | None = None
    sway_sparc: float | None = None
    cadence_hz: NonNegativeFloat | None = None
    step_length_m: NonNegativeFloat | None = None
    step_length_uncertainty_m: NonNegativeFloat | None = None
    step_length_is: Literal["measured", "usual"] | None = None
    arm: Literal["left", "right"] | None = None

    def unsaid(self) -> frozenset[str]:
        """Return the keys that do not apply."""
        return frozenset(name for name in HeldSetKeys.model_fields if getattr(self, name) is None)
