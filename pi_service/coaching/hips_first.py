"""Hips first in a dead lift: the weight already moves while the torso stays down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pi_service.coaching.directions import angles_deg, smooth
from pi_service.coaching.facts import RepFacts
from pi_service.coaching.height import lifted_m
from pi_service.coaching.recent import UP
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading

#: Where it is looked at: the weight has come this share of its way.
_AT_SHARE = 1.0 / 3.0
#: The torso's pose at the beginning is the mean of so many frames.
_POSE_FRAMES = 3


class HipsFirstRule(Rule):
    """When the weight has come a third of its way, the torso has come a third of its own, less so much."""

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how far the torso is behind, in degrees; below 0 where it is ahead."""
        del before
        if self.worn.torso_counts:
            return "the counting sensor is not on the weight"
        torso = rep.torso.between(rep.lifts_from_s, rep.lifts_until_s)[:, UP]
        if not len(torso) or np.isnan(torso).any():
            return rep.no_torso
        height = lifted_m(rep)
        if height is None or height[-1] <= 0.0 or len(torso) != len(height):
            return "the height does not show it"
        at = int(np.argmax(height >= _AT_SHARE * height[-1]))
        opened = angles_deg(smooth(torso), torso[:_POSE_FRAMES].mean(axis=0))
        # Each smooth direction is that of the middle of five frames.
        there = float(opened[min(max(at - 2, 0), len(opened) - 1)])
        return Reading(_AT_SHARE * float(opened[-1]) - there, Basis.MEASURED)
