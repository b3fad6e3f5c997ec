"""Errors of the calibration that a person can do something about.

The tree::

    CalibrationError              one clear sentence; commands print it and exit with `exit_code`
    +-- CalibrationMismatchError  the calibration belongs to another sensor or range
    +-- CalibrationFormatError    a stored calibration cannot be understood
"""

from __future__ import annotations


class CalibrationError(Exception):
    """Base of all errors of the calibration; the message says what to do about it."""

    exit_code = 2


class CalibrationMismatchError(CalibrationError):
    """The calibration was made for another sensor or another range than the samples come from."""


class CalibrationFormatError(CalibrationError):
    """A stored calibration lacks something or holds something that cannot be."""
