"""The line of the forearm: how far off the vertical it gets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.imu import FloatArray
from calibration.placement_kind import PlacementKind
from pi_service.coaching.directions import angles_deg, smooth
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms

#: The pose at the beginning of a repetition is the mean over so long.
_POSE_S = 0.2
#: Where the forearm starts is seen in the first repetitions of the set.
_FIRST_REPS = 3


class ForearmRule(Rule):
    """The forearm stays near the vertical for the whole repetition.

    Where the sensor's placement on the forearm is known, that is measured. Where it is not, the forearm is
    taken to start upright in the first repetitions of the set: what is judged then is how far it goes from
    there.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._on_wrist = worn.limb_on is PlacementKind.WRIST
        self._axis = worn.limb_axis(0)

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return the largest angle, in degrees."""
        if not self._on_wrist:
            return "the sensor is not on the forearm"
        up = rep.limb.up_between(rep.leaves_s, rep.arrives_s)
        if not len(up):
            return "its samples are missing"
        if self._axis is not None and not rep.limb_slipped:
            angles = angles_deg(smooth(up), self._axis)
            return Reading(float(np.minimum(angles, 180.0 - angles).max()), Basis.MEASURED)
        axis = _upright((*before[:_FIRST_REPS], rep)[:_FIRST_REPS])
        if axis is None:
            return "its samples are missing"
        return Reading(float(angles_deg(smooth(up), axis).max()), Basis.INFERRED)


def _upright(reps: Sequence[RepFacts]) -> FloatArray | None:
    """Return the mean direction of up where repetitions begin, in the sensor frame."""
    poses = [rep.limb.up_between(rep.leaves_s - _POSE_S, rep.leaves_s + 0.04) for rep in reps]
    known = [pose.mean(axis=0) for pose in poses if len(pose)]
    return np.asarray(np.mean(known, axis=0)) if known else None
