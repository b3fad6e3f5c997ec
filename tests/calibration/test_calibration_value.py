from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chunks import part

from calibration.errors import CalibrationError, CalibrationFormatError, CalibrationMismatchError
from calibration.value import ACCEL_RANGES_G, GYRO_RANGES_DPS, Calibration, Quality
from firmware.chips import CHIPS
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock, SensorRole

LIMB = SensorIdentity(SensorRole.LIMB, 1, 0x68, "MPU-6050", 0x68)
NUMBERS = st.floats(-2.0, 2.0)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
MATRICES = st.tuples(VECTORS, VECTORS, VECTORS)
CALIBRATIONS = st.builds(
    Calibration,
    sensor=st.builds(
        SensorIdentity,
        st.sampled_from(SensorRole),
        st.none() | st.integers(0, 9),
        st.sampled_from([0x68, 0x69]),
        st.text(max_size=8),
        st.none() | st.integers(0, 255),
    ),
    accel_range_g=st.sampled_from(ACCEL_RANGES_G),
    gyro_range_dps=st.sampled_from(GYRO_RANGES_DPS),
    accel_matrix=MATRICES,
    accel_offset_ms2=VECTORS,
    gyro_matrix=MATRICES,
    gyro_offset_rads=VECTORS,
    kind=st.text(max_size=8),
    gyro_slope_rads_per_c=VECTORS,
    temperature_c=st.none() | st.floats(-40.0, 85.0),
    made_at=st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    quality=st.none()
    | st.builds(
        Quality,
        rests=st.integers(0, 99),
        faces=st.lists(st.sampled_from(["+x", "-x", "+z"])).map(tuple),
        accel_residual_ms2=NUMBERS,
        tilt_error_before_deg=NUMBERS,
        tilt_error_after_deg=NUMBERS,
        gyro_residual_rads=NUMBERS,
        temperature_span_c=NUMBERS,
    ),
)


def raw_block(n: int, seed: int = 0, accel_range_g: int = 8, gyro_range_dps: int = 1000) -> RawBlock:
    rng = np.random.default_rng(seed)
    return RawBlock(
        SensorRole.LIMB,
        np.cumsum(rng.integers(1, 20000, n)),
        rng.integers(-32768, 32768, (n, 3)).astype(np.int16),
        rng.integers(-32768, 32768, (n, 3)).astype(np.int16),
        accel_range_g,
        gyro_range_dps,
        rng.integers(0, 4, n).astype(np.uint8),
        rng.integers(-8000, 8000, n).astype(np.int16) if seed % 2 == 0 else None,
    )


def test_nominal_scale_is_the_data_sheets() -> None:
    one_g_up = RawBlock(
        SensorRole.LIMB,
        np.array([10_000]),
        np.array([[0, -2048, 4096]], dtype=np.int16),
        np.array([[32767, -32768, 0]], dtype=np.int16),
        8,
        1000,
        np.array([3], dtype=np.uint8),
    )
    block = Calibration.nominal(LIMB).apply(one_g_up)
    assert block.sensor is SensorRole.LIMB
    assert block.t_s.tolist() == [0.01]
    assert block.flags.tolist() == [3]
    assert block.specific_force_ms2.dtype == np.float64
    np.testing.assert_allclose(block.specific_force_ms2, [[0.0, -9.80665 / 2, 9.80665]], rtol=1e-12)
    assert block.angular_rate_rads is not None
    np.testing.assert_allclose(
        np.degrees(block.angular_rate_rads), [[1000 * 32767 / 32768, -1000, 0]], rtol=1e-12
    )


def test_matrix_and_offset_work_as_documented() -> None:
    raw = raw_block(50)
    nominal = Calibration.nominal(LIMB)
    rng = np.random.default_rng(4)
    accel_matrix, gyro_matrix = rng.normal(0, 1, (2, 3, 3))
    accel_offset, gyro_offset = rng.normal(0, 1, (2, 3))
    calibration = replace(
        nominal,
        accel_matrix=tuple(map(tuple, accel_matrix.tolist())),
        gyro_matrix=tuple(map(tuple, gyro_matrix.tolist())),
        accel_offset_ms2=tuple(accel_offset.tolist()),
        gyro_offset_rads=tuple(gyro_offset.tolist()),
        kind="test",
    )
    before, after = nominal.apply(raw), calibration.apply(raw)
    np.testing.assert_allclose(
        after.specific_force_ms2, (before.specific_force_ms2 - accel_offset) @ accel_matrix.T, atol=1e-12
    )
    assert before.angular_rate_rads is not None
    assert after.angular_rate_rads is not None
    np.testing.assert_allclose(
        after.angular_rate_rads, (before.angular_rate_rads - gyro_offset) @ gyro_matrix.T, atol=1e-12
    )


@given(CALIBRATIONS, st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=8))
def test_any_chunking_gives_the_same_bits(calibration: Calibration, seed: int, cuts: list[int]) -> None:
    calibration = replace(calibration, sensor=LIMB)
    raw = raw_block(60, seed, calibration.accel_range_g, calibration.gyro_range_dps)
    whole = calibration.apply(raw)
    edges = [0, *sorted(cuts), 60]
    parts = [calibration.apply(part(raw, a, b)) for a, b in pairwise(edges)]
    for name in ("t_s", "specific_force_ms2", "angular_rate_rads", "flags"):
        joined = np.concatenate([getattr(block, name) for block in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


@given(CALIBRATIONS)
def test_stored_form_gives_back_the_same(calibration: Calibration) -> None:
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_refuses_another_sensor_and_another_range() -> None:
    calibration = Calibration.nominal(LIMB)
    with pytest.raises(CalibrationMismatchError, match="limb sensor, but the samples come from the torso"):
        calibration.apply(replace(raw_block(3), sensor=SensorRole.TORSO))
    with pytest.raises(CalibrationMismatchError, match=r"8 g and 1000 deg/s, but .* 4 g and 1000"):
        calibration.apply(raw_block(3, accel_range_g=4))
    with pytest.raises(CalibrationMismatchError, match="250 deg/s"):
        calibration.apply(raw_block(3, gyro_range_dps=250))
    assert issubclass(CalibrationMismatchError, CalibrationError)


def test_an_empty_block_stays_empty() -> None:
    block = Calibration.nominal(LIMB).apply(raw_block(0))
    assert len(block) == 0
    assert block.specific_force_ms2.shape == (0, 3)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("format", 3, "format 3"),
        ("format", 0, "formats 1 to 2"),
        ("format", None, "format"),
        ("kind", 1, "kind"),
        ("accel_range_g", 3, "2, 4, 8, 16"),
        ("gyro_range_dps", 999, "250, 500, 1000, 2000"),
        ("accel_range_g", True, "whole number"),
        ("accel_matrix", [[1, 0, 0], [0, 1, 0]], "three rows"),
        ("gyro_matrix", [[1, 0, 0], [0, 1, 0], [0, 0, "x"]], "gyro_matrix"),
        ("accel_offset_ms2", [1, 2], "three numbers"),
        ("gyro_offset_rads", [math.nan, 0, 0], "not finite"),
        ("sensor", None, "name its sensor"),
        ("sensor", {"role": "leg", "i2c_address": 1, "chip": ""}, "limb, torso"),
        ("sensor", {"role": "limb", "chip": ""}, "i2c_address"),
        ("gyro_slope_rads_per_c", None, "gyro_slope_rads_per_c"),
        ("gyro_slope_rads_per_c", [0, 0, True], "three numbers"),
        ("temperature_c", "warm", "a number"),
        ("temperature_c", 10**400, "too large"),
        ("made_at", "yesterday", "time with its zone"),
        ("made_at", "2026-11-22T10:00:00", "time with its zone"),
        ("quality", [], "table"),
        ("quality", {"rests": 1.5}, "rests"),
        ("quality", {"rests": 1, "faces": "+x"}, "list of texts"),
    ],
)
def test_names_what_is_wrong_with_a_stored_calibration(key: str, value: object, says: str) -> None:
    stored = Calibration.nominal(LIMB).to_dict()
    stored[key] = value
    with pytest.raises(CalibrationFormatError, match=says):
        Calibration.from_dict(stored)


def calibrated() -> Calibration:
    return replace(
        Calibration.nominal(LIMB),
        gyro_offset_rads=(0.1, -0.2, 0.0),
        gyro_slope_rads_per_c=(0.001, 0.0, -0.002),
        temperature_c=30.0,
        made_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("who_am_i", [0x68, 0x70])
def test_the_gyros_offset_follows_the_temperature_of_each_sample(who_am_i: int) -> None:
    chip = CHIPS[who_am_i]
    sensor = replace(LIMB, chip=chip.name, who_am_i=who_am_i)
    calibration = replace(calibrated(), sensor=sensor)
    warm_c = np.array([30.0, 40.0, 20.0])
    counts = np.rint((warm_c - chip.temperature_at_zero_c) * chip.temperature_lsb_per_c).astype(np.int16)
    raw = replace(raw_block(3), gyro_counts=np.zeros((3, 3), dtype=np.int16), temperature_counts=counts)
    rate = calibration.apply(raw).angular_rate_rads
    assert rate is not None
    expected = [[-0.1, 0.2, 0.0], [-0.11, 0.2, 0.02], [-0.09, 0.2, -0.02]]
    np.testing.assert_allclose(rate, expected, atol=1e-5)
    without = calibration.apply(replace(raw, temperature_counts=None)).angular_rate_rads
    np.testing.assert_allclose(without, [[-0.1, 0.2, 0.0]] * 3)


def test_a_slope_without_a_temperature_to_begin_from_is_not_used() -> None:
    raw = raw_block(5)
    calibration = replace(calibrated(), temperature_c=None)
    plain = replace(calibration, gyro_slope_rads_per_c=(0.0, 0.0, 0.0))
    np.testing.assert_array_equal(
        calibration.apply(raw).angular_rate_rads, plain.apply(raw).angular_rate_rads
    )


def test_format_1_stays_readable() -> None:
    stored = Calibration.nominal(LIMB).to_dict()
    assert stored["format"] == 2
    del stored["gyro_slope_rads_per_c"]
    assert Calibration.from_dict(stored | {"format": 1}) == Calibration.nominal(LIMB)


def test_a_date_is_in_utc_from_then_on() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    calibration = replace(calibrated(), made_at=datetime(2026, 1, 1, 2, 0, tzinfo=there))
    assert calibration.to_dict()["made_at"] == "2025-12-31T20:30:00Z"
    with pytest.raises(CalibrationFormatError, match="zone"):
        replace(calibrated(), made_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_refuses_another_chip_in_words() -> None:
    calibration = calibrated()
    calibration.require_fit(LIMB, 8, 1000)
    calibration.require_fit(LIMB)
    with pytest.raises(CalibrationMismatchError, match=r"\(MPU-6050, .*data come from .*\(MPU-6500, "):
        calibration.require_fit(replace(LIMB, chip="MPU-6500", who_am_i=0x70), 8, 1000)
    with pytest.raises(CalibrationMismatchError, match="address 0x69"):
        calibration.require_fit(replace(LIMB, i2c_address=0x69))
    with pytest.raises(CalibrationMismatchError, match="torso"):
        calibration.require_fit(replace(LIMB, role=SensorRole.TORSO))
    with pytest.raises(CalibrationMismatchError, match="2 g and 1000"):
        calibration.require_fit(LIMB, 2, 1000)
    assert calibration.belongs_to(replace(LIMB, role=SensorRole.TORSO))


def test_warns_of_age_and_of_another_temperature() -> None:
    calibration = calibrated()
    made_at = calibration.made_at
    assert made_at is not None
    assert calibration.warnings(made_at + timedelta(days=90), 45.0) == []
    assert calibration.warnings(made_at, None) == []
    (old,) = calibration.warnings(made_at + timedelta(days=91), 15.0)
    assert "91 days old" in old
    (warm,) = calibration.warnings(made_at, 45.1)
    assert "at 45 C" in warm
    assert "at 30 C" in warm
    (cold,) = calibration.warnings(made_at, 14.9)
    assert "at 15 C" in cold
    (early,) = calibration.warnings(made_at - timedelta(days=2), None)
    assert "clock" in early
    assert Calibration.nominal(LIMB).warnings(made_at, 99.0) == []
