"""Errors of the calibration that a person can do something about.

The tree::

    CalibrationError              one clear sentence; commands print it and exit with `exit_code`
    +-- CalibrationMismatchError  the calibration belongs to another sensor, chip or range
    +-- CalibrationFormatError    a stored calibration cannot be understood or cannot be true
    +-- CalibrationFileError      a stored calibration cannot be read or written
    +-- CoverageError             poses are missing
    +-- MovedError                what was taken for rest was none
    +-- ClippedError              an axis was at the end of its range
    +-- PlacementError            the guided movement does not tell how the sensor sits
    +-- StepLengthError           the walk does not tell how long a step is
"""

from __future__ import annotations


class CalibrationError(Exception):
    """Base of all errors of the calibration; the message says what to do about it."""

    exit_code = 2


class CalibrationMismatchError(CalibrationError):
    """The calibration was made for another sensor or another range than the samples come from."""


class CalibrationFormatError(CalibrationError):
    """A stored calibration lacks something or holds something that cannot be."""


class CalibrationFileError(CalibrationError):
    """A file or folder of calibrations cannot be read or written."""


class CoverageError(CalibrationError):
    """Poses are missing that the fit needs; the sentence names them."""


class MovedError(CalibrationError):
    """The rests contradict each other: the sensor moved in one, or something pushed it."""


class ClippedError(CalibrationError):
    """An axis was at the end of its range during a rest."""


class PlacementError(CalibrationError):
    """The guided movement was too small, about the wrong axis, or began or ended without a rest."""


class StepLengthError(CalibrationError):
    """The walk was too short, or cannot have been that long."""
