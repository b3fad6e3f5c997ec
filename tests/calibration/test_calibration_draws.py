"""Chips from all over the data sheet, held in poses by a hand: what a calibration is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from support.chunks import part

from benchmarks.poses import (
    LIMB,
    RATE_HZ,
    Hand,
    any_direction,
    block_of,
    counts_of,
    die_c,
    errors_of,
    holding,
    ups,
    whole_range,
)
from calibration.rests import RestFinder
from calibration.session import CalibrationSession
from calibration.value import Calibration
from firmware import registers as reg
from firmware.sim import GRAVITY_MS2, Motion, SimulatedBus, SimulatedChip, SimulatedClock, Traits
from firmware.sim.traits import REFERENCE_C

DRAWS = 100
#: For so long the chip has been on before.
WARM_UP_S = 180.0
HANDS = 10


@cache
def held_by(hand: int) -> tuple[Motion, float]:
    """Return the motion of one of a few hands, computed once."""
    rng = np.random.default_rng([hand, 7])
    motion, seconds = holding(ups(rng, Hand(), 3), Hand(), rng)
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    felt = motion(t_s)

    def again(asked_s):
        assert len(asked_s) == len(t_s)
        return felt

    return again, seconds


def calibrated(seed: int) -> tuple[Traits, Calibration, float]:
    """Return a chip, its calibration from as many poses as were asked for, and when it was finished."""
    traits = whole_range(seed)
    motion, seconds = held_by(seed % HANDS)
    raw = counts_of(traits, motion, seconds, seed, start_s=WARM_UP_S)
    session = CalibrationSession(LIMB, 8, 1000)
    start = 0
    for start in range(0, len(raw), 100):
        if session.step(part(raw, start, start + 100)).next_face is None:
            break
    return traits, session.finish(datetime(2026, 1, 1, tzinfo=UTC)), WARM_UP_S + (start + 100) / RATE_HZ


@pytest.fixture(scope="module")
def draws() -> list[tuple[Traits, Calibration, float]]:
    return [calibrated(seed) for seed in range(DRAWS)]


@pytest.mark.parametrize("after_s", [0.0, 1200.0])
def test_gravity_and_tilt_in_every_pose(draws, after_s: float) -> None:
    """Directions from all around, which are not those of the fit; at once and 20 minutes later."""
    good = 0
    for seed, (traits, calibration, end_s) in enumerate(draws):
        errors = errors_of(
            calibration.accel_matrix,
            calibration.accel_offset_ms2,
            traits,
            die_c(traits, end_s + after_s),
            any_direction(np.random.default_rng([seed, 1]), 60),
        )
        good += bool(np.abs(errors.length_mg).max() <= 5.0 and errors.tilt_deg.max() <= 0.3)
    assert good >= 0.95 * DRAWS


def test_the_parameters_are_recovered(draws) -> None:
    """Within 3 mg, 0.25 % of the matrix and 0.2 deg/s in 95 % of the draws, at the temperature of the fit."""
    offset_mg, matrix, gyro_dps = [], [], []
    for traits, calibration, _ in draws:
        assert calibration.temperature_c is not None
        warmer = calibration.temperature_c - traits.temperature_offset_c - REFERENCE_C
        true_offset = np.array(traits.accel_offset_g) + np.array(traits.accel_offset_g_per_c) * warmer
        offset_mg.append(
            np.abs(np.array(calibration.accel_offset_ms2) / GRAVITY_MS2 - true_offset).max() * 1e3
        )
        scale = np.array(traits.accel_matrix) * (1.0 + traits.accel_scale_per_c * warmer)
        _, sizes, right = np.linalg.svd(np.linalg.inv(scale))
        matrix.append(np.abs(np.array(calibration.accel_matrix) - right.T @ np.diag(sizes) @ right).max())
        true_gyro = np.array(traits.gyro_offset_dps) + np.array(traits.gyro_offset_dps_per_c) * warmer
        gyro_dps.append(np.abs(np.degrees(calibration.gyro_offset_rads) - true_gyro).max())
    assert np.percentile(offset_mg, 95) < 3.0
    assert np.percentile(matrix, 95) < 0.0025
    assert np.percentile(gyro_dps, 95) < 0.2


def test_what_it_says_of_itself_is_true(draws) -> None:
    """The bound of the tilt error holds for most, and the tilt before is of the size that it says."""
    held = 0
    for seed, (traits, calibration, end_s) in enumerate(draws):
        quality = calibration.quality
        assert quality is not None
        errors = errors_of(
            calibration.accel_matrix,
            calibration.accel_offset_ms2,
            traits,
            die_c(traits, end_s),
            any_direction(np.random.default_rng([seed, 2]), 60),
        )
        held += bool(errors.tilt_deg.max() <= quality.tilt_error_after_deg)
        assert quality.tilt_error_before_deg > quality.tilt_error_after_deg
    assert held >= 0.95 * DRAWS


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_registers_of_a_simulated_chip_give_the_same(seed: int) -> None:
    """The draws above are made without registers, bus and filters; here are some with them."""
    traits = replace(whole_range(seed), clock_ppm=0.0, clock_ppm_per_c=0.0)
    rng = np.random.default_rng(seed)
    motion, seconds = holding(ups(rng, Hand(), 1)[:3], Hand(), rng)
    clock = SimulatedClock()
    origin_ns = clock.now_ns()
    chip = SimulatedChip(motion=motion, traits=traits, seed=seed, keep_history=True)
    bus = SimulatedBus({0x68: chip}, clock)
    for register, value in (
        (reg.PWR_MGMT_1, 0),
        (reg.PWR_MGMT_1, 1),
        (reg.SMPLRT_DIV, 9),
        (reg.CONFIG, 3),
        (reg.GYRO_CONFIG, 0x10),
        (reg.ACCEL_CONFIG, 0x10),
    ):
        bus.write(0x68, register, value)
    clock.sleep_s(seconds)
    history = bus.history(0x68)
    since_ns = history.t_ns - origin_ns
    settled = since_ns > 200_000_000
    by_registers = block_of(since_ns[settled] // 1000, history.words[settled])
    directly = counts_of(traits, motion, seconds, seed)
    finder, nominal = RestFinder(), Calibration.nominal(LIMB).apply(directly)
    rests = finder.step(by_registers) + finder.finish()
    assert len(rests) == 3
    for rest in rests:
        same = (nominal.t_s >= rest.start_s) & (nominal.t_s < rest.end_s)
        force, rate = nominal.specific_force_ms2[same], nominal.angular_rate_rads[same]
        np.testing.assert_allclose(force.mean(axis=0), rest.specific_force_ms2, atol=0.001 * GRAVITY_MS2)
        np.testing.assert_allclose(rate.mean(axis=0), rest.angular_rate_rads, atol=np.radians(0.08))
        assert np.sqrt(force.var(axis=0).sum()) == pytest.approx(rest.force_spread_ms2, rel=0.1)
        temperature_c = directly.temperature_counts[same].mean() / 340.0 + 36.53
        assert temperature_c == pytest.approx(rest.temperature_c, abs=0.01)
