from __future__ import annotations

import math

import pytest

from calibration.coverage import Face, coverage_of, face_up
from calibration.rests import Rest


def rest(x: float, y: float, z: float, clipped: tuple[str, ...] = ()) -> Rest:
    return Rest(0.0, 3.0, (x, y, z), (0.0, 0.0, 0.0), 0.0, 0.0, None, clipped)


def test_the_axis_that_reads_most_points_up() -> None:
    assert face_up((0.5, -0.2, 9.8)) is Face.Z_UP
    assert face_up((0.5, -9.7, 1.0)) is Face.Y_DOWN
    assert face_up((-9.9, 0.0, 0.0)) is Face.X_DOWN
    assert face_up((7.0, 7.0, 0.0)) is None
    assert face_up((0.0, 0.0, 0.0)) is None
    assert [face.words for face in (Face.X_UP, Face.Z_DOWN)] == [
        "on edge, with the X arrow pointing up",
        "flat, with the chip underneath",
    ]


@pytest.mark.parametrize(("tilt_deg", "seen"), [(0.0, True), (29.5, True), (30.5, False)])
def test_a_face_is_seen_within_30_degrees(tilt_deg: float, seen: bool) -> None:
    tilt = math.radians(tilt_deg)
    coverage = coverage_of([rest(9.8 * math.sin(tilt), 0.0, -9.8 * math.cos(tilt))])
    assert (Face.Z_DOWN in coverage.seen) is seen


def test_what_is_missing_is_told_and_a_clipped_rest_does_not_count() -> None:
    rests = [
        rest(9.8, 0, 0),
        rest(-9.8, 0, 0),
        rest(0, 9.8, 0),
        rest(0, 0, 9.8),
        rest(0, 0, -9.8, ("gyro x",)),
    ]
    coverage = coverage_of(rests)
    assert coverage.missing == (Face.Y_DOWN, Face.Z_DOWN)
    assert not coverage.complete
    assert coverage_of([*rests, rest(0, -9.8, 0), rest(0, 0, -9.8)]).complete
