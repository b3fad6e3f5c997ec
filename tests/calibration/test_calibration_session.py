from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from support.chunks import part

from benchmarks.poses import LIMB, TABLE, Hand, counts_of, holding, ups, whole_range
from calibration.coverage import Face
from calibration.errors import CalibrationMismatchError, ClippedError, CoverageError
from calibration.session import MOST_POSES, WANTED_POSES, CalibrationSession, Progress
from calibration.value import IDENTITY
from firmware.samples import RawBlock, SensorRole

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def recorded(hand: Hand, rounds: int, seed: int, poses: int | None = None) -> RawBlock:
    rng = np.random.default_rng(seed)
    motion, seconds = holding(ups(rng, hand, rounds)[:poses], hand, rng)
    return counts_of(whole_range(seed), motion, seconds, seed, start_s=180.0)


def begin() -> CalibrationSession:
    return CalibrationSession(LIMB, 8, 1000)


def follow(session: CalibrationSession, raw: RawBlock) -> Progress:
    """Go on until nothing more is asked for."""
    progress = session.progress()
    for start in range(0, len(raw), 20):
        progress = session.step(part(raw, start, start + 20))
        if progress.next_face is None:
            break
    return progress


def test_a_hand_that_follows_is_told_when_it_is_enough() -> None:
    session = begin()
    progress = follow(session, recorded(Hand(), 3, 1))
    assert session.ready
    assert progress.next_face is None
    assert 9 <= progress.poses <= MOST_POSES
    assert progress.missing == ()
    assert progress.tilt_bound_deg is not None
    calibration = session.finish(NOW)
    assert calibration.kind == "rests"
    assert calibration.sensor == LIMB
    assert calibration.made_at == NOW
    quality = calibration.quality
    assert quality is not None
    assert quality.rests == len(session.rests)
    assert quality.faces == tuple(Face)
    assert quality.accel_residual_ms2 < 0.001 * 9.80665
    assert quality.tilt_error_after_deg < 0.4 < quality.tilt_error_before_deg
    assert quality.gyro_residual_rads < 0.01
    assert calibration.temperature_c == pytest.approx(27.0, abs=5.0)


def test_six_faces_on_a_table_are_enough() -> None:
    session = begin()
    progress = follow(session, recorded(TABLE, 2, 2))
    assert (progress.poses, progress.next_face) == (6, None)
    assert session.finish(NOW).quality is not None


def test_two_rounds_are_asked_for_when_the_first_says_too_little() -> None:
    session = begin()
    progress = follow(session, recorded(Hand(), 1, 3))
    assert session.ready
    assert progress.poses == 6
    assert progress.wanted_poses == WANTED_POSES
    assert progress.next_face is not None


def test_what_it_shows_on_the_way() -> None:
    session = begin()
    raw = recorded(TABLE, 1, 4, poses=3)
    assert session.progress().next_face is Face.X_UP
    seen = []
    for start in range(0, len(raw), 10):
        progress = session.step(part(raw, start, start + 10))
        seen.append(progress)
    first = next(each for each in seen if each.rests == 1)
    assert first.rested
    assert first.seen == {Face.X_UP}
    assert first.gravity_face is Face.X_UP
    assert first.next_face is Face.X_DOWN
    assert 2.5 < first.still_for_s < 4.0
    assert first.stillness > 0.5
    assert first.temperature_c is not None
    assert not first.clipped
    assert any(each.gravity_face is None and each.stillness == 0.0 for each in seen)
    assert seen[-1].missing == (Face.Y_DOWN, Face.Z_UP, Face.Z_DOWN)
    assert not session.ready


def test_it_says_that_a_pose_was_left_too_early() -> None:
    rng = np.random.default_rng(0)
    motion, seconds = holding(ups(rng, TABLE, 1)[:3], TABLE, rng, hold_s=1.6, move_s=1.5)
    raw = counts_of(whole_range(0), motion, seconds, 0)
    session = begin()
    moved = [session.step(part(raw, start, start + 10)).moved for start in range(0, len(raw), 10)]
    assert any(moved)
    assert not moved[5]


@pytest.mark.parametrize("size", [1, 33, 10_000])
def test_the_same_in_any_parcels(size: int) -> None:
    raw = recorded(TABLE, 1, 5)
    session, whole = begin(), begin()
    whole.step(raw)
    for start in range(0, len(raw), size):
        session.step(part(raw, start, start + size))
    assert session.finish(NOW) == whole.finish(NOW)


def test_missing_faces_leave_the_gyroscope() -> None:
    session = begin()
    session.step(recorded(TABLE, 1, 6, poses=4))
    with pytest.raises(CoverageError, match="2 of 6 faces are missing"):
        session.finish(NOW)
    calibration = session.finish(NOW, at_least="one rest")
    assert calibration.kind == "gyro rest"
    assert calibration.accel_matrix == IDENTITY
    true = np.array(whole_range(6).gyro_offset_dps)
    np.testing.assert_allclose(np.degrees(calibration.gyro_offset_rads), true, atol=1.0)


def test_nothing_at_rest_makes_no_calibration() -> None:
    with pytest.raises(CoverageError, match="never at rest"):
        begin().finish(NOW, at_least="one rest")


def test_a_clipped_axis_makes_no_calibration() -> None:
    raw = recorded(TABLE, 1, 7)
    accel = raw.accel_counts.copy()
    accel[:, 2] = 32767
    session = begin()
    progress = session.step(replace(raw, accel_counts=accel))
    assert progress.clipped_axes == ("accelerometer z",)
    assert progress.rests == 0
    with pytest.raises(ClippedError, match=r"accelerometer z axis was at the end of its range"):
        session.finish(NOW)


def test_refuses_another_sensor_and_another_range() -> None:
    raw = recorded(TABLE, 1, 8, poses=1)
    with pytest.raises(CalibrationMismatchError, match="torso"):
        begin().step(replace(raw, sensor=SensorRole.TORSO))
    with pytest.raises(CalibrationMismatchError, match=r"8 g and 1000 deg/s, and these .* 4 g"):
        begin().step(replace(raw, accel_range_g=4))


def test_finishing_does_not_end_it() -> None:
    raw = recorded(Hand(), 2, 9)
    session = begin()
    session.step(part(raw, 0, len(raw) // 3))
    with pytest.raises(CoverageError):
        session.finish(NOW)
    session.step(part(raw, len(raw) // 3, len(raw)))
    at_once = begin()
    at_once.step(raw)
    assert session.finish(NOW) == at_once.finish(NOW)
