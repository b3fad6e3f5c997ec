"""Telling walking from lifting: an arm that swings along with the steps repeats, too."""

from __future__ import annotations

import numpy as np

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import VERTICAL_ACCELERATION
from pi_service.reps.pose import PosePath

#: Strides that people walk in: 1.4 to 2.4 steps a second.
_STRIDE_S = (0.8, 1.45)
#: Share of the vertical acceleration's power at the steps, and at the stride, that means walking.
_STEP_SHARE, _STRIDE_SHARE = 0.65, 0.12
#: A step later, give or take this share, the vertical acceleration of somebody who walks correlates so much.
_STEP_MAY_VARY, _SAME_STEP = 0.2, 0.3


def is_stride(period_s: float) -> bool:
    """Whether an arm that swings with this period could belong to somebody who walks."""
    return _STRIDE_S[0] <= period_s <= _STRIDE_S[1]


def is_gait(path: PosePath, begin: int, end: int, period_s: float) -> bool:
    """Tell whether a movement that repeats is the arm's swing of somebody who walks.

    The arm swings once a stride, but the body rises and falls with each of its two steps: nearly all
    of the vertical acceleration's power lies at twice the rate of the swing. A lifted weight has
    power at the rate of its reps, or spread over many harmonics.

    Parameters
    ----------
    begin, end
        Frames of the movement's first and last turning point.
    period_s
        Duration of one swing forth and back.
    """
    if not is_stride(period_s):
        return False
    rows = path.rows[max(begin - path.first_frame, 0) : end - path.first_frame + 1]
    vertical = rows[:, VERTICAL_ACCELERATION] - rows[:, VERTICAL_ACCELERATION].mean()
    power = np.square(np.abs(np.fft.rfft(vertical * np.hanning(len(vertical)))))
    turns = np.fft.rfftfreq(len(vertical), 1.0 / FRAME_RATE_HZ) * period_s
    whole = max(float(power.sum()), 1e-12)
    at_stride = float(power[(turns > 0.6) & (turns < 1.4)].sum()) / whole
    at_steps = float(power[(turns > 1.6) & (turns < 2.4)].sum()) / whole
    return at_steps > _STEP_SHARE and at_stride < _STRIDE_SHARE


def is_walk(path: PosePath, begin: int, end: int, period_s: float) -> bool:
    """Tell whether a few swings in a stride's period are an arm's in walking: each step is like the last.

    For stretches that are too short to tell their power at the stride from that at the steps. A weight that
    goes up and down does the opposite half a period later.

    Parameters
    ----------
    begin, end
        Frames of the first swing's begin and the last one's end.
    period_s
        Duration of one swing forth and back.
    """
    if not is_stride(period_s):
        return False
    vertical = path.rows[max(begin - path.first_frame, 0) : end - path.first_frame + 1, VERTICAL_ACCELERATION]
    vertical = vertical - vertical.mean()
    step = 0.5 * period_s * FRAME_RATE_HZ
    best = 0.0
    for lag in range(round((1.0 - _STEP_MAY_VARY) * step), round((1.0 + _STEP_MAY_VARY) * step) + 1):
        if len(vertical) >= lag + step:
            now, later = vertical[:-lag], vertical[lag:]
            both = float(np.sqrt(np.square(now).sum() * np.square(later).sum()))
            best = max(best, float((now * later).sum()) / max(both, 1e-12))
    return best > _SAME_STEP
