"""From the facts of a set to what it was: pure functions, whatever the order in which the facts came."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pi_service.history.facts import SetId, What
from pi_service.history.rep_rows import rep_rows
from pi_service.history.rows import CorrectedName, RepRow, SetSummary
from pi_service.history.velocity import velocity_loss_percent
from pi_service.publish.payloads import utc_text

#: Facts of one set by kind and repetition: the keys of their messages.
Facts = Mapping[tuple[What, int], Mapping[str, Any]]

_OF_THE_SET: Final = (
    "worn_side",
    "other_side_reps",
    "total_reps",
    "held_s",
    "hold_breaks",
    "steps",
    "distance_m",
    "distance_uncertainty_m",
)
_ASKED: Final = ("set_place", "asked_least", "asked_most", "asked_unit", "target")
_MEDIANS: Final = ("range_m", "range_deg", "lifting_s", "lifted_pause_s", "lowering_s", "lowered_pause_s")
_MOST_CUES: Final = 10
#: What tells of a set while it goes on.
_GOES_ON: Final = (What.REP, What.HELD, What.HELD_FIRST)
#: What a message may say is longer, and earlier.
_LONGEST_S: Final = 1e6
_FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)


def summarise(set_id: SetId, facts: Facts) -> SetSummary | None:
    """Return what a set was; None where too little is known of it to say that there was one.

    A verdict or a prescription alone makes no set: it needs a repetition, something that was held or carried,
    or the set itself.
    """
    finished = facts.get((What.SET, 0)) or facts.get((What.SET_AS_SAID, 0))
    reps = rep_rows(facts)
    told = [keys for (what, _), keys in facts.items() if what in _GOES_ON]
    if finished is None and not told:
        return None
    shared = finished or max(told, key=lambda keys: (keys["ts"], keys.get("rep", 0), _amount(keys)))
    kept = [rep for rep in reps if not rep.withdrawn]
    asked = facts.get((What.ASKED, 0), {})
    verdict = facts.get((What.SET_VERDICT, 0), {})
    start, end = _span(finished, told)
    return SetSummary.model_validate(
        {
            **set_id._asdict(),
            "start_ts": utc_text(start),
            "end_ts": utc_text(end),
            "duration_s": finished["duration_s"] if finished else round((end - start).total_seconds(), 3),
            "finished": finished is not None,
            "exercise": shared["exercise"],
            "kind": _kind(shared),
            "athlete": shared.get("athlete"),
            "simulated": bool(shared.get("simulated")),
            **_counts(facts, finished, kept),
            **{key: shared.get(key) for key in _OF_THE_SET},
            **{key: asked.get(key) for key in _ASKED},
            "tempo": verdict.get("tempo"),
            "quality_percent": verdict.get("quality_percent"),
            "cues": tuple(dict.fromkeys(filter(None, verdict.get("rule_cue", ()))))[:_MOST_CUES],
            **_measures(kept),
        }
    )


def _counts(facts: Facts, finished: Mapping[str, Any] | None, kept: Sequence[RepRow]) -> dict[str, Any]:
    """Return the counts of a set, and who changed them."""
    said, review = facts.get((What.SAID, 0)), facts.get((What.REVIEW, 0))
    live = sum(keys.get("source") == "live" for (what, _), keys in facts.items() if what is What.REP)
    reps = len(kept) if finished is None else finished["final_reps"]
    live_reps = live if finished is None else finished["live_reps"]
    corrected: CorrectedName | None = None
    if said is not None:
        reps, corrected = said["reps"], said.get("reason") or "corrected"
    elif review is not None or (finished is not None and reps != live_reps):
        corrected = "review"
    return {"reps": reps, "live_reps": live_reps, "corrected": corrected}


def _span(finished: Mapping[str, Any] | None, told: Sequence[Mapping[str, Any]]) -> tuple[datetime, datetime]:
    if finished is not None:
        return datetime.fromisoformat(finished["start_ts"]), datetime.fromisoformat(finished["end_ts"])
    moments = [datetime.fromisoformat(keys["ts"]) for keys in told]
    # The first that is told of a hold is how long it was held until then.
    begun = [
        moment - timedelta(seconds=min(keys.get("held_s") or 0.0, _LONGEST_S))
        for moment, keys in zip(moments, told, strict=True)
    ]
    return max(min(begun), _FIRST_MOMENT), max(moments)


def _amount(keys: Mapping[str, Any]) -> float:
    amount: float = keys.get("held_s") or keys.get("distance_m") or 0.0
    return amount


def _kind(keys: Mapping[str, Any]) -> str:
    if keys.get("held_s") is not None:
        return "hold"
    return "carry" if keys.get("distance_m") is not None else "reps"


def _measures(kept: Sequence[RepRow]) -> dict[str, Any]:
    """Return what was measured of the repetitions that count."""
    velocities_mps = [rep.velocity_mps for rep in kept]
    return {
        "best_velocity_mps": max((each for each in velocities_mps if each is not None), default=None),
        "velocity_loss_percent": velocity_loss_percent(velocities_mps),
        **{key: _median([getattr(rep, key) for rep in kept]) for key in _MEDIANS},
    }


def _median(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return round(statistics.median(known), 3) if known else None
