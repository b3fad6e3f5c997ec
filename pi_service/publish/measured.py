"""What was measured of a repetition, as keys of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calibration.placement_kind import Side
from pi_service.reps.found import Velocity
from pi_service.workout.events import Rep
from pi_service.workout.sides import SideCount


def rep_keys(rep: Rep) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.payloads.RepPayload` that tell of a repetition's measures."""
    measures = rep.measures
    if measures is None:
        return {}
    return {
        "range_deg_uncertainty": measures.range_deg_uncertainty,
        "range_m_uncertainty": measures.range_m_uncertainty,
        "out_moving_s": rounded(measures.out_s),
        "turn_pause_s": rounded(measures.turn_pause_s),
        "back_moving_s": rounded(measures.back_s),
        "home_pause_s": rounded(measures.home_pause_s),
        "back_is_over": measures.back_is_over,
        "out_is": out_is(rep),
        "lifting_s": rounded(rep.lifting_s),
        "lowering_s": rounded(rep.lowering_s),
        "lifted_pause_s": rounded(rep.lifted_pause_s),
        "lowered_pause_s": rounded(rep.lowered_pause_s),
        **_velocity_keys("out", measures.out),
        **_velocity_keys("back", measures.back),
    }


def set_keys(reps: Sequence[Rep]) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.payloads.SetPayload` that list what was measured of its reps."""
    measured = [rep.measures for rep in reps]
    ways = {out_is(rep) for rep in reps}
    return {
        "rep_out_moving_s": tuple(each and rounded(each.out_s) for each in measured),
        "rep_turn_pause_s": tuple(each and rounded(each.turn_pause_s) for each in measured),
        "rep_back_moving_s": tuple(each and rounded(each.back_s) for each in measured),
        "rep_home_pause_s": tuple(each and rounded(each.home_pause_s) for each in measured),
        "rep_range_deg": tuple(rep.range_deg for rep in reps),
        "rep_range_m": tuple(rep.range_m for rep in reps),
        "out_is": ways.pop() if len(ways) == 1 else None,
    }


def side_keys(sides: SideCount | None) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.payloads.SidesPayload`; none where sides do not alternate."""
    if sides is None:
        return {}
    return {
        "worn_side": None if sides.worn is Side.UNKNOWN else sides.worn.value,
        "worn_side_reps": sides.counted,
        "other_side_reps": sides.inferred,
        "other_side_uncertain": sides.uncertain,
        "total_reps": sides.total,
    }


def out_is(rep: Rep) -> str | None:
    """Return what the way out does; None where that is not known."""
    return None if rep.out_lifts is None else "lifting" if rep.out_lifts else "lowering"


def rounded(seconds: float | None) -> float | None:
    """Return a time to the millisecond."""
    return None if seconds is None else round(seconds, 3)


def _velocity_keys(way: str, velocity: Velocity | None) -> dict[str, float]:
    if velocity is None:
        return {}
    return {
        f"{way}_mean_mps": velocity.mean_mps,
        f"{way}_peak_mps": velocity.peak_mps,
        f"{way}_mean_uncertainty_mps": velocity.mean_uncertainty_mps,
        f"{way}_peak_uncertainty_mps": velocity.peak_uncertainty_mps,
    }
