"""Going past the point at which the repetitions of a set usually turn."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.kept import range_share
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: What is usual is known after so many repetitions.
_FEWEST = 3


class OvershootRule(Rule):
    """A repetition does not go farther than those of its set usually do: it stops where they stop."""

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_bar = worn.limb_on is PlacementKind.BAR

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return its range as a share of the median of those before it."""
        whole = [each for each in before if each.range_deg is not None]
        if len(whole) < _FEWEST:
            return "it takes more than three reps that were seen whole"
        share = range_share(rep, whole, on_bar=self._on_bar)
        return "the height does not show it" if share is None else Reading(share, Basis.MEASURED)

    def of_set(self, readings: Sequence[Reading | None]) -> float:
        """Return the second largest: once may be a slip, or a repetition that was cut wrongly."""
        known = sorted(each.value for each in readings if each is not None)
        return known[-2] if len(known) > 1 else median(known)
