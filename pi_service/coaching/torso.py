"""How far the torso goes to and fro in a repetition: seen by a sensor on it, or inferred from the limb."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.placement_kind import PlacementKind
from pi_service.coaching.directions import smooth, spread_deg
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.inferred_torso import inferred_torso_deg
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: The torso's sensor judges where it saw so much of the repetition.
ENOUGH_SEEN = 0.8
#: A torso goes ahead of the limb: it is watched from so long before the limb leaves and until so long after
#: it is back, but not into the neighbours, nor into the life before the first repetition.
_AHEAD_S, _BEFORE_FIRST_S = 1.0, 0.2


class TorsoRule(Rule):
    """The torso keeps still: rock, lean, swing and excursion, peak to peak."""

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_wrist = worn.limb_on is PlacementKind.WRIST

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return the peak-to-peak tilt in a repetition, in degrees."""
        from_s = watched_from_s(rep, before)
        if rep.torso.known_share(from_s, rep.seen_until_s) >= ENOUGH_SEEN:
            up = rep.torso.up_between(from_s, rep.seen_until_s)
            return Reading(spread_deg(smooth(up))[0], Basis.MEASURED)
        if self.terms.inferred_bound is None or not self._on_wrist:
            return rep.no_torso
        inferred = inferred_torso_deg(rep)
        if inferred is None:
            return "there is no torso sensor, and the limb's samples are missing"
        return Reading(inferred, Basis.INFERRED)


def watched_from_s(rep: RepFacts, before: Sequence[RepFacts]) -> float:
    """Return from when on the torso is watched."""
    if not before:
        return rep.leaves_s - _BEFORE_FIRST_S
    return max(rep.leaves_s - _AHEAD_S, 0.5 * (before[-1].arrives_s + rep.leaves_s))
