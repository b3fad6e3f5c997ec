"""Tempo: how long lowering, lifting and the two pauses take, and the four figures that lifters write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleName, RuleTerms

_UNNAMED = "nobody says which way of it lifts"
_FIRST = "the pause before the first rep of a set is none"
_PAUSE = "how long it rested since the rep before is not known"


class TempoRule(Rule):
    """One of the four figures."""

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._figure = _FIGURES[terms.name]

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how long it took, in seconds."""
        value = self._figure(rep)
        if value is not None:
            return Reading(value, Basis.MEASURED)
        if rep.out_lifts is None:
            return _UNNAMED
        return _PAUSE if before else _FIRST


class LoweringRatioRule(Rule):
    """Lowering is no quicker than lifting."""

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return lowering time over lifting time."""
        del before
        if rep.lowering_s is None or rep.lifting_s is None:
            return _UNNAMED
        return Reading(rep.lowering_s / max(rep.lifting_s, 0.05), Basis.MEASURED)


_FIGURES: dict[RuleName, Callable[[RepFacts], float | None]] = {
    RuleName.LOWERING: lambda rep: rep.lowering_s,
    RuleName.LIFTING: lambda rep: rep.lifting_s,
    RuleName.TOP_PAUSE: lambda rep: rep.top_pause_s,
    RuleName.STRETCH_PAUSE: lambda rep: rep.stretch_pause_s,
}


@dataclass(frozen=True, slots=True)
class Tempo:
    """The four figures of a set, each the median of its repetitions (s); None where it is not known."""

    lowering_s: float | None
    stretch_pause_s: float | None
    lifting_s: float | None
    top_pause_s: float | None

    def __str__(self) -> str:
        figures = (self.lowering_s, self.stretch_pause_s, self.lifting_s, self.top_pause_s)
        return "-".join("?" if each is None else f"{each:.1f}" for each in figures)


def tempo_of(reps: Sequence[RepFacts]) -> Tempo | None:
    """Return the tempo of a set; None where nobody says which way lifts, or no repetition was seen whole."""
    figures = [
        _median([figure(rep) for rep in reps])
        for figure in (
            _FIGURES[name]
            for name in (RuleName.LOWERING, RuleName.STRETCH_PAUSE, RuleName.LIFTING, RuleName.TOP_PAUSE)
        )
    ]
    return Tempo(*figures) if figures[0] is not None and figures[2] is not None else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 2) if known else None
