"""The gyroscope's scale off a turn on a table, as a session that watches a stream."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from support.calibrations import LIMB, calibration

from benchmarks.poses import FACES, counts_of, whole_range
from calibration.accel_fit import G
from calibration.errors import CalibrationMismatchError, MovedError
from calibration.turning import TurnSession
from calibration.value import IDENTITY, Calibration
from firmware.samples import CLIPPED_COUNTS, RawBlock
from firmware.sim.motion import FloatArray, Motion
from firmware.sim.traits import Traits

NOW = datetime(2026, 11, 22, tzinfo=UTC)
#: Slices of 0.5 s.
STEP = 50


def on_a_table(face: int, angle_deg: float, wait_s: float = 8.0, tilt_deg: float = 0.0) -> Motion:
    """A turn about the vertical after a wait, for 4 s; it may end leaning."""
    up = FACES[face]

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        way = np.clip((t_s - wait_s) / 4.0, 0.0, 1.0)
        speed = math.radians(angle_deg) / 4.0 * 30.0 * way**2 * (1.0 - way) ** 2
        lean = np.radians(tilt_deg) * (way >= 1.0)
        across = np.roll(up, 1)
        force = np.cos(lean)[:, None] * up + np.sin(lean)[:, None] * across
        return force * G, speed[:, None] * up

    return motion


def base_of(traits: Traits) -> Calibration:
    return calibration(
        accel_matrix=tuple(tuple(row) for row in np.linalg.inv(np.array(traits.accel_matrix)).tolist()),
        accel_offset_ms2=tuple(np.array(traits.accel_offset_g) * G),
        made_at=NOW,
    )


def pieces(raw: RawBlock, size: int = STEP) -> list[RawBlock]:
    def part(start: int) -> RawBlock:
        cut = slice(start, start + size)
        heat = raw.temperature_counts
        return replace(
            raw,
            t_us=raw.t_us[cut],
            accel_counts=raw.accel_counts[cut],
            gyro_counts=raw.gyro_counts[cut],
            flags=raw.flags[cut],
            temperature_counts=None if heat is None else heat[cut],
        )

    return [part(start) for start in range(0, len(raw), size)]


def session_over(raw: RawBlock, base: Calibration, angle_deg: float, size: int = STEP) -> TurnSession:
    session = TurnSession(base, angle_deg)
    for piece in pieces(raw, size):
        session.step(piece)
    return session


@pytest.mark.parametrize("size", [7, 50, 100_000])
def test_turns_on_three_sides_tell_the_whole_matrix(size: int) -> None:
    traits = whole_range(2)
    found = base_of(traits)
    for number, face in enumerate((0, 2, 4)):
        raw = counts_of(traits, on_a_table(face, 360.0), 18.0, number)
        found = session_over(raw, found, 360.0, size).finish(NOW)
    np.testing.assert_allclose(found.gyro_matrix, np.linalg.inv(np.array(traits.gyro_matrix)), atol=2e-3)
    assert found.kind == "rests and turn"
    assert found.accel_offset_ms2 == base_of(traits).accel_offset_ms2
    assert found.made_at == NOW


def test_it_says_step_by_step_how_far_it_is() -> None:
    raw = counts_of(whole_range(1), on_a_table(4, -720.0), 18.0, 1)
    session = TurnSession(base_of(whole_range(1)), -720.0)
    steps = [session.step(piece).step for piece in pieces(raw)]
    assert sorted(set(steps)) == [0, 1, 2]
    assert steps == sorted(steps)
    assert session.progress().done
    assert session.finish(NOW).gyro_matrix != IDENTITY


@pytest.mark.parametrize(
    ("angle_deg", "said_deg", "tilt_deg", "complaint"),
    [
        (0.0, 360.0, 0.0, "No turn was seen"),
        (30.0, 360.0, 0.0, "No turn was seen"),
        (360.0, 720.0, 0.0, r"measured 3\d\d degrees where the turn was said to be 720"),
        (360.0, -360.0, 0.0, r"measured 3\d\d degrees the other way.*in the direction that was asked for"),
        (360.0, 360.0, 8.0, "lies otherwise than before the turn, by 8 degrees"),
    ],
)
def test_what_was_no_turn_is_refused(angle_deg, said_deg, tilt_deg, complaint: str) -> None:
    raw = counts_of(whole_range(1), on_a_table(4, angle_deg, tilt_deg=tilt_deg), 18.0, 1)
    with pytest.raises(MovedError, match=complaint):
        session_over(raw, base_of(whole_range(1)), said_deg).finish(NOW)


def test_a_turn_that_was_too_quick_for_the_gyroscope_is_made_again() -> None:
    """It would be measured as too short, by a little: nobody would notice."""
    raw = counts_of(whole_range(1), on_a_table(4, 1800.0), 18.0, 1)
    fast = np.clip(raw.gyro_counts, -CLIPPED_COUNTS, CLIPPED_COUNTS)
    slow = replace(raw, gyro_counts=np.clip(raw.gyro_counts, -20_000, 20_000).astype(np.int16))
    raw = replace(raw, gyro_counts=np.where(np.abs(raw.gyro_counts) > 20_000, 32_767, fast).astype(np.int16))
    with pytest.raises(MovedError, match=r"turned faster than the 1000 deg/s .* more slowly"):
        session_over(raw, base_of(whole_range(1)), 1800.0).finish(NOW)
    with pytest.raises(MovedError, match="where the turn was said to be 1800"):
        session_over(slow, base_of(whole_range(1)), 1800.0).finish(NOW)


def test_missing_samples_are_told_and_the_next_turn_counts() -> None:
    raw = counts_of(whole_range(1), on_a_table(4, 360.0), 18.0, 1)
    session = TurnSession(base_of(whole_range(1)), 360.0)
    parts = pieces(raw)
    hints = [session.step(piece).hint for piece in [*parts[:19], *parts[20:]]]
    assert "Samples of the turn are missing" in hints[-1]
    with pytest.raises(MovedError, match="missing"):
        session.finish(NOW)
    for piece in pieces(raw):
        session.step(replace(piece, t_us=piece.t_us + 20_000_000))
    assert session.progress().done


def test_whoever_takes_for_ever_begins_again() -> None:
    raw = counts_of(whole_range(1), on_a_table(4, 360.0, wait_s=3.5), 4.0, 1)
    session = TurnSession(base_of(whole_range(1)), 360.0)
    session.step(raw)
    assert session.progress().step == 1
    noise = np.random.default_rng(1)
    for number in range(140):
        shaken = raw.accel_counts[:100] + noise.integers(-3000, 3000, (100, 3))
        session.step(
            replace(
                pieces(raw, 100)[0],
                t_us=raw.t_us[:100] + 4_000_000 + number * 1_000_000,
                accel_counts=shaken.astype(np.int16),
            )
        )
    assert session.progress().hint.startswith("The turn took too long")
    assert len(session._samples) < 140


def test_samples_of_another_range_are_refused() -> None:
    raw = replace(counts_of(whole_range(1), on_a_table(4, 360.0), 1.0, 1), gyro_range_dps=500)
    with pytest.raises(CalibrationMismatchError):
        TurnSession(base_of(whole_range(1)), 360.0).step(raw)
    assert LIMB.i2c_bus == 1
