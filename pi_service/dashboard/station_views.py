"""What the messages of a station come to on the page: small functions from payloads to views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pi_service.dashboard.exercise_facts import ExerciseFacts, facts_of
from pi_service.dashboard.now_views import PlanView, RestView, SteadinessView, SteadyRepView
from pi_service.dashboard.verdict_views import VerdictView
from pi_service.dashboard.views import RepView, UnitName, WayName
from pi_service.history.velocity import lifting_mean
from pi_service.publish.payloads import StatePayload, utc_text
from pi_service.publish.set_payloads import RepPayload, SetPayload

#: Keys of `state` and `set` that say what a set came to, beside its reps.
_DONE: Final = (
    "held_s",
    "hold_breaks",
    "steps",
    "distance_m",
    "distance_uncertainty_m",
    "worn_side",
    "other_side_reps",
    "other_side_uncertain",
    "total_reps",
)
#: Rules that say how steady somebody is, the most telling first.
_STEADY_RULES: Final = ("torso", "sway", "lean_back", "side_bend", "hips_first", "sway_range")
_UNITS: Final[dict[str, UnitName]] = {"hold": "s", "carry": "m"}


def done_keys(told: StatePayload | SetPayload | None, facts: ExerciseFacts) -> dict[str, Any]:
    """Return what a set came to, as the keys of `DoneView`."""
    keys = {key: getattr(told, key) if told else None for key in _DONE}
    kind = facts.kind
    # An exercise without a file here is known by what is said of it.
    if keys["held_s"] is not None:
        kind = "hold"
    elif keys["distance_m"] is not None:
        kind = "carry"
    return {"kind": kind, **keys}


def nothing_done() -> dict[str, None]:
    """Return the keys of what was done, with nothing in them."""
    return dict.fromkeys(_DONE)


def asked_keys(state: StatePayload | None, facts: ExerciseFacts, kind: str) -> dict[str, Any]:
    """Return what is asked for of a set: by the station's plan, else by the exercise's file."""
    least, most = facts.asked_least, facts.asked_most
    if state is not None and state.asked_least is not None:
        least, most = state.asked_least, state.asked_most
    unit = state.asked_unit if state else None
    return {
        "asked_least": least,
        "asked_most": most,
        "asked_unit": unit or _UNITS.get(kind, "reps"),
        "target": state.target if state else None,
        "set_place": state.set_place if state else None,
        "sets_least": state.sets_least if state else None,
        "sets_most": state.sets_most if state else None,
    }


def rest_view(state: StatePayload | None) -> RestView:
    """Return the rest that goes on, if one does."""
    if state is None or state.rest_s is None:
        return RestView(running=False, s=None, least_s=None, most_s=None, since_ts=None)
    since = datetime.fromisoformat(state.ts) - timedelta(seconds=min(state.rest_s, 1e6))
    return RestView(
        running=True,
        s=state.rest_s,
        least_s=state.rest_least_s,
        most_s=state.rest_most_s,
        since_ts=utc_text(since),
    )


def plan_view(state: StatePayload | None) -> PlanView | None:
    """Return the plan that is followed, if one is."""
    if state is None or state.plan is None:
        return None
    following = state.next_exercise
    return PlanView(
        name=state.plan,
        step=state.plan_step,
        steps=state.plan_steps,
        next_exercise=following,
        next_exercise_name=facts_of(following).name if following else None,
    )


def steadiness_view(
    verdict: VerdictView | None, reps: Sequence[VerdictView] = (), now_deg: float | None = None
) -> SteadinessView | None:
    """Return what the verdicts on the last reps say of the torso, or of the pose of a hold.

    Parameters
    ----------
    verdict
        On the last rep.
    reps
        On the last few.
    now_deg
        How far the torso is from its start pose now, where a sensor shows it.
    """
    rules = {each.rule: each for each in verdict.rules if each.unit == "deg"} if verdict else {}
    found = next((rules[name] for name in _STEADY_RULES if name in rules), None)
    if found is None:
        return None
    return SteadinessView(
        rule=found.rule,
        now_deg=now_deg if found.basis == "measured" else None,
        last_deg=found.measured,
        bound_deg=found.most,
        ok=found.ok,
        basis=found.basis,
        per_rep=tuple(_steady_reps(found.rule, reps)),
    )


def _steady_reps(name: str, reps: Sequence[VerdictView]) -> Iterator[SteadyRepView]:
    for verdict in reps:
        for rule in verdict.rules:
            if rule.rule == name and verdict.rep is not None:
                yield SteadyRepView(rep=verdict.rep, deg=rule.measured, ok=rule.ok)


def rep_view(rep: RepPayload) -> RepView:
    """Return what the page shows of a repetition."""
    keys = rep.model_dump(include=set(RepView.model_fields))
    return RepView.model_validate(
        {**keys, "velocity_mps": lifting_mean(rep.out_is, rep.out_mean_mps, rep.back_mean_mps)}
    )


def way_out(reps: Sequence[RepView], facts: ExerciseFacts) -> WayName | None:
    """Return what the way out is: as it was in the last rep, or as the exercise's file says."""
    return reps[-1].out_is if reps else facts.out_is


def wall_keys(state: StatePayload | None) -> dict[str, Any]:
    """Return what a card says that is in the state as it is."""
    return {
        "athlete": state.athlete if state else None,
        "simulated": state.simulated if state else False,
        "phase": state.phase if state else "still",
        "count": state.count if state else "live",
        "rest_s": state.rest_s if state else None,
        "rest_least_s": state.rest_least_s if state else None,
    }
