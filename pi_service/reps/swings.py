"""Swings: the movement from one turning point to the next, and how alike two of them are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray

#: Points to which a swing is resampled for comparison.
SHAPE_POINTS = 16
_GRID = np.linspace(0.0, 1.0, SHAPE_POINTS)
#: Share of a swing's size that still counts as a pause at either end.
_PAUSE_SHARE = 0.1

IntArray = npt.NDArray[np.intp]
#: Indices and values.
Extremes = tuple[list[int], list[float]]


def turning_points(signal: FloatArray, smallest_swing: float) -> list[int]:
    """Return the indices at which a signal turns, ignoring swings smaller than `smallest_swing`.

    Minima and maxima alternate; consecutive ones differ by at least `smallest_swing`. The first and
    the last are where the first and the last such swing begin and end so far.
    """
    return turns_among(extremes(signal), smallest_swing)


def extremes(signal: FloatArray) -> Extremes:
    """Return where a signal has its ends and its local minima and maxima, and its values there."""
    rises, falls = signal[1:] > signal[:-1], signal[1:] < signal[:-1]
    local = ((rises[1:] != rises[:-1]) | (falls[1:] != falls[:-1])).nonzero()[0] + 1
    indices = [0, *local.tolist(), len(signal) - 1]
    return indices, signal[indices].tolist()


def turns_among(known: Extremes, smallest_swing: float) -> list[int]:
    """Return the `turning_points` of a signal whose `extremes` are known."""
    turns: list[int] = []
    rising = 0
    low = high = known[1][0]
    low_at = high_at = 0
    for index, value in zip(*known, strict=True):
        if value > high:
            high, high_at = value, index
        if value < low:
            low, low_at = value, index
        if rising == 0:
            if high - low >= smallest_swing:
                rising = 1 if high_at > low_at else -1
                turns.append(low_at if rising > 0 else high_at)
        elif rising > 0 and high - value >= smallest_swing:
            turns.append(high_at)
            rising, low, low_at = -1, value, index
        elif rising < 0 and value - low >= smallest_swing:
            turns.append(low_at)
            rising, high, high_at = 1, value, index
    if rising:
        turns.append(high_at if rising > 0 else low_at)
    return turns


@dataclass(frozen=True, slots=True, eq=False)
class Swings:
    """The swings between successive turning points of a signal, all arrays of m swings.

    Attributes
    ----------
    begin, end
        Indices of the turning points.
    leaves, arrives
        Indices between which the swing moves: its pauses at both ends are outside.
    change
        Change of the signal over the swing, signed.
    shapes : float64 array, shape (m, 16, d)
        The path of the pose while the swing moves, resampled in time, about its own mean.
    """

    begin: IntArray
    end: IntArray
    leaves: IntArray
    arrives: IntArray
    change: FloatArray
    shapes: FloatArray

    def __len__(self) -> int:
        return len(self.begin)

    def __getitem__(self, part: slice) -> Swings:
        """Return successive swings on their own."""
        return Swings(
            self.begin[part],
            self.end[part],
            self.leaves[part],
            self.arrives[part],
            self.change[part],
            self.shapes[part],
        )


def cut_swings(points: FloatArray, signal: FloatArray, turns: list[int]) -> Swings:
    """Cut a path into swings at the turning points of one of its signals.

    Parameters
    ----------
    points : float64 array, shape (n, d)
        The path of the pose.
    signal : float64 array, shape (n,)
        The signal whose turning points `turns` are.
    """
    begin, end = np.array(turns[:-1], dtype=np.intp), np.array(turns[1:], dtype=np.intp)
    change = signal[end] - signal[begin]
    leaves, arrives = np.array(moving_parts(signal, turns), dtype=np.intp).T
    return Swings(begin, end, leaves, arrives, change, shapes_of(points, leaves, arrives))


def moving_parts(signal: FloatArray, turns: list[int]) -> list[tuple[int, int]]:
    """Return where each swing between successive turning points leaves and arrives."""
    return [_moving_part(signal, a, b) for a, b in itertools.pairwise(turns)]


def shapes_of(points: FloatArray, leaves: IntArray, arrives: IntArray) -> FloatArray:
    """Return the shapes of swings, see `Swings`, that move between these indices of a path."""
    at = leaves[:, None] + _GRID * (arrives - leaves)[:, None]
    left = np.minimum(at.astype(np.intp), len(points) - 2)
    share = (at - left)[:, :, None]
    path = points[left] * (1.0 - share) + points[left + 1] * share
    return np.asarray(path - path.sum(axis=1, keepdims=True) / SHAPE_POINTS)


def _moving_part(signal: FloatArray, begin: int, end: int) -> tuple[int, int]:
    """Return the part of a swing in which it moves."""
    values = signal[begin : end + 1].tolist()
    first, last = values[0], values[-1]
    pause = _PAUSE_SHARE * (last - first)
    arrived, early, late = 0, first + pause, last - pause
    if last > first:
        while values[arrived] < late:
            arrived += 1
        left = arrived
        while values[left] > early:
            left -= 1
    else:
        while values[arrived] > late:
            arrived += 1
        left = arrived
        while values[left] < early:
            left -= 1
    return begin + left, begin + arrived


def likeness(a: FloatArray, b: FloatArray) -> FloatArray:
    """Compare shapes pairwise: 1 the same, 0 unrelated or opposite.

    Size counts as well as form: a swing of half the size has a likeness of 2/3.

    Parameters
    ----------
    a, b : float64 arrays, shape (m, 16, d), or (16, d) for one that is compared with each

    Returns
    -------
    float64 array, shape (m,)
    """
    size = _norms(a) + _norms(b)
    return np.asarray(1.0 - _norms(a - b) / np.maximum(size, 1e-12))


def _norms(shapes: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.add.reduce(shapes * shapes, axis=(-2, -1))))
