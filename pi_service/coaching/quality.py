"""The quality of a set: how much of it was right, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pi_service.coaching.verdict import Basis, SetVerdict
from pi_service.exercises import RuleName

#: What is only inferred weighs half.
_INFERRED_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule adds.

    Attributes
    ----------
    rule
        Which.
    share
        The share of the repetitions that are right, 0 to 1; of a hold or a round 1 or 0.
    weight
        1 for what was measured, half for what was inferred.
    """

    rule: RuleName
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Quality:
    """The mean of the parts' shares by their weights, in per cent, and what it is made of."""

    percent: float
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        told = ", ".join(f"{part.rule.value} {part.share * 100:.0f} %" for part in self.parts)
        return f"{self.percent:.0f} % right ({told})"


def quality_of(verdicts: Sequence[SetVerdict]) -> Quality | None:
    """Return the quality of a set; None where nothing could be judged."""
    parts = tuple(
        Part(
            each.verdict.rule,
            round(each.reps_ok / each.reps_judged, 3) if each.reps_judged else float(each.verdict.ok),
            1.0 if each.verdict.basis is Basis.MEASURED else _INFERRED_WEIGHT,
        )
        for each in verdicts
    )
    if not parts:
        return None
    weights = sum(part.weight for part in parts)
    return Quality(round(100.0 * sum(part.share * part.weight for part in parts) / weights, 1), parts)
