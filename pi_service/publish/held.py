"""What messages say of a hold or a carry, from the events to their keys."""

from __future__ import annotations

from typing import Any, Literal

from calibration.placement_kind import Side
from pi_service.holding.found import Distance, Hold, Sway
from pi_service.workout.events import SetEnded
from pi_service.workout.held import CarryTold, HoldTold, Round


def live_keys(event: HoldTold | CarryTold) -> dict[str, Any]:
    """Return what both the message and the state say of a hold or a round that goes on."""
    if isinstance(event, HoldTold):
        return {"held_s": round(event.held_s, 2), "hold_breaks": event.breaks}
    return {"steps": event.steps, **distance_keys(event.distance)}


def last_keys(event: SetEnded) -> dict[str, Any]:
    """Return what the state says of a hold or a round that is over; nothing of any other set."""
    if event.hold is not None:
        return {"held_s": round(event.hold.held_s, 2), "hold_breaks": event.hold.breaks}
    if event.carry is not None:
        return {"steps": len(event.carry.carry.steps_s), **distance_keys(event.carry.distance)}
    return {}


def set_keys(event: SetEnded) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.held_keys.HeldSetKeys`."""
    if event.hold is not None:
        return {**last_keys(event), **_hold_keys(event.hold)}
    if event.carry is not None:
        return {**last_keys(event), **_round_keys(event.carry)}
    return {}


def arm_name(arm: Side) -> Literal["left", "right"] | None:
    """Return which arm it is; None where nobody said."""
    match arm:
        case Side.LEFT:
            return "left"
        case Side.RIGHT:
            return "right"
        case Side.UNKNOWN:
            return None


def distance_keys(distance: Distance) -> dict[str, float]:
    """Return a distance with its uncertainty."""
    return {
        "distance_m": round(distance.m, 2),
        "distance_uncertainty_m": round(distance.uncertainty_m, 2),
    }


def _hold_keys(hold: Hold) -> dict[str, Any]:
    return {
        "hold_longest_s": round(hold.longest_s, 2),
        "hold_part_start_s": tuple(round(part.start_s, 2) for part in hold.parts),
        "hold_part_end_s": tuple(round(part.end_s, 2) for part in hold.parts),
        "hold_tilt_deg": round(hold.tilt_deg, 1),
        **_sway_keys(hold.sway),
    }


def _round_keys(walked: Round) -> dict[str, Any]:
    cadence_hz, length = walked.carry.cadence_hz, walked.step_length
    return {
        "cadence_hz": None if cadence_hz is None else round(cadence_hz, 2),
        "step_length_m": round(length.length_m, 3),
        "step_length_uncertainty_m": round(length.uncertainty_m, 3),
        "step_length_is": "measured" if length.is_measured else "usual",
        "arm": arm_name(walked.arm),
        **_sway_keys(walked.carry.sway),
    }


def _sway_keys(sway: Sway | None) -> dict[str, Any]:
    if sway is None:
        return {}
    return {
        "sway_rms_deg": round(sway.rms_deg, 2),
        "sway_range_deg": round(sway.range_deg, 2),
        "sway_jerk_ms3": round(sway.jerk_ms3, 2),
        "sway_sparc": None if sway.sparc is None else round(sway.sparc, 2),
    }
