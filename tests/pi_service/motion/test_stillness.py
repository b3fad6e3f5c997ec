"""At rest or not: noise, bias, slow turns, taps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.chunks import grid_of
from support.streams import Way, felt, motion_of, regular, rest_block

from calibration.imu import ImuBlock
from pi_service.athlete.jets import Jet, constant, step
from pi_service.motion.stillness import Stillness, StillnessParams


def still_of(block: ImuBlock, params: StillnessParams | None = None) -> np.ndarray:
    stillness = Stillness(params)
    return np.concatenate([stillness.step(cells) for cells in grid_of(block)])


@pytest.mark.parametrize("gyro", [True, False])
@pytest.mark.parametrize("rate_hz", [12.5, 50.0, 100.0, 200.0])
def test_a_sensor_on_a_table_is_still_after_the_shortest_time(rate_hz: float, gyro: bool) -> None:
    still = still_of(rest_block(20.0, rate_hz=rate_hz, gyro=gyro))
    shortest = round(StillnessParams().shortest_s * 50)
    assert not still[: shortest - 1].any()
    assert still[shortest - 1 :].all()


@pytest.mark.parametrize("bias_dps", [1.0, 5.0, 20.0])
def test_a_gyro_bias_does_not_hide_rest(bias_dps: float) -> None:
    still = still_of(rest_block(10.0, bias_rads=(0.0, math.radians(bias_dps), 0.0)))
    assert still[150:].all()


def ramp(t_s: np.ndarray, start_s: float, rate: float) -> Jet:
    since_s = np.maximum(t_s - start_s, 0.0)
    return Jet(rate * since_s, np.where(t_s > start_s, rate, 0.0), np.zeros_like(t_s))


@pytest.mark.parametrize("rate_dps", [4.0, 10.0, 30.0])
def test_a_slow_turn_that_begins_is_seen(rate_dps: float) -> None:
    """Its begin is; a turn that stays as slow as a bias cannot be told from one for ever."""
    t_s = regular(12.0, 100.0)
    motion = motion_of(t_s, Way.TURN, ramp(t_s, 5.0, math.radians(rate_dps)), size=1.0)
    still = still_of(felt(t_s, motion, np.random.default_rng(0)))
    assert still[150:250].all()
    assert not still[255:300].any()


def test_a_steady_turn_beyond_any_bias_is_no_rest() -> None:
    t_s = regular(12.0, 100.0)
    motion = motion_of(t_s, Way.TURN, ramp(t_s, -1.0, math.radians(40.0)), size=1.0)
    assert not still_of(felt(t_s, motion, np.random.default_rng(0))).any()


def test_a_tilt_too_slow_for_the_gyro_shows_in_the_force() -> None:
    t_s = regular(20.0, 100.0)
    motion = motion_of(t_s, Way.TILT, step(t_s, 8.0, 2.0), size=0.6)
    block = felt(t_s, motion, np.random.default_rng(0), gyro=False)
    still = still_of(block)
    assert still[200:400].all()
    assert not still[460:500].any()
    assert still[700:].all()


def test_a_tap_starts_the_waiting_again() -> None:
    block = rest_block(10.0)
    block.specific_force_ms2[500:504] += 8.0
    still = still_of(block)
    assert still[248]
    assert not still[249 : 249 + 74].any()
    assert still[-50:].all()


def test_a_restart_forgets_what_was_before() -> None:
    block = rest_block(10.0)
    later = ImuBlock(
        block.sensor,
        np.where(block.t_s >= 5.0, block.t_s + 4.0, block.t_s),
        block.specific_force_ms2 + np.where(block.t_s >= 5.0, 3.0, 0.0)[:, None],  # turned in the gap
        block.angular_rate_rads,
        block.flags,
    )
    before, after = grid_of(later)
    stillness = Stillness()
    assert stillness.step(before)[-1]
    still = stillness.step(after)
    assert not still[:74].any()
    assert still[75:].all()


def test_shaking_hands_are_no_rest() -> None:
    t_s = regular(10.0, 100.0)
    tremor = constant(t_s, 0.0) + Jet(
        *(np.sin(2 * math.pi * 4 * t_s + p) for p in (0.0, math.pi / 2, math.pi))
    )
    tremor = Jet(tremor.value, tremor.rate * 8 * math.pi, tremor.accel * (8 * math.pi) ** 2)
    motion = motion_of(t_s, Way.HEIGHT, tremor, size=0.003)
    assert not still_of(felt(t_s, motion, np.random.default_rng(0))).any()
