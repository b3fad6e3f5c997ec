"""Vertical velocity and travel: drift goes, and what is stated of the uncertainty holds."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.athlete.jets import step
from pi_service.reps.measure_height import Slow, VerticalMotion

HZ = 25.0
TRAVEL_M, TILT_RAD = 0.5, 0.6
#: Out at 0.6 s for 1.2 s, back at 2.2 s for 1.6 s, in a window of 4.4 s.
OUT_S, OUT_LASTS_S, BACK_S, BACK_LASTS_S, WINDOW_S = 0.6, 1.2, 2.2, 1.6, 4.4
N = round(WINDOW_S * HZ)
PAUSES = [Slow(1.0, 14.0), Slow(46.0, 54.0), Slow(96.0, 109.0)]
LEAVES, REACHES, ARRIVES = 15, 45, 95


def window(rng: np.random.Generator, offset_ms2: float) -> tuple[FloatArray, FloatArray]:
    """Rows of a window with one repetition that tilts as it rises, and the true velocity."""
    fine_s = np.arange(N * 40) / (HZ * 40)
    way = step(fine_s, OUT_S, OUT_LASTS_S) - step(fine_s, BACK_S, BACK_LASTS_S)
    angle = 0.3 + TILT_RAD * way.value
    up = np.stack((np.sin(angle), np.cos(angle) * 0.8, np.cos(angle) * 0.6), axis=1)
    felt = (
        way.accel * TRAVEL_M + up @ rng.normal(0.0, offset_ms2, 3) + rng.normal(0.0, 0.015 * 6, len(fine_s))
    )
    # Nobody pauses as still as a table.
    felt += 0.02 * np.sin(2.0 * np.pi * 0.8 * fine_s + rng.uniform(0.0, 6.0))
    rows = np.zeros((N, 7))
    rows[:, 0:3] = up.reshape(N, 40, 3).mean(axis=1)
    rows[:, 3] = 1e-3  # there is a gyroscope
    rows[:, 4] = felt.reshape(N, 40).mean(axis=1)
    return rows, (way.rate * TRAVEL_M).reshape(N, 40).mean(axis=1)


@pytest.mark.parametrize(("offset_ms2", "error_m"), [(0.0, 0.012), (0.05, 0.02), (0.4, 0.06)])
def test_the_drift_goes(offset_ms2: float, error_m: float) -> None:
    rng = np.random.default_rng(3)
    rows, velocity = window(rng, offset_ms2)
    found = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
    travel_m = found.height_m[REACHES] - found.height_m[LEAVES - 1]
    assert travel_m == pytest.approx(TRAVEL_M, abs=error_m)
    assert np.abs(found.velocity_mps - velocity)[LEAVES:ARRIVES].max() < 2.0 * error_m


def test_it_would_drift_away_otherwise() -> None:
    rows, _ = window(np.random.default_rng(3), 0.4)
    rows[:, 4] += 0.5
    assert abs(rows[:, 4].sum() / HZ) > 1.0  # m/s at the end, after the sensor came back to rest
    found = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
    assert abs(found.velocity_mps[-1]) < 0.08


@pytest.mark.parametrize(
    ("offset_ms2", "one", "two"),
    [(0.03, (0.60, 1.0), 0.95), (0.15, (0.55, 0.95), 0.90), (0.4, (0.5, 0.9), 0.85)],
)
def test_what_is_stated_covers_the_truth(offset_ms2: float, one: tuple[float, float], two: float) -> None:
    rng = np.random.default_rng(11)
    travels, peaks = [], []
    for _ in range(150):
        rows, velocity = window(rng, offset_ms2)
        found = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
        travel_m = found.height_m[REACHES] - found.height_m[LEAVES - 1]
        travels.append((travel_m - TRAVEL_M) / found.travel_uncertainty_m(LEAVES - 1, REACHES))
        at = int(velocity.argmax())
        peaks.append((found.velocity_mps[at] - velocity[at]) / found.velocity_uncertainty_mps(at))
    for z in (np.abs(travels), np.abs(peaks)):
        assert one[0] <= np.mean(z < 1.0) <= one[1]
        assert np.mean(z < 2.0) >= two


def test_without_pauses_and_without_the_end_it_is_less_certain() -> None:
    rows, _ = window(np.random.default_rng(5), 0.1)
    whole = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
    turns = VerticalMotion(rows, [Slow(14.5, 14.5), Slow(50.0, 50.0)], None)
    assert turns.travel_uncertainty_m(LEAVES, REACHES) > whole.travel_uncertainty_m(LEAVES, REACHES)
    later = turns.velocity_uncertainty_mps(ARRIVES)
    assert later > 2.0 * turns.velocity_uncertainty_mps(50)
    assert later > 2.0 * whole.velocity_uncertainty_mps(ARRIVES)


def test_without_a_gyroscope_it_is_less_certain() -> None:
    rows, _ = window(np.random.default_rng(5), 0.1)
    with_gyro = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
    rows[:, 3] = 0.0
    without = VerticalMotion(rows, PAUSES, (LEAVES, ARRIVES))
    assert without.travel_uncertainty_m(LEAVES, REACHES) > 2.0 * with_gyro.travel_uncertainty_m(
        LEAVES, REACHES
    )
