"""The whole pose of the sensor as one point that moves, in comparable units.

An exercise shows in the tilt of the sensor, in its turn about the vertical, in its height, or in
several of them. Here each becomes a coordinate of one point, scaled so that a distance of 1 is a
large movement in any of them: 1 rad of tilt or turn, `HEIGHT_UNIT_M` of height.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.filters import Section, high_pass, low_pass
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import TURN_RATE, UP, VERTICAL_ACCELERATION

#: Height that counts as much as 1 rad of tilt: about what an arm's length times a radian lifts.
HEIGHT_UNIT_M = 0.35
#: Coordinates of the point: up (3), turn, height.
TILT, TURN, HEIGHT = slice(0, 3), 3, 4
#: A direction of the pose with so much of its length in height is one that lifts the sensor.
_MOSTLY_HEIGHT = 0.7
_SMOOTH_HZ = 4.0
#: Turn is integrated from a rate with a residual bias; slower than this it is drift.
_SLOWEST_TURN_HZ = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class PosePath:
    """The path of the pose over a window.

    Attributes
    ----------
    first_frame
        Frame index of the first point.
    points : float64 array, shape (n, 5)
        Up (3 coordinates, rad), turn (rad), height (in `HEIGHT_UNIT_M`). Turn and height are
        integrals: only what is faster than `slowest_hz` is known of them.
    slowest_hz
        Corner frequency of the high pass in turn and height.
    rows : float64 array, shape (n, 7)
        The rows of history that the path was made of.
    """

    first_frame: int
    points: FloatArray
    slowest_hz: float
    rows: FloatArray

    def __getitem__(self, part: slice) -> PosePath:
        """Return a piece of the path (a slice without a step)."""
        begin, _, _ = part.indices(len(self.points))
        return PosePath(self.first_frame + begin, self.points[part], self.slowest_hz, self.rows[part])


def is_height(weights: FloatArray) -> bool:
    """Say whether a signal is mostly the sensor's height.

    Parameters
    ----------
    weights : float64 array, shape (5,)
        The direction, of length 1, in which the pose is seen.
    """
    return abs(float(weights[HEIGHT])) > _MOSTLY_HEIGHT


def pose_path(first_frame: int, rows: FloatArray, slowest_hz: float) -> PosePath:
    """Integrate a window of history to a path of the pose.

    Parameters
    ----------
    first_frame
        Frame index of the first row.
    rows : float64 array, shape (n, 7)
        Rows of `pi_service.reps.history.History`, at least 2 s of them.
    slowest_hz
        Slowest movement of interest. Below it the double integral of the acceleration is drift; the
        high pass (second order Butterworth, forwards and backwards) takes it out at each step.
    """
    rate, turn_hz = rows[:, TURN_RATE], max(slowest_hz, _SLOWEST_TURN_HZ)
    felt = np.empty((2, len(rows)))
    felt[0] = rows[:, VERTICAL_ACCELERATION]
    (rate - rate.sum() / len(rate)).cumsum(out=felt[1])
    if turn_hz == slowest_hz:  # one call of the filter for both
        acceleration, turn = _high_pass(felt, slowest_hz)
    else:
        acceleration, turn = _high_pass(felt[:1], slowest_hz)[0], _high_pass(felt[1:], turn_hz)[0]
    velocity = acceleration.cumsum() / FRAME_RATE_HZ
    height = _high_pass(velocity[None], slowest_hz).cumsum() / FRAME_RATE_HZ
    # A coordinate a row, so that the filter finds its values side by side.
    pose = np.empty((5, len(rows)))
    pose[TILT] = rows[:, UP].T
    pose[TURN] = turn / FRAME_RATE_HZ
    pose[HEIGHT] = _high_pass(height[None], slowest_hz)[0] / HEIGHT_UNIT_M
    points = np.ascontiguousarray(_both_ways(pose, _SMOOTH, 15).T)
    return PosePath(first_frame, points, slowest_hz, rows)


_SMOOTH = low_pass(_SMOOTH_HZ, FRAME_RATE_HZ)
_drift_free = lru_cache(maxsize=32)(high_pass)


def _high_pass(x: FloatArray, corner_hz: float) -> FloatArray:
    pad = min(x.shape[1] - 1, int(FRAME_RATE_HZ / corner_hz))
    return _both_ways(x, _drift_free(corner_hz, FRAME_RATE_HZ), pad)


def _both_ways(x: FloatArray, section: Section, pad: int) -> FloatArray:
    """Filter forwards and backwards, shape (d, n), as `scipy.signal.filtfilt` does."""
    n = x.shape[1]
    longer = np.empty((len(x), n + 2 * pad))
    longer[:, pad : pad + n] = x
    np.subtract(2.0 * x[:, :1], x[:, pad:0:-1], out=longer[:, :pad])
    np.subtract(2.0 * x[:, -1:], x[:, -2 : -pad - 2 : -1], out=longer[:, pad + n :])
    once = section.run(longer, longer[:, 0])
    back = section.run(once[:, ::-1], once[:, -1])
    return np.asarray(back[:, ::-1][:, pad : pad + n])
