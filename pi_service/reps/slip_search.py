"""Did the sensor itself turn on the limb? The same movement, seen from another side from a moment on.

A clip that slips turns every direction that the sensor feels by one and the same rotation, within a
second, and for good. So the path that "up" takes through the sensor's frame in the reps before is laid
on the path after: a turn is a moment after which the sensor is in poses that it was never in before,
while one rotation makes the two paths the same. It takes the history and how long a rep lasts, and knows
nothing of how reps are counted; that the set goes on is seen by `pi_service.reps.slips`.

What is no slip: the end of a set and another exercise (no rotation makes the paths the same), a lean or
a grip that changes little by little (no moment), a turn of the lifter about the vertical (up stays).
What cannot be told from one: a pose that the lifter changes within a second by more than
`SlipParams.smallest_deg` and keeps. The effect is the same: the movement is seen from another side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.motion.rotations import rotation_matrix, rotation_vector, turned
from pi_service.reps.history import UP, History
from pi_service.reps.order import median, quantile
from pi_service.reps.path_fit import angle_deg_of, fit_rotation, nearest_deg


@dataclass(frozen=True, slots=True)
class SlipParams:
    """The numbers of the search for a slip, each with its reason."""

    smallest_deg: float = 9.0
    """A smaller turn is a grip that settled."""
    largest_deg: float = 80.0
    """A larger one is an arm that was taken down from the bar; clips and bands do not get so far."""
    novel_deg: float = 5.0
    """So far from all poses before lies a good part of the poses after."""
    novel_share: float = 0.3
    """That part. A turn about the pose in which the reps start shows only where they turn."""
    longest_s: float = 1.2
    """A slip is over after this long; slower is a grip that creeps."""
    periods_before: float = 2.4
    periods_after: float = 1.5
    """Reps on either side that are compared: few, so that it is told soon."""
    fewest_periods: float = 1.2
    """At the edges of a set so much must do."""
    residual_deg: float = 2.5
    """So well must one rotation lay the two paths on each other (80 % of the points)."""
    residual_share: float = 0.3
    """And so much better than none."""
    seen_share: float = 0.25
    """So much of the turn must show in the poses; the rest would be about the vertical, and a guess."""
    usual_share: float = 0.09
    """Usually poses are new by no more than this share of what they are after a slip."""

    def reach_s(self, period_s: float) -> float:
        """Return how much of the past must be known to see a slip as soon as that can be."""
        return (self.periods_before + self.periods_after) * period_s + self.longest_s


@dataclass(frozen=True, slots=True, eq=False)
class Slip:
    """The sensor turned on the limb.

    Attributes
    ----------
    begin
        Frame in which it begins to turn.
    progress : float64 array, shape (n,)
        Share of the turn that is done in each frame from `begin` on.
    rotation_rad : float64 array, shape (3,)
        Rotation vector that turns what the sensor felt before into what it would have felt as it sits
        now.
    residual_deg
        How far apart the turned path and the path after still are (80 % are closer).
    """

    begin: int
    progress: FloatArray
    rotation_rad: FloatArray
    residual_deg: float

    @property
    def end(self) -> int:
        """Frame in which it sits as it does now."""
        return self.begin + len(self.progress)

    @property
    def angle_deg(self) -> float:
        """How far it turned; at least, where the reps tilt too little to show a turn about the vertical."""
        return float(np.degrees(np.linalg.norm(self.rotation_rad)))

    @property
    def rotation(self) -> tuple[tuple[float, float, float], ...]:
        """The turn as a matrix, row by row."""
        return tuple((float(x), float(y), float(z)) for x, y, z in rotation_matrix(self.rotation_rad))


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A slip that the poses alone speak for.

    Attributes
    ----------
    slip
        What may have happened.
    novelty_deg
        How far from all poses before are a good part of those after.
    """

    slip: Slip
    novelty_deg: float


#: Every so many frames is a pose of the paths: 0.16 s.
_EVERY = 4
#: Moments are tried so many frames apart.
_HOP = 5
#: One pose counts for no more than this when old and new are parted.
_FAR_DEG = 10.0
#: The quickest turn, in frames: 0.16 s.
_QUICKEST = 4
#: Weight of the roughness (deg a frame, from one frame to the next) against the distance from the path.
_ROUGH = 2.0
#: Frames that a path must have at least, and moments that are tried at most.
_SHORTEST, _MOMENTS = 8 * _EVERY, 6


def find_turns(history: History, period_s: float, first: int, last: int, params: SlipParams) -> list[Turn]:
    """Find where one rotation explains that poses are new from a moment on; the best explained first.

    Parameters
    ----------
    history
        The movement.
    period_s
        How long a repetition of it lasts.
    first, last
        Frames ``[first, last)`` that may be looked at.
    """
    first, last = max(first, history.begin), min(last, history.end)
    turns = [
        Turn(slip, novelty_deg)
        for at, novelty_deg in _newest(history, first, last, period_s, params)
        if (slip := _slip_at(history, at, novelty_deg, (first, last), period_s, params))
    ]
    return sorted(turns, key=lambda turn: turn.slip.residual_deg)


def usual_novelty_deg(history: History, period_s: float, first: int, last: int, params: SlipParams) -> float:
    """Return how new poses usually are: where they change from rep to rep anyhow, one more is no news."""
    first, last = max(first, history.begin), min(last, history.end)
    moments = _moments(first, last, period_s, params)
    novelty_deg = _novelty(history, first, last, moments, period_s, params)
    return median(novelty_deg or [0.0])


def _newest(
    history: History, first: int, last: int, period_s: float, params: SlipParams
) -> list[tuple[int, float]]:
    """Return the moments after which the poses are new, the newest first, and how new they are (deg)."""
    moments = _may_be_new(history, first, last, _moments(first, last, period_s, params), period_s, params)
    novelty = _novelty(history, first, last, moments, period_s, params)
    newest: list[tuple[int, float]] = []
    apart = round(max(params.longest_s, 0.6 * period_s) * FRAME_RATE_HZ)
    for place in sorted(range(len(novelty)), key=lambda i: (-novelty[i], i)):
        if novelty[place] < params.novel_deg or len(newest) == _MOMENTS:
            break
        if all(abs(moments[place] - at) > apart for at, _ in newest):
            newest.append((moments[place], novelty[place]))
    return newest


def _moments(first: int, last: int, period_s: float, params: SlipParams) -> Sequence[int]:
    """Return the moments that have enough of the movement before and after them."""
    shortest = round(params.fewest_periods * period_s * FRAME_RATE_HZ)
    gap = round(params.longest_s * FRAME_RATE_HZ)
    return range(-(-(first + shortest) // _HOP) * _HOP, last - gap - shortest + 1, _HOP)


def _novelty(
    history: History, first: int, last: int, moments: Sequence[int], period_s: float, params: SlipParams
) -> list[float]:
    """Return how far from all poses before are those after each moment (deg)."""
    novelty = []
    for at in moments:
        before, after = _windows(at, first, last, period_s, params)
        old, new = history.rows(*before)[::_EVERY, UP], history.rows(*after)[::_EVERY, UP]
        novelty.append(quantile(nearest_deg(new, old), 1.0 - params.novel_share))
    return novelty


def _may_be_new(
    history: History, first: int, last: int, moments: Sequence[int], period_s: float, params: SlipParams
) -> list[int]:
    """Return the moments at which `_novelty` may be `novel_deg` or more: by far the fewest."""
    # A hair wider than `novel_deg`, so that rounding hides no moment.
    close = math.cos(math.radians(params.novel_deg)) + 1e-9
    ups = history.rows(first, last)[:, UP].copy()
    columns = ups.T.copy()
    kept = []
    for at in moments:
        before, after = _windows(at, first, last, period_s, params)
        old = columns[:, before[0] - first : before[1] - first : _EVERY]
        nearest = (ups[after[0] - first : after[1] - first : _EVERY] @ old).max(axis=1)
        seen = int(np.count_nonzero(nearest >= close))
        if seen <= math.ceil((len(nearest) - 1) * (1.0 - params.novel_share)):
            kept.append(at)
    return kept


def _slip_at(
    history: History,
    at: int,
    novelty_deg: float,
    within: tuple[int, int],
    period_s: float,
    params: SlipParams,
) -> Slip | None:
    """Fit the rotation at about a moment, and the moment to the rotation."""
    first, last = within
    windows = _windows(at, first, last, period_s, params)
    old, new = (history.rows(*window)[::_EVERY, UP] for window in windows)
    if float(nearest_deg(old.mean(axis=0)[None], new.mean(axis=0)[None])[0]) > params.largest_deg:
        return None
    rotation, residual_deg = fit_rotation(old, new)
    for _ in range(2):
        split = _split(history, windows[0][0], windows[1][1], old, new, rotation)
        at = split - round(0.5 * params.longest_s * FRAME_RATE_HZ)
        windows = _windows(at, first, last, period_s, params)
        if min(windows[0][1] - windows[0][0], windows[1][1] - windows[1][0]) < _SHORTEST:
            return None
        old, new = (history.rows(*window)[::_EVERY, UP] for window in windows)
        rotation, residual_deg = fit_rotation(old, new)
    angle_deg = angle_deg_of(rotation)
    bound_deg = min(params.residual_deg, params.residual_share * novelty_deg)
    largest_deg = min(params.largest_deg, novelty_deg / params.seen_share)
    if not params.smallest_deg <= angle_deg <= largest_deg or residual_deg > bound_deg:
        return None
    rotation_rad = rotation_vector(rotation)
    middle, reach = (windows[0][1] + windows[1][0]) // 2, round(params.longest_s * FRAME_RATE_HZ)
    within = max(first, middle - reach), min(last, middle + reach)
    begin, progress = _course(history, within, reach, old, new, rotation_rad)
    return Slip(begin, progress, rotation_rad, residual_deg)


def _course(
    history: History,
    within: tuple[int, int],
    longest: int,
    old: FloatArray,
    new: FloatArray,
    rotation_rad: FloatArray,
) -> tuple[int, FloatArray]:
    """Find when it turned, and for how long: the limb's own path must go on smoothly, and where it goes."""
    begin, end = within
    rows = history.rows(begin, end)[:, UP]
    path = np.concatenate((new, turned(old, rotation_rad)))
    best, least = (begin, _ramp(longest)), np.inf
    for length in range(_QUICKEST, longest + 1, 4):
        for start in range(2, end - begin - length - 1, 2):
            progress = np.concatenate((np.zeros(start), _ramp(length)))
            progress = np.pad(progress, (0, len(rows) - len(progress)), constant_values=1.0)
            limb = turned(rows, rotation_rad, 1.0 - progress)
            rough_deg = np.degrees(np.linalg.norm(np.diff(limb, n=2, axis=0), axis=1))
            cost = float(np.mean(nearest_deg(limb, path))) + _ROUGH * float(np.sqrt(np.mean(rough_deg**2)))
            if cost < least:
                best, least = (begin + start, _ramp(length)), cost
    return best


def _ramp(length: int) -> FloatArray:
    """Return the shares of a turn with the least jerk that are done in the middles of its frames."""
    u = (np.arange(length) + 0.5) / length
    ramp: FloatArray = u**3 * (10.0 + u * (6.0 * u - 15.0))
    return ramp


def _windows(
    at: int, first: int, last: int, period_s: float, params: SlipParams
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the frames before and after a slip that begins at `at`."""
    end = at + round(params.longest_s * FRAME_RATE_HZ)
    before = round(params.periods_before * period_s * FRAME_RATE_HZ)
    after = round(params.periods_after * period_s * FRAME_RATE_HZ)
    return (max(first, at - before), at), (end, min(last, end + after))


def _split(
    history: History, begin: int, end: int, old: FloatArray, new: FloatArray, rotation: FloatArray
) -> int:
    """Find the frame that best parts the old poses from the new ones, now that the rotation is known."""
    rows = history.rows(begin, end)[:, UP]
    from_old = nearest_deg(rows, np.concatenate((old, new @ rotation)))
    from_new = nearest_deg(rows, np.concatenate((new, old @ rotation.T)))
    return begin + int(np.argmax(np.cumsum(np.clip(from_new - from_old, -_FAR_DEG, _FAR_DEG)))) + 1
