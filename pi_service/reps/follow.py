"""Following a known pattern through the movement: which swings belong to the set."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import History
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import PosePath, is_height, pose_path
from pi_service.reps.signals import FELT_SHARE, RESTING_SHARE, Pattern, felt_shares, resting_shares
from pi_service.reps.swings import cut_swings, likeness, turning_points


@dataclass(frozen=True, slots=True)
class Swing:
    """A swing that belongs to the set.

    Attributes
    ----------
    begin, end
        Frames of its turning points.
    leaves, arrives
        Frames between which it moves: its pauses at both ends are outside.
    rising
        Its direction in the pattern's signal.
    size
        Its size, as a share of the pattern's median swing.
    alike
        Its likeness to the pattern.
    """

    begin: int
    end: int
    leaves: int
    arrives: int
    rising: bool
    size: float
    alike: float


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A pattern followed over a stretch of history.

    Attributes
    ----------
    path, signal
        The path of the pose and the pattern's signal over the stretch.
    runs
        Swings that belong to the set, in runs without a foreign swing between them.
    """

    path: PosePath
    signal: FloatArray
    runs: list[list[Swing]]


def follow(
    history: History, pattern: Pattern, begin: int, end: int, params: CounterParams, since: int | None = None
) -> Track:
    """Find the pattern's swings among the frames ``[begin, end)``.

    Parameters
    ----------
    since
        Only swings that end in this frame or later are looked at; all if it is None.
    """
    begin = max(begin, history.begin)
    path = pose_path(begin, history.rows(begin, end), pattern.slowest_hz)
    signal = path.points @ pattern.weights
    turns = turning_points(signal, params.turn_share * pattern.swing)
    if since is not None:
        turns = turns[max(bisect_left(turns, since - begin) - 1, 0) :]
    runs: list[list[Swing]] = []
    if len(turns) < 2:
        return Track(path, signal, runs)
    swings = cut_swings(path.points, signal, turns)
    rising = swings.change > 0.0
    alike = likeness(swings.shapes, np.where(rising[:, None, None], pattern.rising, pattern.falling))
    size = np.abs(swings.change) / pattern.swing
    belongs = (alike > params.similar) & (size > params.smallest_share) & (size < params.largest_share)
    belongs &= resting_shares(path, swings) <= RESTING_SHARE
    if is_height(pattern.weights):
        belongs &= felt_shares(path, pattern.weights, swings) >= FELT_SHARE
    pause = params.longest_pause_s * FRAME_RATE_HZ
    unbroken = False
    for i, one_of_them in enumerate(belongs.tolist()):
        if one_of_them:
            paused = bool(runs) and begin + int(swings.leaves[i]) - runs[-1][-1].arrives > pause
            if not unbroken or paused:
                runs.append([])
            runs[-1].append(
                Swing(
                    begin=begin + int(swings.begin[i]),
                    end=begin + int(swings.end[i]),
                    leaves=begin + int(swings.leaves[i]),
                    arrives=begin + int(swings.arrives[i]),
                    rising=bool(rising[i]),
                    size=float(size[i]),
                    alike=float(alike[i]),
                )
            )
        unbroken = one_of_them
    return Track(path, signal, runs)


def linked_runs(runs: list[list[Swing]], begin: int, end: int, params: CounterParams) -> list[list[Swing]]:
    """Keep the runs that touch the frames ``[begin, end]``, and those linked to them without a long pause."""
    touching = [i for i, run in enumerate(runs) if run[-1].end >= begin and run[0].begin <= end]
    if not touching:
        return []
    first, last = touching[0], touching[-1]
    pause = params.longest_pause_s * FRAME_RATE_HZ
    while first > 0 and runs[first][0].leaves - runs[first - 1][-1].arrives < pause:
        first -= 1
    while last < len(runs) - 1 and runs[last + 1][0].leaves - runs[last][-1].arrives < pause:
        last += 1
    return runs[first : last + 1]


def distance_deg(up: FloatArray, other: FloatArray) -> float:
    """Return the angle between two directions, each of shape (3,), in degrees."""
    # Plain floats: numpy costs ten times as much for three numbers at a time.
    (ax, ay, az), (bx, by, bz) = up.tolist(), other.tolist()
    lengths = math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
    cosine = (ax * bx + ay * by + az * bz) / max(lengths, 1e-12)
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
