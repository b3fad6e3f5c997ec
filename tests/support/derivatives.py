"""Derivatives by differences, to compare exact ones with."""

from __future__ import annotations

from collections.abc import Callable

from calibration.imu import FloatArray


def slope(function: Callable[[FloatArray], FloatArray], t_s: FloatArray, h_s: float = 1e-4) -> FloatArray:
    """The derivative of a function at given times, of fourth order in the step."""
    near = function(t_s + h_s) - function(t_s - h_s)
    far = function(t_s + 2.0 * h_s) - function(t_s - 2.0 * h_s)
    return (8.0 * near - far) / (12.0 * h_s)
