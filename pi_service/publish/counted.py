"""What was counted, as keys of a message: reps, corrections, sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pi_service.publish import held
from pi_service.publish.measured import rep_keys, set_keys, side_keys
from pi_service.publish.payloads import stream_time_text
from pi_service.workout.events import RepCounted, RepsCorrected, SetEnded
from pi_service.workout.told import SetCorrected


def counted_rep_keys(event: RepCounted) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.set_payloads.RepPayload`."""
    rep = event.rep
    return {
        "exercise": event.exercise,
        "set": event.set_number,
        "rep": rep.number,
        "reps": event.count,
        "source": event.source,
        "start_s": round(rep.start_s, 3),
        "turn_s": round(rep.turn_s, 3),
        "end_s": round(rep.end_s, 3),
        "detected_at_s": round(rep.detected_at_s, 3),
        "duration_s": round(rep.end_s - rep.start_s, 3),
        "out_s": round(max(rep.turn_s - rep.moved[0], 0.0), 3),
        "back_s": round(rep.end_s - rep.turn_s, 3),
        "range_deg": round(rep.range_deg, 1),
        "range_m": None if rep.range_m is None else round(rep.range_m, 3),
        "confidence": round(rep.confidence, 3),
        **rep_keys(rep),
        **side_keys(event.sides),
    }


def reviewed_keys(event: RepsCorrected) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.set_payloads.CorrectionPayload` after a review."""
    return {
        "exercise": event.exercise,
        "set": event.set_number,
        "added": event.added,
        "withdrawn": event.withdrawn,
        "reps": event.count,
        **side_keys(event.sides),
    }


def corrected_keys(event: SetCorrected) -> dict[str, Any]:
    """Return the same keys where a person corrected a set."""
    return {
        "exercise": event.exercise,
        "set": event.set_number,
        "added": (),
        "withdrawn": (),
        "reps": event.count,
        "by": event.by,
        "reason": event.reason,
        **side_keys(event.sides),
    }


def ended_set_keys(event: SetEnded, started_at: datetime) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.set_payloads.SetPayload`; the stream began at `started_at`."""
    return {
        "exercise": event.exercise,
        "set": event.set_number,
        "final_reps": event.final_count,
        "live_reps": event.live_count,
        "rep_ids": tuple(rep.number for rep in event.reps),
        "start_ts": stream_time_text(started_at, event.start_s),
        "end_ts": stream_time_text(started_at, event.end_s),
        "start_s": round(event.start_s, 3),
        "end_s": round(event.end_s, 3),
        "duration_s": round(event.end_s - event.start_s, 3),
        **set_keys(event.reps),
        **side_keys(event.sides),
        **held.set_keys(event),
    }
