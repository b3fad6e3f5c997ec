"""The gyroscope's offset from rests, its line against the temperature, and its scale from known turns.

Model of the rests
    ``rate = offset + slope * (T - T0) + G @ f``, where ``f`` is the specific force: the data sheet allows
    0.1 deg/s for each g. ``G`` is fitted so that the poses do not pass for temperature, and left out
    of the result: over the poses it averages out, and what remains is part of the residual.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibration.errors import CoverageError, MovedError
from calibration.imu import FloatArray, Vector
from calibration.limits import LARGEST_GYRO_OFFSET_RADS, LARGEST_GYRO_SLOPE_RADS_PER_C, implausible
from calibration.rests import Rest
from calibration.stored import Matrix
from calibration.value import FULL_SCALE_COUNTS, STANDARD_GRAVITY_MS2, ZERO
from firmware.samples import CLIPPED_COUNTS, RawBlock

#: A line against the temperature is fitted when the rests span more than this.
LINE_SPAN_C: Final = 5.0
#: A rest whose rate is further than this from the others' was a slow turn.
OUTLIER_RADS: Final = math.radians(1.0)
#: A turn with a longer hole in its samples cannot be measured.
LONGEST_HOLE_S: Final = 0.1
#: Standard deviations of the prior: the offset's is no bound, the others are half the data sheet's.
_OFFSET_SIGMA_RADS: Final = math.radians(200.0)
_SLOPE_SIGMA_RADS_PER_C: Final = math.radians(20.0 / 125.0) / 2.0
_G_SIGMA_RADS: Final = math.radians(0.1) / 2.0
#: What the mean of a rest is off by: the chip's own, and part of what it scatters by.
_REST_SIGMA_RADS: Final = math.radians(0.03)
_PART_OF_SPREAD: Final = 0.3


@dataclass(frozen=True, slots=True)
class GyroFit:
    """What was found.

    Attributes
    ----------
    offset_rads
        Nominal angular rate at rest, at `temperature_c`.
    slope_rads_per_c
        How it grows with the die temperature; 0 where the rests span too little.
    temperature_c
        Mean die temperature of the rests; None where it is not known.
    span_c
        From the coldest rest to the warmest.
    residual_rads
        Root mean square over the rests of the length of what remains.
    left_out
        Rests that were slow turns.
    """

    offset_rads: Vector
    slope_rads_per_c: Vector
    temperature_c: float | None
    span_c: float
    residual_rads: float
    left_out: tuple[Rest, ...] = ()


def fit_gyro(rests: Sequence[Rest]) -> GyroFit:
    """Return the gyroscope's offset.

    Raises
    ------
    CoverageError
        There is no rest.
    MovedError
        The rests contradict each other, or no gyroscope is so far off: the sensor was turning.
    """
    if not rests:
        raise CoverageError("There is no rest to take the gyroscope's offset from: let the sensor lie still.")
    used, left_out = list(rests), list[Rest]()
    while True:
        fit, misfit = _fit(used)
        worst = int(np.argmax(misfit))
        if misfit[worst] <= OUTLIER_RADS:
            break
        left_out.append(used.pop(worst))
        if len(left_out) >= len(used):
            raise MovedError(
                "The gyroscope does not read the same in the rests: the sensor was turning slowly in some:"
                " lay it down and do not touch it."
            )
    if max(map(abs, fit.offset_rads)) > LARGEST_GYRO_OFFSET_RADS:
        raise MovedError(
            f"The gyroscope reads {math.degrees(max(map(abs, fit.offset_rads))):.0f} deg/s at rest, and none"
            " is so far off: the sensor was turning; lay it down and do not touch it."
        )
    return GyroFit(
        fit.offset_rads,
        fit.slope_rads_per_c,
        fit.temperature_c,
        fit.span_c,
        fit.residual_rads,
        tuple(left_out),
    )


def _fit(rests: Sequence[Rest]) -> tuple[GyroFit, FloatArray]:
    """Return the fit and how far each rest is from it (rad/s)."""
    rates = np.array([rest.angular_rate_rads for rest in rests])
    forces = np.array([rest.specific_force_ms2 for rest in rests]) / STANDARD_GRAVITY_MS2
    sigma = np.hypot(_REST_SIGMA_RADS, _PART_OF_SPREAD * np.array([rest.rate_spread_rads for rest in rests]))
    known = [rest.temperature_c for rest in rests if rest.temperature_c is not None]
    temperature_c = float(np.mean(known)) if len(known) == len(rests) else None
    span_c = max(known) - min(known) if temperature_c is not None else 0.0
    warmer = np.zeros(len(rests)) if temperature_c is None else np.array(known) - temperature_c
    columns = [np.ones(len(rests)), *forces.T]
    prior = [_OFFSET_SIGMA_RADS, _G_SIGMA_RADS, _G_SIGMA_RADS, _G_SIGMA_RADS]
    line = span_c > LINE_SPAN_C
    if line:
        columns.append(warmer)
        prior.append(_SLOPE_SIGMA_RADS_PER_C)
    # Each unknown in units of its prior: the lower rows pull it to 0.
    scaled = np.column_stack(columns) * np.array(prior)
    left = np.vstack([scaled / sigma[:, None], np.eye(len(prior))])
    right = np.vstack([rates / sigma[:, None], np.zeros((len(prior), 3))])
    found = np.linalg.lstsq(left, right, rcond=None)[0] * np.array(prior)[:, None]
    offset = found[0]
    slope = (
        np.clip(found[4], -LARGEST_GYRO_SLOPE_RADS_PER_C, LARGEST_GYRO_SLOPE_RADS_PER_C)
        if line
        else np.zeros(3)
    )
    misfit = np.linalg.norm(rates - offset - warmer[:, None] * slope, axis=1)
    residual_rads = float(np.sqrt(np.mean(misfit**2)))
    return (
        GyroFit(
            _vector(offset), _vector(slope) if line else ZERO, temperature_c, float(span_c), residual_rads
        ),
        misfit,
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn through a known angle, such as one full turn on a table.

    Attributes
    ----------
    measured_rads
        Integral of the nominal angular rate without its offset, sensor frame (rad).
    axis
        What it turned about, sensor frame, any length; right-handed. On a table that is up: the calibrated
        specific force at rest.
    angle_rad
        How far it turned; negative for clockwise, seen from above on a table.
    """

    measured_rads: Vector
    axis: Vector
    angle_rad: float


def measure_turn(samples: RawBlock, before: Rest, after: Rest, axis: Vector, angle_rad: float) -> Turn:
    """Return a turn between two rests in the same pose.

    The offset is the line through the first half of `before` and the second half of `after`, so that the
    pose does not matter and the turn may begin and end within the rests: gravity does not see a slow turn
    about the vertical.

    Parameters
    ----------
    samples
        At least all from the start of `before` to the end of `after`.
    before, after
        The rests on both sides.
    axis, angle_rad
        As in `Turn`.

    Raises
    ------
    MovedError
        Samples are missing in between, or it was turned faster than the gyroscope measures.
    """
    t_s = samples.t_us / 1e6
    begin_s, end_s = (before.start_s + before.end_s) / 2.0, (after.start_s + after.end_s) / 2.0
    first = (t_s >= before.start_s) & (t_s < begin_s)
    last = (t_s >= end_s) & (t_s < after.end_s)
    inside = (t_s >= begin_s) & (t_s < end_s)
    edges = np.concatenate(([begin_s], t_s[inside], [end_s]))
    if float(np.diff(edges).max()) > LONGEST_HOLE_S or not (first.any() and last.any()):
        raise MovedError("Samples of the turn are missing: turn the sensor again.")
    if int(np.abs(samples.gyro_counts[inside].astype(np.int32)).max()) >= CLIPPED_COUNTS:
        raise MovedError(
            f"The sensor was turned faster than the {samples.gyro_range_dps} deg/s that the gyroscope can"
            " measure: turn it again, more slowly."
        )
    rate = samples.gyro_counts * (math.radians(samples.gyro_range_dps) / FULL_SCALE_COUNTS)
    begin_offset, end_offset = rate[first].mean(axis=0), rate[last].mean(axis=0)
    times = t_s[inside]
    part = ((times - times[0]) / (times[-1] - times[0]))[:, None]
    turned = np.trapezoid(rate[inside] - (begin_offset + part * (end_offset - begin_offset)), times, axis=0)
    return Turn(_vector(turned), axis, angle_rad)


def scale_from_turn(*turns: Turn) -> Matrix:
    """Return the gyroscope's matrix from turns through known angles.

    One turn tells the scale about its axis and how the others answer to it; three about different axes tell
    the whole matrix. What they do not tell stays as in the data sheet.

    Raises
    ------
    MovedError
        No gyroscope is as far off: the turn was another one than was said.
    """
    if not turns:
        raise CoverageError("There is no turn to take the gyroscope's scale from.")
    measured = np.array([turn.measured_rads for turn in turns]).T
    axes = np.array([np.array(turn.axis) / np.linalg.norm(turn.axis) for turn in turns])
    true = (axes * np.array([[turn.angle_rad] for turn in turns])).T
    # Directions that were hardly turned about (below a tenth of the others) say nothing.
    matrix = np.eye(3) + (true - measured) @ np.linalg.pinv(measured, rcond=0.1)
    rows = (_vector(matrix[0]), _vector(matrix[1]), _vector(matrix[2]))
    if implausible(rows) is not None:
        degrees = ", ".join(
            f"{math.degrees(float(np.linalg.norm(seen))):.0f} degrees"
            f"{' the other way' if seen @ turn < 0.0 else ''}"
            for seen, turn in zip(measured.T, true.T, strict=True)
        )
        said = ", ".join(f"{math.degrees(abs(turn.angle_rad)):.0f}" for turn in turns)
        raise MovedError(
            f"The gyroscope measured {degrees} where the turn was said to be {said}: turn it by just"
            " that angle, flat on the table, in the direction that was asked for."
        )
    return rows


def _vector(values: FloatArray) -> Vector:
    x, y, z = values.tolist()
    return x, y, z
