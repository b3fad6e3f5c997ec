"""Leaning back at the top of a dead lift: the torso passes the vertical when the weight is up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: The pose at the top is the mean over so long, from shortly before it is reached.
_BEFORE_S, _AFTER_S = 0.08, 0.24


class LeanBackRule(Rule):
    """The torso stands upright when the weight is up; it takes a torso sensor whose placement is known."""

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._spine, self._back = worn.torso_axis(0), worn.torso_axis(2)

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return the angle behind the vertical, in degrees; below 0 for a torso that still leans ahead."""
        del before
        at_s = rep.lifts_until_s
        up = rep.torso.up_between(at_s - _BEFORE_S, at_s + _AFTER_S)
        if not len(up):
            return rep.no_torso
        unknown = rep.limb_slipped and self.worn.torso_counts
        if self._spine is None or self._back is None or unknown:
            return "it needs the torso sensor's placement: run `repclip calibrate --placement torso`"
        top = up.mean(axis=0)
        # What points out of the back points down in somebody who leans back.
        return Reading(math.degrees(float(np.arctan2(-top @ self._back, top @ self._spine))), Basis.MEASURED)
