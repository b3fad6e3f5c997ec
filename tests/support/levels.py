"""A movement that is written down as levels, and the pattern that it follows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from pi_service.reps.follow import Track
from pi_service.reps.pose import PosePath
from pi_service.reps.signals import Pattern

#: Frames from one level to the next.
WAY_FRAMES = 25


def track_of(
    levels: Sequence[float], aside: Sequence[float] | None = None, frames: int = WAY_FRAMES
) -> Track:
    """A tilt that goes from level to level (rad) in a second each, and `aside` at right angles to it."""
    signal = _ways(levels, frames)
    points = np.zeros((len(signal), 5))
    points[:, 0] = signal
    if aside is not None:
        points[:, 1] = _ways(aside, frames)
    return Track(PosePath(0, points, 0.12, np.zeros((len(signal), 7))), signal, [])


def pattern_of(period_s: float = 2.0) -> Pattern:
    """The pattern of swings of 1 rad in the tilt."""
    weights, shape = np.array([1.0, 0.0, 0.0, 0.0, 0.0]), np.zeros((16, 5))
    return Pattern(weights, 0.12, shape, -shape, 1.0, period_s, 0, 100, 0.9, 4)


def _ways(levels: Sequence[float], frames: int) -> np.ndarray:
    way = 0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)
    parts = [a + (b - a) * way for a, b in itertools.pairwise(levels)]
    return np.concatenate([*parts, [levels[-1]]])
