"""From a counted repetition to what it is judged by."""

from __future__ import annotations

from dataclasses import replace

from pi_service.coaching.facts import RepFacts
from pi_service.coaching.height import risen_m
from pi_service.coaching.recent import Recent
from pi_service.workout.events import Rep

#: So much is looked at before a repetition leaves its start pose.
BEFORE_S = 1.2
#: A torso that rises by so much is lifted; one that leans as far as it may rises or sinks by a third of that.
_LIFTED_TORSO_M = 0.2


def facts_of(
    rep: Rep,
    limb: Recent,
    torso: Recent,
    *,
    torso_until_s: float,
    slipped: bool = False,
    by_torso: bool = False,
) -> RepFacts:
    """Return what is known of a repetition.

    Parameters
    ----------
    rep
        The repetition.
    limb, torso
        What the sensors saw.
    torso_until_s
        No later frame of the torso's sensor is used: whether it is known depends on how blocks alternate.
    slipped
        Whether the counting sensor has turned on the limb.
    by_torso
        Whether a torso that clearly rises or sinks says which way lifts: it is lifted in a pull-up, which
        moves the wrist by so little that it may have been counted from its turning point.
    """
    if rep.out_lifts is not None and by_torso and (rises := _torso_rises(rep, torso)) is not None:
        rep = replace(rep, out_lifts=rises)
    measures, velocity = rep.measures, rep.lifting_velocity
    leaves_s, arrives_s = rep.moved
    from_s, until_s = leaves_s - BEFORE_S, arrives_s + 0.04
    seen_until_s = min(until_s, torso_until_s)
    return RepFacts(
        leaves_s=leaves_s,
        reaches_s=rep.turn_s if measures is None else measures.reaches_s,
        returns_s=rep.turn_s if measures is None else measures.returns_s,
        arrives_s=arrives_s,
        out_lifts=rep.out_lifts,
        lifting_s=rep.lifting_s,
        lowering_s=rep.lowering_s,
        top_pause_s=rep.lifted_pause_s,
        stretch_pause_s=rep.lowered_pause_s,
        range_deg=None if measures is None else rep.range_deg,
        range_m=None if measures is None else rep.range_m,
        lifting_mps=None if velocity is None else abs(velocity.mean_mps),
        limb=limb.seen(from_s, until_s),
        torso=torso.seen(from_s, seen_until_s),
        seen_until_s=seen_until_s,
        limb_slipped=slipped,
    )


def _torso_rises(rep: Rep, torso: Recent) -> bool | None:
    """Whether the torso rises on the way out; None where it does neither that nor sink, or is not seen."""
    if rep.measures is None:
        return None
    begin_s, end_s = rep.measures.leaves_s, rep.measures.reaches_s
    height_m = risen_m(torso.seen(begin_s, end_s), begin_s, end_s)
    return None if height_m is None or abs(height_m[-1]) < _LIFTED_TORSO_M else bool(height_m[-1] > 0.0)
