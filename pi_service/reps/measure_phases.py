"""When a way out or back begins and ends: from the speed along the movement's own axis.

A threshold on the way itself cuts off its slow begin and end: of a movement with the least jerk, which is how
people move from rest to rest (Flash and Hogan, 1985), the first tenth of the way takes a quarter of the
time. The speed of such a movement is ``16 u^2 (1 - u)^2`` of its peak, so that its begin lies before the
crossing of a fifth of the peak by `_BEYOND` times the time from there to three fifths. Two crossings on each
side tell the begin and the end, each on its own, so that a fast start and a slow end stay what they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray

#: Shares of the peak speed at which the begin and the end are looked for.
_LOW, _HIGH = 0.2, 0.6
#: How far the begin lies before the lower crossing, in times between the crossings.
_BEYOND = 0.95
#: A stretch above the lower of them belongs to the way if it is so much of it. A limb that sags while it is
#: held covers a tenth of its way or more, slowly: that is a pause yet, and so is what corrects it.
_STRETCH_SHARE = 0.15
#: The extrapolation is at most so long: a movement that swells slowly has no clear begin.
_FARTHEST_FRAMES = 18.0
#: A movement the other way so shortly before leaves no pause between.
_NEAR_FRAMES = 2


@dataclass(frozen=True, slots=True)
class Way:
    """One way of a repetition, in frames and fractions of them.

    Attributes
    ----------
    begin, end
        When it begins and ends to move.
    over
        Whether its end was seen; `end` is foretold otherwise.
    """

    begin: float
    end: float
    over: bool


def moving_way(speed: FloatArray, first: int, last: int) -> Way | None:
    """Find the begin and the end of a way that passes its middle between two frames.

    Parameters
    ----------
    speed : float64 array, shape (n,)
        Speed in the direction of the way, in the middle of each frame.
    first, last
        Frames near its ends, the first and last in which it may be at 10 % and 90 % of the way.

    Returns
    -------
    Way or None
        None where nothing moves that way.
    """
    forward = np.maximum(speed[first : last + 1], 0.0)
    if not len(forward) or forward.max() <= 0.0:
        return None
    peak = float(forward.max())
    begun, nearly = (first + frame for frame in _main_part(forward, _LOW * peak))
    begin = _edge(speed.tolist(), begun, peak)
    mirrored = speed[::-1].tolist()
    ends_at = _edge(mirrored, len(speed) - 1 - nearly, peak)
    if begin is None:
        begin = float(first)
    if ends_at is not None:
        return Way(begin, len(speed) - ends_at, over=True)
    return Way(begin, float(last + 1), over=False)


def _main_part(forward: FloatArray, low: float) -> tuple[int, int]:
    """Return the first and the last frame of what is quick enough for long enough to be the way itself."""
    quick = np.concatenate(([False], forward > low, [False]))
    edges = np.flatnonzero(quick[1:] != quick[:-1]).tolist()
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    least = _STRETCH_SHARE * float(forward.sum())
    large = [(begin, end) for begin, end in stretches if forward[begin:end].sum() >= least]
    if not large:
        large = [max(stretches, key=lambda each: float(forward[each[0] : each[1]].sum()))]
    return large[0][0], large[-1][1] - 1


def _edge(speed: list[float], inside: int, peak: float) -> float | None:
    """Return when the movement begins that goes on in frame `inside`; None if it began before all frames."""
    low, high = _LOW * peak, _HIGH * peak
    at = inside
    while at >= 0 and speed[at] > low:
        at -= 1
    if at < 0:
        return None
    lower = at + 0.5 + _share(speed, at, low)
    upper_at = at
    while upper_at + 1 < len(speed) and speed[upper_at + 1] <= high:
        upper_at += 1
    beyond = _FARTHEST_FRAMES
    if upper_at + 1 < len(speed):
        upper = upper_at + 0.5 + _share(speed, upper_at, high)
        beyond = min(_BEYOND * (upper - lower), _FARTHEST_FRAMES)
    # Where it comes from a movement the other way, it begins where it turns.
    back_to = max(at - math.ceil(beyond) - _NEAR_FRAMES, -1)
    turned = next((k for k in range(at, back_to, -1) if speed[k] < -low), None)
    if turned is None:
        return lower - beyond
    while speed[turned] < 0.0:
        turned += 1
    return turned - 0.5 + _share(speed, turned - 1, 0.0)


def _share(speed: list[float], at: int, level: float) -> float:
    """Where between the middles of frame `at` and the next the speed passes a level."""
    if at + 1 >= len(speed) or speed[at + 1] == speed[at]:
        return 0.0
    return min(max((level - speed[at]) / (speed[at + 1] - speed[at]), 0.0), 1.0)
