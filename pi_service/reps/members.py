"""Which swings belong to a set: those that take the whole pose along the set's own way.

Two swings are compared at equal steps of the movement, not of time: a tired rep that hangs half way goes
the same way as a brisk one, while walking up, gripping and racking go other ways in about the same time.
What "the same" is, the set says itself: each coordinate counts by how much it differs between the set's own
swings. A bar that turns in the hands at will has its tilt ignored; a cable that leads the wrist has not.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.cuts import is_integral
from pi_service.reps.follow import Swing, Track
from pi_service.reps.gait import is_walk
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, TURN, PosePath
from pi_service.reps.signals import RESTING_SHARE, Pattern, resting_shares
from pi_service.reps.swings import IntArray, Swings, cut_swings, likeness, turning_points

#: Steps of a swing's way at which the pose is compared.
_STEPS = 12
_AT = (np.arange(_STEPS) + 0.5) / _STEPS
#: A swing is compared with so many of the nearest ones of its direction: a grip changes over a set.
_NEIGHBOURS = 4
#: Share of a swing's size by which the same movement may always differ, ...
_ALWAYS = 0.07
#: ... and in its turn and height where it is followed by its tilt: they are bent by what came before the set
#: and after it.
_ALWAYS_INTEGRALS = 0.15
#: Fewer members than this say nothing about what is usual in the set.
_FEWEST = 4
#: A slow lift hardly differs from rest: one that plainly goes the set's way may seem to rest for longer.
_PLAIN, _SLOW_RESTING_SHARE = 1.0, 0.75
#: A swing in so small a share of the usual time is another movement, as of an arm that swings in walking.
_QUICKEST = 0.35
#: What is so far from the set, and takes so small a share of its time from swing to swing, may be a walk.
_APART_S, _QUICK_BOUT = 2.0, 0.75
#: So often members and what is usual among them are found from each other.
_PASSES = 3
#: So many strange swings in a row may lie amid members.
_SPOILT = 7
#: Swings within so many periods, and seconds, of the stream's edge may be cut by it, ...
_CUT_PERIODS, _CUT_S = 1.1, 3.0
#: ... so that this share of their strangeness counts.
_CUT_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class StreamEdges:
    """Where the stream begins and ends, as far as a review must know: frames, or None inside it."""

    begin: int | None
    end: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The swings of a stretch, and which of them are the set's: arrays of m.

    Attributes
    ----------
    swings
        All swings of the stretch, one after the other.
    strange : float64 array
        How far off the set's way each one is, in units of what is usual among its members (about 1).
    size : float64 array
        Share of the pattern's median swing.
    belongs : bool array
        Which are members.
    """

    swings: Swings
    strange: FloatArray
    size: FloatArray
    belongs: npt.NDArray[np.bool_]


def find_members(
    track: Track, pattern: Pattern, first: IntArray, edges: StreamEdges, params: CounterParams
) -> Members:
    """Tell the set's swings from those around it.

    Parameters
    ----------
    track
        The stretch with the pattern followed in it.
    first
        Frames at which the swings begin that passed for members when they were followed.
    edges
        Where the stream begins and ends.
    """
    turns = turning_points(track.signal, params.turn_share * pattern.swing)
    swings = cut_swings(track.path.points, track.signal, turns)
    ways = ways_of(track.path.points, track.signal, list(itertools.pairwise(turns)))
    base = np.flatnonzero(np.isin(swings.begin + track.path.first_frame, first))
    always = np.full(ways.shape[2], _ALWAYS)
    if not is_integral(pattern.weights):
        always[TURN:] = _ALWAYS_INTEGRALS
    bound = strange_bound(pattern, params)
    core = base
    strange = strangeness(ways, swings.change > 0.0, core, always)
    for _ in range(_PASSES - 1):
        nearer = base[strange[base] <= bound]
        if len(nearer) < _FEWEST:
            break
        core = nearer
        strange = strangeness(ways, swings.change > 0.0, core, always)
    size = np.abs(swings.change) / pattern.swing
    may = (size > params.smallest_share) & (size < params.largest_share)
    resting = resting_shares(track.path, swings)
    may &= (resting <= RESTING_SHARE) | ((resting <= _SLOW_RESTING_SHARE) & (strange <= _PLAIN))
    takes = swings.arrives - swings.leaves
    may &= takes > _QUICKEST * np.median(takes[core])
    belongs = may & (strange <= bound)
    followed = np.zeros(len(swings), dtype=np.bool_)
    followed[base] = True
    _add_inner_ones(belongs, may & followed)
    _add_cut_ones(belongs, may & (_CUT_SHARE * strange <= bound), swings, track, pattern, edges)
    _leave_out_walks(belongs, swings, track.path)
    return Members(swings, strange, size, belongs)


def strange_bound(pattern: Pattern, params: CounterParams) -> float:
    """Return how strange a member may be: height, an integral, is less sure than tilt."""
    vertical = abs(float(pattern.weights[HEIGHT]))
    return vertical * params.strange_travel + (1.0 - vertical) * params.strange_tilt


def ways_of(points: FloatArray, signal: FloatArray, spans: Sequence[tuple[int, int]]) -> FloatArray:
    """Return the way of the pose over each swing, at equal steps of the signal.

    Where the signal goes back for a moment, the way waits. Turn and height are integrals that drift: of
    them only what changes over the swing counts.

    Parameters
    ----------
    points : float64 array, shape (n, 5)
    signal : float64 array, shape (n,)
    spans
        Where each of m swings begins and ends: indices.

    Returns
    -------
    float64 array, shape (m, 12, 5)
    """
    ways = np.empty((len(spans), _STEPS, points.shape[1]))
    for way, (begin, end) in zip(ways, spans, strict=True):
        piece = signal[begin : end + 1]
        done = np.maximum.accumulate((piece - piece[0]) / (piece[-1] - piece[0]))
        after = np.clip(np.searchsorted(done, _AT), 1, len(done) - 1)
        step = done[after] - done[after - 1]
        share = np.clip((_AT - done[after - 1]) / np.maximum(step, 1e-9), 0.0, 1.0)[:, None]
        way[:] = points[begin + after - 1] * (1.0 - share) + points[begin + after] * share
    ways[:, :, TURN:] -= ways[:, :, TURN:].mean(axis=1, keepdims=True)
    return ways


def strangeness(
    ways: FloatArray, rising: npt.NDArray[np.bool_], core: IntArray, always: FloatArray | float = _ALWAYS
) -> FloatArray:
    """Return how far each way is from those of the nearest members in its direction: shape (m,).

    Per coordinate, the distance is divided by what is usual among the members, of which the share `always` of
    the movement's size is the least.
    """
    if not len(core):
        return np.full(len(ways), np.inf)
    own = ways[core] - ways[core].mean(axis=1, keepdims=True)
    size = float(np.median(np.square(own).sum(axis=2).mean(axis=1)))
    off = np.full((len(ways), ways.shape[2]), np.inf)
    for up in (True, False):
        members = core[rising[core] == up]
        for i in np.flatnonzero(rising == up).tolist():
            others = members[members != i]
            if not len(others):
                continue
            nearest = others[np.argsort(np.abs(others - i), kind="stable")[:_NEIGHBOURS]]
            off[i] = np.square(ways[i] - np.median(ways[nearest], axis=0)).mean(axis=0)
    finite = off[core][np.isfinite(off[core, 0])]
    usual = 2.0 * np.median(finite, axis=0) if len(finite) else np.zeros(ways.shape[2])
    result: FloatArray = np.sqrt((off / (usual + np.square(always) * size + 1e-12)).sum(axis=1) / 2.0)
    return result


def _add_inner_ones(belongs: npt.NDArray[np.bool_], may: npt.NDArray[np.bool_]) -> None:
    """Let a few strange swings amid members belong to them: nobody racks the weight between two reps.

    They are the set's own, spoilt by lost samples or by a lifter who struggled.
    """
    own = np.flatnonzero(belongs)
    for before, after in itertools.pairwise(own.tolist()):
        if 1 < after - before <= _SPOILT + 1 and may[before + 1 : after].all():
            belongs[before:after] = True


def _add_cut_ones(
    belongs: npt.NDArray[np.bool_],
    may: npt.NDArray[np.bool_],
    swings: Swings,
    track: Track,
    pattern: Pattern,
    edges: StreamEdges,
) -> None:
    """Let swings that the stream's edge may have cut belong to the members that they adjoin."""
    near = min(_CUT_PERIODS * pattern.period_s, _CUT_S) * FRAME_RATE_HZ
    first = track.path.first_frame
    if edges.end is not None:
        for i in range(1, len(belongs)):
            if may[i] and belongs[i - 1] and edges.end - first - swings.end[i] < near:
                belongs[i] = True
    if edges.begin is not None:
        for i in range(len(belongs) - 2, -1, -1):
            if may[i] and belongs[i + 1] and first + swings.begin[i] - edges.begin < near:
                belongs[i] = True


def _leave_out_walks(belongs: npt.NDArray[np.bool_], swings: Swings, path: PosePath) -> None:
    """Take out the swinging arms of a walk, quicker than the set and a pause before or after it.

    Each stretch is looked at by itself: in the set as a whole a few steps do not show.
    """
    own = np.flatnonzero(belongs)
    if len(own) < _FEWEST:
        return
    pauses = swings.leaves[own[1:]] - swings.arrives[own[:-1]]
    bouts = np.split(own, np.flatnonzero(pauses > _APART_S * FRAME_RATE_HZ) + 1)
    main_bout = max(bouts, key=len)
    usual_s = _period_s(swings, main_bout)
    for bout in bouts:
        if len(bout) < 2 or (period_s := _period_s(swings, bout)) > _QUICK_BOUT * usual_s:
            continue
        first, last = int(swings.leaves[bout[0]]), int(swings.arrives[bout[-1]])
        if is_walk(path, path.first_frame + first, path.first_frame + last, period_s):
            belongs[bout] = False


def _period_s(swings: Swings, bout: IntArray) -> float:
    return 2.0 * float(np.median(np.diff(swings.leaves[bout]))) / FRAME_RATE_HZ if len(bout) > 1 else 0.0


def member_runs(members: Members, track: Track, params: CounterParams) -> list[list[Swing]]:
    """Return the members in runs without a foreign swing or a long pause between them."""
    runs: list[list[Swing]] = []
    unbroken = False
    alike = _likeness_to_neighbours(members)
    for i, one_of_them in enumerate(members.belongs.tolist()):
        if one_of_them:
            swing = _swing(members, i, track, float(alike[i]))
            if not unbroken or is_pause(swing.leaves - runs[-1][-1].arrives, params):
                runs.append([])
            runs[-1].append(swing)
        unbroken = one_of_them
    return runs


def is_pause(frames: int, params: CounterParams) -> bool:
    """Whether so many frames without movement end a set."""
    return frames > params.longest_pause_s * FRAME_RATE_HZ


def _swing(members: Members, i: int, track: Track, alike: float) -> Swing:
    swings, first = members.swings, track.path.first_frame
    return Swing(
        begin=first + int(swings.begin[i]),
        end=first + int(swings.end[i]),
        leaves=first + int(swings.leaves[i]),
        arrives=first + int(swings.arrives[i]),
        rising=bool(swings.change[i] > 0.0),
        size=float(members.size[i]),
        alike=alike,
    )


def _likeness_to_neighbours(members: Members) -> FloatArray:
    """Compare each swing with the members next to it in its direction, in time: shape (m,)."""
    swings, own = members.swings, np.flatnonzero(members.belongs)
    alike = np.zeros(len(swings))
    rising = swings.change > 0.0
    for i in range(len(swings)):
        others = own[(rising[own] == rising[i]) & (own != i)]
        nearest = others[np.argsort(np.abs(others - i), kind="stable")[:_NEIGHBOURS]]
        if len(nearest):
            alike[i] = float(np.median(likeness(swings.shapes[nearest], swings.shapes[i])))
    return alike
