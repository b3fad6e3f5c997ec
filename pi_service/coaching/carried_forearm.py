"""The line of the forearm under a weight that is carried overhead."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from calibration.placement_kind import PlacementKind
from pi_service.coaching.directions import angles_deg
from pi_service.coaching.facts import Worn
from pi_service.coaching.held_facts import HeldFacts
from pi_service.coaching.held_rule import HeldRule
from pi_service.coaching.verdict import Basis, Reading
from pi_service.exercises import RuleTerms
from pi_service.motion.frames import FRAME_RATE_HZ

#: Whoever walks sways with each step: poses are means over a second.
POSE_FRAMES = round(1.0 * FRAME_RATE_HZ)
#: What is judged is the line that it is off for a tenth of the way, not that of one stumble.
_SHARE = 0.9


class CarriedForearmRule(HeldRule):
    """The forearm stays near the vertical while a weight is carried overhead.

    Where the sensor's placement on the forearm is known, that is measured. Where it is not, it is compared
    with the hanging arm: whose forearm hangs a little bent is taken for somewhat off, hence the wider bound.
    """

    def __init__(self, terms: RuleTerms, worn: Worn) -> None:
        super().__init__(terms, worn)
        self._axis = worn.limb_axis(0) if worn.limb_on is PlacementKind.WRIST else None

    def measure(self, held: HeldFacts) -> Reading | str:
        """Return the angle to the vertical, in degrees."""
        if self.worn.limb_on is not PlacementKind.WRIST:
            return "the sensor is not on the forearm"
        if len(held.up) < POSE_FRAMES:
            return "it was too short to show it"
        basis = Basis.INFERRED if self._axis is None else Basis.MEASURED
        axis = held.hang if self._axis is None else self._axis
        if axis is None:
            return "nobody saw how the arm hangs"
        return Reading(float(np.quantile(lines_deg(held.up, axis), _SHARE)), basis)


def lines_deg(up: FloatArray, axis: FloatArray) -> FloatArray:
    """Return the angle of an axis to the vertical, either end up, as means over a second.

    Parameters
    ----------
    up : float64 array, shape (n, 3)
        Up in the sensor frame, n at least `POSE_FRAMES`.
    axis : float64 array, shape (3,)
        The axis in the sensor frame.
    """
    sums = np.cumsum(np.vstack((np.zeros(3), up)), axis=0)
    angles = angles_deg(sums[POSE_FRAMES:] - sums[:-POSE_FRAMES], axis)
    return np.asarray(np.minimum(angles, 180.0 - angles))
