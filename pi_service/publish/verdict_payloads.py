"""What the messages of coaching say; `pi_service.publish.payloads` tells what all messages share."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from pi_service.publish.payloads import EventPayload, Name


class VerdictPayload(EventPayload):
    """A repetition was judged by the rules of its exercise, within a second after its `rep`.

    Lists whose name begins with ``rule_`` are in the order of `rules`.

    Attributes
    ----------
    exercise, set
        Id of the exercise, and number of the set within the session.
    rep
        Which repetition of the set.
    ok, cue
        Whether all that could be judged is right, and one thing to do about it: of a rep only what was
        wrong in the rep before, too.
    rules
        What was judged.
    rule_ok, rule_measured, rule_unit
        Whether it is right, its value, and the unit.
    rule_basis
        ``measured``, or ``inferred`` from a sensor elsewhere.
    rule_least, rule_most
        The bounds; None where there is none on that side.
    rule_cue
        What to do about it; None where it is right.
    unjudged, unjudged_why
        Rules that could not be applied, and the reasons.
    """

    exercise: Name
    set: PositiveInt
    rep: PositiveInt | None = None
    ok: bool
    cue: str | None
    rules: tuple[Name, ...]
    rule_ok: tuple[bool, ...]
    rule_measured: tuple[float, ...]
    rule_unit: tuple[Name, ...]
    rule_basis: tuple[Literal["measured", "inferred"], ...]
    rule_least: tuple[float | None, ...]
    rule_most: tuple[float | None, ...]
    rule_cue: tuple[str | None, ...]
    unjudged: tuple[Name, ...] = ()
    unjudged_why: tuple[str, ...] = ()


class SetVerdictPayload(VerdictPayload):
    """A set was judged, by the reps of its final count; comes right after its `set`.

    Attributes
    ----------
    rep
        Always None.
    rep_ids
        Identities of these reps in the order of time.
    rule_reps_ok, rule_reps_judged
        How many of the reps that could be judged are right.
    rule_of_reps
        The value of each rep, in the order of `rep_ids`.
    tempo
        Its four figures, such as ``2.0-0.4-1.1-0.3``: lowering, pause at the stretch, lifting, pause at the
        top.
    lowering_s, lowered_pause_s, lifting_s, lifted_pause_s
        The same as numbers, each the median of the reps.
    quality_percent
        How much of the set was right: the mean of `quality_share`, weighted with `quality_weight`.
    quality_rules, quality_share, quality_weight
        What it is made of: the share of the reps that are right by each rule.
    """

    rep_ids: tuple[PositiveInt, ...]
    rule_reps_ok: tuple[NonNegativeInt, ...]
    rule_reps_judged: tuple[NonNegativeInt, ...]
    rule_of_reps: tuple[tuple[float | None, ...], ...]
    tempo: str | None
    lowering_s: NonNegativeFloat | None
    lowered_pause_s: NonNegativeFloat | None
    lifting_s: NonNegativeFloat | None
    lifted_pause_s: NonNegativeFloat | None
    quality_percent: NonNegativeFloat | None
    quality_rules: tuple[Name, ...]
    quality_share: tuple[NonNegativeFloat, ...]
    quality_weight: tuple[NonNegativeFloat, ...]
