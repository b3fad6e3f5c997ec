"""Streams of samples whose movement is known exactly: sets of reps, walks, rests.

The samples are those of a sensor at one point: there is no arm behind it, so that a tilt is nothing
but a tilt. For what a wrist feels in a pull-up see `pi_service.athlete`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SampleFlag, SensorRole
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.forearm import ForearmPath, WristMotion, wrist_motion
from pi_service.athlete.jets import Jet, constant, step, wave, window

#: What an MPU-6050 may read at rest after its own start-up: well inside the data sheet's 20 deg/s.
SMALL_BIAS_RADS = (math.radians(0.8), math.radians(-1.1), math.radians(0.5))
#: The sensor's x axis points this far above the horizon before a movement begins.
START_RAD = math.radians(20.0)


class Way(StrEnum):
    """In what the reps of a set show."""

    TILT = "tilt"
    """The sensor tilts and stays where it is."""
    HEIGHT = "height"
    """The sensor goes straight up and does not tilt."""
    TURN = "turn"
    """The sensor turns about the vertical."""


#: How far a rep goes out: rad, m, rad.
SIZE = {Way.TILT: 0.8, Way.HEIGHT: 0.45, Way.TURN: 1.0}


@dataclass(frozen=True, slots=True)
class Lift:
    """One rep as it is made: out, hold, back; `size` as a share of the set's."""

    start_s: float
    out_s: float
    hold_s: float
    back_s: float
    size: float = 1.0

    @property
    def end_s(self) -> float:
        return self.start_s + self.out_s + self.hold_s + self.back_s


@dataclass(frozen=True, slots=True)
class Tempo:
    """How the reps of a set are made; `vary` is the spread from one to the next (0.1 is 10 %)."""

    out_s: float = 1.0
    hold_s: float = 0.2
    back_s: float = 1.2
    pause_s: float = 0.4
    vary: float = 0.05


def make_lifts(
    count: int, rng: np.random.Generator, tempo: Tempo | None = None, first_s: float = 4.0
) -> list[Lift]:
    tempo = tempo or Tempo()
    lifts: list[Lift] = []
    at_s = first_s
    for _ in range(count):
        out, hold, back, pause, size = np.clip(1.0 + tempo.vary * rng.normal(size=5), 0.6, 1.4)
        lifts.append(Lift(at_s, tempo.out_s * out, tempo.hold_s * hold, tempo.back_s * back, size))
        at_s = lifts[-1].end_s + tempo.pause_s * pause
    return lifts


def out_and_back(t_s: FloatArray, lifts: list[Lift]) -> Jet:
    """0 in the start pose, 1 where the reps turn."""
    total = constant(t_s, 0.0)
    for lift in lifts:
        out = step(t_s, lift.start_s, lift.out_s)
        back = step(t_s, lift.start_s + lift.out_s + lift.hold_s, lift.back_s)
        total = total + (out - back) * lift.size
    return total


def motion_of(t_s: FloatArray, way: Way, course: Jet, size: float | None = None) -> WristMotion:
    """Move along one coordinate; all others stand still."""
    moved, none = course * (SIZE[way] if size is None else size), constant(t_s, 0.0)
    return wrist_motion(
        ForearmPath(
            hand_m=(none, none, moved if way is Way.HEIGHT else none),
            heading_rad=moved if way is Way.TURN else none,
            elevation_rad=(moved if way is Way.TILT else none) + START_RAD,
            twist_rad=none + 0.3,
        ),
        hand_to_sensor_m=0.0,
    )


def walk_motion(
    t_s: FloatArray, steps: int, steps_hz: float, first_s: float, *, bob_m: float = 0.022
) -> WristMotion:
    """Walk: the body bobs once a step, the arm swings once in two steps."""
    end_s = first_s + steps / steps_hz
    walking = window(t_s, first_s, end_s, 0.2)
    since_s = t_s - first_s
    bob = walking * wave(since_s, steps_hz, -math.pi / 2) * bob_m
    sway = walking * wave(since_s, steps_hz / 2, 0.0) * 0.02
    swing = walking * wave(since_s, steps_hz / 2, 0.5) * math.radians(18.0)
    none = constant(t_s, 0.0)
    path = ForearmPath((none, sway, bob), none, swing + math.radians(-70.0), none + 0.3)
    return wrist_motion(path, hand_to_sensor_m=0.0)


def felt(
    t_s: FloatArray,
    motion: WristMotion,
    rng: np.random.Generator,
    *,
    mount: Rotation | None = None,
    bias_rads: tuple[float, float, float] = SMALL_BIAS_RADS,
    noise: float = 1.0,
    gyro: bool = True,
    flags: np.ndarray | None = None,
) -> ImuBlock:
    """What the sensor reads: turned as it is mounted, with bias and noise (1: the data sheet's)."""
    n = len(t_s)
    turned = np.eye(3) if mount is None else mount.as_matrix()
    force = np.einsum("ij,nj->ni", turned, motion.specific_force_ms2)
    rate = np.einsum("ij,nj->ni", turned, motion.angular_rate_rads) + np.array(bias_rads)
    return ImuBlock(
        SensorRole.LIMB,
        t_s,
        force + rng.normal(0.0, noise * ACCEL_NOISE_MS2, (n, 3)),
        rate + rng.normal(0.0, noise * GYRO_NOISE_RADS, (n, 3)) if gyro else None,
        np.zeros(n, np.uint8) if flags is None else flags,
    )


def regular(duration_s: float, rate_hz: float) -> FloatArray:
    """Times that fall exactly on multiples of 1/rate."""
    return np.arange(math.ceil(duration_s * rate_hz)) / rate_hz


def reps_block(
    way: Way,
    count: int,
    *,
    seed: int = 0,
    rate_hz: float = 100.0,
    tempo: Tempo | None = None,
    rest_s: float = 4.0,
    after_s: float = 14.0,
    size: float | None = None,
    mounted_anyhow: bool = False,
    gyro: bool = True,
) -> tuple[ImuBlock, list[Lift]]:
    """A rest, a set of reps, and a rest."""
    rng = np.random.default_rng(seed)
    lifts = make_lifts(count, rng, tempo, rest_s)
    t_s = regular(lifts[-1].end_s + after_s, rate_hz)
    mount = Rotation.random(random_state=rng) if mounted_anyhow else None
    motion = motion_of(t_s, way, out_and_back(t_s, lifts), size)
    return felt(t_s, motion, rng, mount=mount, gyro=gyro), lifts


def walk_block(
    steps: int, steps_hz: float, *, seed: int = 0, rate_hz: float = 100.0, after_s: float = 5.0
) -> ImuBlock:
    rng = np.random.default_rng(seed)
    t_s = regular(3.0 + steps / steps_hz + after_s, rate_hz)
    return felt(
        t_s,
        walk_motion(t_s, steps, steps_hz, 3.0),
        rng,
        mount=Rotation.random(random_state=rng),
    )


def rest_block(
    duration_s: float,
    *,
    seed: int = 0,
    rate_hz: float = 100.0,
    noise: float = 1.0,
    bias_rads: tuple[float, float, float] = SMALL_BIAS_RADS,
    gyro: bool = True,
) -> ImuBlock:
    t_s = regular(duration_s, rate_hz)
    motion = motion_of(t_s, Way.TILT, constant(t_s, 0.0))
    return felt(t_s, motion, np.random.default_rng(seed), noise=noise, bias_rads=bias_rads, gyro=gyro)


def without(block: ImuBlock, begin_s: float, end_s: float) -> ImuBlock:
    """Lose the samples in ``[begin_s, end_s)`` and flag the gap."""
    kept = (block.t_s < begin_s) | (block.t_s >= end_s)
    flags = block.flags.copy()
    after = np.flatnonzero(block.t_s >= end_s)
    if len(after) and not kept.all():
        flags[after[0]] |= SampleFlag.GAP_BEFORE
    rate = block.angular_rate_rads
    return ImuBlock(
        block.sensor,
        block.t_s[kept],
        block.specific_force_ms2[kept],
        None if rate is None else rate[kept],
        flags[kept],
    )
