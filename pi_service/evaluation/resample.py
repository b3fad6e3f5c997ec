"""The same movement as a sensor would have read it that runs at another rate."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SampleFlag

#: Longer silences are kept: nothing is made up for them.
_LONGEST_BRIDGE_S = 1.0


def resampled(block: ImuBlock, rate_hz: float, phase: float) -> ImuBlock:
    """Read a movement at another rate.

    Each new sample is the mean of the old ones, joined by straight lines, over one new period around it:
    what a chip's low-pass filter does for a slower rate, and nearly an interpolation for a faster one.

    Parameters
    ----------
    block
        All samples of one sensor.
    rate_hz
        The new rate; the new times are exactly regular.
    phase
        Where in its period the first new sample lies, 0 to 1.
    """
    half_s = 0.5 / rate_hz
    values = block.specific_force_ms2
    if block.angular_rate_rads is not None:
        values = np.hstack((values, block.angular_rate_rads))
    first_s, last_s = float(block.t_s[0]) + half_s, float(block.t_s[-1]) - half_s
    count = max(0, int(np.ceil((last_s - first_s) * rate_hz - phase)))
    new_s = np.asarray(first_s + (np.arange(count) + phase) / rate_hz, dtype=np.float64)
    if not count:
        return block[:0]
    gaps = np.diff(block.t_s) > _LONGEST_BRIDGE_S
    silent = np.concatenate(([0], np.cumsum(gaps)))
    left = np.searchsorted(block.t_s, new_s - half_s, side="right") - 1
    right = np.minimum(np.searchsorted(block.t_s, new_s + half_s, side="left"), len(block) - 1)
    kept = silent[left] == silent[right]
    means = (_integral(block.t_s, values, new_s + half_s) - _integral(block.t_s, values, new_s - half_s)) / (
        2.0 * half_s
    )
    # A flag of an old sample goes to the first new one after it.
    flags = np.zeros(count, np.uint8)
    heir = np.searchsorted(new_s, block.t_s, side="left")
    marks = block.flags.copy()
    marks[1:][gaps] |= np.uint8(SampleFlag.GAP_BEFORE)
    marked = np.flatnonzero((marks != 0) & (heir < count))
    following = np.flatnonzero(kept)
    for old in marked.tolist():
        place = np.searchsorted(following, heir[old])
        if place < len(following):
            flags[following[place]] |= marks[old]
    return ImuBlock(
        block.sensor,
        new_s[kept],
        means[kept, :3],
        means[kept, 3:] if block.angular_rate_rads is not None else None,
        flags[kept],
    )


def _integral(t_s: FloatArray, values: FloatArray, until_s: FloatArray) -> FloatArray:
    """Integrate the samples, joined by straight lines, from the first one up to each of some times."""
    areas = 0.5 * (values[1:] + values[:-1]) * np.diff(t_s)[:, None]
    total = np.vstack((np.zeros(values.shape[1]), np.cumsum(areas, axis=0)))
    left = np.clip(np.searchsorted(t_s, until_s, side="right") - 1, 0, len(t_s) - 2)
    since_s = (until_s - t_s[left])[:, None]
    slope = (values[left + 1] - values[left]) / (t_s[left + 1] - t_s[left])[:, None]
    return np.asarray(total[left] + since_s * (values[left] + 0.5 * slope * since_s))
