"""How far a weight goes sideways while it is lifted: a trunk that rocks swings it along."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pi_service.coaching.facts import RepFacts
from pi_service.coaching.height import lifted_m
from pi_service.coaching.recent import ACCELERATION, VERTICAL_ACCELERATION
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.motion.frames import FRAME_RATE_HZ

#: An arm that hangs takes a weight ahead before it lifts it: it is watched from this share of the lift on.
_RISES_FROM = 0.05
#: Root mean square of the acceleration (m/s2) in the rest of a movement with the least jerk over 1 m in 1 s,
#: times the square of the time that is left (s).
_OF_A_METRE = 2.73
#: Less than that of a lift shows nothing.
_FEWEST_FRAMES = 6


class SidewaysRule(Rule):
    """The hand, or the bar, goes up more than it swings.

    No torso's sensor is needed for that, nor a placement: it is the horizontal acceleration, whichever way it
    points, as that of a movement from rest to rest.
    """

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return how far it goes horizontally while it rises, in metres."""
        del before
        rows = rep.limb.between(rep.lifts_from_s, rep.lifts_until_s)
        height = lifted_m(rep)
        if height is None or np.isnan(rows).any():
            return "its samples are missing"
        rows = rows[int(np.argmax(height >= _RISES_FROM * height[-1])) :]
        if height[-1] <= 0.0 or len(rows) < _FEWEST_FRAMES:
            return "the height does not show it"
        squares = rows[:, ACCELERATION] ** 2 - rows[:, VERTICAL_ACCELERATION] ** 2
        took_s = len(rows) / FRAME_RATE_HZ
        rms_ms2 = math.sqrt(max(float(squares.mean()), 0.0))
        return Reading(rms_ms2 * took_s**2 / _OF_A_METRE, Basis.MEASURED)
