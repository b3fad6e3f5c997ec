"""The first way out and the last way back of a set, hidden in a longer movement.

Somebody may go into the first rep right from where he stood, and out of the last one to where he rests: the
swing is longer than the others, and comes from elsewhere. But from where the reps begin, it goes their way.
"""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.reps.members import strangeness, ways_of
from pi_service.reps.swings import Swings

#: A hidden half covers at least this share of a swing, ...
_LEAST = 0.75
#: ... and is at most this strange among the run's own: not much, as its height is blurred by what was before.
_STRANGE = 14.0
#: Fewer swings of a direction say nothing about what is usual.
_FEWEST = 2


def is_hidden_half(points: FloatArray, signal: FloatArray, swings: Swings, run: list[int], at: int) -> bool:
    """Whether a swing next to a run goes, from the level of the run's other end on, the way of the run's own.

    Parameters
    ----------
    points : float64 array, shape (n, 5)
        The path of the pose.
    signal : float64 array, shape (n,)
    swings, run
        All swings of the path, and the indices of those of the run.
    at
        Index of the swing just before the run, or just after it.
    """
    own = [i for i in run if (swings.change[i] > 0.0) == (swings.change[at] > 0.0)]
    if len(own) < _FEWEST:
        return False
    before = at < run[0]
    far = swings.begin[own] if before else swings.end[own]
    level = float(np.median(signal[far]))
    begin, end = int(swings.begin[at]), int(swings.end[at])
    piece = signal[begin : end + 1]
    turn = piece[-1] if before else piece[0]
    outside = np.flatnonzero((piece > level) != (turn > level))
    if len(outside):  # it goes further than the level: cut it there
        begin, end = (begin + int(outside[-1]), end) if before else (begin, begin + int(outside[0]))
    size = float(np.median(np.abs(swings.change[own])))
    if abs(float(signal[end] - signal[begin])) < _LEAST * size:
        return False
    spans = [(int(swings.begin[i]), int(swings.end[i])) for i in own]
    ways = ways_of(points, signal, [*spans, (begin, end)])
    same = np.ones(len(ways), dtype=np.bool_)
    return bool(strangeness(ways, same, np.arange(len(own)))[-1] <= _STRANGE)
