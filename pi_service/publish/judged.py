"""What was judged, as keys of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pi_service.coaching.verdict import Unjudged, Verdict
from pi_service.coaching.words import first_cue
from pi_service.workout.events import SetJudged


def verdict_keys(
    verdicts: Sequence[Verdict], unjudged: Sequence[Unjudged], cue: Verdict | None
) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.verdict_payloads.VerdictPayload` that tell of verdicts."""
    return {
        "ok": all(each.ok for each in verdicts),
        "cue": None if cue is None else cue.cue,
        "rules": tuple(each.rule.value for each in verdicts),
        "rule_ok": tuple(each.ok for each in verdicts),
        "rule_measured": tuple(each.measured for each in verdicts),
        "rule_unit": tuple(each.unit for each in verdicts),
        "rule_basis": tuple(each.basis.value for each in verdicts),
        "rule_least": tuple(each.bound.least for each in verdicts),
        "rule_most": tuple(each.bound.most for each in verdicts),
        "rule_cue": tuple(each.cue for each in verdicts),
        "unjudged": tuple(each.rule.value for each in unjudged),
        "unjudged_why": tuple(each.reason for each in unjudged),
    }


def set_verdict_keys(event: SetJudged) -> dict[str, Any]:
    """Return the keys of `pi_service.publish.verdict_payloads.SetVerdictPayload`."""
    told = event.judgement
    tempo, quality, verdicts = told.tempo, told.quality, [each.verdict for each in told.verdicts]
    return {
        **verdict_keys(verdicts, told.unjudged, first_cue(verdicts)),
        "rep_ids": event.numbers,
        "rule_reps_ok": tuple(each.reps_ok for each in told.verdicts),
        "rule_reps_judged": tuple(each.reps_judged for each in told.verdicts),
        "rule_of_reps": tuple(each.of_reps for each in told.verdicts),
        "tempo": None if tempo is None else str(tempo),
        "lowering_s": None if tempo is None else tempo.lowering_s,
        "lowered_pause_s": None if tempo is None else tempo.stretch_pause_s,
        "lifting_s": None if tempo is None else tempo.lifting_s,
        "lifted_pause_s": None if tempo is None else tempo.top_pause_s,
        "quality_percent": None if quality is None else quality.percent,
        "quality_rules": () if quality is None else tuple(part.rule.value for part in quality.parts),
        "quality_share": () if quality is None else tuple(part.share for part in quality.parts),
        "quality_weight": () if quality is None else tuple(part.weight for part in quality.parts),
    }
