"""The cadence of a walk, off the times of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

import numpy as np

#: An interval that differs by more than this from the median is a missed step, a step too many, or a halt.
_IN_RHYTHM = 0.3


def cadence_of(steps_s: Sequence[float]) -> float | None:
    """Return steps a second; None with a single step.

    It is the mean of the intervals in rhythm. Steps are told in whole frames: a median would be one of a few
    values that are 6 % apart.
    """
    if len(steps_s) < 2:
        return None
    intervals_s = np.diff(steps_s)
    usual_s = median_low(intervals_s.tolist())
    in_rhythm = np.abs(intervals_s - usual_s) <= _IN_RHYTHM * usual_s
    return float(1.0 / intervals_s[in_rhythm].mean())
