"""What should not shrink over a set: the range, and the speed of the lifting."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.height import lifted_m
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: What is compared with: the median of so many repetitions at the beginning of the set.
FIRST_REPS = 3
_TOO_FEW = "it takes more than three reps that were seen whole"


class RangeKeptRule(Rule):
    """A repetition goes as far as the first ones of its set.

    The travel tells that better than the angle: half of the way is not half of the angle. On a bar, which
    rolls in the hands, the angle tells nothing.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_bar = worn.limb_on is PlacementKind.BAR

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return its range as a share of theirs."""
        whole = [each for each in before if each.range_deg is not None][:FIRST_REPS]
        if len(whole) < FIRST_REPS:
            return _TOO_FEW
        share = range_share(rep, whole, on_bar=self._on_bar)
        return "the height does not show it" if share is None else Reading(share, Basis.MEASURED)

    def of_set(self, readings: Sequence[Reading | None]) -> float:
        """Return what is left in the last third of the set."""
        return _at_the_end(readings)


class SpeedKeptRule(Rule):
    """The lifting is as fast as in the first repetitions of the set: velocity loss, the other way round."""

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return its mean lifting velocity as a share of theirs."""
        first = [each.lifting_mps for each in before if each.lifting_mps is not None][:FIRST_REPS]
        if len(first) < FIRST_REPS:
            return "it takes more than three reps of which the height shows the velocity"
        share = _share(rep.lifting_mps, first)
        return "the height does not show it" if share is None else Reading(share, Basis.MEASURED)

    def of_set(self, readings: Sequence[Reading | None]) -> float:
        """Return what is left in the last third of the set."""
        return _at_the_end(readings)


def range_share(rep: RepFacts, others: Sequence[RepFacts], *, on_bar: bool) -> float | None:
    """Return the range of a repetition as a share of the median of others; None where that is not known."""
    share = _share(rep.range_m, [each.range_m for each in others])
    if share is None and all(each.range_m is not None for each in others):
        # A travel that is too short to be told by itself is still a share of the others.
        return _share(_travel_m(rep), [_travel_m(each) for each in others])
    if share is None and not on_bar:
        return _share(rep.range_deg, [each.range_deg for each in others])
    return share


def _travel_m(rep: RepFacts) -> float | None:
    height = lifted_m(rep)
    return None if height is None else float(np.ptp(height))


def _share(now: float | None, first: Sequence[float | None]) -> float | None:
    known = [each for each in first if each is not None]
    if now is None or 2 * len(known) < len(first) or median(known) <= 0.0:
        return None
    return now / median(known)


def _at_the_end(readings: Sequence[Reading | None]) -> float:
    known = [each.value for each in readings if each is not None]
    return median(known[-max(len(readings) // 3, 1) :])
