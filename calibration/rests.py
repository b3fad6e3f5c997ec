"""Rests in a stream of counts: stretches in which the sensor stays as it is, found by their variance.

The samples are summed up in cells of a tenth of a second on the trace's own clock, in whole numbers: so
the rests are the same, bit for bit, however the stream was cut into blocks.

The bounds, and why
    A hand-held sensor is never quite still, and need not be: what the fit takes from a rest is its mean.

    `STILL_FORCE_MS2` and `STILL_RATE_RADS` bound what half a second may scatter about its own mean. The
    chip's noise is 0.06 m/s2 and 0.07 deg/s in the 44 Hz filter; a hand's tremor (8 to 12 Hz) adds 0.05 to
    0.3 m/s2 and 0.5 to 2 deg/s. At the bound, tremor of 8 Hz moves the mean of 2 s by 0.5 mg at most.

    `CREEP_MS2_PER_S` bounds how the mean moves from the first half of a rest to the second: 0.05 m/s2 a
    second is a turn of 0.3 deg/s. Below it the direction changes by less than a degree, which shortens the
    mean of gravity by less than 0.04 mg, and the rate is wrong by less than 0.3 deg/s in that rest only. A
    turn about the vertical is not seen by gravity: `calibration.gyro_fit` finds it by comparing the rests.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.imu import Vector
from calibration.value import FULL_SCALE_COUNTS, STANDARD_GRAVITY_MS2
from firmware.chips import MPU_6050, Chip
from firmware.samples import CLIPPED_COUNTS, RawBlock, SampleFlag

#: Length of a cell.
CELL_US = 100_000
#: Cells whose scatter is judged together.
GROUP_CELLS = 5
#: Shortest rest; a rest is given out as soon as it has the longest, and the next begins.
SHORTEST_REST_S = 2.0
LONGEST_REST_S = 3.0
#: Samples further apart than this do not belong to one rest.
LONGEST_GAP_US = 300_000

#: Largest scatter (rms, all three axes together) of a group.
STILL_FORCE_MS2 = 0.35
STILL_RATE_RADS = math.radians(3.0)
#: Largest change of the mean from the first half of a rest to the second, for each second between the halves.
CREEP_MS2_PER_S = 0.05

_SHORTEST_CELLS = round(SHORTEST_REST_S * 1e6 / CELL_US)
_LONGEST_CELLS = round(LONGEST_REST_S * 1e6 / CELL_US)
_AXES = ("accelerometer x", "accelerometer y", "accelerometer z", "gyro x", "gyro y", "gyro z")


@dataclass(frozen=True, slots=True)
class Rest:
    """A stretch at rest, in nominal units (the data sheet's scale and no offset).

    Attributes
    ----------
    start_s, end_s
        Half-open, on the trace's own clock.
    specific_force_ms2, angular_rate_rads
        Mean, sensor frame.
    force_spread_ms2, rate_spread_rads
        Root mean square about the mean, all three axes together.
    temperature_c
        Mean die temperature, where the samples carry it.
    clipped_axes
        Axes that were at the end of their range, such as ``accelerometer x``.
    samples
        How many samples it has.
    """

    start_s: float
    end_s: float
    specific_force_ms2: Vector
    angular_rate_rads: Vector
    force_spread_ms2: float
    rate_spread_rads: float
    temperature_c: float | None
    clipped_axes: tuple[str, ...] = ()
    samples: int = 0

    @property
    def clipped(self) -> bool:
        """Whether an axis was at the end of its range."""
        return bool(self.clipped_axes)


@dataclass(slots=True)
class _Cell:
    """Sums over consecutive samples, all of them whole numbers."""

    key: int
    first_us: int
    last_us: int
    n: int
    total: list[int]  # accelerometer x, y, z, gyroscope x, y, z
    squares: list[int]
    heat: int | None
    clipped: list[bool]

    def add(self, other: _Cell) -> None:
        self.last_us = other.last_us
        self.n += other.n
        self.total = [a + b for a, b in zip(self.total, other.total, strict=True)]
        self.squares = [a + b for a, b in zip(self.squares, other.squares, strict=True)]
        self.heat = None if self.heat is None or other.heat is None else self.heat + other.heat
        self.clipped = [a or b for a, b in zip(self.clipped, other.clipped, strict=True)]


@dataclass(slots=True)
class RestState:
    """What a `RestFinder` remembers of the stream."""

    ranges: tuple[int, int] | None = None
    open: _Cell | None = None
    recent: deque[_Cell] = field(default_factory=lambda: deque(maxlen=GROUP_CELLS))
    stretch: list[_Cell] = field(default_factory=list)
    given: bool = False
    stillness: float = 0.0
    still_since_us: int | None = None
    last_us: int = 0
    broken: bool = False
    clipped_axes: tuple[str, ...] = ()


class RestFinder:
    """Finds rests in the blocks of one sensor; any chunking of the same samples gives the same rests.

    A rest is given out when the sensor moves after at least `SHORTEST_REST_S`, or as soon as it has lasted
    `LONGEST_REST_S`; then the next begins, without a movement in between.

    Parameters
    ----------
    chip
        Whose thermometer it is.
    """

    def __init__(self, chip: Chip = MPU_6050) -> None:
        self._chip = chip
        self.state = RestState()

    @property
    def stillness(self) -> float:
        """How still the sensor is in the last half second: 1 for no more than noise, 0 for moving."""
        return self.state.stillness

    @property
    def still_for_s(self) -> float:
        """For how long it has been still, with the rests that were given out meanwhile."""
        since_us = self.state.still_since_us
        return 0.0 if since_us is None else (self.state.last_us - since_us) / 1e6

    @property
    def rested(self) -> bool:
        """Whether the present stillness has given a rest: the sensor may be moved on."""
        return self.state.given

    @property
    def broken_off(self) -> bool:
        """Whether the last stillness ended before it was a rest; until the next begins."""
        return self.state.broken

    @property
    def clipped_axes(self) -> tuple[str, ...]:
        """Axes that were at the end of their range in the last whole cell."""
        return self.state.clipped_axes

    @property
    def mean_force_ms2(self) -> Vector | None:
        """Mean specific force of the last half second, nominal; None before there is one."""
        if len(self.state.recent) < GROUP_CELLS:
            return None
        return self._rest(list(self.state.recent)).specific_force_ms2

    def step(self, block: RawBlock) -> list[Rest]:
        """Return the rests that are complete with this block."""
        ranges = (block.accel_range_g, block.gyro_range_dps)
        found: list[Rest] = []
        if self.state.ranges not in (None, ranges):
            found += self.finish()
        self.state.ranges = ranges
        for cell, gap_before in _cells(block, self.state.open):
            found += self._take(cell, gap_before=gap_before)
        return found

    def pending(self) -> list[Rest]:
        """Return what `finish` would if the stream ended here; it may go on."""
        ended = RestFinder(self._chip)
        ended.state = copy.deepcopy(self.state)
        return ended.finish()

    def finish(self) -> list[Rest]:
        """Return the rest that the end of the stream completes, if there is one."""
        found: list[Rest] = []
        if self.state.open is not None:
            found += self._close(self.state.open)
        found += self._end_stretch(self.state.stretch)
        self.state = RestState(ranges=self.state.ranges, last_us=self.state.last_us)
        return found

    def _take(self, cell: _Cell, *, gap_before: bool) -> list[Rest]:
        """Take a piece of a cell, or the whole."""
        state = self.state
        found: list[Rest] = []
        if state.open is not None:
            if not gap_before and cell.key == state.open.key:
                state.open.add(cell)
                return []
            found += self._close(state.open)
        if gap_before:
            found += self._end_stretch(state.stretch)
            state.recent.clear()
            state.stretch, state.still_since_us, state.given, state.stillness = [], None, False, 0.0
        state.open = cell
        return found

    def _close(self, cell: _Cell) -> list[Rest]:
        """Judge the stream up to a cell that is whole."""
        state = self.state
        state.last_us = cell.last_us
        state.clipped_axes = _clipped([cell])
        state.recent.append(cell)
        if len(state.recent) < GROUP_CELLS:
            return []
        group = self._rest(list(state.recent))
        loudness = max(group.force_spread_ms2 / STILL_FORCE_MS2, group.rate_spread_rads / STILL_RATE_RADS)
        # The chip's own noise is about a fifth of the bounds: that is as still as can be.
        state.stillness = min(1.0, max(0.0, 1.25 * (1.0 - loudness)))
        if loudness > 1.0:
            found = self._end_stretch(state.stretch[: 1 - GROUP_CELLS])
            state.broken = state.broken or (bool(state.stretch) and not state.given and not found)
            state.stretch, state.still_since_us, state.given = [], None, False
            return found
        if state.still_since_us is None:
            state.still_since_us = state.recent[0].first_us
            state.stretch = list(state.recent)
            state.broken = False
        else:
            state.stretch.append(cell)
        while len(state.stretch) >= _SHORTEST_CELLS and self._creeps(state.stretch):
            del state.stretch[0]
        if len(state.stretch) >= _LONGEST_CELLS:
            rest, state.stretch = self._rest(state.stretch), []
            state.given = True
            return [rest]
        return []

    def _end_stretch(self, cells: list[_Cell]) -> list[Rest]:
        """Return the rest that a stretch is when it ends here."""
        if len(cells) < _SHORTEST_CELLS or self._creeps(cells):
            return []
        return [self._rest(cells)]

    def _creeps(self, cells: list[_Cell]) -> bool:
        """Return whether the mean moves too far from the first half to the second."""
        half = len(cells) // 2
        first, second = self._rest(cells[:half]), self._rest(cells[half:])
        moved = math.dist(first.specific_force_ms2, second.specific_force_ms2)
        apart_s = (second.start_s + second.end_s - first.start_s - first.end_s) / 2.0
        return moved > CREEP_MS2_PER_S * apart_s

    def _rest(self, cells: list[_Cell]) -> Rest:
        n = sum(cell.n for cell in cells)
        total = [sum(cell.total[axis] for cell in cells) for axis in range(6)]
        # n * sum(x^2) - (sum x)^2 is exact in whole numbers: n^2 times the variance.
        scatter = [
            n * sum(cell.squares[axis] for cell in cells) - total[axis] * total[axis] for axis in range(6)
        ]
        accel_range_g, gyro_range_dps = self.state.ranges or (0, 0)
        force_scale = accel_range_g * STANDARD_GRAVITY_MS2 / FULL_SCALE_COUNTS
        rate_scale = math.radians(gyro_range_dps) / FULL_SCALE_COUNTS
        heats = [cell.heat for cell in cells if cell.heat is not None]
        return Rest(
            start_s=cells[0].first_us / 1e6,
            end_s=(cells[-1].last_us + 1) / 1e6,
            specific_force_ms2=_scaled(total[:3], force_scale / n),
            angular_rate_rads=_scaled(total[3:], rate_scale / n),
            force_spread_ms2=math.sqrt(sum(scatter[:3])) / n * force_scale,
            rate_spread_rads=math.sqrt(sum(scatter[3:])) / n * rate_scale,
            temperature_c=self._chip.temperature_at_zero_c + sum(heats) / n / self._chip.temperature_lsb_per_c
            if len(heats) == len(cells)
            else None,
            clipped_axes=_clipped(cells),
            samples=n,
        )


def _cells(block: RawBlock, before: _Cell | None) -> list[tuple[_Cell, bool]]:
    """Cut a block where cells end and samples are missing; say of each piece whether some are before it."""
    n = len(block)
    if not n:
        return []
    t_us = np.asarray(block.t_us, dtype=np.int64)
    keys = t_us // CELL_US
    gap = (block.flags & np.uint8(SampleFlag.GAP_BEFORE)) != 0
    previous = np.concatenate(([t_us[0] if before is None else before.last_us], t_us[:-1]))
    gap |= t_us - previous > LONGEST_GAP_US
    cut = gap.copy()
    cut[0] = True
    cut[1:] |= keys[1:] != keys[:-1]
    starts = np.flatnonzero(cut)
    ends = np.append(starts[1:], n)
    values = np.concatenate([block.accel_counts, block.gyro_counts], axis=1).astype(np.int64)
    total = np.add.reduceat(values, starts).tolist()
    squares = np.add.reduceat(values * values, starts).tolist()
    clipped = np.logical_or.reduceat(np.abs(values) >= CLIPPED_COUNTS, starts).tolist()
    heats = _heats(block.temperature_counts, starts)
    return [
        (
            _Cell(
                key=int(keys[start]),
                first_us=int(t_us[start]),
                last_us=int(t_us[end - 1]),
                n=int(end - start),
                total=total[number],
                squares=squares[number],
                heat=heats[number],
                clipped=clipped[number],
            ),
            bool(gap[start]),
        )
        for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
    ]


def _heats(counts: npt.NDArray[np.int16] | None, starts: npt.NDArray[np.intp]) -> list[Any]:
    if counts is None:
        return [None] * len(starts)
    sums: list[Any] = np.add.reduceat(counts.astype(np.int64), starts).tolist()
    return sums


def _clipped(cells: list[_Cell]) -> tuple[str, ...]:
    return tuple(name for axis, name in enumerate(_AXES) if any(cell.clipped[axis] for cell in cells))


def _scaled(sums: list[int], scale: float) -> Vector:
    return sums[0] * scale, sums[1] * scale, sums[2] * scale
