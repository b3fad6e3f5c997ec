"""The whole pose of the sensor as one point that moves, in comparable units.

An exercise shows in the tilt of the sensor, in its turn about the vertical, in its height, or in
several of them. Here each becomes a coordinate of one point, scaled so that a distance of 1 is a
large movement in any of them: 1 rad of tilt or turn, `HEIGHT_UNIT_M` of height.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import butter, sosfilt, sosfilt_zi

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import TURN_RATE, UP, VERTICAL_ACCELERATION

#: Height that counts as much as 1 rad of tilt: about what an arm's length times a radian lifts.
HEIGHT_UNIT_M = 0.35
#: Coordinates of the point: up (3), turn, height.
TILT, TURN, HEIGHT = slice(0, 3), 3, 4
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
    velocity = _high_pass(rows[:, VERTICAL_ACCELERATION], slowest_hz).cumsum() / FRAME_RATE_HZ
    height = _high_pass(velocity, slowest_hz).cumsum() / FRAME_RATE_HZ
    height = _high_pass(height, slowest_hz) / HEIGHT_UNIT_M
    turn = np.cumsum(rows[:, TURN_RATE] - rows[:, TURN_RATE].mean()) / FRAME_RATE_HZ
    turn = _high_pass(turn, max(slowest_hz, _SLOWEST_TURN_HZ))
    points = _both_ways(np.column_stack((rows[:, UP], turn, height)), _filter(_SMOOTH_HZ, "lowpass"), 15)
    return PosePath(first_frame, points, slowest_hz, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Filter:
    """A filter's second-order sections and its state for a constant input of 1."""

    sections: FloatArray
    settled: FloatArray


@lru_cache(maxsize=32)
def _filter(corner_hz: float, kind: str) -> _Filter:
    sections = butter(2, corner_hz, kind, fs=FRAME_RATE_HZ, output="sos")
    return _Filter(sections, sosfilt_zi(sections))


def _high_pass(x: FloatArray, corner_hz: float) -> FloatArray:
    pad = min(len(x) - 1, int(FRAME_RATE_HZ / corner_hz))
    return _both_ways(x[:, None], _filter(corner_hz, "highpass"), pad)[:, 0]


def _both_ways(x: FloatArray, chosen: _Filter, pad: int) -> FloatArray:
    """Filter forwards and backwards, shape (n, d): `scipy.signal.sosfiltfilt` with its settling kept.

    That function solves for the filter's settled state at every call, which is half of its time.
    """
    longer = np.concatenate((2.0 * x[0] - x[pad:0:-1], x, 2.0 * x[-1] - x[-2 : -pad - 2 : -1]))
    settled = chosen.settled[:, :, None]
    once, _ = sosfilt(chosen.sections, longer, axis=0, zi=settled * longer[0])
    back, _ = sosfilt(chosen.sections, once[::-1], axis=0, zi=settled * once[-1])
    return np.asarray(back[::-1][pad : pad + len(x)])
