"""Made-up holds and carries, small enough to run often: what the main sensor feels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation
from support.streams import felt, regular

from calibration.imu import ImuBlock
from pi_service.athlete.forearm import ForearmPath, wrist_motion
from pi_service.athlete.jets import Jet, constant, step, wave, window


@dataclass(frozen=True, slots=True)
class Turn:
    """A tilt by so many degrees that begins at `start_s` and takes `lasts_s`."""

    start_s: float
    deg: float
    lasts_s: float = 1.5


def tilting(
    turns: list[Turn], duration_s: float, *, seed: int = 0, rate_hz: float = 50.0, sway_deg: float = 0.4
) -> ImuBlock:
    """A sensor that is tilted from pose to pose, any way round, and sways a little."""
    t_s, rng = regular(duration_s, rate_hz), np.random.default_rng(seed)
    elevation = constant(t_s, 0.3) + wave(t_s, 0.4, 0.3) * math.radians(sway_deg)
    for turn in turns:
        elevation = elevation + step(t_s, turn.start_s, turn.lasts_s) * math.radians(turn.deg)
    none = constant(t_s, 0.0)
    motion = wrist_motion(ForearmPath((none, none, none), none, elevation, none + 0.3), hand_to_sensor_m=0.0)
    return felt(t_s, motion, rng, mount=Rotation.random(random_state=rng))


@dataclass(frozen=True, slots=True)
class Walk:
    """So many steps from `start_s` on."""

    start_s: float
    steps: int
    steps_hz: float = 1.6

    @property
    def end_s(self) -> float:
        return self.start_s + self.steps / self.steps_hz


def carrying(
    walks: list[Walk],
    raised_s: list[tuple[float, float]],
    duration_s: float,
    *,
    seed: int = 0,
    rate_hz: float = 50.0,
    swing_deg: float = 1.0,
) -> ImuBlock:
    """A wrist: the forearm hangs, is overhead and 1.1 m higher in each `raised_s`, and bobs with steps."""
    t_s, rng = regular(duration_s, rate_hz), np.random.default_rng(seed)
    up: Jet = constant(t_s, 0.0)
    for begin_s, end_s in raised_s:
        up = up + step(t_s, begin_s, 1.5) - step(t_s, end_s, 1.5)
    height, swing = up * 1.1, constant(t_s, 0.0)
    for walk in walks:
        walking = window(t_s, walk.start_s, walk.end_s, 0.2)
        height = height + walking * wave(t_s - walk.start_s, walk.steps_hz, -math.pi / 2) * 0.02
        swing = swing + walking * wave(t_s - walk.start_s, walk.steps_hz / 2, 0.5) * math.radians(swing_deg)
    none = constant(t_s, 0.0)
    elevation = up * math.radians(165.0) + math.radians(-80.0) + swing
    motion = wrist_motion(
        ForearmPath((none, none, height), none, elevation, none + 0.3), hand_to_sensor_m=0.0
    )
    return felt(t_s, motion, rng, mount=Rotation.random(random_state=rng))
