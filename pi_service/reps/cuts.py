"""Cutting a path into swings in every way that may show a set, and what can be told of them at little cost.

Most of what somebody does is no set, and here that is seen before the swings are compared one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from calibration.imu import FloatArray
from pi_service.reps.order import quantiles_apart
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, TURN, PosePath
from pi_service.reps.swings import extremes, likeness, moving_parts, shapes_of, turns_among

#: Weights of a signal, the signal, and its turning points at some threshold.
Cut = tuple[FloatArray, FloatArray, list[int]]
#: Two and a half reps: the fewest swings from which a set is believed.
FEWEST_SWINGS = 5
#: Weight of turn and height in a signal that makes it one of integrals.
_MOSTLY_INTEGRALS = 0.5


def cuts(path: PosePath, weights_of: Sequence[FloatArray], params: CounterParams) -> Iterator[Cut]:
    """Give out the weights of each signal, the signal, and its turning points at each threshold.

    Several thresholds, since what came before a set may have been larger than the set.
    """
    for weights in weights_of:
        signal = path.points @ weights
        # No swing is larger than all of the signal, and so no median swing.
        if float(signal.max() - signal.min()) < smallest_swing(weights, params):
            continue
        size, known, turns = quantiles_apart(signal, 0.03, 0.97), extremes(signal), list[int]()
        for share in (params.turn_share, params.turn_share / 2.5, params.turn_share / 6.0):
            if share * size < params.smallest_swing * params.turn_share:
                break
            before, turns = turns, turns_among(known, share * size)
            if len(turns) > FEWEST_SWINGS and turns != before:
                yield weights, signal, turns


def may_begin_after(
    path: PosePath, weights_of: Sequence[FloatArray], frame: int, params: CounterParams
) -> bool:
    """Whether a run of swings may begin after a frame: the last ones must, since a run ends with them."""
    first = frame - path.first_frame
    return any(turns[-FEWEST_SWINGS] > first for _, _, turns in cuts(path, weights_of, params))


def that_may_repeat(points: FloatArray, cuts: list[Cut], params: CounterParams) -> Iterator[Cut]:
    """Give out those whose last swings are alike: most that somebody does is no set, and shows it there."""
    newest = [moving_parts(signal, turns[-FEWEST_SWINGS - 2 :]) for _, signal, turns in cuts]
    if not newest:
        return
    leaves, arrives = np.array([part for parts in newest for part in parts], dtype=np.intp).T
    shapes = shapes_of(points, leaves, arrives)
    alike = likeness(shapes[:-2], shapes[2:]).tolist()
    first = 0
    for cut, parts in zip(cuts, newest, strict=True):
        count = len(parts)
        own = alike[first : first + count - 2]
        if any(last - run_start(own, last, params.same) >= FEWEST_SWINGS for last in (count, count - 1)):
            yield cut
        first += count


def run_start(alike: list[float], last: int, bound: float) -> int:
    """Return the first swing of the run of like swings that ends with swing ``last - 1``."""
    start = last - 2
    while start > 0 and alike[start - 1] > bound:
        start -= 1
    return max(start, 0)


def is_integral(weights: FloatArray) -> bool:
    """Whether a signal is made of turn and height, which are integrals and drift, rather than of tilt."""
    return math.hypot(weights[TURN], weights[HEIGHT]) > _MOSTLY_INTEGRALS


def smallest_swing(weights: FloatArray, params: CounterParams) -> float:
    """Return the smallest median swing of a set in this signal, in the units of the path."""
    return params.smallest_travel if is_integral(weights) else params.smallest_swing
