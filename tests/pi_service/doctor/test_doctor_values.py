"""What is judged of a sensor at rest, at the bounds of the data sheet."""

from __future__ import annotations

import numpy as np
import pytest

from firmware.chips import MPU_6050
from firmware.readings import Cause
from firmware.settings import SensorSettings
from firmware.stats import SensorStats
from pi_service.doctor.checks import Check, Level
from pi_service.doctor.delivery import ADVICE, SEEN
from pi_service.doctor.values import Rest, check_values
from pi_service.doctor.watching import Watched

SETTINGS = SensorSettings()
RNG = np.random.default_rng(7)
NOISE_G, NOISE_DPS = 0.0033, 0.045


def watched(
    *,
    up_g: tuple[float, float, float] = (0, 0, 1),
    bias_dps: tuple[float, float, float] = (1, -2, 3),
    noise: float = 1.0,
    moved_dps: float = 0.0,
    moved_g: float = 0.0,
    clipped: int = 0,
    temperature_c: float | None = 25.0,
    samples: int = 300,
) -> Watched:
    wave = np.sin(2 * np.pi * 0.5 * np.arange(samples) / 100)[:, None] * np.sqrt(2)
    accel = np.array(up_g) + moved_g * wave + noise * NOISE_G * RNG.standard_normal((samples, 3))
    gyro = np.array(bias_dps) + moved_dps * wave + noise * NOISE_DPS * RNG.standard_normal((samples, 3))
    stats = SensorStats(samples, 0, 0, 0, 0, 0, None, temperature_c)
    return Watched(
        SETTINGS, MPU_6050, accel, gyro, clipped, stats, (), (), False, 100, 0, None, True, samples / 100
    )


def check(name: str, each: Watched) -> Check:
    return next(check for check in check_values("limb", each) if check.name == name)


def level(name: str, each: Watched) -> Level:
    return check(name, each).level


def test_noise_is_told_from_movement() -> None:
    rest = Rest.of(watched(moved_dps=5.0).gyro_dps)
    assert rest.noise == pytest.approx(NOISE_DPS, rel=0.15)
    assert rest.spread == pytest.approx(5.0, rel=0.05)
    assert rest.movement == pytest.approx(5.0, rel=0.05)
    assert Rest.of(watched(noise=20).gyro_dps).movement == 0.0


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        (watched(), Level.OK),
        (watched(moved_dps=0.8), Level.OK),
        (watched(moved_dps=1.2), Level.WARNING),
        (watched(moved_g=0.015), Level.OK),
        (watched(moved_g=0.03), Level.WARNING),
        (watched(clipped=1), Level.WARNING),
        (watched(noise=10), Level.OK),
    ],
)
def test_a_sensor_lies_still_or_moves(each: Watched, expected: Level) -> None:
    assert level("still", each) is expected
    names = {check.name for check in check_values("limb", each)}
    assert ("noise" in names) == (expected is Level.OK)
    assert "temperature" in names


@pytest.mark.parametrize(("noise", "expected"), [(1, Level.OK), (2, Level.OK), (3, Level.WARNING)])
def test_noise_up_to_three_times_the_data_sheet(noise: float, expected: Level) -> None:
    assert level("noise", watched(noise=noise)) is expected


@pytest.mark.parametrize(
    ("bias_dps", "expected"),
    [
        ((19, -19, 0), Level.OK),
        ((0, -21, 0), Level.WARNING),
        ((0, 0, 39), Level.WARNING),
        ((-41, 0, 0), Level.PROBLEM),
    ],
)
def test_bias(bias_dps: tuple[float, float, float], expected: Level) -> None:
    found = check("bias", watched(bias_dps=bias_dps))
    assert found.level is expected
    assert found.measured["gyro_bias_dps"] == pytest.approx(list(bias_dps), abs=0.02)


@pytest.mark.parametrize(
    ("up_g", "expected"),
    [
        ((0.6, 0, 0.8), Level.OK),
        ((0, 0, -1.1), Level.OK),
        ((0, 0.8, 0), Level.WARNING),
        ((0, 0, 1.25), Level.WARNING),
        ((0, 0, 2), Level.PROBLEM),
        ((0, 0, 0), Level.PROBLEM),
    ],
)
def test_gravity(up_g: tuple[float, float, float], expected: Level) -> None:
    assert level("gravity", watched(up_g=up_g)) is expected


@pytest.mark.parametrize(
    ("temperature_c", "expected"), [(-25, Level.WARNING), (20, Level.OK), (65, Level.WARNING)]
)
def test_temperature(temperature_c: float, expected: Level) -> None:
    assert level("temperature", watched(temperature_c=temperature_c)) is expected


def test_without_a_temperature_nothing_is_said_of_it() -> None:
    assert "temperature" not in {check.name for check in check_values("limb", watched(temperature_c=None))}


def test_a_few_samples_say_nothing() -> None:
    assert list(check_values("limb", watched(samples=10))) == []


def test_every_cause_of_missing_samples_has_words_and_advice() -> None:
    assert set(ADVICE) == set(SEEN) == set(Cause)
