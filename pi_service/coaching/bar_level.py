"""The level of a bar: one end higher than the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.placement_kind import PlacementKind
from pi_service.coaching.directions import smooth
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

_POSE_S = 0.2


class BarLevelRule(Rule):
    """The bar stays as level as it was at the start of the repetition.

    A bar rolls in the hands, which is no fault: only with a known placement can that be told from a bar
    that tips.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_bar = worn.limb_on is PlacementKind.BAR
        self._axis = worn.limb_axis(0)

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how far the bar tips, in degrees, whichever end goes up."""
        del before
        if not self._on_bar:
            return "the sensor is not on the bar"
        if self._axis is None or rep.limb_slipped:
            return "it needs the sensor's placement on the bar: run `repclip calibrate --placement bar`"
        home = rep.limb.up_between(rep.leaves_s - _POSE_S, rep.leaves_s + 0.04)
        up = rep.limb.up_between(rep.leaves_s, rep.arrives_s)
        if not len(home) or not len(up):
            return "its samples are missing"
        level = np.degrees(np.arcsin(np.clip(smooth(up) @ self._axis, -1.0, 1.0)))
        at_home = np.degrees(np.arcsin(np.clip(float(home.mean(axis=0) @ self._axis), -1.0, 1.0)))
        return Reading(float(np.abs(level - at_home).max()), Basis.MEASURED)
