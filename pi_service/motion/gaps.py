"""What a gap of less than a second hid: the movement of a moment ago, if it went the same way on both sides.

A line across a gap cuts off the turn that lies in it. Who lifts, however, repeats himself: of the last
seconds the stretch is looked for that led up to the same movement and came out of it as it does now. What it
holds beyond a straight line is put onto the line, the less the worse it fits; nothing is, where nothing fits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray


@dataclass(frozen=True, slots=True)
class GapParams:
    """How a gap is filled."""

    shortest_s: float = 0.17
    """In less than this a line is as good, and a slow sensor's samples may come so far apart."""
    lookback_s: float = 8.0
    """A repetition that is longer is too slow to hide in a gap."""
    compared_s: float = 1.2
    """The stretch before the gap that is compared: about half of a repetition."""


@dataclass(slots=True)
class RecentCells:
    """The cells of the last seconds, as they were given out."""

    parts: deque[FloatArray] = field(default_factory=deque)
    length: int = 0

    def add(self, cells: FloatArray, longest: int) -> None:
        """Add the newest cells; forget what is older than the newest `longest`, a part at a time."""
        self.parts.append(cells)
        self.length += len(cells)
        while self.length - len(self.parts[0]) >= longest:
            self.length -= len(self.parts.popleft())

    def newest(self, longest: int) -> FloatArray:
        """Return the newest cells: shape (`longest` or fewer, channels)."""
        return np.concatenate(tuple(self.parts))[-longest:]


def beyond_the_line(recent: FloatArray, after: FloatArray, lost: int, compared: int) -> FloatArray | None:
    """Return what to add to a straight line across a gap, or None if nothing is known of it.

    Parameters
    ----------
    recent : float64 array, shape (n, channels)
        Values up to the last one before the gap, evenly spaced: specific force and, if any, angular rate.
    after : float64 array, shape (channels,)
        The first value after the gap.
    lost
        How many values are missing.
    compared
        How many values before the gap are compared.

    Returns
    -------
    float64 array, shape (lost, channels), or None
    """
    n, span = len(recent), lost + 1
    # The stretch ends `lag` values before now; as long a one follows it, and all of it is known.
    lags = np.arange(span, n - compared + 1)
    if not len(lags):
        return None
    scale = _scale(recent)
    values, now = recent / scale, np.vstack((recent[n - compared :], after)) / scale
    ends = n - lags
    errors = np.empty(len(lags))
    for i, end in enumerate(ends.tolist()):
        stretch = values[end - compared : end] - now[:-1]
        beyond = values[end + span - 1] - now[-1]
        errors[i] = (stretch * stretch).sum() / compared + (beyond * beyond).sum()
    best = int(errors.argmin())
    spread = 2.0 * ((now[:-1] - values.mean(axis=0)) ** 2).sum() / compared
    share = 1.0 - errors[best] / max(spread, 1e-12)
    if share <= 0.0:
        return None
    end = int(ends[best])
    whole = recent[end - 1 : end + span]
    part = (np.arange(1, span) / span)[:, None]
    return np.asarray(share * (whole[1:-1] - (whole[0] + part * (whole[-1] - whole[0]))))


def _scale(recent: FloatArray) -> FloatArray:
    """Bring specific force and angular rate to one size: each counts by how much it varies."""
    scale = np.empty(recent.shape[1])
    for first in range(0, recent.shape[1], 3):
        part = recent[:, first : first + 3]
        scale[first : first + 3] = max(float(np.sqrt(part.var(axis=0).sum())), 1e-6)
    return scale
