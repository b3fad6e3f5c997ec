"""Verdicts in words, for people."""

from __future__ import annotations

from collections.abc import Sequence

from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.quality import Quality
from pi_service.coaching.rule import NO_REPS
from pi_service.coaching.verdict import SetVerdict, Unjudged, Verdict
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

_MOST_DIGITS = 3


def first_cue(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the verdict to speak of: one cue at a time, what was measured before what was inferred."""
    wrong = [each for each in verdicts if not each.ok]
    return min(wrong, key=lambda each: each.basis.value != "measured", default=None)


def verdict_words(verdict: Verdict) -> str:
    """Return the cue, if there is one, and what it goes by."""
    told = f"{_number(verdict)}, {bound_words(verdict.bound, verdict.unit)}"
    told = f"{verdict.rule.value.replace('_', ' ')} {told}; {verdict.basis.value}"
    return f"({told})" if verdict.cue is None else f"{verdict.cue} ({told})"


def bound_words(bound: Bound, unit: str) -> str:
    """Return a bound in words."""
    ends = (("at least", bound.least), ("at most", bound.most))
    return " and ".join(f"{word} {_bound(value, unit)}" for word, value in ends if value is not None)


def judgement_lines(judgement: SetJudgement) -> list[str]:
    """Return what is said of a set: tempo and quality in a line, a line for each cue, what was not judged.

    Of a set without reps nothing is said: that there are none is all there is to say.
    """
    head = []
    if judgement.tempo is not None:
        head.append(f"tempo {judgement.tempo}")
    if judgement.quality is not None:
        head.append(_quality_words(judgement.quality, partly=bool(judgement.unjudged)))
    lines = ["; ".join(head)] if head else []
    return (
        lines
        + [
            f"{verdict_words(each.verdict)}{_reps_right(each)}"
            for each in judgement.verdicts
            if not each.verdict.ok
        ]
        + unjudged_lines([each for each in judgement.unjudged if each.reason != NO_REPS])
    )


def _quality_words(quality: Quality, *, partly: bool) -> str:
    # "100 % right" would be read as nothing wrong at all.
    whole = str(quality)
    return whole.replace(" right", " right of what could be judged", 1) if partly else whole


def unjudged_lines(unjudged: Sequence[Unjudged]) -> list[str]:
    """Return what could not be judged, in a line for each reason."""
    rules: dict[str, list[str]] = {}
    for each in unjudged:
        rules.setdefault(each.reason, []).append(each.rule.value.replace("_", " "))
    return [f"not judged: {', '.join(names)}: {reason}" for reason, names in rules.items()]


def _reps_right(judged: SetVerdict) -> str:
    return f"; {judged.reps_ok} of {judged.reps_judged} reps right" if judged.reps_judged else ""


def _bound(value: float, unit: str) -> str:
    return f"{value * 100:g} %" if unit == "share" else f"{value:g}{_UNITS[unit]}"


def _number(verdict: Verdict) -> str:
    """Return the value, with as many digits as it takes to be seen on the wrong side of a missed bound."""
    value, unit = verdict.measured, verdict.unit
    scale = 100.0 if unit == "share" else 1.0
    whole = unit in ("breaks", "share") or (unit == "deg" and abs(value) >= 10)
    digits = 0 if whole else 1
    while not verdict.ok and digits < _MOST_DIGITS:
        if not verdict.bound.holds(round(value * scale, digits) / scale):
            break
        digits += 1
    return f"{value * scale:.{digits}f}{' %' if unit == 'share' else _UNITS[unit]}"
