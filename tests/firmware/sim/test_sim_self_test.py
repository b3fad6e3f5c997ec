"""The self-test's response, by the formulas of RM-MPU-6000A-00 4.1, worked out on the bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware import registers as reg
from firmware.sim import Traits, still


def response(made):
    """Return the response of accelerometer (counts at 8 g) and gyroscope (counts at 250 deg/s)."""
    means = []
    for gyro, accel in ((0x00, 0x10), (0xE0, 0xF0)):
        made.set(reg.GYRO_CONFIG, gyro)
        made.set(reg.ACCEL_CONFIG, accel)
        made.clock.sleep_s(0.2)
        known = len(made.history())
        made.clock.sleep_s(1.0)
        means.append(made.history().words[known:].mean(axis=0))
    change = means[1] - means[0]
    return change[:3], change[4:]


def factory_trim(made):
    stored = made.bus.read(0x68, reg.SELF_TEST_X, 4)
    gyro = np.array([25 * 131 * 1.046 ** ((stored[axis] & 0x1F) - 1) for axis in range(3)]) * [1, -1, 1]
    codes = [
        ((stored[axis] >> 3) & 0x1C) | ((stored[3] >> shift) & 3) for axis, shift in enumerate((4, 2, 0))
    ]
    return np.array([4096 * 0.34 * (0.92 / 0.34) ** ((code - 1) / 30) for code in codes]), gyro


@pytest.mark.parametrize("seed", range(5))
def test_a_good_chip_is_within_a_few_per_cent_of_its_factory_trim(rig, seed):
    made = rig(motion=still(), traits=Traits.drawn(seed)).wake()
    for measured, trim in zip(response(made), factory_trim(made), strict=True):
        assert (abs(measured / trim - 1) < 0.07).all()


def test_a_broken_chip_is_not(rig):
    traits = replace(Traits.drawn(1), self_test_off_percent=30.0)
    made = rig(motion=still(), traits=traits).wake()
    for measured, trim in zip(response(made), factory_trim(made), strict=True):
        assert (abs(measured / trim - 1) > 0.14).all()


def test_each_axis_has_its_own_bit(rig):
    made = rig(motion=still((1, 1, 1)), traits=Traits.ideal()).wake(gyro=0x00)
    before = made.words()
    made.set(reg.GYRO_CONFIG, 0x40)
    made.set(reg.ACCEL_CONFIG, 0x30)
    made.clock.sleep_s(0.2)
    change = made.words() - before
    assert list(np.flatnonzero(change)) == [2, 5]
    assert change[5] < 0, "y turns the other way"


def test_codes_come_from_the_seed_and_fill_their_bits(rig):
    stored = {rig(traits=Traits.drawn(seed)).bus.read(0x68, reg.SELF_TEST_X, 4) for seed in range(20)}
    assert len(stored) == 20
    made = rig(traits=replace(Traits(), self_test_codes=(1, 2, 31, 16, 7, 21)))
    # gyroscope in bits 4:0; accelerometer: its high three bits in 7:5, its low two in SELF_TEST_A.
    assert made.bus.read(0x68, reg.SELF_TEST_X, 4) == bytes(
        [1 | 4 << 5, 2 | 1 << 5, 31 | 5 << 5, 0 << 4 | 3 << 2 | 1]
    )
