"""What the page shows of verdicts: of the last repetition, and of a set."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload


class RuleView(BaseModel):
    """What one rule says: the value, its bounds, and how it is known."""

    model_config = ConfigDict(frozen=True)

    rule: str
    ok: bool
    measured: float
    unit: str
    basis: Literal["measured", "inferred"]
    least: float | None
    most: float | None
    cue: str | None


class VerdictView(BaseModel):
    """A verdict on a repetition, or on a set.

    Attributes
    ----------
    rep
        Which repetition; None for a set.
    cue
        One thing to do about it.
    rules
        What was judged.
    unjudged, unjudged_why
        What could not be, and the reasons.
    """

    model_config = ConfigDict(frozen=True)

    set: int
    rep: int | None
    ok: bool
    cue: str | None
    rules: tuple[RuleView, ...]
    unjudged: tuple[str, ...]
    unjudged_why: tuple[str, ...]


class SetVerdictView(VerdictView):
    """A verdict on a set, with its tempo and how much of it was right."""

    tempo: str | None
    quality_percent: float | None


def verdict_view(told: VerdictPayload) -> VerdictView:
    """Return what the page shows of a repetition's verdict."""
    return VerdictView(
        set=told.set,
        rep=told.rep,
        ok=told.ok,
        cue=told.cue,
        rules=_rules(told),
        unjudged=told.unjudged,
        unjudged_why=told.unjudged_why,
    )


def set_verdict_view(told: SetVerdictPayload) -> SetVerdictView:
    """Return what the page shows of a set's verdict."""
    return SetVerdictView(
        **verdict_view(told).model_dump(exclude={"rules"}),
        rules=_rules(told),
        tempo=told.tempo,
        quality_percent=told.quality_percent,
    )


def _rules(told: VerdictPayload) -> tuple[RuleView, ...]:
    columns = (
        told.rule_ok,
        told.rule_measured,
        told.rule_unit,
        told.rule_basis,
        told.rule_least,
        told.rule_most,
        told.rule_cue,
    )
    if any(len(column) != len(told.rules) for column in columns):
        raise ValueError("the lists of a verdict differ in length")
    return tuple(
        RuleView(rule=rule, ok=ok, measured=measured, unit=unit, basis=basis, least=least, most=most, cue=cue)
        for rule, ok, measured, unit, basis, least, most, cue in zip(told.rules, *columns, strict=True)
    )
