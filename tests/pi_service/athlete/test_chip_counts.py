"""What a chip makes of an ideal motion: counts with noise, an offset, and an end of its range."""

from __future__ import annotations

import numpy as np

from calibration.value import STANDARD_GRAVITY_MS2, Calibration
from firmware.identity import SensorIdentity
from firmware.samples import SampleFlag, SensorRole
from pi_service.athlete.counts import ChipTraits, read_out
from pi_service.athlete.forearm import WristMotion

SENSOR = SensorIdentity(SensorRole.LIMB, None, 0x68, "MPU-6050", 0x68)


def test_noise_bias_and_gravity_at_rest() -> None:
    n = 20_000
    rest = WristMotion(
        np.broadcast_to(np.eye(3), (n, 3, 3)),
        np.zeros((n, 3)),
        np.tile([0.0, 0.0, STANDARD_GRAVITY_MS2], (n, 1)),
        np.zeros((n, 3)),
    )
    bias_rads = (0.01, -0.02, 0.005)
    block = read_out(rest, np.arange(n) * 10_000, ChipTraits(bias_rads), np.random.default_rng(0))
    imu = Calibration.nominal(SENSOR).apply(block)
    assert imu.angular_rate_rads is not None
    np.testing.assert_allclose(imu.angular_rate_rads.mean(axis=0), bias_rads, atol=5e-5)
    np.testing.assert_allclose(np.degrees(imu.angular_rate_rads.std(axis=0)), 0.05, rtol=0.05)
    np.testing.assert_allclose(imu.specific_force_ms2.mean(axis=0), [0, 0, 9.80665], atol=1e-3)
    np.testing.assert_allclose(imu.specific_force_ms2.std(axis=0) / 9.80665, 3.3e-3, rtol=0.05)


def test_the_end_of_the_range_is_flagged() -> None:
    force = np.array([[0.0, 0.0, 9.8], [0.0, -200.0, 0.0], [0.0, 0.0, 9.8]])
    rate = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [99.0, 0.0, 0.0]])
    motion = WristMotion(np.zeros((3, 3, 3)), np.zeros((3, 3)), force, rate)
    block = read_out(motion, np.arange(3), ChipTraits((0.0, 0.0, 0.0)), np.random.default_rng(0))
    assert block.flags.tolist() == [0, SampleFlag.CLIPPED, SampleFlag.CLIPPED]
    assert block.accel_counts[1, 1] == -32768
    assert block.gyro_counts[2, 0] == 32767
