"""Which end of the movement is home: the pose in which a repetition begins and ends.

The count does not depend on it, but for the set's edges: a run of an odd number of swings has one without
its other half, and home says at which edge that is. People rest at home before a set and after it; within a
set they pause there rather than at the other end, unless the exercise asks for a hold. An exercise that is
known may say it: a row or a dead lift goes up on its way out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import STILL
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M
from pi_service.reps.swings import Swings

#: Vertical travel of a swing from which the sensor is taken to go up and down with the movement.
_TRAVELS_M = 0.08
#: Rest before the first swing and after the last is looked for over so many seconds, ...
_REST_S = 2.5
#: ... of which so much is rest, and so much more of them at one edge than at the other.
_AT_REST, _RATHER = 0.5, 0.3
#: Pauses at one end are longer when their logarithm is greater by this (1.4 times as long).
_CLEARLY_LONGER = 0.35


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of an odd run of swings, whose first and last turning points are not alike.

    Attributes
    ----------
    is_first
        Home is the pose in which the first swing begins, rather than the one in which the last one ends.
    is_given
        The exercise says so.
    """

    is_first: bool
    is_given: bool = False


def home_of(
    points: FloatArray,
    rows: FloatArray,
    swings: Swings,
    run: list[int],
    pauses_s: tuple[float, float],
    out_goes_up: bool | None,
) -> Home | None:
    """Tell at which edge of an odd run home is, or None where nothing speaks for either.

    Parameters
    ----------
    points, rows
        The path of the pose, and the rows of history that it was made of.
    swings, run
        All swings of the path, and the indices of those of the run.
    pauses_s
        The usual pause at turning points like the one at which the run begins, and at the others.
    out_goes_up
        Whether the sensor rises on the way out, if the exercise says so.
    """
    given = None if out_goes_up is None else _rises(points, swings, run)
    if given is not None:
        return Home(given == out_goes_up, is_given=True)
    frames = round(_REST_S * FRAME_RATE_HZ)
    first, last = int(swings.leaves[run[0]]), int(swings.arrives[run[-1]])
    before = float(rows[max(first - frames, 0) : first, STILL].sum()) / frames
    after = float(rows[last : last + frames, STILL].sum()) / frames
    if max(before, after) > _AT_REST and abs(before - after) > _RATHER:
        return Home(before > after)
    longer = math.log(pauses_s[0] / pauses_s[1])
    return Home(longer > 0.0) if abs(longer) > _CLEARLY_LONGER else None


def _rises(points: FloatArray, swings: Swings, run: list[int]) -> bool | None:
    """Whether the first swing of a run goes up, and those like it; None if there is little travel."""
    height = points[:, HEIGHT] * HEIGHT_UNIT_M
    like_the_first = np.where(swings.change[run] * swings.change[run[0]] > 0.0, 1.0, -1.0)
    travel = float(np.median((height[swings.end[run]] - height[swings.begin[run]]) * like_the_first))
    return travel > 0.0 if abs(travel) > _TRAVELS_M else None
