"""Which end of the movement is home: the pose in which a repetition begins and ends.

The count does not depend on it, but for the set's edges: a run of an odd number of swings has one without
its other half, and home says at which edge that is. People rest at home before a set and after it; within a
set they pause there rather than at the other end, unless the exercise asks for a hold. An exercise that is
known may say it: a row or a dead lift goes up on its way out.
"""

from __future__ import annotations

import math

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import STILL
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M
from pi_service.reps.swings import Swings

#: Rest before the first swing and after the last is looked for over so many seconds, ...
_REST_S = 2.5
#: ... of which so much is rest, and so much more of them at one edge than at the other.
_AT_REST, _RATHER = 0.5, 0.3
#: Pauses at one end are longer when their logarithm is greater by this (1.4 times as long).
_CLEARLY_LONGER = 0.35


def first_goes_out(points: FloatArray, swings: Swings, run: list[int], params: CounterParams) -> bool | None:
    """Tell whether the first swing of a run goes out, by the height of the sensor.

    None is returned where the exercise does not say, and where it hardly rises or sinks: the sensor may sit
    where the movement does not lift it.

    Parameters
    ----------
    points
        The path of the pose.
    swings, run
        All swings of the path, and the indices of those of the run.
    params
        Whether the sensor rises on the way out: what the exercise says.
    """
    if params.out_goes_up is None:
        return None
    height = points[:, HEIGHT] * HEIGHT_UNIT_M
    like_the_first = np.where(swings.change[run] * swings.change[run[0]] > 0.0, 1.0, -1.0)
    travel = float(np.median((height[swings.end[run]] - height[swings.begin[run]]) * like_the_first))
    return (travel > 0.0) == params.out_goes_up if abs(travel) > params.lift_m else None


def home_is_first(
    rows: FloatArray, swings: Swings, run: list[int], pauses_s: tuple[float, float]
) -> bool | None:
    """Tell whether an odd run of swings begins at home, rather than ending there; None if nothing says so.

    Parameters
    ----------
    rows
        The rows of history that the path was made of.
    swings, run
        All swings of the path, and the indices of those of the run.
    pauses_s
        The usual pause at turning points like the one at which the run begins, and at the others.
    """
    frames = round(_REST_S * FRAME_RATE_HZ)
    first, last = int(swings.leaves[run[0]]), int(swings.arrives[run[-1]])
    before = float(rows[max(first - frames, 0) : first, STILL].sum()) / frames
    after = float(rows[last : last + frames, STILL].sum()) / frames
    if max(before, after) > _AT_REST and abs(before - after) > _RATHER:
        return before > after
    longer = math.log(pauses_s[0] / pauses_s[1])
    return longer > 0.0 if abs(longer) > _CLEARLY_LONGER else None
