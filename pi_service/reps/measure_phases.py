"""When a way out or back begins and ends: from the speed along the movement's own axis.

A threshold on the way itself cuts off its slow begin and end: of a movement with the least jerk, which is how
people move from rest to rest (Flash and Hogan, 1985), the first tenth of the way takes a quarter of the
time. The speed of such a movement is ``16 u^2 (1 - u)^2`` of its peak, so that its begin lies as far before
two crossings of the speed as that says. Each side is told by crossings of its own, so that a fast start and a
slow end stay what they are, and by low ones: a limb that hangs straight at first moves a weight less than it
turns itself, and begins more gently than the form says, but only near its begin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from calibration.imu import FloatArray

#: What is quicker than this share of the peak is the way itself, or a way back.
_QUICK = 0.2
#: Shares of the peak speed at which the begin and the end are looked for: the lower one is raised to what is
#: clear of the pause, but not so far that two crossings tell nothing.
_LOW, _HIGH, _HIGHEST_LOW = 0.08, 0.4, 0.3
#: So many times the usual speed in the pause is clear of it.
_CLEAR = 3.0
#: The pause that is looked at, in frames before the way is quick, without those just before.
_PAUSE_FRAMES, _BEFORE_FRAMES = 15, 2
#: A stretch above that belongs to the way if it is so much of it. A limb that sags while it is
#: held covers a tenth of its way or more, slowly: that is a pause yet, and so is what corrects it.
_STRETCH_SHARE = 0.15
#: What lies beyond a rest of so many frames in the start pose does not, unless it is so much of the way:
#: somebody who takes hold and begins a second later had not begun.
_REST_FRAMES, _BEYOND_SHARE = 25, 0.35
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
    hidden
        For how long at both ends together it does not show, but is known to move.
    """

    begin: float
    end: float
    over: bool
    hidden: float = 0.0


def moving_way(speed: FloatArray, first: int, last: int, *, goes_home: bool = False) -> Way | None:
    """Find the begin and the end of a way that passes its middle between two frames.

    Parameters
    ----------
    speed : float64 array, shape (n,)
        Speed in the direction of the way, in the middle of each frame.
    first, last
        Frames near its ends, the first and last in which it may be at 10 % and 90 % of the way.
    goes_home
        Whether it ends in the start pose; it begins there otherwise.

    Returns
    -------
    Way or None
        None where nothing moves that way.
    """
    forward = np.maximum(speed[first : last + 1], 0.0)
    if not len(forward) or forward.max() <= 0.0:
        return None
    peak = float(forward.max())
    begun, nearly = (first + frame for frame in _main_part(forward, _QUICK * peak, goes_home))
    begin = _edge(speed.tolist(), begun, peak)
    mirrored = speed[::-1].tolist()
    ends_at = _edge(mirrored, len(speed) - 1 - nearly, peak)
    if begin is None:
        begin = float(first)
    if ends_at is not None:
        return Way(begin, len(speed) - ends_at, over=True)
    return Way(begin, float(last + 1), over=False)


def _main_part(forward: FloatArray, low: float, goes_home: bool) -> tuple[int, int]:
    """Return the first and the last frame of what is quick enough for long enough to be the way itself."""
    quick = np.concatenate(([False], forward > low, [False]))
    edges = np.flatnonzero(quick[1:] != quick[:-1]).tolist()
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    least = _STRETCH_SHARE * float(forward.sum())
    large = [(begin, end) for begin, end in stretches if forward[begin:end].sum() >= least]
    if not large:
        large = [max(stretches, key=lambda each: float(forward[each[0] : each[1]].sum()))]
    if len(large) > 1:
        sizes = [float(forward[begin:end].sum()) for begin, end in large]
        if goes_home:
            large = large[: len(large) - _apart(large[::-1], sizes[::-1])]
        else:
            large = large[_apart(large, sizes) :]
    return large[0][0], large[-1][1] - 1


def _apart(stretches: list[tuple[int, int]], sizes: list[float]) -> int:
    """Return how many stretches from the start pose on are little, and lie beyond a rest."""
    count, little = 0, _BEYOND_SHARE * sum(sizes)
    for i, (one, other) in enumerate(pairwise(stretches), 1):
        rested = max(other[0] - one[1], one[0] - other[1])
        if rested > _REST_FRAMES and sum(sizes[:i]) < little:
            count = i
    return count


def _edge(speed: list[float], inside: int, peak: float) -> float | None:
    """Return when the movement begins that goes on in frame `inside`; None if it began before all frames."""
    quick = _last_below(speed, inside, _QUICK * peak)
    if quick < 0:
        return None
    low = _low_share(speed[max(quick - _PAUSE_FRAMES, 0) : max(quick - _BEFORE_FRAMES, 0)], peak)
    lower, upper = _crossing(speed, inside, low * peak), _crossing(speed, inside, _HIGH * peak)
    if lower is None:
        return None
    beyond = _FARTHEST_FRAMES
    if upper is not None:
        after, until = _time_share(low), _time_share(_HIGH)
        beyond = min(max(upper - lower, 0.0) * after / (until - after), _FARTHEST_FRAMES)
    # Where it comes from a movement the other way, it begins where it turns.
    back_to = max(math.floor(lower - beyond) - _NEAR_FRAMES, -1)
    turned = next((k for k in range(quick, back_to, -1) if speed[k] < -_QUICK * peak), None)
    if turned is None:
        return lower - beyond
    while speed[turned] < 0.0:
        turned += 1
    return turned - 0.5 + _share(speed, turned - 1, 0.0)


def _low_share(pause: list[float], peak: float) -> float:
    """Return the share of the peak from which on the speed is more than that of a limb that pauses.

    What goes the other way is no pause but the way before, and says nothing of how quick a pause is.
    """
    slow = [abs(each) for each in pause if each > -_QUICK * peak]
    return min(max(_CLEAR * median(slow) / peak, _LOW), _HIGHEST_LOW) if slow else _HIGHEST_LOW


def _time_share(speed_share: float) -> float:
    """Return after which share of its time a movement with the least jerk has a share of its peak speed."""
    return 0.5 * (1.0 - math.sqrt(1.0 - math.sqrt(speed_share)))


def _crossing(speed: list[float], inside: int, level: float) -> float | None:
    """Return when the speed rises through a level near frame `inside`; None where it does not."""
    at = _last_below(speed, inside, level)
    if at == inside:
        while at + 1 < len(speed) and speed[at + 1] <= level:
            at += 1
        if at + 1 >= len(speed):
            return None
    return None if at < 0 else at + 0.5 + _share(speed, at, level)


def _last_below(speed: list[float], inside: int, level: float) -> int:
    """Return the last frame up to `inside` that is not above a level; -1 if all are."""
    return next((at for at in range(inside, -1, -1) if speed[at] <= level), -1)


def _share(speed: list[float], at: int, level: float) -> float:
    """Where between the middles of frame `at` and the next the speed passes a level."""
    if at + 1 >= len(speed) or speed[at + 1] == speed[at]:
        return 0.0
    return min(max((level - speed[at]) / (speed[at + 1] - speed[at]), 0.0), 1.0)
