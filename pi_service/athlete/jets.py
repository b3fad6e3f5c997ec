"""Functions of time that know their first and second derivative exactly.

A movement is written down as sums and products of a few smooth pieces; rate and acceleration then
follow by the rules of differentiation, not by differences between samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A quantity at given times, with its derivatives.

    Attributes
    ----------
    value, rate, accel : float64 arrays, shape (n,), or (n, 3) for a vector
        The quantity and its first and second derivative with respect to time (s).
    """

    value: FloatArray
    rate: FloatArray
    accel: FloatArray

    def __add__(self, other: Jet | float) -> Jet:
        """Return the sum."""
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.rate + other.rate, self.accel + other.accel)
        return Jet(self.value + other, self.rate, self.accel)

    def __sub__(self, other: Jet) -> Jet:
        """Return the difference."""
        return self + other * -1.0

    def __mul__(self, other: Jet | float) -> Jet:
        """Return the product."""
        if isinstance(other, Jet):
            return Jet(
                self.value * other.value,
                self.rate * other.value + self.value * other.rate,
                self.accel * other.value + 2.0 * self.rate * other.rate + self.value * other.accel,
            )
        return Jet(self.value * other, self.rate * other, self.accel * other)

    def column(self) -> Jet:
        """Return a number as one that vectors can be multiplied with, shape (n, 1)."""
        return Jet(self.value[:, None], self.rate[:, None], self.accel[:, None])


def constant(t_s: FloatArray, value: float) -> Jet:
    """Return what does not change."""
    zero = np.zeros_like(t_s)
    return Jet(zero + value, zero, zero)


def step(t_s: FloatArray, start_s: float, duration_s: float) -> Jet:
    """Return the way from 0 to 1 with the least jerk, as people move: still before and after.

    ``10 u^3 - 15 u^4 + 6 u^5`` with ``u`` running from 0 to 1; value, rate and acceleration are
    continuous.
    """
    u = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
    return Jet(
        u**3 * (10.0 + u * (6.0 * u - 15.0)),
        30.0 * (u * (1.0 - u)) ** 2 / duration_s,
        60.0 * u * (1.0 - u) * (1.0 - 2.0 * u) / duration_s**2,
    )


def window(t_s: FloatArray, start_s: float, end_s: float, ramp_s: float) -> Jet:
    """Return 1 between two moments and 0 outside, with smooth ramps inside."""
    return step(t_s, start_s, ramp_s) - step(t_s, end_s - ramp_s, ramp_s)


def wave(t_s: FloatArray, frequency_hz: float, phase_rad: float) -> Jet:
    """Return a sine of amplitude 1."""
    omega = 2.0 * math.pi * frequency_hz
    sine, cosine = np.sin(omega * t_s + phase_rad), np.cos(omega * t_s + phase_rad)
    return Jet(sine, omega * cosine, -(omega**2) * sine)


def sin(angle: Jet) -> Jet:
    """Return the sine of an angle (rad)."""
    sine, cosine = np.sin(angle.value), np.cos(angle.value)
    return Jet(sine, cosine * angle.rate, cosine * angle.accel - sine * angle.rate**2)


def cos(angle: Jet) -> Jet:
    """Return the cosine of an angle (rad)."""
    sine, cosine = np.sin(angle.value), np.cos(angle.value)
    return Jet(cosine, -sine * angle.rate, -sine * angle.accel - cosine * angle.rate**2)
