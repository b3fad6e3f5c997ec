"""How far off a sensor may be: three times the data sheet. What is beyond is a mistake, not a sensor.

The data sheet (PS-MPU-6000A-00, 6.1 and 6.2) allows 3 % of scale, 2 % across the axes, 80 mg, 20 deg/s
and 20 deg/s over 125 C. Clones are worse, and the frame of a housing may be turned against the chip's.
"""

from __future__ import annotations

import math
from typing import Final

from calibration.errors import CalibrationFormatError
from calibration.stored import Matrix
from calibration.value import STANDARD_GRAVITY_MS2, Calibration

LARGEST_SCALE_ERROR: Final = 0.09
LARGEST_CROSS_AXIS: Final = 0.06
LARGEST_ACCEL_OFFSET_MS2: Final = 0.24 * STANDARD_GRAVITY_MS2
LARGEST_GYRO_OFFSET_RADS: Final = math.radians(60.0)
LARGEST_GYRO_SLOPE_RADS_PER_C: Final = math.radians(0.48)
COLDEST_C: Final = -40.0
HOTTEST_C: Final = 105.0


def require_plausible(calibration: Calibration, source: str) -> None:
    """Refuse a calibration that no sensor can have.

    Parameters
    ----------
    calibration
        The calibration.
    source
        Where it comes from; the sentence begins with it.

    Raises
    ------
    CalibrationFormatError
        A value is beyond three times the data sheet's, or a figure of the quality is none; the sentence
        names it.
    """
    for name, what in (("accel_matrix", "accelerometer"), ("gyro_matrix", "gyroscope")):
        strange = implausible(getattr(calibration, name))
        if strange is not None:
            row, column, value, limit = strange
            raise CalibrationFormatError(
                f"{source} cannot be right: {name} has {value:g} in row {row + 1}, column {column + 1}, and"
                f" the matrix of any {what} is within {limit:g} of {int(row == column)} there: mend"
                " the file or calibrate again."
            )
    for name, limit, unit in (
        ("accel_offset_ms2", LARGEST_ACCEL_OFFSET_MS2, "m/s2"),
        ("gyro_offset_rads", LARGEST_GYRO_OFFSET_RADS, "rad/s"),
        ("gyro_slope_rads_per_c", LARGEST_GYRO_SLOPE_RADS_PER_C, "rad/s per C"),
    ):
        value = max(getattr(calibration, name), key=abs)
        if not abs(value) <= limit:
            raise CalibrationFormatError(
                f"{source} cannot be right: {name} has {value:g} {unit}, and no sensor is off by more than"
                f" {limit:.3g}: mend the file or calibrate again."
            )
    temperature_c = calibration.temperature_c
    if temperature_c is not None and not COLDEST_C <= temperature_c <= HOTTEST_C:
        raise CalibrationFormatError(
            f"{source} cannot be right: temperature_c is {temperature_c:g}, and the chip works from"
            f" {COLDEST_C:g} to {HOTTEST_C:g} C: mend the file or calibrate again."
        )
    figures = {} if calibration.quality is None else calibration.quality.to_dict()
    for name, value in figures.items():
        if name != "faces" and not 0.0 <= value < math.inf:
            raise CalibrationFormatError(
                f"{source} cannot be right: {name} is {value:g}, and such a figure is 0 or more: mend the"
                " file or calibrate again."
            )


def implausible(matrix: Matrix) -> tuple[int, int, float, float] | None:
    """Return row, column, value and limit of the first element that no sensor can have, or None."""
    for row in range(3):
        for column in range(3):
            value = matrix[row][column]
            off, limit = (value - 1.0, LARGEST_SCALE_ERROR) if row == column else (value, LARGEST_CROSS_AXIS)
            if not abs(off) <= limit:
                return row, column, value, limit
    return None
