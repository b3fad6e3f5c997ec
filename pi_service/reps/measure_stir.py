"""A way that begins before it shows: the sensor stirs already, in some other direction.

A face pull begins with the elbows: until they are back the forearm only shifts, and neither tilt nor height
tell of it. A bar that hangs from straight arms goes ahead before it goes up. What shows is that the sensor is
no longer at rest: it is accelerated, and it turns a little. That tells nothing of how far it goes, but when
it sets out, if it was at rest just before.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray
from pi_service.reps.history import ACCELERATION

BoolArray = npt.NDArray[np.bool_]

#: A sensor stirs where it moves so many times as much as in the quietest of its frames, of which these are so
#: many; and at least by so much (m/s2, rad/s), which is a limb that is held.
_TIMES, _QUIETEST, _LEAST_MS2, _LEAST_RADS = 2.5, 0.15, 0.2, 0.06
#: It is at rest where it does not stir for more than so many frames. Half way from rest to rest is no rest,
#: but nothing is accelerated there.
_GAP_FRAMES = 3
#: What lasts longer is no part of the way: the sensor was not at rest before.
_LONGEST_FRAMES = 40
#: A movement the other way is that of the repetition before.
_OTHER_WAY = 0.2


def stirring(rows: FloatArray, turning_rads: FloatArray) -> BoolArray:
    """Return in which frames the sensor stirs.

    Parameters
    ----------
    rows : float64 array, shape (n, 7)
        Rows of history.
    turning_rads : float64 array, shape (n,)
        How fast the sensor turns, whichever way.
    """
    return _is_much(rows[:, ACCELERATION], _LEAST_MS2) | _is_much(turning_rads, _LEAST_RADS)


def smooth_size(size: FloatArray) -> FloatArray:
    """Return the root mean square of a size over three frames: a hand that is held trembles."""
    return np.sqrt(np.convolve(size * size, np.full(3, 1.0 / 3.0), mode="same"))


def _is_much(size: FloatArray, least: float) -> BoolArray:
    """Return where a size is more than in a pause."""
    smooth = smooth_size(size)
    return np.asarray(smooth > max(least, _TIMES * float(np.quantile(smooth, _QUIETEST))))


def sets_out(begin: float, speed: FloatArray, stirs: BoolArray) -> float | None:
    """Return when the sensor sets out for a way that shows from `begin` on, which may be `begin` itself.

    None is returned where it stirs as far back as the frames go: then nobody knows.

    Parameters
    ----------
    begin
        In frames and fractions of them.
    speed : float64 array, shape (n,)
        Speed in the direction of the way.
    stirs : bool array, shape (n,)
        See `stirring`.
    """
    at = min(math.floor(begin), len(speed) - 1)
    other_way = -_OTHER_WAY * float(speed.max())
    first, quiet = None, 0
    for frame in range(at, max(at - _LONGEST_FRAMES, -1), -1):
        if speed[frame] < other_way:
            return begin
        first, quiet = (frame, 0) if stirs[frame] else (first, quiet + 1)
        if quiet > _GAP_FRAMES:
            # The mean over three frames shows it one too early.
            return begin if first is None else min(begin, first + 1.0)
    return None if first == 0 else begin
