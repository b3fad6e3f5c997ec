"""Median, quantile and spread of a few numbers, without the 20 to 50 us that numpy's take for each call."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calibration.imu import FloatArray


def quantile(values: FloatArray, share: float) -> float:
    """Return the value that `share` of the values do not exceed, as `numpy.quantile` interpolates it."""
    return _at(np.sort(values), share)


def quantiles_apart(values: FloatArray, low: float, high: float) -> float:
    """Return how far two quantiles are apart."""
    ordered = np.sort(values)
    return _at(ordered, high) - _at(ordered, low)


def median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else 0.5 * (ordered[half - 1] + ordered[half])


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one value."""
    return sum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of all the values that there are."""
    middle = mean(values)
    return math.sqrt(mean([(value - middle) ** 2 for value in values]))


def _at(ordered: FloatArray, share: float) -> float:
    place = share * (len(ordered) - 1)
    left = int(place)
    a, b = float(ordered[left]), float(ordered[min(left + 1, len(ordered) - 1)])
    over = place - left
    return a + (b - a) * over if over < 0.5 else b - (b - a) * (1.0 - over)
