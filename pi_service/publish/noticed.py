"""What is to be known of the sensors, as keys of a message: gaps and notices."""

from __future__ import annotations

from typing import Any

from pi_service.workout.events import PlacementChanged, SamplesLost
from pi_service.workout.notices import Notice, sentence
from pi_service.workout.zeros import ZeroLearned


def gap_keys(event: SamplesLost) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.payloads.GapPayload`."""
    return {
        "sensor": event.sensor.value,
        "start_s": round(event.start_s, 3),
        "end_s": round(event.end_s, 3),
        "duration_s": round(event.end_s - event.start_s, 3),
    }


def notice_keys(event: Notice) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.payloads.NoticePayload`."""
    keys: dict[str, Any] = {"sensor": event.sensor.value, "text": sentence(event)}
    if isinstance(event, PlacementChanged):
        return {
            **keys,
            "what": "placement_changed",
            "angle_deg": round(event.angle_deg, 1),
            "start_s": round(event.start_s, 3),
            "end_s": round(event.end_s, 3),
        }
    if isinstance(event, ZeroLearned):
        what = "zero_not_learned" if event.change_dps is None else "zero_learned"
        return {**keys, "what": what, "rate_dps": event.change_dps}
    what = "zero_too_far" if event.at_rest else "zero_unknown"
    return {**keys, "what": what, "rate_dps": round(event.rate_dps, 1)}
