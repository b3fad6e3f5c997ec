"""The look back at the end of a set: the best signal for it, and its repetitions once more."""

from __future__ import annotations

import numpy as np

from pi_service.reps.follow import Swing, linked_runs
from pi_service.reps.found import FoundRep
from pi_service.reps.gait import is_gait
from pi_service.reps.history import History
from pi_service.reps.members import Members, StreamEdges, is_pause, member_runs
from pi_service.reps.pairing import Look, look_at, members_of, paired
from pi_service.reps.pairs import rep_of
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import PosePath, pose_path
from pi_service.reps.signals import Pattern, is_part, learn, projections
from pi_service.reps.stunted import without_stunted_edges
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
    while it lifts once is counted by its height: by tilt its successive swings are not alike. Once it is
    known which swings are the set's own, the pattern is chosen again among those only.
    """
    first = look_at(history, pattern, begin, end, params)
    if first is None:
        return []
    look = _better(history, first, begin, end, params) or first
    members = members_of(look, edges, params)
    main_run = Look(look.pattern, look.track, _main_run(members, look, params))
    again = _better(history, main_run, begin, end, params)
    reps = [] if again is None else _reps(again, members_of(again, edges, params), edges, params)
    return reps or _reps(look, members, edges, params)


def _better(history: History, look: Look, begin: int, end: int, params: CounterParams) -> Look | None:
    """Choose the pattern anew on the stretch of the runs, and follow it."""
    if not look.runs:
        return None
    pattern = _best_pattern(history, look.pattern, look.runs, begin, end, params)
    return None if pattern is None else look_at(history, pattern, begin, end, params)


def _main_run(members: Members, look: Look, params: CounterParams) -> list[list[Swing]]:
    """Return the members without a long pause between them of which most were followed."""
    followed = {swing.begin for run in look.runs for swing in run}
    chains: list[list[Swing]] = []
    for run in member_runs(members, look.track, params):
        if not chains or is_pause(run[0].leaves - chains[-1][-1].arrives, params):
            chains.append([])
        chains[-1] += run
    best = max(chains, key=lambda chain: sum(swing.begin in followed for swing in chain), default=None)
    return [] if best is None else [best]


def _reps(look: Look, members: Members, edges: StreamEdges, params: CounterParams) -> list[FoundRep]:
    """Pair the set's swings, if they are a set's."""
    track, pattern = look.track, look.pattern
    runs = linked_runs(member_runs(members, track, params), pattern.begin, pattern.end, params)
    if pattern.lifts(params.lift_m):
        runs = without_stunted_edges(track, pattern, runs)
    if not runs:
        return []
    reps = [rep_of(track, pattern, *halves) for halves in paired(look, members, runs, edges, params)]
    if not reps:  # one way alone, of which no pattern is learned
        return []
    begins = members.swings.begin + track.path.first_frame
    own = np.flatnonzero((begins >= runs[0][0].begin) & (begins <= runs[-1][-1].begin))
    whole = learn(track.path, pattern.weights, members.swings[int(own[0]) : int(own[-1]) + 1])
    if not _is_set(reps, max(pattern.quality, whole.quality), params):
        return []
    return [] if is_gait(track.path, runs[0][0].begin, runs[-1][-1].end, pattern.period_s) else reps


def _is_set(reps: list[FoundRep], quality: float, params: CounterParams) -> bool:
    """Whether people would call it a set: alike enough, or long and not too unlike."""
    if not reps:
        return False
    confidence = float(np.mean([rep.confidence for rep in reps]))
    if quality >= params.sure_quality and confidence >= params.sure_confidence:
        return True
    long = len(reps) >= params.long_reps
    return long and quality >= params.long_quality and confidence >= params.long_confidence


#: A quicker high pass takes something of a height away: it must be so much better to be chosen.
_FASTER = 0.02


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
    slower: list[PosePath] = []
    for slowest_hz in sorted({*params.review_slowest_hz, pattern.slowest_hz}):
        if slowest_hz * pattern.period_s > 1.0:
            continue
        whole = pose_path(begin, rows, slowest_hz)
        path = whole[first - begin : last - begin + 1]
        for weights in projections(path.points):
            candidate = _pattern_of(path, weights, params)
            if candidate is None or candidate.swings < fewest:
                continue
            if params.out_goes_up is not None and any(is_part(candidate, other) for other in slower):
                continue
            if best is None or _is_better(candidate, best, params):
                best = candidate
        slower.append(path)
    return best


def _is_better(candidate: Pattern, best: Pattern, params: CounterParams) -> bool:
    lifts = _lifts(candidate, params)
    if params.out_goes_up is not None and lifts != _lifts(best, params):
        return lifts
    faster = candidate.slowest_hz > best.slowest_hz
    return candidate.quality > best.quality + faster * _FASTER


def _lifts(pattern: Pattern, params: CounterParams) -> bool:
    """Whether a pattern lifts the sensor, swing for swing in about the same way."""
    return pattern.lifts(params.lift_m) and pattern.quality >= params.long_quality


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
