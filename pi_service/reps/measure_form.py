"""When both ways of a repetition begin and end, from all of its speed at once.

Two low crossings of the speed tell an end well where the limb rests outside of it. Where it sways there, as
in a pull-up, they tell where the sway was. Here both ways are fitted together: rest, a movement of about the
least jerk, rest, the way back. What the fit cannot explain is of two kinds, and each lasts a while:

* sway, as much of it as in this repetition's own pauses;
* form: nobody moves exactly like that. That error is a share of the speed, so that it is small near an end.

Least squares weighted by the covariance of both (A. C. Aitken, 1935) does what is wanted without a switch:
with quiet pauses the slow frames next to an end decide, with a sway the whole form does.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from calibration.imu import FloatArray
from pi_service.reps.measure_phases import Way

#: The speed outside of both ways is looked at for so many frames.
_PAUSE_FRAMES = 15
#: A movement the other way of more than this share of the peak is that of the repetition before or after.
_OTHER_WAY = 0.2
#: More frames than this are taken together by two or three (the work grows with their third power), ...
_MOST_SAMPLES, _MOST_TOGETHER = 120, 3
#: Sway lasts about so many frames. It is at least so much of the smaller peak; of what is unlike from one
#: frame to the next it has so much of its variance.
_SWAY_FRAMES, _LEAST_SWAY, _ROUGH = 10.0, 0.005, 0.2
#: From the median of a size to one standard deviation, and a little more: few frames tell it.
_OF_MEDIAN = 1.9
#: Fewer samples of rest say nothing of the sway.
_FEWEST_RESTING = 6
#: Error of the form: a share of the speed, and for how many frames it is the same.
_FORM, _FORM_FRAMES = 0.2, 8.0
#: Of the form's variance so much is unlike from one frame to the next: what only lasts has no inverse.
_FORM_ROUGH = 1e-12
#: A way that is never faster than this share of the largest speed does not show in it.
_SHOWS = 0.01
#: People are quickest a bit before or after the middle: one standard deviation of the skew, and the most.
_SKEW, _MOST_SKEW = 0.15, 0.6
#: The way back does not begin before the way out ends, to within so much.
_OVERLAP_FRAMES = 1.0
#: Rounds of the fit; the error of the form is worked out in the first and once more in this one.
_ROUNDS, _ANEW = 8, 3
#: How a failed step is made smaller, how often, and how far an end moves in one round.
_DAMPING, _MORE, _LESS, _TRIES, _MOST_FRAMES = 1e-3, 8.0, 0.3, 4, 4.0
#: An end that is found farther off than this is not the one that was looked for.
_FARTHEST_FRAMES = 18.0
#: Parameters of one way: begin, end, peak speed, skew.
_OF_A_WAY = 4


def fit_ways(speed: FloatArray, out: Way, back: Way) -> tuple[Way, Way]:
    """Fit both ways of a repetition to its speed.

    Parameters
    ----------
    speed : float64 array, shape (n,)
        Speed in the direction of the way out, in the middle of each frame.
    out, back
        Both ways as they are known; `back` is over.

    Returns
    -------
    tuple of Way
        As they are fitted. They stay as they were where that leads elsewhere, where the repetition takes too
        long, where one of them does not show, and where it has no pauses: the speed changes its sign at every
        end then, which says all.
    """
    known = np.array([out.begin, out.end, back.begin, back.end])
    first, last = _stretch(speed, out, back)
    together = math.ceil((last - first) / _MOST_SAMPLES)
    if together > _MOST_TOGETHER or last - first < 2 * _OF_A_WAY:
        return out, back
    count = (last - first) // together
    samples: FloatArray = speed[first : first + count * together].reshape(count, together).mean(axis=1)
    at = np.asarray(first + (np.arange(count) + 0.5) * together, dtype=np.float64)
    resting = samples[((at < out.begin) | (at > out.end)) & ((at < back.begin) | (at > back.end))]
    if len(resting) < _FEWEST_RESTING or min(_peaks(speed, out, back)) < _SHOWS * np.abs(samples).max():
        return out, back
    begins_ends = _Fit(at, samples, known, float(np.median(np.abs(resting)))).ends()
    if not (np.abs(begins_ends - known) < _FARTHEST_FRAMES).all():
        return out, back
    begin, end, back_begin, back_end = begins_ends.tolist()
    if begin >= end or back_begin >= back_end:
        return out, back
    return Way(begin, end, over=True), Way(back_begin, back_end, over=True)


def _stretch(speed: FloatArray, out: Way, back: Way) -> tuple[int, int]:
    """Return the first frame that is looked at, and that after the last: no other repetition is between."""
    n, values = len(speed), speed.tolist()
    begins, ends = min(max(math.floor(out.begin), 0), n - 1), min(max(math.ceil(back.end), 1), n)
    forward, backward = _peaks(speed, out, back)
    first = max(begins - _PAUSE_FRAMES, 0)
    before = next((k for k in range(begins, first - 1, -1) if values[k] < -_OTHER_WAY * backward), None)
    if before is not None:
        first = next((k for k in range(before, n) if values[k] >= 0.0), n)
    last = min(ends + _PAUSE_FRAMES, n)
    after = next((k for k in range(ends - 1, last) if values[k] > _OTHER_WAY * forward), None)
    if after is not None:
        last = next((k + 1 for k in range(after, -1, -1) if values[k] <= 0.0), 0)
    return first, last


def _peaks(speed: FloatArray, out: Way, back: Way) -> tuple[float, float]:
    """Return the peak speeds of both ways."""
    forward = speed[max(math.floor(out.begin), 0) : max(math.ceil(out.end), 1)]
    backward = -speed[max(math.floor(back.begin), 0) : max(math.ceil(back.end), 1)]
    return float(forward.max(initial=1e-9)), float(backward.max(initial=1e-9))


class _Fit:
    """Gauss-Newton's method, damped (D. W. Marquardt, 1963).

    Parameters
    ----------
    at : float64 array, shape (n,)
        When the speed was sampled, in frames.
    speed : float64 array, shape (n,)
        The samples.
    known : float64 array, shape (4,)
        Begin and end of either way, to begin with.
    resting_speed
        The usual speed outside of both ways.
    """

    def __init__(self, at: FloatArray, speed: FloatArray, known: FloatArray, resting_speed: float) -> None:
        self._at, self._speed = at, speed
        begin, end, back_begin, back_end = known.tolist()
        moving = (at > begin) & (at < end), (at > back_begin) & (at < back_end)
        forward = float(speed[moving[0]].max(initial=1e-9))
        backward = float(-speed[moving[1]].min(initial=-1e-9))
        self._sway = max(_OF_MEDIAN * resting_speed, _LEAST_SWAY * min(forward, backward))
        self._found = np.array([begin, end, forward, 0.0, back_begin, back_end, -backward, 0.0])
        self._steps = np.array([0.05, 0.05, 0.01 * forward, 0.01, 0.05, 0.05, 0.01 * backward, 0.01])

    def ends(self) -> FloatArray:
        """Return begin and end of either way."""
        damping = _DAMPING
        for number in range(_ROUNDS):
            if number in {0, _ANEW}:
                whiten = self._whitening()
            off = self._off(self._found, whiten)
            slopes = np.concatenate((whiten @ self._slopes(), self._expected(self._found)))
            normal, downhill = slopes.T @ slopes, slopes.T @ off
            for _ in range(_TRIES):
                damped = normal + damping * np.diag(normal.diagonal() + 1e-9)
                tried = self._moved(np.asarray(np.linalg.solve(damped, downhill), dtype=np.float64))
                if np.square(self._off(tried, whiten)).sum() < np.square(off).sum():
                    damping *= _LESS
                    break
                damping *= _MORE
            else:
                break
            self._found = tried
        return self._found.reshape(2, _OF_A_WAY)[:, :2].ravel()

    def _moved(self, by: FloatArray) -> FloatArray:
        """Return the parameters after a step: no end goes far at once, and no way gets too skew."""
        ways = by.reshape(2, _OF_A_WAY).copy()
        ways[:, :2] = ways[:, :2].clip(-_MOST_FRAMES, _MOST_FRAMES)
        moved = self._found.reshape(2, _OF_A_WAY) + ways
        moved[:, 3] = moved[:, 3].clip(-_MOST_SKEW, _MOST_SKEW)
        return moved.ravel()

    def _off(self, parameters: FloatArray, whiten: FloatArray) -> FloatArray:
        """Return by how much the speed and what is expected are off, each in units of its own uncertainty."""
        modelled = _speeds(self._at, parameters[None])[0]
        return np.concatenate((whiten @ (self._speed - modelled), -self._expected(parameters) @ parameters))

    @staticmethod
    def _expected(parameters: FloatArray) -> FloatArray:
        """Return combinations of the parameters that are expected to be 0: both skews, and an overlap."""
        expected = np.zeros((3, 2 * _OF_A_WAY))
        expected[0, 3] = expected[1, _OF_A_WAY + 3] = 1.0 / _SKEW
        if parameters[1] > parameters[_OF_A_WAY]:
            expected[2, 1], expected[2, _OF_A_WAY] = 1.0 / _OVERLAP_FRAMES, -1.0 / _OVERLAP_FRAMES
        return expected

    def _slopes(self) -> FloatArray:
        """Return how the speed changes with each parameter, shape (n, 8)."""
        tried = np.vstack((self._found, self._found + np.diag(self._steps)))
        speeds = _speeds(self._at, tried)
        return np.asarray((speeds[1:] - speeds[0]).T / self._steps)

    def _whitening(self) -> FloatArray:
        """Return the matrix that makes independent errors of size 1 of those of the speed."""
        n, apart = len(self._at), float(self._at[1] - self._at[0])
        form = _FORM * np.abs(_speeds(self._at, self._found[None])[0])
        covariance = self._sway**2 * _lasting(n, apart, _SWAY_FRAMES)
        covariance = covariance + form[:, None] * _lasting(n, apart, _FORM_FRAMES) * form
        covariance.flat[:: n + 1] += _ROUGH * self._sway**2 + _FORM_ROUGH * float(np.square(form).max())
        return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)), dtype=np.float64)


@lru_cache(maxsize=16)
def _lasting(n: int, apart: float, frames: float) -> FloatArray:
    """Correlation of an error that lasts so many frames, shape (n, n)."""
    distance = np.arange(n) * apart / frames
    of_distance = np.exp(-0.5 * distance * distance)
    places = np.arange(n)
    return np.asarray(of_distance[np.abs(places[:, None] - places)])


def _speeds(at: FloatArray, parameters: FloatArray) -> FloatArray:
    """Return the speed of two ways at given times, for each of k sets of parameters: shape (k, n).

    Each way goes by ``v^3 (10 - 15 v + 6 v^2)`` with ``v = u + skew u (1 - u)``, u its share of the time.
    """
    begin, end, peak, skew = parameters.reshape(len(parameters), 2, _OF_A_WAY, 1).transpose(2, 0, 1, 3)
    u = ((at - begin) / np.maximum(end - begin, 1.0)).clip(0.0, 1.0)
    v = u + skew * u * (1.0 - u)
    speeds = peak * 16.0 * (v * (1.0 - v)) ** 2 * (1.0 + skew * (1.0 - 2.0 * u))
    return np.asarray(speeds.sum(axis=1))
