"""What one joint, or one coordinate, does over time: rests, movements, waves, jolts, gait.

Each of these is a function of time that gives a `Jet`. All are twice continuously differentiable, so that
the acceleration at a sensor has no jumps; where a movement begins and ends, its rate and acceleration are 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from calibration.imu import FloatArray
from pi_service.athlete.jets import Jet, constant, sin, wave, window

#: A quantity over time.
Term = Callable[[FloatArray], Jet]
#: Movements that follow each other may overlap by rounding only.
_ROUNDING_S = 1e-6


class Track:
    """A quantity that rests and moves by turns, each movement with the least jerk.

    Parameters
    ----------
    value
        Where it rests before the first movement.

    Notes
    -----
    A movement goes by ``10 v^3 - 15 v^4 + 6 v^5`` with ``v = u + skew u (1 - u)``, where ``u`` runs from 0 to
    1 over its duration: with a skew above 0 it is quickest early on. Any skew within ]-1, 1[ keeps it
    monotonic and leaves rate and acceleration 0 at both ends.
    """

    def __init__(self, value: float) -> None:
        self._first = value
        self._moves: list[tuple[float, float, float, float]] = []
        self._table: tuple[FloatArray, ...] | None = None

    @property
    def value(self) -> float:
        """Where it comes to rest after the last movement."""
        return self._moves[-1][2] if self._moves else self._first

    @property
    def end_s(self) -> float:
        """When it comes to rest; minus infinity if it never moves."""
        return self._moves[-1][0] + self._moves[-1][1] if self._moves else -math.inf

    def move(self, start_s: float, duration_s: float, to: float, skew: float = 0.0) -> None:
        """Append a movement from where it rests to another value."""
        if start_s < self.end_s - _ROUNDING_S or duration_s <= 0.0 or not -1.0 < skew < 1.0:
            raise ValueError(f"no movement of {duration_s} s at {start_s} s, skew {skew}")
        self._moves.append((start_s, duration_s, to, skew))
        self._table = None

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return it at given times."""
        if not self._moves:
            return constant(t_s, self._first)
        if self._table is None:
            start_s, duration_s, to, skew = np.array(self._moves).T
            origin = np.concatenate([[self._first], to[:-1]])
            self._table = (start_s, duration_s, origin, to - origin, skew)
        number = np.maximum(np.searchsorted(self._table[0], t_s, side="right") - 1, 0)
        start_s, duration_s, origin, way, skew = (column[number] for column in self._table)
        u = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
        v = u + skew * u * (1.0 - u)
        v_rate, v_accel = (1.0 + skew * (1.0 - 2.0 * u)) / duration_s, -2.0 * skew / duration_s**2
        slope = 30.0 * (v * (1.0 - v)) ** 2
        bend = 60.0 * v * (1.0 - v) * (1.0 - 2.0 * v)
        return Jet(
            origin + way * v**3 * (10.0 + v * (6.0 * v - 15.0)),
            way * slope * v_rate,
            way * (bend * v_rate**2 + slope * v_accel),
        )


@dataclass(frozen=True, slots=True)
class Wave:
    """A sine with an amplitude that is `size` between two moments and 0 outside.

    Attributes
    ----------
    frequency_hz, phase_rad, size
        Of the sine.
    start_s, end_s, ramp_s
        When it is there, and how long it takes to come and to go.
    """

    frequency_hz: float
    phase_rad: float
    size: float
    start_s: float
    end_s: float
    ramp_s: float = 0.5

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return it at given times."""
        if not ((t_s > self.start_s) & (t_s < self.end_s)).any():
            return constant(t_s, 0.0)
        swing = wave(t_s, self.frequency_hz, self.phase_rad) * self.size
        if t_s.min() >= self.start_s + self.ramp_s and t_s.max() <= self.end_s - self.ramp_s:
            return swing  # all of it, and most of what is asked for: the ramps take as long as the sine
        return window(t_s, self.start_s, self.end_s, self.ramp_s) * swing


class Jolts:
    """Short movements there and back: feet that land, a bar that is put down.

    Parameters
    ----------
    starts_s
        When each begins.
    ramp_s
        How long each takes to go, and to come back.
    size
        How far each goes. The acceleration peaks at 5.77 size / ramp_s squared.
    """

    def __init__(self, starts_s: Sequence[float], ramp_s: float, size: float) -> None:
        self._track = Track(0.0)
        for start_s in starts_s:
            self._track.move(start_s, ramp_s, size)
            self._track.move(start_s + ramp_s, ramp_s, 0.0)

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return them at given times."""
        return self._track(t_s)


class Path:
    """A smooth way through given points, at rest before the first and after the last.

    Parameters
    ----------
    t_s, values
        The points, at least two; a spline of degree 5, with rate and acceleration 0 at both ends.
    """

    def __init__(self, t_s: Sequence[float], values: Sequence[float]) -> None:
        ends = [(1, 0.0), (2, 0.0)]
        spline: BSpline = make_interp_spline(t_s, values, k=5, bc_type=(ends, ends))
        self._parts = (spline, spline.derivative(1), spline.derivative(2))
        self._between_s = (t_s[0], t_s[-1])
        self._first = values[0]

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return it at given times."""
        clipped_s = np.clip(t_s, *self._between_s)
        value, rate, accel = (np.asarray(part(clipped_s), dtype=np.float64) for part in self._parts)
        moving = (t_s > self._between_s[0]) & (t_s < self._between_s[1])
        return Jet(value, rate * moving, accel * moving)


@dataclass(frozen=True, slots=True)
class GaitWave:
    """A sine whose phase is the number of steps made: what swings and bounces while somebody walks.

    Attributes
    ----------
    steps
        Steps made, over time.
    per_step
        Periods of the sine in a step: 1 for what each step does, 0.5 for what left and right do in turn.
    phase_rad, size
        Of the sine.
    start_s, end_s, ramp_s
        As in `Wave`.
    """

    steps: Path
    per_step: float
    phase_rad: float
    size: float
    start_s: float
    end_s: float
    ramp_s: float

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return it at given times."""
        if not ((t_s > self.start_s) & (t_s < self.end_s)).any():
            return constant(t_s, 0.0)
        there = window(t_s, self.start_s, self.end_s, self.ramp_s)
        return there * sin(self.steps(t_s) * (2.0 * math.pi * self.per_step) + self.phase_rad) * self.size
