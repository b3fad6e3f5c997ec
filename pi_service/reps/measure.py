"""Measures a repetition: its moving times and pauses, its range, its vertical velocity.

Everything is measured between the repetition's own turning points, anew for each: the path that it was found
in has a high pass, which takes away from a height what is slow and gives it to the pauses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track
from pi_service.reps.found import Measures, Velocity
from pi_service.reps.history import ACCELERATION, TURN_RATE
from pi_service.reps.measure_axis import clearest_axis
from pi_service.reps.measure_form import fit_ways
from pi_service.reps.measure_height import Slow, VerticalMotion
from pi_service.reps.measure_phases import Way, moving_way
from pi_service.reps.measure_stir import sets_out, smooth_size, stirring
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT, TURN, is_height

#: So much is looked at before and after a repetition, for its pauses.
_AROUND_FRAMES = 30
#: A pause is where the speed is below this share of the peak and the sensor is accelerated by no more than a
#: hand that trembles: what slows down is no pause. So much of one is enough.
_PAUSE_SHARE, _CALM_MS2, _PAUSE_FRAMES = 0.15, 0.8, 15
#: A shorter pause is a turn.
_SHORTEST_PAUSE_FRAMES = 4
_SPARE = 0.15
#: The pauses are known better with the height integrated between them, and the other way round.
_PASSES = 2
#: A way that takes so much longer than it shows hides a part of it.
_HIDES_MUCH = 1.2
#: What is hidden at the turning point is hidden of both ways: of one at least this share of the other.
_ALIKE = 0.7
#: Nothing can be measured of what is over in less.
_FEWEST_FRAMES = 8
#: The start pose is the mean of so many frames before it is left.
_POSE_FRAMES = 3
#: Otherwise a travel is told from this length on, and from so many of its standard deviations.
_CLEAR_M, _CLEAR_SIGMAS = 0.15, 4.0
#: Angle between two poses of one repetition, one standard deviation: the tilt filter's own error, the
#: gyroscope's scale, and what is left of its zero over the time between them.
_TILT_DEG, _GYRO_SCALE, _ZERO_DPS = 0.3, 0.01, 0.1
#: Without a gyroscope sideways acceleration tilts what is taken for the vertical.
_TILT_WITHOUT_GYRO_DEG = 4.0
#: Error of a way's moving time as a share of it, one standard deviation; it goes into the mean velocity. Of
#: a part of the way that does not show all may be wrong, up to so much (s).
_TIME, _HIDDEN_S = 0.02, 0.12
#: Error of the time of a way back that is foretold, as a share of it; and how far both ways' travels differ.
_FORETOLD, _CLOSED_M = 0.1, 0.04

_U = np.linspace(0.0, 1.0, 101)
#: How far a movement with the least jerk has come after a share of its time.
_LEAST_JERK = _U**3 * (10.0 + _U * (6.0 * _U - 15.0))


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of a repetition, and its ranges; `range_m` is None where the travel is not clear."""

    measures: Measures
    range_deg: float
    range_m: float | None


class _Window:
    """The stretch around one repetition, in frames of its own."""

    def __init__(self, track: Track, weights: FloatArray, out: Swing, turn: int, back: Swing) -> None:
        path = track.path
        known = path.first_frame + len(path.points)
        self.first = max(path.first_frame, max(out.begin, out.leaves - _AROUND_FRAMES) - _PAUSE_FRAMES)
        last = min(known, max(back.arrives, turn + 1) + _AROUND_FRAMES)
        inside = slice(self.first - path.first_frame, last - path.first_frame)
        self.rows, self.points = path.rows[inside], path.points[inside]
        self.leaves, self.turn = max(out.leaves - self.first, 0), turn - self.first
        self.arrives = min(max(back.arrives - self.first, self.turn + 1), len(self.rows) - 1)
        rate = self.rows[:, TURN_RATE]
        self._has_gyro = bool(rate.any())
        self._rates = np.empty((len(self.rows), 5))
        self._rates[:, TILT] = np.gradient(self.points[:, TILT], axis=0) * FRAME_RATE_HZ
        self._rates[:, TURN] = rate - rate[self.leaves : self.arrives + 1].mean()
        turning = np.hypot(np.linalg.norm(self._rates[:, TILT], axis=1), rate)
        # Without a gyroscope whatever accelerates the sensor seems to tilt it.
        self._stirs = stirring(self.rows, turning) if self._has_gyro else np.zeros(len(rate), np.bool_)
        self._axis: FloatArray = weights if out.rising else -weights
        slow = [self._turning(max(out.begin, out.leaves - 20) - self.first), self._turning(self.turn)]
        if back.end < known - 2:
            slow.append(self._turning(min(back.end, back.arrives + 20) - self.first))
        self.vertical = VerticalMotion(self.rows, slow, None)

    def _turning(self, frame: int) -> Slow:
        middle = min(max(frame, 0), len(self.rows) - 1) + 0.5
        return Slow(middle, middle)

    def ways(self, *, closely: bool = False) -> tuple[Way, Way] | None:
        """Find both ways, the speed along the movement's axis being as it is known now."""
        self._rates[:, HEIGHT] = self.vertical.velocity_mps / HEIGHT_UNIT_M
        self.speed = speed = self._rates @ self._axis
        out = moving_way(speed, self.leaves, self.turn)
        back = moving_way(-speed, self.turn, self.arrives, goes_home=True)
        if out is None or back is None:
            return None
        if closely and back.over:
            out, back = fit_ways(self._rates @ clearest_axis(self._rates, self._axis, out, back), out, back)
        shown, shown_back = out, back
        out, back = self._whole(out, speed), self._whole(back, -speed)
        at_turn = out.end - shown.end, shown_back.begin - back.begin
        if min(at_turn) < _ALIKE * max(at_turn):  # a limb that corrects its hold stirs, too
            out, back = replace(out, end=shown.end), replace(back, begin=shown_back.begin)
        # As much of the way back is hidden as of the way out, sooner or later.
        hides = (shown.end - out.begin) / (shown.end - shown.begin)
        if not back.over or (hides > _HIDES_MUCH and back.end == shown_back.end):
            shows_until = shown_back.end if shown_back.over else self._foretold(shown, shown_back)
            end = shown_back.begin + hides * (shows_until - shown_back.begin)
            back = Way(back.begin, end, over=False)
        if back.begin < out.end:  # one goes over into the other
            middle = 0.5 * (out.end + back.begin)
            out, back = Way(out.begin, middle, over=True), Way(middle, back.end, back.over)
        if out.begin >= out.end or back.begin >= back.end:
            return None
        return _hiding(out, shown), _hiding(back, shown_back)

    def _whole(self, way: Way, speed: FloatArray) -> Way:
        """Return a way with what does not show of it, where the sensor stirs already or stirs yet."""
        n = len(speed)
        begin = sets_out(way.begin, speed, self._stirs)
        rest = sets_out(n - way.end, speed[::-1], self._stirs[::-1]) if way.over else None
        return Way(
            way.begin if begin is None else begin, way.end if rest is None else n - rest, rest is not None
        )

    def _foretold(self, out: Way, back: Way) -> float:
        """Foretell the end of a way back from how far it has come, against the way out."""
        begin = max(math.floor(out.begin), 0)
        whole = self.speed[begin : math.ceil(out.end)].sum()
        come = -float(self.speed[math.floor(back.begin) :].sum()) / max(float(whole), 1e-9)
        share = float(np.interp(min(come, 0.99), _LEAST_JERK, _U))
        known = len(self.speed)
        return back.begin + (known - back.begin) / max(share, 0.5)

    def refine(self, out: Way, back: Way) -> None:
        """Integrate the height anew with the pauses that are known by now, and take the way's own direction.

        The signal in which repetitions were found may leave out where they show best: a pulldown tilts the
        wrist and moves it by half a metre, and sways in tilt far more than in height.
        """
        n, bound = len(self.rows), _PAUSE_SHARE * float(np.abs(self.speed).max())
        quiet = (np.abs(self.speed) < bound) & (smooth_size(self.rows[:, ACCELERATION]) < _CALM_MS2)
        slow = [self._pause(quiet, out.begin, -1), self._rest(out.end, back.begin)]
        closed = None
        if back.over and back.end < n - 1:
            slow.append(self._pause(quiet, back.end, 1))
            closed = max(round(out.begin), 0), min(round(back.end), n - 1)
        self.vertical = VerticalMotion(self.rows, slow, closed)
        if self._has_gyro:
            self._rates[:, HEIGHT] = self.vertical.velocity_mps / HEIGHT_UNIT_M
            way = self._rates[max(round(out.begin), 0) : max(round(out.end), 1)].sum(axis=0)
            self._axis = way / max(float(np.linalg.norm(way)), 1e-9)

    def _pause(self, quiet: npt.NDArray[np.bool_], at: float, step: int) -> Slow:
        """Return the pause that begins at a moment, going in a direction: the moment if there is none."""
        frame = math.floor(at) if step > 0 else math.ceil(at) - 1
        frames = 0
        while 0 <= frame < len(quiet) and quiet[frame] and frames < _PAUSE_FRAMES:
            frame, frames = frame + step, frames + 1
        if frames < _SHORTEST_PAUSE_FRAMES:
            return Slow(at, at)
        # What lies next to the movement may be movement yet.
        return Slow(at + 1, at + frames) if step > 0 else Slow(at - frames, at - 1)

    def _rest(self, begin: float, end: float) -> Slow:
        """Return the pause at the turning point, less a share at both ends that may be movement yet."""
        if end - begin < _SHORTEST_PAUSE_FRAMES:
            middle = 0.5 * (begin + end)
            return Slow(middle, middle)
        spare = _SPARE * (end - begin)
        return Slow(begin + spare, end - spare)

    def range_deg(self, out: Way, back: Way) -> tuple[float, float]:
        """Return the largest angle from the start pose, and its uncertainty."""
        up = self.points[:, TILT]
        begin = min(max(round(out.begin), 1), len(up) - 1)
        home = up[max(begin - _POSE_FRAMES, 0) : begin].mean(axis=0)
        others = up[begin : max(math.ceil(back.end), begin + 1)]
        lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(home)
        cosines = others @ home / np.maximum(lengths, 1e-12)
        range_deg = math.degrees(math.acos(min(max(float(cosines.min()), -1.0), 1.0)))
        if not self._has_gyro:
            return range_deg, _TILT_WITHOUT_GYRO_DEG
        drifted_deg = _ZERO_DPS * (self.turn + 1 - out.begin) / FRAME_RATE_HZ
        return range_deg, math.sqrt(_TILT_DEG**2 + (_GYRO_SCALE * range_deg) ** 2 + drifted_deg**2)

    def travel_m(self, out: Way, back: Way) -> tuple[float, float]:
        """Return the vertical travel, and its uncertainty."""
        begin = max(math.floor(out.begin) - 1, 0)
        height = self.vertical.height_m[begin : math.ceil(back.end) + 1]
        low, high = begin + int(height.argmin()), begin + int(height.argmax())
        sigma_m = self.vertical.travel_uncertainty_m(low, high)
        return float(height.max() - height.min()), sigma_m

    def velocities(self, out: Way, back: Way) -> tuple[Velocity, Velocity]:
        """Return how fast it went up or down on either way."""
        there, travel, sigma = self._velocity(out, None)
        home, _, _ = self._velocity(back, None if back.over else (-travel, math.hypot(sigma, _CLOSED_M)))
        return there, home

    def _velocity(self, way: Way, known: tuple[float, float] | None) -> tuple[Velocity, float, float]:
        """Return the velocity on a way, its travel and the travel's uncertainty, unless these are `known`."""
        v, n = self.vertical, len(self.rows)
        begin = min(max(round(way.begin), 1), n - 2)
        end = min(max(round(way.end), begin + 1), n)
        took_s = (way.end - way.begin) / FRAME_RATE_HZ
        time = math.hypot(_TIME, min(way.hidden / FRAME_RATE_HZ, _HIDDEN_S) / took_s)
        if known is None:
            travel = float(v.height_m[end - 1] - v.height_m[begin - 1])
            sigma = v.travel_uncertainty_m(begin - 1, end - 1)
        else:
            travel, sigma = known
            time = math.hypot(time, _FORETOLD)
        mean = travel / took_s
        fastest = begin + int(np.abs(v.velocity_mps[begin:end]).argmax())
        velocity = Velocity(
            mean_mps=round(mean, 3),
            peak_mps=round(float(v.velocity_mps[fastest]), 3),
            mean_uncertainty_mps=round(math.hypot(sigma / took_s, mean * time), 3),
            peak_uncertainty_mps=round(v.velocity_uncertainty_mps(fastest), 3),
        )
        return velocity, travel, sigma


def _hiding(way: Way, shown: Way) -> Way:
    """Return a way that knows how much of it does not show."""
    return replace(way, hidden=max(shown.begin - way.begin, 0.0) + max(way.end - shown.end, 0.0))


def measure(track: Track, weights: FloatArray, out: Swing, turn: int, back: Swing) -> Measured | None:
    """Measure a repetition of which both ways are known.

    Parameters
    ----------
    track
        The stretch that it lies in.
    weights : float64 array, shape (5,)
        The pattern's: the direction in which the repetition moves.
    out, back
        Its two ways.
    turn
        Frame of its turning point.

    Returns
    -------
    Measured or None
        None where the movement, integrated anew, does not go out and back, or is over in a third of a second.
    """
    if back.arrives - out.leaves < _FEWEST_FRAMES:
        return None
    window = _Window(track, weights, out, turn, back)
    ways = window.ways()
    if ways is None:
        return None
    for passes_left in reversed(range(_PASSES)):
        window.refine(*ways)
        ways = window.ways(closely=passes_left == 0)
        if ways is None:
            return None
    there, home = ways
    range_deg, deg_sigma = window.range_deg(there, home)
    range_m, m_sigma = window.travel_m(there, home)
    mostly_height = is_height(weights)
    clear = mostly_height or range_m > max(_CLEAR_M, _CLEAR_SIGMAS * m_sigma)
    out_velocity, back_velocity = window.velocities(there, home)
    leaves_s, reaches_s, returns_s, arrives_s = (
        round((window.first + frame) / FRAME_RATE_HZ, 3)
        for frame in (there.begin, there.end, home.begin, home.end)
    )
    measures = Measures(
        leaves_s=leaves_s,
        reaches_s=reaches_s,
        returns_s=returns_s,
        arrives_s=arrives_s,
        back_is_over=home.over,
        range_deg_uncertainty=round(deg_sigma, 2),
        range_m_uncertainty=round(m_sigma, 3) if clear else None,
        out=out_velocity if clear else None,
        back=back_velocity if clear else None,
    )
    return Measured(measures, round(range_deg, 1), round(range_m, 3) if clear else None)
