"""Which one number shows the movement best: tilt, height, turn, or all of them together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.cuts import (
    FEWEST_SWINGS,
    cuts,
    is_integral,
    may_begin_after,
    run_start,
    smallest_swing,
    that_may_repeat,
)
from pi_service.reps.gait import is_gait, is_stride
from pi_service.reps.history import STILL, TURN_RATE, VERTICAL_ACCELERATION, History
from pi_service.reps.order import deviation, mean, median
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT, TURN, PosePath, pose_path
from pi_service.reps.swings import Swings, cut_swings, likeness


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A movement that repeats: the number that shows it, and what its swings look like.

    Attributes
    ----------
    weights : float64 array, shape (5,)
        The signal is the path of the pose times these.
    slowest_hz
        High pass of the path that the signal was found in.
    rising, falling : float64 array, shape (16, 5)
        The typical swing in either direction (median of the shapes).
    swing
        Median size of a swing, in units of the path.
    period_s
        Median duration of two swings.
    begin, end
        Frames in which the first swing that it was learned from leaves, and the last one arrives.
    quality
        Mean likeness of successive swings in the same direction, less a share of the spread of their
        sizes and times.
    swings
        How many swings the pattern was learned from.
    """

    weights: FloatArray
    slowest_hz: float
    rising: FloatArray
    falling: FloatArray
    swing: float
    period_s: float
    begin: int
    end: int
    quality: float
    swings: int

    @property
    def worth(self) -> float:
        """How much speaks for the pattern: its quality, and the time that it explains."""
        return self.quality * math.log1p((self.end - self.begin) / FRAME_RATE_HZ)

    def lifts(self, least_m: float) -> bool:
        """Whether the sensor goes up by so much on one of the typical swings, and down on the other."""
        up, down = (float(shape[-1, HEIGHT] - shape[0, HEIGHT]) for shape in (self.rising, self.falling))
        return up * down < 0.0 and min(abs(up), abs(down)) > least_m / HEIGHT_UNIT_M

    def goes_up(self, rising: bool) -> bool:
        """Whether the sensor goes up on the typical swing in a direction of the signal."""
        shape = self.rising if rising else self.falling
        return bool(shape[-1, HEIGHT] > shape[0, HEIGHT])

    def is_before(self, other: Pattern | None, params: CounterParams) -> bool:
        """Whether it is the better one: where the exercise lifts the sensor, one that lifts it is."""
        if other is None:
            return True
        lifts = self.lifts(params.lift_m)
        if params.out_goes_up is not None and lifts != other.lifts(params.lift_m):
            return lifts
        return self.worth > other.worth


def projections(points: FloatArray) -> list[FloatArray]:
    """Return the weights of the signals to try on a path: tilt, height, turn, and the main axis of all.

    Tilt and the main axis are principal components: the direction in which the path moves most. Its
    sign is arbitrary; nothing here depends on it.
    """
    tilt, height, turn = np.zeros(5), np.zeros(5), np.zeros(5)
    centred = points - points.sum(axis=0) / len(points)
    products = centred.T @ centred
    tilt[TILT] = np.linalg.eigh(products[TILT, TILT])[1][:, -1]
    height[HEIGHT], turn[TURN] = 1.0, 1.0
    return [tilt, height, turn, np.linalg.eigh(products)[1][:, -1]]


def alternating_likeness(swings: Swings) -> FloatArray:
    """Compare each swing with the next one in the same direction: shape (number of swings - 2,)."""
    return likeness(swings.shapes[:-2], swings.shapes[2:])


def learn(path: PosePath, weights: FloatArray, swings: Swings) -> Pattern:
    """Make a pattern of successive swings of a path (at least three)."""
    same, other = _middle(swings.shapes[0::2]), _middle(swings.shapes[1::2])
    rising, falling = (same, other) if swings.change[0] > 0 else (other, same)
    return Pattern(
        weights=weights,
        slowest_hz=path.slowest_hz,
        rising=rising,
        falling=falling,
        swing=median(np.abs(swings.change).tolist()),
        period_s=_period_s(swings),
        begin=path.first_frame + int(swings.leaves[0]),
        end=path.first_frame + int(swings.arrives[-1]),
        quality=_quality(swings),
        swings=len(swings),
    )


def _period_s(swings: Swings) -> float:
    """Return the usual time of a swing and the next: one way may take much longer than the other."""
    return median((swings.end[1:] - swings.begin[:-1]).tolist()) / FRAME_RATE_HZ


def _middle(shapes: FloatArray) -> FloatArray:
    """Return the median of shapes, point by point; `np.median` takes twice as long."""
    ordered, half = np.sort(shapes, axis=0), len(shapes) // 2
    middle: FloatArray = ordered[half] if len(shapes) % 2 else 0.5 * (ordered[half - 1] + ordered[half])
    return middle


def _quality(swings: Swings) -> float:
    """How alike the swings are: see `Pattern.quality`.

    Where each swing is more like the one after the next of its direction than like the next, the
    movement really repeats half as often: the difference is taken off twice.
    """
    sizes = np.abs(swings.change).tolist()
    next_one = mean(alternating_likeness(swings).tolist())
    quality = next_one - 0.3 * deviation(sizes) / median(sizes) - _PACE * _uneven(swings)
    if len(swings) >= FEWEST_SWINGS:
        second_next = mean(likeness(swings.shapes[:-4], swings.shapes[4:]).tolist())
        quality -= 2.0 * max(second_next - next_one - ALTERNATION, 0.0)
    return quality


def _uneven(swings: Swings) -> float:
    """How much the swings' own times vary within each direction, their pauses aside."""
    moving = (swings.arrives - swings.leaves).tolist()
    return mean([deviation(part) / mean(part) for part in (moving[0::2], moving[1::2])])


#: How much uneven times of the swings speak against a pattern.
_PACE = 0.15
#: So much more alike may every second swing be by chance.
ALTERNATION = 0.05


def best_found(
    history: History, begin: int, now: int, params: CounterParams, after: int | None = None
) -> Pattern | None:
    """Return what repeats best in the windows that end at the frame `now`, back to `begin` at most.

    Parameters
    ----------
    after
        Only what begins after this frame is of interest: None is returned at once where nothing can.
        What is returned is the best all the same, so it may have begun before.
    """
    if after is not None and now - after < fewest_frames(params):
        return None
    paths = []
    for window in params.windows:
        first = max(now - round(window.length_s * FRAME_RATE_HZ), begin)
        rows = history.rows(first, now)
        # Swings during which the sensor is at rest are echoes: see `_is_echo`.
        if now - first >= _SHORTEST_LOOK_S * FRAME_RATE_HZ and not rows[:, STILL].all():
            paths.append(pose_path(first, rows, window.slowest_hz))
    if after is not None and not any(
        may_begin_after(path, projections(path.points), after, params) for path in paths
    ):
        return None
    best: Pattern | None = None
    for path in paths:
        pattern = find_pattern(path, params)
        if pattern is None or any(is_part(pattern, other) for other in paths):
            continue
        if pattern.is_before(best, params):
            best = pattern
    return best


def is_part(pattern: Pattern, path: PosePath) -> bool:
    """Whether a movement that repeats is only what a quick high pass leaves of a slower, larger one.

    A lift with a pause on top becomes three swings then: up, sinking in the pause, and down.
    """
    next_slower = path.slowest_hz < pattern.slowest_hz < _NEXT * path.slowest_hz
    if not next_slower or not is_integral(pattern.weights):
        return False
    signal = path.points[max(pattern.begin - path.first_frame, 0) : pattern.end - path.first_frame + 1]
    signal = signal @ pattern.weights
    return len(signal) > 0 and float(signal.max() - signal.min()) > _PART * pattern.swing


#: A slower path that goes so many times as far shows that a movement is a part of a larger one; the slowest
#: paths drift too much to tell.
_PART, _NEXT = 3.0, 2.5


def fewest_frames(params: CounterParams) -> float:
    """Return how long the quickest movement that can be a set lasts until it is seen."""
    return 0.5 * FEWEST_SWINGS * params.shortest_rep_s * FRAME_RATE_HZ


def find_pattern(path: PosePath, params: CounterParams) -> Pattern | None:
    """Look for swings that repeat up to the end of a window.

    Every projection is cut into swings at several thresholds, since what came before the set may
    have been larger than the set. Of the runs of like swings that reach the window's end, the one is
    taken that is longest and most alike.
    """
    best: Pattern | None = None
    for weights, signal, turns in that_may_repeat(
        path.points, list(cuts(path, projections(path.points), params)), params
    ):
        swings = cut_swings(path.points, signal, turns)
        alike = alternating_likeness(swings).tolist()
        for last in (len(swings), len(swings) - 1):  # the newest swing may be half done
            first = run_start(alike, last, params.same)
            run = swings[first:last]
            if last - first < FEWEST_SWINGS or not _in_time(run, path, params):
                continue
            pattern = learn(path, weights, run)
            if not _plausible(pattern, run, path, params):
                continue
            if pattern.is_before(best, params):
                best = pattern
    return best


#: The same for movements in the period of a stride.
_FEWEST_QUICK_SWINGS = 8


def _in_time(swings: Swings, path: PosePath, params: CounterParams) -> bool:
    """Whether swings are neither too quick nor too slow, and still going on."""
    period_s = _period_s(swings)
    age_s = (len(path.points) - 1 - int(swings.arrives[-1])) / FRAME_RATE_HZ
    return params.shortest_rep_s <= period_s <= params.longest_rep_s and age_s <= 2.0 * period_s


def _plausible(pattern: Pattern, swings: Swings, path: PosePath, params: CounterParams) -> bool:
    return bool(
        pattern.swing >= smallest_swing(pattern.weights, params)
        and pattern.quality >= params.seen_quality
        and np.abs(swings.change).min() >= params.turn_share * pattern.swing
        and not _is_echo(pattern, swings, path)
        and not _may_be_gait(pattern, path)
    )


def _may_be_gait(pattern: Pattern, path: PosePath) -> bool:
    """Whether somebody may be walking: in a stride's period, few swings are no proof of lifting."""
    if not is_stride(pattern.period_s):
        return False
    short = pattern.swings < _FEWEST_QUICK_SWINGS
    return short or is_gait(path, pattern.begin, pattern.end, pattern.period_s)


def _is_echo(pattern: Pattern, swings: Swings, path: PosePath) -> bool:
    """Whether the swings are an artefact of the integrals.

    A single jerk leaves a decaying wave in a high-passed integral, before and after it, with a period
    of 0.5 to 0.7 times the inverse of the corner frequency; and the sensor is at rest in some of it.
    """
    if is_integral(pattern.weights):
        if pattern.period_s * path.slowest_hz > _LONGEST_PERIOD:
            return True
        felt = felt_shares(path, pattern.weights, swings).tolist()
        if min(median(felt[0::2]), median(felt[1::2])) < FELT_SHARE:
            return True
    return median(resting_shares(path, swings).tolist()) > RESTING_SHARE


def felt_shares(path: PosePath, weights: FloatArray, swings: Swings) -> FloatArray:
    """Return the share of each swing that the sensor felt: shape (m,).

    No high pass takes part: the turn rate is integrated from turning point to turning point, and so is the
    acceleration, with no velocity at either. Of a wave that only the high pass made nothing is left: one jerk
    leaves it before and after, and somebody who turns round twice the same way turns back in it in between.
    """
    rate = path.rows[:, TURN_RATE]
    zero_rads = min(max(float(rate.sum()) / len(rate), -_ZERO_RADS), _ZERO_RADS)
    turn = np.cumsum(rate - zero_rads) / FRAME_RATE_HZ
    velocity = np.cumsum(path.rows[:, VERTICAL_ACCELERATION]) / FRAME_RATE_HZ
    height = np.cumsum(velocity) / FRAME_RATE_HZ
    begin, end = swings.begin, swings.end
    takes_s = (end - begin) / FRAME_RATE_HZ
    lifted_m = height[end] - height[begin] - 0.5 * (velocity[begin] + velocity[end]) * takes_s
    tilted = (path.points[end, TILT] - path.points[begin, TILT]) @ weights[TILT]
    turned = weights[TURN] * (turn[end] - turn[begin])
    return np.asarray((tilted + turned + weights[HEIGHT] * lifted_m / HEIGHT_UNIT_M) / swings.change)


def resting_shares(path: PosePath, swings: Swings) -> FloatArray:
    """Return the share of each swing's moving part in which the sensor was at rest: shape (m,)."""
    rest = np.concatenate(([0.0], np.cumsum(path.rows[:, STILL])))
    return np.asarray((rest[swings.arrives + 1] - rest[swings.leaves]) / (swings.arrives + 1 - swings.leaves))


#: A swing during which the sensor is at rest for longer than this share of the time is an echo.
RESTING_SHARE = 0.5
#: An integral's swing of which the sensor felt less than this share is an echo.
FELT_SHARE = 0.4
#: So far a gyroscope's zero may be off (3 deg/s); a mean rate beyond it is a turn.
_ZERO_RADS = 0.05
#: Longest period, times the corner frequency, that an integral can show.
_LONGEST_PERIOD = 0.5
#: Less history than this says nothing.
_SHORTEST_LOOK_S = 3.0
