"""From two swings, out and back, to a repetition with its times and its range."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track, distance_deg
from pi_service.reps.found import FoundRep
from pi_service.reps.measure import measure
from pi_service.reps.other_half import other_half
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT, is_height
from pi_service.reps.signals import Pattern


def rep_of(track: Track, pattern: Pattern, out: Swing | None, back: Swing | None) -> FoundRep:
    """Describe a repetition; a half that the recording does not show takes no time."""
    half = out or back
    assert half is not None  # noqa: S101 - at an edge only one half is missing
    out = out or other_half(track, half, before=True)
    back = back or other_half(track, half, before=False)
    start = out.leaves if out else half.begin
    turn = out.end if out else half.begin
    end = back.arrives if back else half.end
    if out and not back:
        turn = end = out.end
    return describe(track, pattern, start, turn, end, (out, back))


def describe(
    track: Track,
    pattern: Pattern,
    start: int,
    turn: int,
    end: int,
    halves: tuple[Swing | None, Swing | None],
) -> FoundRep:
    """Describe a repetition between the frames `start`, `turn` and `end`, and measure it if it is whole."""
    seen = [half.alike for half in halves if half is not None]
    out, back = halves
    measured = None
    if out is not None and back is not None:
        measured = measure(track, pattern.weights, out, turn, back)
    if measured is not None:
        range_deg, range_m = measured.range_deg, measured.range_m
    else:
        range_deg, range_m = _ranges(track, pattern, start, end)
    return FoundRep(
        start_s=start / FRAME_RATE_HZ,
        turn_s=(turn + 0.5) / FRAME_RATE_HZ,
        end_s=(end + 1) / FRAME_RATE_HZ,
        range_deg=range_deg,
        range_m=range_m,
        confidence=round(float(np.mean(seen)), 3),
        measures=None if measured is None else measured.measures,
    )


def _ranges(track: Track, pattern: Pattern, start: int, end: int) -> tuple[float, float | None]:
    """Return how far a part of a repetition goes, by the path that it was found in."""
    points = track.path.points[start - track.path.first_frame : end - track.path.first_frame + 1]
    up: FloatArray = points[:, TILT]
    range_deg = max(distance_deg(up[0], other) for other in up)
    travel = is_height(pattern.weights)
    return (
        round(range_deg, 1),
        round(float(np.ptp(points[:, HEIGHT])) * HEIGHT_UNIT_M, 3) if travel else None,
    )
