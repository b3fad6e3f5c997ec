"""Bending sideways: one shoulder drawn up more than the other, or one arm that gets help from the trunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pi_service.coaching.directions import smooth
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.torso import ENOUGH_SEEN, watched_from_s
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms


class SideBendRule(Rule):
    """The torso does not bend to a side; it takes a torso sensor whose placement is known."""

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._left = worn.torso_axis(1)

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how far the shoulders' line tilts, peak to peak in degrees."""
        from_s = watched_from_s(rep, before)
        if rep.torso.known_share(from_s, rep.seen_until_s) < ENOUGH_SEEN:
            return rep.no_torso
        if self._left is None or (rep.limb_slipped and self.worn.torso_counts):
            return "it needs the torso sensor's placement: run `repclip calibrate --placement torso`"
        tilt = np.clip(smooth(rep.torso.up_between(from_s, rep.seen_until_s)) @ self._left, -1.0, 1.0)
        return Reading(float(np.ptp(np.degrees(np.arcsin(tilt)))), Basis.MEASURED)
