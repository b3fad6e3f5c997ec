"""The look back at the end of a set: the best signal for it, and its repetitions once more."""

from __future__ import annotations

import numpy as np

from pi_service.reps.follow import Swing, follow, linked_runs
from pi_service.reps.found import FoundRep
from pi_service.reps.gait import is_gait
from pi_service.reps.history import History
from pi_service.reps.pairs import StreamEdges, pair_up
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import PosePath, pose_path
from pi_service.reps.signals import Pattern, learn, projections
from pi_service.reps.swings import cut_swings, turning_points


def review_set(
    history: History,
    pattern: Pattern,
    begin: int,
    end: int,
    edges: StreamEdges,
    params: CounterParams,
) -> list[FoundRep]:
    """Count the set that a pattern belongs to once more, now that all of it is known.

    Parameters
    ----------
    begin, end
        Frames between which the set may lie.
    edges
        Where the stream itself begins and ends.

    The set is first delimited with the pattern that was followed live. On that stretch every
    projection and high pass is tried; the one whose swings are most alike, in the directions of all
    coordinates together, becomes the set's pattern. So a movement that tilts out and back twice a rep
    while it lifts once is counted by its height: by tilt its successive swings are not alike.
    """
    track = follow(history, pattern, begin, end, params)
    runs = linked_runs(track.runs, pattern.begin, pattern.end, params)
    if not runs:
        return []
    better = _best_pattern(history, pattern, runs, begin, end, params)
    if better is not None:
        better_track = follow(history, better, begin, end, params)
        better_runs = linked_runs(better_track.runs, better.begin, better.end, params)
        if better_runs:
            pattern, track, runs = better, better_track, better_runs
    reps = _without_odd_ends(pair_up(runs, track, pattern, edges), params)
    walked = is_gait(track.path, runs[0][0].begin, runs[-1][-1].end, pattern.period_s)
    return reps if _is_set(reps, pattern, params) and not walked else []


def _without_odd_ends(reps: list[FoundRep], params: CounterParams) -> list[FoundRep]:
    """Drop first and last reps that are much less like the set than its other reps are.

    Gripping, unracking and putting down may pass for a rep, but seldom for this set's rep.
    """
    if len(reps) < params.sure_reps:
        return reps
    bound = float(np.median([rep.confidence for rep in reps])) - params.edge_drop
    first, last = 0, len(reps)
    while first < last and reps[first].confidence < bound:
        first += 1
    while last > first and reps[last - 1].confidence < bound:
        last -= 1
    return reps[first:last]


def _is_set(reps: list[FoundRep], pattern: Pattern, params: CounterParams) -> bool:
    """Whether people would call it a set: long enough, or alike enough."""
    if len(reps) < params.sure_reps:
        return bool(reps) and pattern.quality >= params.sure_quality
    confidence = float(np.mean([rep.confidence for rep in reps]))
    return pattern.quality >= params.sure_quality or confidence >= params.sure_confidence


def _best_pattern(
    history: History,
    pattern: Pattern,
    runs: list[list[Swing]],
    begin: int,
    end: int,
    params: CounterParams,
) -> Pattern | None:
    first, last = runs[0][0].begin, runs[-1][-1].end
    fewest = _SHARE_OF_SWINGS * sum(len(run) for run in runs)
    begin = max(begin, history.begin)
    rows = history.rows(begin, end)
    best: Pattern | None = None
    for slowest_hz in sorted({*params.review_slowest_hz, pattern.slowest_hz}):
        if slowest_hz * pattern.period_s > 1.0:
            continue
        whole = pose_path(begin, rows, slowest_hz)
        path = whole[first - begin : last - begin + 1]
        for weights in projections(path.points):
            candidate = _pattern_of(path, weights, params)
            if candidate is None or candidate.swings < fewest:
                continue
            if best is None or candidate.quality > best.quality:
                best = candidate
    return best


def _pattern_of(path: PosePath, weights: np.ndarray, params: CounterParams) -> Pattern | None:
    """Cut one signal of the set into swings, at the threshold that its own swings ask for."""
    signal = path.points @ weights
    bound = params.turn_share * float(np.subtract(*np.percentile(signal, (95, 5))))
    turns: list[int] = []
    for _ in range(3):
        turns = turning_points(signal, bound)
        if len(turns) < _FEWEST_TURNS:
            return None
        bound = params.turn_share * float(np.median(np.abs(np.diff(signal[turns]))))
    if len(turns) < _FEWEST_TURNS:
        return None
    pattern = learn(path, weights, cut_swings(path.points, signal, turns))
    return pattern if pattern.swing >= params.smallest_swing else None


#: Swings of another signal in the same stretch, against those followed live. One that tilts twice a rep has
#: half as many; a few large ones at the end are the weight that is put down.
_SHARE_OF_SWINGS = 0.4
#: Two repetitions have at least four turning points, even if the recording cuts them.
_FEWEST_TURNS = 4
