"""From what a simulated sensor feels to the counts in its registers.

What is modelled
    Filter (a pure delay and a smoothing of the right bandwidth), scale, cross-axis and offset errors and
    their change with the temperature of the die, the gyroscope's sensitivity to acceleration, how both
    sensors come up when they are switched on, white noise, self-test deflection, ranges with clipping.
What is not
    The true shape of the filters (noise is white from sample to sample, steps do not ring), 1/f noise and
    bias instability, vibration rectification, offset registers (writing them has no effect), and the
    self-test of later chips, which has other formulas: theirs deflects like the MPU-6050's.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from firmware.chips import Chip
from firmware.noise import accel_noise_g, gyro_noise_dps
from firmware.sim.faults import Fault, FaultKind
from firmware.sim.motion import GRAVITY_MS2, FloatArray, Motion
from firmware.sim.setup import Setup
from firmware.sim.traits import REFERENCE_C, Traits, Vector
from firmware.sim.waking import Switched

#: A Gaussian smoothing of this standard deviation (s, divided by the bandwidth in Hz) loses 3 dB there.
SIGMA_PER_BANDWIDTH = math.sqrt(math.log(2.0)) / (2.0 * math.pi)
#: Times (in standard deviations) and weights by which a Gaussian smoothing is evaluated.
_NODES = np.array([-math.sqrt(3.0), 0.0, math.sqrt(3.0)])
_WEIGHTS = np.array([1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0])

#: The accelerometer gives nothing for this long after it is switched on, then comes up.
ACCEL_SILENT_S = 0.008
ACCEL_SETTLING_TAU_S = 0.0012
#: So does the gyroscope.
GYRO_SILENT_S = 0.01
GYRO_SETTLING_TAU_S = 0.006
GYRO_SETTLING_DPS = 150.0
#: The proof masses take this long (time constant) to follow the self-test's actuators.
SELF_TEST_TAU_S = 0.005
#: After so many time constants nothing is left of a settling.
_SETTLED = 20.0
#: An instant of sampling is never further off than this many standard deviations.
JITTER_BOUND = 4.0


class Sensing:
    """The analogue side of one chip.

    Parameters
    ----------
    chip
        Its row of the chip table.
    traits
        Its errors.
    motion
        What it feels.
    seed
        Of its noise.
    faults
        NOISY faults among these are its own.
    """

    def __init__(
        self, chip: Chip, traits: Traits, motion: Motion, seed: int, faults: tuple[Fault, ...] = ()
    ) -> None:
        self._chip = chip
        self._traits = traits
        self._motion = motion
        self._noise = np.random.default_rng([seed, chip.who_am_i])
        self._jitter = np.random.default_rng([seed, chip.who_am_i, 1])
        self._noisy = [fault for fault in faults if fault.kind is FaultKind.NOISY]
        self._accel_matrix = np.array(traits.accel_matrix)
        self._gyro_matrix = np.array(traits.gyro_matrix)
        self._g_sensitivity = np.array(traits.gyro_g_sensitivity_dps)
        self._deflection_dps, self._deflection_g = _deflections(traits)

    def set_faults(self, faults: tuple[Fault, ...]) -> None:
        """Exchange the schedule of faults."""
        self._noisy = [fault for fault in faults if fault.kind is FaultKind.NOISY]

    def die_c(self, t_s: FloatArray) -> FloatArray:
        """Return the temperature of the die."""
        traits = self._traits
        warmed = -np.expm1(-np.maximum(t_s, 0.0) / traits.warming_tau_s)
        return np.asarray(traits.ambient_c + traits.warming_c * warmed, dtype=np.float64)

    def clock_ppm(self, t_s: FloatArray, switched: Switched) -> FloatArray:
        """Return by how much the clock is too fast, without faults."""
        traits = self._traits
        base = np.where(t_s < switched.pll_s, traits.clock_internal_ppm, traits.clock_ppm)
        return np.asarray(base + traits.clock_ppm_per_c * (self.die_c(t_s) - REFERENCE_C))

    @property
    def clock_jitter_us(self) -> float:
        """How far instants of sampling are off (rms)."""
        return self._traits.clock_jitter_us

    def jitter_ns(self, count: int, most_ns: float) -> FloatArray | float:
        """Return how far each of so many instants is off, at most `most_ns`."""
        spread_ns = self.clock_jitter_us * 1e3
        if not spread_ns:
            return 0.0
        return np.clip(spread_ns * self._jitter.standard_normal(count), -most_ns, most_ns)

    def words(
        self,
        t_s: FloatArray,
        accel_t_s: FloatArray,
        accel_index: npt.NDArray[np.intp],
        setup: Setup,
        switched: Switched,
    ) -> npt.NDArray[np.int16]:
        """Return the seven words of each sample.

        Parameters
        ----------
        t_s
            When each sample is taken.
        accel_t_s, accel_index
            When the accelerometer is, and which of these each sample repeats.
        setup
            What the sensors do.
        switched
            When they began to.
        """
        force_g, rate_dps = self._filtered(t_s, accel_t_s, setup)
        die_c = self.die_c(t_s)
        accel = self._accel_g(accel_t_s, force_g, setup, switched)[accel_index]
        gyro = self._gyro_dps(t_s, rate_dps, force_g[accel_index], die_c, setup, switched)
        words = np.empty((len(t_s), 7))
        words[:, 0:3] = accel * (32768.0 / setup.accel_range_g)
        words[:, 3] = self._temperature(die_c) if setup.thermometer else 0.0
        words[:, 4:7] = gyro * (32768.0 / setup.gyro_range_dps)
        for axis, off in enumerate(setup.standby):
            if off:
                words[:, axis if axis < 3 else axis + 1] = 0.0
        return np.clip(np.rint(words), -32768, 32767).astype(np.int16)

    def _filtered(
        self, t_s: FloatArray, accel_t_s: FloatArray, setup: Setup
    ) -> tuple[FloatArray, FloatArray]:
        """Return specific force (g) and rate (deg/s) behind the filters; one call of the motion."""
        asked = []
        for times, (band_hz, delay_s) in ((accel_t_s, setup.accel_filter), (t_s, setup.gyro_filter)):
            nodes = times[:, None] - delay_s + (SIGMA_PER_BANDWIDTH / band_hz) * _NODES
            asked.append(nodes.ravel())
        force, rate = self._motion(np.maximum(np.concatenate(asked), 0.0))
        of_accel = len(asked[0])
        force = _WEIGHTS @ np.asarray(force)[:of_accel].reshape(-1, 3, 3)
        rate = _WEIGHTS @ np.asarray(rate)[of_accel:].reshape(-1, 3, 3)
        return force / GRAVITY_MS2, np.degrees(rate)

    def _accel_g(self, t_s: FloatArray, force_g: FloatArray, setup: Setup, switched: Switched) -> FloatArray:
        traits = self._traits
        warmer = (self.die_c(t_s) - REFERENCE_C)[:, None]
        value: FloatArray = (force_g @ self._accel_matrix.T) * (1.0 + traits.accel_scale_per_c * warmer)
        value += np.array(traits.accel_offset_g) + np.array(traits.accel_offset_g_per_c) * warmer
        if any(setup.accel_self_test):
            value += self._deflected(t_s, switched) * (self._deflection_g * setup.accel_self_test)
        value += self._noise_of(t_s, accel_noise_g(setup.accel_filter[0], traits.accel_noise_g))
        if t_s[0] - _latest(switched.accel_on_s) < ACCEL_SILENT_S + _SETTLED * ACCEL_SETTLING_TAU_S:
            on_s = t_s[:, None] - np.array(switched.accel_on_s)
            value *= -np.expm1(-np.maximum(on_s - ACCEL_SILENT_S, 0.0) / ACCEL_SETTLING_TAU_S)
        return value

    def _gyro_dps(
        self,
        t_s: FloatArray,
        rate_dps: FloatArray,
        force_g: FloatArray,
        die_c: FloatArray,
        setup: Setup,
        switched: Switched,
    ) -> FloatArray:
        traits = self._traits
        value: FloatArray = rate_dps @ self._gyro_matrix.T + force_g @ self._g_sensitivity.T
        value += np.array(traits.gyro_offset_dps)
        value += np.array(traits.gyro_offset_dps_per_c) * (die_c - REFERENCE_C)[:, None]
        if any(setup.gyro_self_test):
            value += self._deflected(t_s, switched) * (self._deflection_dps * setup.gyro_self_test)
        value += self._noise_of(t_s, gyro_noise_dps(setup.gyro_filter[0], traits.gyro_noise_dps))
        if t_s[0] - _latest(switched.gyro_on_s) < _SETTLED * GYRO_SETTLING_TAU_S:
            on_s = t_s[:, None] - np.array(switched.gyro_on_s)
            swing = np.exp(-np.maximum(on_s, 0.0) / GYRO_SETTLING_TAU_S)
            value += GYRO_SETTLING_DPS * swing * np.array([1.0, -1.0, 0.7])
            value[on_s < GYRO_SILENT_S] = 0.0
        return value

    def _temperature(self, die_c: FloatArray) -> FloatArray:
        traits = self._traits
        shown_c = die_c + traits.temperature_offset_c
        if traits.temperature_noise_c:
            shown_c = shown_c + self._noise.normal(0.0, traits.temperature_noise_c, len(die_c))
        return (shown_c - self._chip.temperature_at_zero_c) * self._chip.temperature_lsb_per_c

    def _noise_of(self, t_s: FloatArray, rms: float) -> FloatArray | float:
        if not rms:
            return 0.0
        noise = rms * self._noise.standard_normal((len(t_s), 3))
        for fault in self._noisy:
            hit = (t_s >= fault.start_s) & (t_s < fault.end_s)
            noise[hit] *= 10.0 if fault.value is None else fault.value
        return noise

    @staticmethod
    def _deflected(t_s: FloatArray, switched: Switched) -> FloatArray:
        since_s = np.maximum(t_s - switched.self_test_s, 0.0)
        return np.asarray(-np.expm1(-since_s / SELF_TEST_TAU_S))[:, None]


def _latest(on_s: Vector) -> float:
    """Return when the last of three axes began to come up; one that is off never does."""
    return max((each for each in on_s if not math.isinf(each)), default=-math.inf)


def _deflections(traits: Traits) -> tuple[FloatArray, FloatArray]:
    """Return the self-test's response of gyroscope (deg/s) and accelerometer (g) by the factory codes."""
    off = 1.0 + traits.self_test_off_percent / 100.0
    part = [
        (1.0 + error) * off if code else off
        for code, error in zip(traits.self_test_codes, traits.self_test_error, strict=True)
    ]
    gyro = [25.0 * 1.046 ** (max(code, 1) - 1) for code in traits.self_test_codes[:3]]
    gyro[1] = -gyro[1]
    accel = [0.34 * (0.92 / 0.34) ** ((max(code, 1) - 1) / 30.0) for code in traits.self_test_codes[3:]]
    return np.array(gyro) * part[:3], np.array(accel) * part[3:]
