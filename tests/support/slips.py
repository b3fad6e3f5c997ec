"""Simulated sets in whose midst the clip slips: the sensor turns on the forearm, and stays so."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation
from support.streams import SMALL_BIAS_RADS, felt, regular

from calibration.imu import FloatArray, ImuBlock
from pi_service.athlete.bout import Bout
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.jets import step
from pi_service.athlete.movements import find_movement
from pi_service.athlete.movements.base import WRIST, Tempo
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task

#: What is done in them.
VARIANTS = ("pull_up", "lat_pulldown")


@dataclass(frozen=True, slots=True, eq=False)
class SlippedClip:
    """How a clip slips: from `start_s` on, for `lasts_s`, by a rotation vector in the sensor frame (rad)."""

    start_s: float
    lasts_s: float
    turn_rad: FloatArray

    @property
    def angle_deg(self) -> float:
        return math.degrees(float(np.linalg.norm(self.turn_rad)))

    @property
    def end_s(self) -> float:
        return self.start_s + self.lasts_s

    def felt_in(self, t_s: FloatArray, motion: WristMotion) -> WristMotion:
        """What a sensor that slips feels of the motion of the wrist."""
        course = step(t_s, self.start_s, self.lasts_s)
        # The sensor turns one way; what it feels turns the other way, as seen from it.
        seen = Rotation.from_rotvec(-course.value[:, None] * self.turn_rad)
        return WristMotion(
            motion.rotation @ seen.inv().as_matrix(),
            motion.position_m,
            seen.apply(motion.specific_force_ms2),
            seen.apply(motion.angular_rate_rads) + course.rate[:, None] * self.turn_rad,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SlippedSet:
    """A set, and the slip in it; or the same set without one (`slip` is None)."""

    block: ImuBlock
    bout: Bout
    slip: SlippedClip | None

    @property
    def reps(self) -> int:
        return len(self.bout.truth.reps)


def slipped_set(seed: int, variant: str, *, slips: bool = True, reps: int | None = None) -> SlippedSet:
    """Draw a set of 6 to 12 reps, its tempo, the mount, and a slip anywhere in it by 10 to 60 degrees."""
    slipped, plain = _with_and_without(seed, variant, reps)
    return slipped if slips else plain


# The two are asked for one after the other, and making their movement takes longer than anything else.
@lru_cache(maxsize=1)
def _with_and_without(seed: int, variant: str, reps: int | None) -> tuple[SlippedSet, SlippedSet]:
    rng = np.random.default_rng((seed, 77))
    count = int(rng.integers(6, 13)) if reps is None else reps
    tempo = Tempo(
        lift_s=rng.uniform(0.8, 1.6),
        top_s=0.2,
        lower_s=rng.uniform(1.0, 2.4),
        bottom_s=rng.uniform(0.3, 1.0),
    )
    task = Task(replace(find_movement(variant), tempo=tempo), reps=count, rest_s=2.0, drink_chance=0.0)
    bout = Session(seed, task, clip=False).bout(0)
    angle_rad, axis = math.radians(rng.uniform(10.0, 60.0)), rng.normal(size=3)
    start_s = rng.uniform(bout.truth.reps[0].start_s + 0.5, bout.truth.reps[-1].end_s - 0.5)
    slip = SlippedClip(start_s, rng.uniform(0.2, 1.0), angle_rad * axis / np.linalg.norm(axis))
    t_s = regular(bout.duration_s + 12.0, 100.0)
    motion = bout.felt(WRIST, t_s)
    mount = Rotation.random(random_state=rng)
    both = []
    for one, moves in ((slip, slip.felt_in(t_s, motion)), (None, motion)):
        block = felt(t_s, moves, deepcopy(rng), mount=mount, bias_rads=SMALL_BIAS_RADS)
        both.append(SlippedSet(block, bout, one))
    slipped, plain = both
    return slipped, plain


def amid(made: SlippedSet, reps: int = 2) -> bool:
    """Whether at least so many whole reps lie on either side of the slip."""
    assert made.slip is not None
    before = sum(rep.end_s < made.slip.start_s for rep in made.bout.truth.reps)
    after = sum(rep.start_s > made.slip.end_s for rep in made.bout.truth.reps)
    return min(before, after) >= reps
