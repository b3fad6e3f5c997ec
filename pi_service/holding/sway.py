"""How steady a pose was: root mean square and range of its tilt, jerk, and the smoothness of the rate.

SPARC is the spectral arc length of S. Balasubramanian et al., "On the analysis of movement smoothness",
J. NeuroEngineering and Rehabilitation 12:112, 2015: minus the length of the curve of the normalised amplitude
spectrum up to where it stays below a twentieth. It was made for single movements and grows with their
number; the mean over stretches of one length keeps a long hold comparable with a short one.
"""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.holding.found import Sway
from pi_service.motion.frames import FRAME_RATE_HZ

#: Columns of what a counter keeps of each frame.
COLUMNS = 5
#: So much of a hold or a round is kept of each frame: the newest.
KEPT_S = 600.0
#: Less is no pose.
_SHORTEST = round(1.0 * FRAME_RATE_HZ)
_STRETCH = round(4.0 * FRAME_RATE_HZ)
_CUT_HZ, _CUT_SHARE, _PADDING = 10.0, 0.05, 4


def sway_of(rows: FloatArray) -> Sway | None:
    """Return how steady a sensor was.

    Parameters
    ----------
    rows : float64 array, shape (n, 5)
        For each frame: up in the sensor frame (3), turn rate about the vertical (rad/s), vertical
        acceleration (m/s2). Frames that do not follow each other may stand side by side.
    """
    if len(rows) < _SHORTEST:
        return None
    up = rows[:, :3]
    mean = up.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    off = np.degrees(up - (up @ mean)[:, None] * mean)
    _, _, axes = np.linalg.svd(off, full_matrices=False)
    smooth = np.convolve(rows[:, 4], np.full(3, 1.0 / 3.0), "valid")
    jerk = np.diff(smooth) * FRAME_RATE_HZ
    return Sway(
        rms_deg=float(np.sqrt((off**2).sum(axis=1).mean())),
        range_deg=float(np.ptp(off @ axes[0])),
        jerk_ms3=float(np.sqrt((jerk**2).mean())),
        sparc=_sparc(rows),
    )


def _sparc(rows: FloatArray) -> float | None:
    tilting = np.linalg.norm(np.diff(rows[:, :3], axis=0), axis=1) * FRAME_RATE_HZ
    rate = np.hypot(tilting, rows[1:, 3])
    lengths = [_arc(rate[begin : begin + _STRETCH]) for begin in range(0, len(rate) - _STRETCH + 1, _STRETCH)]
    return float(np.mean(lengths)) if lengths else None


def _arc(rate: FloatArray) -> float:
    size = _PADDING * len(rate)
    amplitude = np.abs(np.fft.rfft(rate, size))
    hz = np.fft.rfftfreq(size, 1.0 / FRAME_RATE_HZ)
    amplitude = amplitude[hz <= _CUT_HZ] / max(float(amplitude.max()), 1e-12)
    last = int(np.flatnonzero(amplitude >= _CUT_SHARE)[-1]) + 1
    if last < 2:
        return 0.0
    part = amplitude[:last]
    return -float(np.hypot(1.0 / (last - 1), np.diff(part)).sum())
