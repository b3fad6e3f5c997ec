"""Verdicts in words, for people."""

from __future__ import annotations

from collections.abc import Sequence

from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.verdict import SetVerdict, Verdict
from pi_service.exercises import Bound

_UNITS = {
    "deg": " deg",
    "s": " s",
    "share": "",
    "times": " times",
    "breaks": "",
    "m": " m",
    "steps/s": " steps a second",
    "m/s3": " m/s3",
}


def first_cue(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the verdict to speak of: one cue at a time, what was measured before what was inferred."""
    wrong = [each for each in verdicts if not each.ok]
    return min(wrong, key=lambda each: each.basis.value != "measured", default=None)


def verdict_words(verdict: Verdict) -> str:
    """Return the cue, if there is one, and what it goes by."""
    told = f"{_number(verdict.measured, verdict.unit)}, {bound_words(verdict.bound, verdict.unit)}"
    told = f"{verdict.rule.value.replace('_', ' ')} {told}; {verdict.basis.value}"
    return f"({told})" if verdict.cue is None else f"{verdict.cue} ({told})"


def bound_words(bound: Bound, unit: str) -> str:
    """Return a bound in words."""
    ends = (("at least", bound.least), ("at most", bound.most))
    return " and ".join(f"{word} {_bound(value, unit)}" for word, value in ends if value is not None)


def judgement_lines(judgement: SetJudgement) -> list[str]:
    """Return what is said of a set: tempo and quality in a line, then a line for each cue."""
    head = []
    if judgement.tempo is not None:
        head.append(f"tempo {judgement.tempo}")
    if judgement.quality is not None:
        head.append(str(judgement.quality))
    lines = ["; ".join(head)] if head else []
    return lines + [
        f"{verdict_words(each.verdict)}{_reps_right(each)}"
        for each in judgement.verdicts
        if not each.verdict.ok
    ]


def _reps_right(judged: SetVerdict) -> str:
    return f"; {judged.reps_ok} of {judged.reps_judged} reps right" if judged.reps_judged else ""


def _bound(value: float, unit: str) -> str:
    return f"{value * 100:g} %" if unit == "share" else f"{value:g}{_UNITS[unit]}"


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value * 100:.0f} %"
    whole = unit == "breaks" or (unit == "deg" and abs(value) >= 10)
    return f"{value:.{0 if whole else 1}f}{_UNITS[unit]}"
