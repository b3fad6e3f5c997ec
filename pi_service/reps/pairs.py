"""From two swings, out and back, to a repetition with its times and its range."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track, distance_deg
from pi_service.reps.found import FoundRep
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT
from pi_service.reps.signals import Pattern

#: Weight of the height in a signal from which the vertical travel can be told.
_MOSTLY_HEIGHT = 0.7


def rep_of(track: Track, pattern: Pattern, out: Swing | None, back: Swing | None) -> FoundRep:
    """Describe a repetition; a missing half takes no time (the recording does not show it)."""
    half = out or back
    assert half is not None  # noqa: S101 - at an edge only one half is missing
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
