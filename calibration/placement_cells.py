"""Tenths of a second of a stream: what a movement is looked for in, the same for any chunking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibration.imu import FloatArray, ImuBlock, Vector
from calibration.value import STANDARD_GRAVITY_MS2
from firmware.samples import SampleFlag

#: Length of a cell, and how many of them are judged together.
CELL_S: Final = 0.1
GROUP_CELLS: Final = 5
#: Samples further apart than this do not belong to one movement.
LONGEST_HOLE_S: Final = 0.15
#: What half a second may scatter about its mean (rms, all axes): an arm held out trembles and sways.
STILL_FORCE_MS2: Final = 0.8
STILL_RATE_RADS: Final = math.radians(10.0)
#: How far the length of gravity may be from 1 g, uncalibrated.
LARGEST_LENGTH_ERROR: Final = 0.15


@dataclass(frozen=True, slots=True)
class Cell:
    """Means and mean squares about them."""

    force: Vector
    rate: Vector
    force_scatter: float
    rate_scatter: float
    clipped: bool


def pieces(block: ImuBlock) -> Iterator[tuple[int, float, float, FloatArray, bool]]:
    """Cut a block where cells end and where samples are missing."""
    if not len(block) or block.angular_rate_rads is None:
        return
    values = np.hstack([block.specific_force_ms2, block.angular_rate_rads])
    keys = np.floor(block.t_s / CELL_S).astype(np.int64)
    clipped = (block.flags & np.uint8(SampleFlag.CLIPPED)) != 0
    cuts = (np.flatnonzero((np.diff(keys) != 0) | (np.diff(block.t_s) > LONGEST_HOLE_S)) + 1).tolist()
    for start, end in zip([0, *cuts], [*cuts, len(block)], strict=True):
        yield (
            int(keys[start]),
            float(block.t_s[start]),
            float(block.t_s[end - 1]),
            values[start:end],
            bool(clipped[start:end].any()),
        )


def cell_of(rows: list[FloatArray], *, clipped: bool) -> Cell:
    """Return the cell that rows of force and rate make."""
    values = np.ascontiguousarray(np.concatenate(rows))
    mean = values.mean(axis=0)
    about = ((values - mean) ** 2).mean(axis=0)
    return Cell(
        vector_of(mean[:3]), vector_of(mean[3:]), float(about[:3].sum()), float(about[3:].sum()), clipped
    )


def still(group: Sequence[Cell]) -> bool:
    """Return whether nothing but trembling and swaying is in a group of cells."""
    force, rate = np.array([cell.force for cell in group]), np.array([cell.rate for cell in group])
    length = float(np.linalg.norm(force.mean(axis=0))) / STANDARD_GRAVITY_MS2
    inside = sum(cell.force_scatter for cell in group), sum(cell.rate_scatter for cell in group)
    return (
        not any(cell.clipped for cell in group)
        and abs(length - 1.0) <= LARGEST_LENGTH_ERROR
        and float(force.var(axis=0).sum()) + inside[0] / len(group) <= STILL_FORCE_MS2**2
        and float(rate.var(axis=0).sum()) + inside[1] / len(group) <= STILL_RATE_RADS**2
    )


def mean_force(cells: Sequence[Cell]) -> FloatArray:
    """Return the mean specific force, shape (3,)."""
    mean: FloatArray = np.array([cell.force for cell in cells]).mean(axis=0)
    return mean


def mean_rate(cells: Sequence[Cell]) -> FloatArray:
    """Return the mean angular rate, shape (3,)."""
    mean: FloatArray = np.array([cell.rate for cell in cells]).mean(axis=0)
    return mean


def vector_of(values: FloatArray) -> Vector:
    """Return three plain numbers."""
    x, y, z = values.tolist()
    return x, y, z
