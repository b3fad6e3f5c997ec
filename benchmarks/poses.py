"""Simulated calibrations: chips over the whole data sheet, held in poses by a hand or laid on a table.

The counts are made with the maths of the simulated chip (`firmware.sim.sensing`) and without its registers
and filters: a minute of samples in milliseconds. `tests/calibration` shows that both give the same rests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.spatial.transform import Rotation

from firmware.chips import MPU_6050
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock, SensorRole
from firmware.sim import GRAVITY_MS2, Motion, Traits
from firmware.sim.motion import FloatArray
from firmware.sim.traits import REFERENCE_C, Matrix, Vector

LIMB = SensorIdentity(SensorRole.LIMB, None, 0x68, "MPU-6050", 0x68)
RATE_HZ = 100
ACCEL_RANGE_G, GYRO_RANGE_DPS = 8, 1000
#: Bandwidth of the filters at 100 Hz, for the noise.
ACCEL_BAND_HZ, GYRO_BAND_HZ = 44.0, 42.0
#: Noise bandwidth of a first-order filter over its -3 dB bandwidth.
NOISE_BANDWIDTH = 1.57
FACES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64)


def whole_range(seed: int) -> Traits:
    """Return a chip whose errors lie anywhere within the data sheet's bounds, those at the edge as likely."""
    rng = np.random.default_rng([seed, 50])

    def three(x: float, y: float, z: float) -> Vector:
        drawn = rng.uniform(-1.0, 1.0, 3) * (x, y, z)
        return float(drawn[0]), float(drawn[1]), float(drawn[2])

    def matrix() -> Matrix:
        x, y, z = three(0.03, 0.02, 0.02), three(0.02, 0.03, 0.02), three(0.02, 0.02, 0.03)
        return (1.0 + x[0], x[1], x[2]), (y[0], 1.0 + y[1], y[2]), (z[0], z[1], 1.0 + z[2])

    return replace(
        Traits.drawn(seed),
        accel_matrix=matrix(),
        accel_offset_g=three(0.05, 0.05, 0.08),
        accel_offset_g_per_c=three(0.035 / 70, 0.035 / 70, 0.06 / 70),
        accel_scale_per_c=float(rng.uniform(-0.0002, 0.0002)),
        gyro_matrix=matrix(),
        gyro_offset_dps=three(20.0, 20.0, 20.0),
        gyro_offset_dps_per_c=three(20 / 125, 20 / 125, 20 / 125),
        gyro_g_sensitivity_dps=(three(0.1, 0.1, 0.1), three(0.1, 0.1, 0.1), three(0.1, 0.1, 0.1)),
    )


@dataclass(frozen=True, slots=True)
class Hand:
    """How a pose is held; nothing of it for a table.

    Attributes
    ----------
    tilt_deg
        Least and greatest angle between a face and the vertical.
    tremor_ms2, tremor_deg
        Amplitude of what trembles at 8 to 12 Hz.
    sway_ms2, sway_deg
        Amplitude of what sways at 0.2 to 0.6 Hz.
    """

    tilt_deg: tuple[float, float] = (5.0, 20.0)
    tremor_ms2: float = 0.12
    tremor_deg: float = 0.02
    sway_ms2: float = 0.01
    sway_deg: float = 0.12


TABLE = Hand((0.0, 0.0), 0.0, 0.0, 0.0, 0.0)


def ups(rng: np.random.Generator, hand: Hand, rounds: int = 2) -> FloatArray:
    """Return which direction of the sensor is up in each pose: all faces in turn, tilted, several times."""
    poses = []
    for face in np.tile(FACES, (rounds, 1)):
        across = np.cross(face, rng.normal(size=3))
        across /= np.linalg.norm(across)
        tilt = math.radians(rng.uniform(*hand.tilt_deg))
        poses.append(face * math.cos(tilt) + across * math.sin(tilt))
    return np.array(poses)


def turning_to(up: FloatArray, before: Rotation, rng: np.random.Generator) -> Rotation:
    """Return an orientation (sensor to world) with `up` up, from `before` by no long way, and any heading."""
    seen = before.apply(up)
    axis = np.cross(seen, (0.0, 0.0, 1.0))
    if np.linalg.norm(axis) < 1e-6:
        axis = np.array([1.0, 0.0, 0.0])
    angle = math.acos(float(np.clip(seen[2], -1.0, 1.0)))
    level = Rotation.from_rotvec(axis / np.linalg.norm(axis) * angle) * before
    return Rotation.from_rotvec([0.0, 0.0, rng.uniform(-0.6, 0.6)]) * level


def holding(
    poses: FloatArray,
    hand: Hand,
    rng: np.random.Generator,
    *,
    hold_s: float = 4.0,
    move_s: float = 1.5,
    start_s: float = 0.5,
) -> tuple[Motion, float]:
    """Return the motion through poses, held one after the other, and how long it takes."""
    orientations = [turning_to(poses[0], Rotation.identity(), rng)]
    for up in poses[1:]:
        orientations.append(turning_to(up, orientations[-1], rng))
    turns = [(a.inv() * b).as_rotvec() for a, b in pairwise(orientations)]
    begins = start_s + np.arange(1, len(poses)) * (hold_s + move_s) - move_s
    waves = [_Waves(rng, *each) for each in _bands(hand)]

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        leg = np.clip(np.searchsorted(begins, t_s, side="right") - 1, 0, max(len(turns) - 1, 0))
        base = Rotation.concatenate(orientations)
        if turns:
            part = np.clip((t_s - begins[leg]) / move_s, 0.0, 1.0)
            # The smoothest way from rest to rest, and its speed.
            way = part**3 * (10.0 - 15.0 * part + 6.0 * part**2)
            speed = 30.0 * part**2 * (1.0 - part) ** 2 / move_s
            vectors = np.array(turns)[leg]
            turned = base[leg] * Rotation.from_rotvec(vectors * way[:, None])
            rate = vectors * speed[:, None]
        else:
            turned, rate = base[np.zeros(len(t_s), dtype=int)], np.zeros((len(t_s), 3))
        shake, shake_rate = waves[0].at(t_s)
        sway, sway_rate = waves[1].at(t_s)
        push = waves[2].at(t_s)[0] + waves[3].at(t_s)[0]
        turned = turned * Rotation.from_rotvec(shake + sway)
        force = turned.inv().apply([0.0, 0.0, GRAVITY_MS2]) + push
        return force, rate + shake_rate + sway_rate

    return motion, start_s + len(poses) * (hold_s + move_s) - move_s


def _bands(hand: Hand) -> list[tuple[float, float, float]]:
    return [
        (math.radians(hand.tremor_deg), 8.0, 12.0),
        (math.radians(hand.sway_deg), 0.2, 0.6),
        (hand.tremor_ms2, 8.0, 12.0),
        (hand.sway_ms2, 0.2, 0.6),
    ]


class _Waves:
    """Three sines on each axis."""

    def __init__(self, rng: np.random.Generator, amplitude: float, low_hz: float, high_hz: float) -> None:
        self._size = amplitude * rng.dirichlet((3.0, 3.0, 3.0), 3)
        self._omega = 2.0 * math.pi * rng.uniform(low_hz, high_hz, (3, 3))
        self._phase = rng.uniform(0.0, 2.0 * math.pi, (3, 3))

    def at(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value and its derivative."""
        angle = t_s[:, None, None] * self._omega + self._phase
        value = np.sum(self._size * np.sin(angle), axis=2)
        return value, np.sum(self._size * self._omega * np.cos(angle), axis=2)


def counts_of(traits: Traits, motion: Motion, seconds: float, seed: int, start_s: float = 0.0) -> RawBlock:
    """Return what a chip makes of a motion.

    Parameters
    ----------
    traits, motion, seed
        As for `firmware.sim.SimulatedChip`.
    seconds
        How long.
    start_s
        For how long the chip has been on before; it warms.
    """
    rng = np.random.default_rng([seed, 9])
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    force, rate = motion(t_s)
    die = np.array([die_c(traits, each) for each in (start_s + t_s).tolist()])
    warmer = (die - REFERENCE_C)[:, None]
    accel = force / GRAVITY_MS2 @ np.array(traits.accel_matrix).T * (1.0 + traits.accel_scale_per_c * warmer)
    accel += np.array(traits.accel_offset_g) + np.array(traits.accel_offset_g_per_c) * warmer
    accel += _noise(rng, traits.accel_noise_g, ACCEL_BAND_HZ, len(t_s))
    gyro = np.degrees(rate) @ np.array(traits.gyro_matrix).T
    gyro += force / GRAVITY_MS2 @ np.array(traits.gyro_g_sensitivity_dps).T
    gyro += np.array(traits.gyro_offset_dps) + np.array(traits.gyro_offset_dps_per_c) * warmer
    gyro += _noise(rng, traits.gyro_noise_dps, GYRO_BAND_HZ, len(t_s))
    shown_c = die + traits.temperature_offset_c + rng.normal(0.0, 1.0, len(t_s)) * traits.temperature_noise_c
    words = np.column_stack(
        [
            accel * (32768.0 / ACCEL_RANGE_G),
            (shown_c - MPU_6050.temperature_at_zero_c) * MPU_6050.temperature_lsb_per_c,
            gyro * (32768.0 / GYRO_RANGE_DPS),
        ]
    )
    counts = np.clip(np.rint(words), -32768, 32767).astype(np.int16)
    return block_of(np.rint((start_s + t_s) * 1e6).astype(np.int64), counts)


def _noise(rng: np.random.Generator, density: float, band_hz: float, n: int) -> FloatArray:
    return np.asarray(rng.normal(0.0, 1.0, (n, 3)) * density * math.sqrt(NOISE_BANDWIDTH * band_hz))


def block_of(t_us: np.ndarray, words: np.ndarray) -> RawBlock:
    """Return the seven words of samples as a block."""
    return RawBlock(
        SensorRole.LIMB,
        t_us,
        words[:, :3],
        words[:, 4:],
        ACCEL_RANGE_G,
        GYRO_RANGE_DPS,
        np.zeros(len(t_us), dtype=np.uint8),
        words[:, 3],
    )


@dataclass(frozen=True, slots=True)
class Errors:
    """How wrong a calibrated accelerometer is at rest; arrays with one value for each direction.

    Attributes
    ----------
    length_mg
        |specific force| - 1 g.
    tilt_deg
        Against the true direction, after the one rotation that fits all directions best was taken out: what
        gravity cannot tell (see `calibration.accel_fit`).
    printed_deg
        Against the true direction in the frame that is printed on the chip.
    """

    length_mg: FloatArray
    tilt_deg: FloatArray
    printed_deg: FloatArray


def errors_of(
    matrix: Sequence[Sequence[float]],
    offset_ms2: Sequence[float],
    traits: Traits,
    die_temperature_c: float,
    directions: FloatArray,
) -> Errors:
    """Return the errors of a calibration in some directions at a temperature, without noise."""
    warmer = die_temperature_c - REFERENCE_C
    scale = np.array(traits.accel_matrix) * (1.0 + traits.accel_scale_per_c * warmer)
    offset = np.array(traits.accel_offset_g) + np.array(traits.accel_offset_g_per_c) * warmer
    nominal = (directions @ scale.T + offset) * GRAVITY_MS2
    found = (nominal - np.array(offset_ms2)) @ np.array(matrix).T / GRAVITY_MS2
    lengths = np.linalg.norm(found, axis=1)
    left, _, right = np.linalg.svd(np.array(matrix) @ scale)
    return Errors(
        (lengths - 1.0) * 1000.0,
        _angles_deg(found, directions @ (left @ right).T),
        _angles_deg(found, directions),
    )


def _angles_deg(one: FloatArray, other: FloatArray) -> FloatArray:
    across = np.linalg.norm(np.cross(one, other), axis=1)
    return np.asarray(np.degrees(np.arctan2(across, np.sum(one * other, axis=1))))


def any_direction(rng: np.random.Generator, n: int) -> FloatArray:
    """Return directions from all around, evenly."""
    drawn = rng.normal(size=(n, 3))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1)[:, None])


def die_c(traits: Traits, t_s: float) -> float:
    """Return the temperature of the die so long after it was switched on."""
    return traits.ambient_c - traits.warming_c * math.expm1(-max(t_s, 0.0) / traits.warming_tau_s)
