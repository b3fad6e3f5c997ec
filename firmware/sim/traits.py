"""What makes one simulated chip differ from the next: errors, noise, temperature, clock.

Sources
    PS-MPU-6000A-00 rev. 3.4, sections 6.1 to 6.6: zero-rate output +-20 deg/s and +-20 deg/s over
    temperature (-40..85 C); zero-g offset +-50 mg (x, y) and +-80 mg (z), +-35 and +-60 mg over
    0..70 C; sensitivity +-3 %, 0.02 %/C; cross-axis +-2 %; gyroscope's sensitivity to acceleration
    0.1 (deg/s)/g; noise densities as in `firmware.noise`; clock +-1 % on the gyroscope's PLL
    and +-5 % on the internal oscillator. What is drawn is normal with a third of the bound as its
    standard deviation, cut off at the bound. How fast a die warms, how its clock follows and how far
    instants of sampling are off are guesses of a plausible size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from firmware.noise import ACCEL_NOISE_G, GYRO_NOISE_DPS

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

ZERO: Vector = (0.0, 0.0, 0.0)
IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
NOTHING: Matrix = (ZERO, ZERO, ZERO)

#: Temperature (C) at which the offsets and scales below hold.
REFERENCE_C = 25.0


@dataclass(frozen=True, slots=True)
class Traits:
    """Errors of one chip; the defaults are those of an ideal one.

    Attributes
    ----------
    accel_matrix, accel_offset_g
        What is measured at `REFERENCE_C` is ``matrix @ specific_force + offset``.
    accel_offset_g_per_c, accel_scale_per_c
        How offset and scale change with the die temperature.
    accel_noise_g
        Noise density (g/sqrt(Hz)).
    gyro_matrix, gyro_offset_dps, gyro_offset_dps_per_c
        The same for the gyroscope.
    gyro_g_sensitivity_dps
        Rate (deg/s) that 1 g along each axis (column) adds to each axis (row).
    gyro_noise_dps
        Noise density (deg/s/sqrt(Hz)).
    ambient_c, warming_c, warming_tau_s
        The die begins at `ambient_c` and ends `warming_c` above it, exponentially.
    temperature_offset_c, temperature_noise_c
        Error and noise (rms) of the thermometer.
    clock_ppm, clock_internal_ppm
        How much too fast the chip's clock runs at `REFERENCE_C`: on the gyroscope's PLL, and on the
        internal oscillator.
    clock_ppm_per_c
        How that changes with the die temperature.
    clock_jitter_us
        How far each instant of sampling is off an even spacing (rms), one independent of the next.
    self_test_codes
        Factory codes 1..31 of gyroscope x, y, z and accelerometer x, y, z; 0: none was stored.
    self_test_error
        By what part the six responses differ from their factory values.
    self_test_off_percent
        By how much all of them are off besides: beyond 14 the self-test has to fail.
    """

    accel_matrix: Matrix = IDENTITY
    accel_offset_g: Vector = ZERO
    accel_offset_g_per_c: Vector = ZERO
    accel_scale_per_c: float = 0.0
    accel_noise_g: float = 0.0
    gyro_matrix: Matrix = IDENTITY
    gyro_offset_dps: Vector = ZERO
    gyro_offset_dps_per_c: Vector = ZERO
    gyro_g_sensitivity_dps: Matrix = NOTHING
    gyro_noise_dps: float = 0.0
    ambient_c: float = 25.0
    warming_c: float = 0.0
    warming_tau_s: float = 180.0
    temperature_offset_c: float = 0.0
    temperature_noise_c: float = 0.0
    clock_ppm: float = 0.0
    clock_internal_ppm: float = 0.0
    clock_ppm_per_c: float = 0.0
    clock_jitter_us: float = 0.0
    self_test_codes: tuple[int, ...] = (16, 16, 16, 16, 16, 16)
    self_test_error: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    self_test_off_percent: float = 0.0

    @classmethod
    def ideal(cls, *, noise: float = 0.0) -> Traits:
        """Return a chip without errors.

        Parameters
        ----------
        noise
            Its noise as a part of the data sheet's. A sensor at rest without any noise repeats itself,
            which a driver takes for a frozen one: give it a little where that matters.
        """
        return replace(
            cls(),
            accel_noise_g=noise * ACCEL_NOISE_G,
            gyro_noise_dps=noise * GYRO_NOISE_DPS,
            temperature_noise_c=noise * 0.02,
        )

    @classmethod
    def drawn(cls, seed: int, *, ambient_c: float = 22.0) -> Traits:
        """Return a chip as it may come out of the bag: errors within the data sheet.

        Parameters
        ----------
        seed
            Which one.
        ambient_c
            Temperature of the room.
        """
        generator = np.random.default_rng([seed, 0x6050])

        def draw(bound: float) -> float:
            return float(np.clip(generator.normal(0.0, bound / 3.0), -bound, bound))

        def draw3(x: float, y: float, z: float) -> Vector:
            return (draw(x), draw(y), draw(z))

        def draw_matrix() -> Matrix:
            rows = [[draw(0.03) + 1.0 if row == col else draw(0.02) for col in range(3)] for row in range(3)]
            return (_vector(rows[0]), _vector(rows[1]), _vector(rows[2]))

        return cls(
            accel_matrix=draw_matrix(),
            accel_offset_g=draw3(0.05, 0.05, 0.08),
            accel_offset_g_per_c=draw3(0.035 / 70, 0.035 / 70, 0.06 / 70),
            accel_scale_per_c=draw(0.0002),
            accel_noise_g=ACCEL_NOISE_G,
            gyro_matrix=draw_matrix(),
            gyro_offset_dps=draw3(20.0, 20.0, 20.0),
            gyro_offset_dps_per_c=draw3(20 / 125, 20 / 125, 20 / 125),
            gyro_g_sensitivity_dps=(draw3(0.1, 0.1, 0.1), draw3(0.1, 0.1, 0.1), draw3(0.1, 0.1, 0.1)),
            gyro_noise_dps=GYRO_NOISE_DPS,
            ambient_c=ambient_c,
            warming_c=float(generator.uniform(4.0, 9.0)),
            warming_tau_s=float(generator.uniform(120.0, 240.0)),
            temperature_offset_c=draw(1.0),
            temperature_noise_c=0.02,
            clock_ppm=float(generator.uniform(-10_000.0, 10_000.0)),
            clock_internal_ppm=15_000.0 + draw(3_000.0),
            clock_ppm_per_c=draw(10.0),
            clock_jitter_us=2.0,
            self_test_codes=tuple(int(code) for code in generator.integers(8, 25, size=6)),
            self_test_error=tuple(draw(0.04) for _ in range(6)),
        )


def _vector(values: list[float]) -> Vector:
    x, y, z = values
    return (x, y, z)
