from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import CalibrationError, CalibrationFormatError, CalibrationMismatchError
from calibration.value import ACCEL_RANGES_G, GYRO_RANGES_DPS, Calibration
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
    )


def part(raw: RawBlock, start: int, end: int) -> RawBlock:
    return replace(
        raw,
        t_us=raw.t_us[start:end],
        accel_counts=raw.accel_counts[start:end],
        gyro_counts=raw.gyro_counts[start:end],
        flags=raw.flags[start:end],
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
        ("format", 2, "format 2"),
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
    ],
)
def test_names_what_is_wrong_with_a_stored_calibration(key: str, value: object, says: str) -> None:
    stored = Calibration.nominal(LIMB).to_dict()
    stored[key] = value
    with pytest.raises(CalibrationFormatError, match=says):
        Calibration.from_dict(stored)
