"""Turns an ideal motion into what an MPU-6050 would have read: bias, noise, whole counts, clipping."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray
from calibration.value import FULL_SCALE_COUNTS, STANDARD_GRAVITY_MS2
from firmware.samples import CLIPPED_COUNTS, RawBlock, SampleFlag, SensorRole
from pi_service.athlete.forearm import WristMotion

#: Noise of the data sheet (400 ug/rtHz and 0.005 deg/s/rtHz) behind the 44 Hz filter, rms.
ACCEL_NOISE_MS2: Final = 3.3e-3 * STANDARD_GRAVITY_MS2
GYRO_NOISE_RADS: Final = math.radians(0.05)


@dataclass(frozen=True, slots=True)
class ChipTraits:
    """One chip's own errors and settings.

    Attributes
    ----------
    gyro_bias_rads
        What the gyro reads at rest, for each axis.
    accel_range_g, gyro_range_dps
        Full-scale ranges.
    """

    gyro_bias_rads: tuple[float, float, float]
    accel_range_g: int = 8
    gyro_range_dps: int = 1000


def read_out(
    motion: WristMotion,
    t_us: npt.NDArray[np.int64],
    chip: ChipTraits,
    rng: np.random.Generator,
    sensor: SensorRole = SensorRole.LIMB,
) -> RawBlock:
    """Return what the chip reads during a motion."""
    n = len(t_us)
    accel_ms2 = motion.specific_force_ms2 + rng.normal(0.0, ACCEL_NOISE_MS2, (n, 3))
    gyro_rads = motion.angular_rate_rads + chip.gyro_bias_rads + rng.normal(0.0, GYRO_NOISE_RADS, (n, 3))
    accel = _counts(accel_ms2 / (chip.accel_range_g * STANDARD_GRAVITY_MS2))
    gyro = _counts(gyro_rads / math.radians(chip.gyro_range_dps))
    clipped = (np.abs(accel) >= CLIPPED_COUNTS).any(axis=1) | (np.abs(gyro) >= CLIPPED_COUNTS).any(axis=1)
    return RawBlock(
        sensor=sensor,
        t_us=t_us,
        accel_counts=accel.astype(np.int16),
        gyro_counts=gyro.astype(np.int16),
        accel_range_g=chip.accel_range_g,
        gyro_range_dps=chip.gyro_range_dps,
        flags=np.where(clipped, SampleFlag.CLIPPED, 0).astype(np.uint8),
    )


def _counts(full_scales: FloatArray) -> FloatArray:
    counts: FloatArray = np.clip(
        np.rint(full_scales * FULL_SCALE_COUNTS), -FULL_SCALE_COUNTS, FULL_SCALE_COUNTS - 1
    )
    return counts
