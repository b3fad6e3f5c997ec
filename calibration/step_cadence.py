"""How the length of a step goes with the cadence: whoever walks quicker than measured makes longer steps.

What people do from one walk to the next was taken off 109 recorded walks of 19 healthy people, 10 m there
and 10 m back each (github.com/CyrilVoisard/ipol_dataset_1, less one that is a copy): within a person the
length went with the power 0.8 of the cadence (0.6 to 1.0, nine in ten bootstraps over people; 0.75 for the
15 people who kept their cadence within 4.5 %). People who are asked to walk slower or quicker change both
alike: the cadence goes with the power 0.58 of the speed (Grieve and Gear 1966), which is a length with the
power 0.72 of the cadence, and a walk ratio that is the same at all speeds (Sekiya and Nagasaki 1998) is a
power of 1.

Against it stands a table of 40 people who were measured twice (jkema.org 9(2):208, table 1): its spreads of
speed, cadence and length fit each other only with a power of -0.5, though errors of measurement look the
same. What is used lies between: it has most of the gain if people are as recorded, and loses half as much
as the recorded power would if they are not.
"""

from __future__ import annotations

import math
from dataclasses import replace

from calibration.step_length import StepLength

#: The length goes with this power of the cadence, and one standard deviation of it.
_POWER, _POWER_UNSURE = 0.5, 0.3
#: Farther from the cadence of the measured walk than this (natural logarithm) nobody was seen: no more is
#: corrected then, and the uncertainty says so.
_FARTHEST = 0.15


def at_cadence(length: StepLength, cadence_hz: float | None) -> StepLength:
    """Return how long the steps of a walk are, by its cadence.

    Parameters
    ----------
    length
        As it was measured.
    cadence_hz
        Steps a second of the walk; None where nobody knows.

    Returns
    -------
    StepLength
        The length at that cadence. Where either cadence is not known it is the one that was given.
    """
    if cadence_hz is None or length.cadence_hz is None:
        return length
    apart = math.log(cadence_hz / length.cadence_hz)
    near = min(max(apart, -_FARTHEST), _FARTHEST)
    length_m = length.length_m * math.exp(_POWER * near)
    measured = length.uncertainty_m / length.length_m
    share = math.hypot(measured, _POWER_UNSURE * near, math.expm1(_POWER * abs(apart - near)))
    return replace(length, length_m=length_m, uncertainty_m=length_m * share, cadence_hz=cadence_hz)
