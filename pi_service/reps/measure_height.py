"""Vertical velocity and travel over one repetition, and how well they are known.

The vertical acceleration is integrated once and its drift is taken out where the sensor is known to be
slow: in the pauses and at the turning points. What the drift may be is a linear model with few unknowns, each
with what is thought of it before:

* the velocity at the window's begin (unknown),
* an offset of each axis of the accelerometer: it shows in the vertical as much as the axis stands upright, so
  it changes with the pose. It may be small, as of a calibrated chip, or large: what is seen decides,
* an error of the vertical acceleration that comes and goes within half a second: horizontal acceleration
  through the error of the tilt, and the axes' scales.

Slow instants, and that the sensor is back at its height at the end of the repetition, are observations of it.
The most likely drift is subtracted; its covariance gives the uncertainty of everything that is linear in the
velocity. That is a Kalman smoother for a stretch so short that it fits into one small matrix.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import UP, VERTICAL_ACCELERATION

_FRAME_S = 1.0 / FRAME_RATE_HZ
#: What is thought of the drift beforehand, one standard deviation each.
_FIRST_MPS, _OFFSETS_MS2 = 1.5, (0.03, 0.15, 0.6)
#: Where the offset's three unknowns are.
_OFFSET = slice(1, 4)
#: Error of the vertical acceleration within a piece of this length; without a gyroscope the tilt follows the
#: specific force itself, and the vertical takes a share of every sideways acceleration.
_PIECE_S, _LEAK_MS2, _LEAK_WITHOUT_GYRO_MS2 = 0.5, 0.02, 0.2
_MOST_PIECES = 16
#: A limb that pauses still moves so fast, ...
_SLOW_MPS = 0.012
#: ... and a turning point of the pose is the height's turning point to within so long.
_TURN_S = 0.05
#: How far the height of the start pose differs from one repetition to the next.
_CLOSED_M = 0.04
#: A pause is looked at in pieces of so many frames.
_PAUSE_PIECE = 4
#: How many observations' worth those sizes are believed.
_BELIEF = 4.0
#: What no drift explains: scale of the accelerometer, and a travel's worth of noise.
_SCALE, _LEAST_M, _LEAST_MPS = 0.01, 0.003, 0.01


@dataclass(frozen=True, slots=True)
class Slow:
    """A pause between two moments, in frames and fractions of them; a turn where both are the same."""

    begin: float
    end: float


class VerticalMotion:
    """The vertical motion over a window of frames.

    Parameters
    ----------
    rows : float64 array, shape (n, 7)
        The window's rows of history.
    slow
        Where the sensor is slow.
    closed
        Frames between which the sensor leaves the start pose and is back there, if it is.
    """

    def __init__(self, rows: FloatArray, slow: list[Slow], closed: tuple[int, int] | None) -> None:
        acceleration = rows[:, VERTICAL_ACCELERATION]
        shapes, sigma = _drift_shapes(rows)
        raw = _integral(acceleration)
        # One row an observation: what is seen of the drift, and how surely.
        seen, values, weights = [], [], []
        for each in (piece for pause in slow for piece in _pieces(pause, len(rows))):
            moves = abs(float(each @ acceleration)) * _TURN_S
            seen.append(each @ shapes)
            values.append(float(each @ raw))
            weights.append(1.0 / np.hypot(_SLOW_MPS, moves))
        if closed is not None:
            inside = slice(closed[0], closed[1] + 1)
            seen.append(shapes[inside].sum(axis=0) * _FRAME_S)
            values.append(float(raw[inside].sum()) * _FRAME_S)
            weights.append(1.0 / _CLOSED_M)
        weight = np.array(weights)
        self._likely = _LikelyDrift(np.array(seen) * weight[:, None], np.array(values) * weight, sigma)
        self._shapes = shapes
        self._summed = shapes.cumsum(axis=0) * _FRAME_S
        self.velocity_mps: FloatArray = raw - shapes @ self._likely.drift
        """Upwards positive, in the middle of each frame: shape (n,)."""
        self.height_m: FloatArray = self.velocity_mps.cumsum() * _FRAME_S
        """Against the window's begin, at the end of each frame: shape (n,)."""

    def velocity_uncertainty_mps(self, frame: int) -> float:
        """One standard deviation of the velocity in a frame."""
        return float(np.hypot(self._sigma(self._shapes[frame]), _LEAST_MPS))

    def travel_uncertainty_m(self, begin: int, end: int) -> float:
        """One standard deviation of the height in one frame less that in another."""
        travel = abs(float(self.height_m[end] - self.height_m[begin]))
        drift = self._sigma(self._summed[end] - self._summed[begin])
        return float(np.sqrt(drift**2 + (_SCALE * travel) ** 2 + _LEAST_M**2))

    def _sigma(self, of: FloatArray) -> float:
        return float(np.sqrt(of @ self._likely.covariance @ of))


class _LikelyDrift:
    """The drift that is most likely, by what was observed of it.

    Nobody says whether the accelerometer is calibrated: several sizes of its offset are tried, and each
    counts as much as it makes what was seen likely.

    Parameters
    ----------
    seen : float64 array, shape (m, k)
        Observations of the drift, each in units of its own uncertainty.
    values : float64 array, shape (m,)
        What was observed, in the same units.
    sigma : float64 array, shape (k,)
        What is thought of the drift beforehand; 0 for the offset.

    Attributes
    ----------
    drift : float64 array, shape (k,)
    """

    def __init__(self, seen: FloatArray, values: FloatArray, sigma: FloatArray) -> None:
        of_offset = seen[:, _OFFSET] @ seen[:, _OFFSET].T
        rest = (seen * sigma**2) @ seen.T + np.eye(len(values))
        wanted = np.column_stack((values, seen))
        self._tried: list[tuple[FloatArray, FloatArray, float]] = []
        self._drifts: list[FloatArray] = []
        likelihoods = []
        for offset_ms2 in _OFFSETS_MS2:
            expected = rest + offset_ms2**2 * of_offset
            solved: FloatArray = np.asarray(np.linalg.solve(expected, wanted), dtype=np.float64)
            variance = sigma**2
            variance[_OFFSET] = offset_ms2**2
            surprise = float(values @ solved[:, 0])
            volume = 2.0 * float(np.log(np.linalg.cholesky(expected).diagonal()).sum())
            likelihoods.append(-0.5 * (surprise + volume))
            self._drifts.append(variance * (seen.T @ solved[:, 0]))
            # The sensor's other errors may be larger or smaller than was thought, too.
            scale = (_BELIEF + surprise) / (_BELIEF + len(values) - 1)
            self._tried.append((variance, solved[:, 1:], scale))
        shares = np.exp(np.array(likelihoods) - max(likelihoods))
        self._seen, self._shares = seen, shares / shares.sum()
        self.drift: FloatArray = self._shares @ np.array(self._drifts)

    @cached_property
    def covariance(self) -> FloatArray:
        """Covariance of the drift, shape (k, k)."""
        k = len(self.drift)
        covariance = np.zeros((k, k))
        for share, drift, (variance, solved, scale) in zip(
            self._shares.tolist(), self._drifts, self._tried, strict=True
        ):
            known = variance[:, None] * (self._seen.T @ solved) * variance
            other = drift - self.drift
            covariance += share * (scale * (np.diag(variance) - known) + other[:, None] * other)
        return covariance


def _pieces(pause: Slow, n: int) -> list[FloatArray]:
    """Return weights of the frames, shape (n,), for each piece of a pause, or for the moment of a turn.

    How the velocity drifts within a pause tells of the accelerometer's offset in that pose.
    """
    first, last = max(math.ceil(pause.begin), 0), min(math.floor(pause.end), n)
    if last <= first:
        at = min(max(0.5 * (pause.begin + pause.end) - 0.5, 0.0), n - 1.001)
        moment = np.zeros(n)
        moment[int(at)], moment[int(at) + 1] = 1.0 - at % 1.0, at % 1.0
        return [moment]
    count = max((last - first) // _PAUSE_PIECE, 1)
    edges = [first + (last - first) * k // count for k in range(count + 1)]
    pieces = np.zeros((count, n))
    for piece, (begin, end) in zip(pieces, itertools.pairwise(edges), strict=True):
        piece[begin:end] = 1.0 / (end - begin)
    return list(pieces)


def _integral(values: FloatArray) -> FloatArray:
    """Integrate values of frames up to the middle of each."""
    return np.asarray((values.cumsum(axis=0) - 0.5 * values) * _FRAME_S)


def _drift_shapes(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the forms of the velocity's drift, shape (n, k), and their sizes beforehand, shape (k,)."""
    n = len(rows)
    pieces = min(max(round(n * _FRAME_S / _PIECE_S), 1), _MOST_PIECES)
    leak = _LEAK_MS2 if rows[:, 3].any() else _LEAK_WITHOUT_GYRO_MS2
    errors = np.zeros((n, 4 + pieces))
    errors[:, _OFFSET] = rows[:, UP]
    errors[np.arange(n), 4 + np.arange(n) * pieces // n] = 1.0
    shapes = _integral(errors)
    shapes[:, 0] = 1.0
    # Fewer, longer pieces are as uncertain in sum.
    leak *= float(np.sqrt(_PIECE_S / max(n * _FRAME_S / pieces, _PIECE_S)))
    return shapes, np.array([_FIRST_MPS, 0.0, 0.0, 0.0, *[leak] * pieces])
