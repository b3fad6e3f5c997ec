"""From swings to repetitions: which swing goes out, which comes back, and what happens at the edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track, distance_deg
from pi_service.reps.found import FoundRep
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT
from pi_service.reps.signals import Pattern

#: A turning point this far (share of a swing) off the others of its kind is not one of them.
_OFF_LEVEL = 0.7
#: Of a swing that the stream's edge cuts, this much must be seen on each side, and in sum.
_CUT_SHARE, _CUT_SHARES = 0.15, 0.5
#: A swing at the end of an odd run that is so much less alike than the others is foreign.
_WEAK = 0.24
#: Share of a swing, and within how many median swings' time, that leads into a turn without a pause.
_MOST_OF_A_SWING, _PATIENCE = 0.7, 1.5
#: Weight of the height in a signal from which the vertical travel can be told.
_MOSTLY_HEIGHT = 0.7


@dataclass(frozen=True, slots=True)
class StreamEdges:
    """Where the stream begins and ends, as far as a review must know: frames, or None inside it."""

    begin: int | None
    end: int | None


def pair_up(runs: list[list[Swing]], track: Track, pattern: Pattern, edges: StreamEdges) -> list[FoundRep]:
    """Pair the swings of each run to repetitions: out, and back.

    An even run starts and ends in the same pose: it is all pairs, unless both of its ends are turns
    (`_turns_at_both_ends`, or a recording that is cut in the middle of a movement): then it has one
    rep more. An odd run lacks one swing at an edge, mostly because the first or the last one was too
    slow or too small to be alike; it counts as if that swing were there, unless the swing at an edge
    is foreign itself (`_even`).
    """
    reps: list[FoundRep] = []
    for place, run in enumerate(runs):
        if len(run) == 1:
            continue
        cut_before = _cut_share(track, pattern, run[0].begin, edges.begin) if place == 0 else 0.0
        cut_after = _cut_share(track, pattern, run[-1].end, edges.end) if place == len(runs) - 1 else 0.0
        swings: list[Swing | None] = list(run)
        if len(run) % 2 == 0:
            cut = min(cut_before, cut_after) > _CUT_SHARE and cut_before + cut_after > _CUT_SHARES
            if cut or _turns_at_both_ends(track, pattern, run):
                swings = [None, *run, None]
        else:
            swings = _even(run, track, pattern, cut_after > cut_before)
        for out, back in zip(swings[0::2], swings[1::2], strict=True):
            reps.append(_rep(track, pattern, out, back))
    return reps


def _even(run: list[Swing], track: Track, pattern: Pattern, cut_after: bool) -> list[Swing | None]:
    """Complete an odd run at the edge where a swing is missing, or drop the swing that is too much."""
    off_first, off_last = _off_level(track, pattern, run)
    weak = float(np.median([swing.alike for swing in run])) - _WEAK
    if max(off_first, off_last) >= _OFF_LEVEL:
        return list(run[1:] if off_first > off_last else run[:-1])
    if min(run[0].alike, run[-1].alike) < weak:
        return list(run[1:] if run[0].alike < run[-1].alike else run[:-1])
    return [*run, None] if cut_after else [None, *run]


def _turns_at_both_ends(track: Track, pattern: Pattern, run: list[Swing]) -> bool:
    """Whether an even run begins and ends with a turn, its first way out and last way back foreign.

    That is so when somebody takes the weight up on the way to the first turn and lays it down on the
    way back from the last: those swings come from further away, or go further, than the others do, so
    they are not alike. But the movement runs into the first turn and out of the last without a pause,
    over most of a swing; at home, people pause before the first rep and after the last.
    """
    moving = float(np.median([swing.arrives - swing.leaves for swing in run]))
    patience = round(_PATIENCE * moving) + 1
    first, last = run[0].begin - track.path.first_frame, run[-1].end - track.path.first_frame
    sign = 1.0 if run[0].rising else -1.0
    before = sign * (track.signal[max(first - patience, 0) : first + 1] - track.signal[first])
    after = sign * (track.signal[last : last + patience + 1] - track.signal[last])
    return bool(min(before.max(), after.max()) > _MOST_OF_A_SWING * pattern.swing)


def _level(track: Track, frame: int) -> float:
    return float(track.signal[frame - track.path.first_frame])


def _cut_share(track: Track, pattern: Pattern, frame: int, edge: int | None) -> float:
    """How much of a swing lies between a turning point and the stream's edge close to it."""
    if edge is None or abs(edge - frame) > 0.6 * pattern.period_s * FRAME_RATE_HZ:
        return 0.0
    last = track.path.first_frame + len(track.signal) - 1
    at_edge = min(max(edge, track.path.first_frame), last)
    return abs(_level(track, at_edge) - _level(track, frame)) / pattern.swing


def _off_level(track: Track, pattern: Pattern, run: list[Swing]) -> tuple[float, float]:
    """How far the first and last turning points are from the median of their kind (share of a swing)."""
    levels = [_level(track, swing.begin) for swing in run] + [_level(track, run[-1].end)]
    first = abs(levels[0] - float(np.median(levels[2::2]))) / pattern.swing
    last = abs(levels[-1] - float(np.median(levels[:-2][::-2]))) / pattern.swing
    return first, last


def _rep(track: Track, pattern: Pattern, out: Swing | None, back: Swing | None) -> FoundRep:
    """Describe a repetition; a missing half takes no time (the recording does not show it)."""
    half = out or back
    assert half is not None  # noqa: S101 - at an edge only one half is missing
    start = out.leaves if out else half.begin
    turn = out.end if out else half.begin
    end = back.arrives if back else half.end
    if out and not back:
        turn = end = out.end
    return describe(track, pattern, start, turn, max(end, turn + 1, start + 1), (out, back))


def describe(
    track: Track,
    pattern: Pattern,
    start: int,
    turn: int,
    end: int,
    halves: tuple[Swing | None, Swing | None],
) -> FoundRep:
    """Measure a repetition between the frames `start`, `turn` and `end`."""
    points = track.path.points[start - track.path.first_frame : end - track.path.first_frame + 1]
    up: FloatArray = points[:, TILT]
    range_deg = max(distance_deg(up[0], other) for other in up)
    seen = [half.alike for half in halves if half is not None]
    travel = abs(float(pattern.weights[HEIGHT])) > _MOSTLY_HEIGHT
    return FoundRep(
        start_s=start / FRAME_RATE_HZ,
        turn_s=(turn + 0.5) / FRAME_RATE_HZ,
        end_s=(end + 1) / FRAME_RATE_HZ,
        range_deg=round(range_deg, 1),
        range_m=round(float(np.ptp(points[:, HEIGHT])) * HEIGHT_UNIT_M, 3) if travel else None,
        confidence=round(float(np.mean(seen)), 3),
    )
