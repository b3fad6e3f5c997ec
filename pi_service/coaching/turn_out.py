"""The turn-out at the end of a face pull: the forearms rotate open, the hands come up and back."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.placement_kind import PlacementKind
from pi_service.coaching.directions import angle_deg
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: While the elbows are drawn back the forearm keeps to the line of the rope: until half-way at any rate.
_OPENS_FROM = 0.5
#: Poses are means over so long.
_POSE_S = 0.16


class TurnOutRule(Rule):
    """The forearm has turned open by so much when the pull ends.

    The upper arm is out to the side by then, so that a forearm that turns open rises: gravity shows it,
    however the sensor sits. What it has turned since the beginning is taken, or since half-way if that is
    more.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_wrist = worn.limb_on is PlacementKind.WRIST

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how far the forearm turned against the vertical, in degrees."""
        del before
        if not self._on_wrist:
            return "the sensor is not on the forearm"
        begin_s, end_s = rep.lifts_from_s, rep.lifts_until_s
        opens_s = begin_s + _OPENS_FROM * (end_s - begin_s)
        home = rep.limb.up_between(begin_s - _POSE_S, begin_s + 0.04)
        opening = rep.limb.up_between(opens_s - _POSE_S / 2, opens_s + _POSE_S / 2)
        end = rep.limb.up_between(end_s - 0.04, end_s + _POSE_S)
        if not len(home) or not len(opening) or not len(end):
            return "its samples are missing"
        turned = max(angle_deg(end.mean(axis=0), each.mean(axis=0)) for each in (home, opening))
        return Reading(turned, Basis.MEASURED)
