"""A whole session on one sensor: sets, rests and walking, while the chip warms up and its zero moves."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SensorRole
from pi_service.athlete.bout import Bout
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.movements import find_movement
from pi_service.athlete.movements.base import WRIST
from pi_service.athlete.person import Person
from pi_service.athlete.task import Task

RATE_HZ = 100.0


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How the gyroscope's zero moves: away from its first value, as the die warms."""

    zero_dps: float = 20.0
    slope_dps_per_c: float = 0.05
    rise_c: float = 12.0
    time_constant_s: float = 240.0

    def zero_rads(self, t_s: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Zero-rate outputs over time: shape (n, 3); the signs are drawn."""
        signs = rng.choice([-1.0, 1.0], (2, 3))
        warmer_c = self.rise_c * (1.0 - np.exp(-t_s / self.time_constant_s))
        first = self.zero_dps * rng.uniform(0.5, 1.0, 3) * signs[0]
        return np.radians(first + self.slope_dps_per_c * warmer_c[:, None] * signs[1])


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What the sensor reads, and the truth.

    Attributes
    ----------
    block
        All samples.
    up : float64 array, shape (n, 3)
        The world's up in the sensor frame.
    in_set : bool array, shape (n,)
        Whether a set runs, from its first rep to its last.
    """

    block: ImuBlock
    up: FloatArray
    in_set: np.ndarray


def make_session(
    duration_s: float,
    seed: int,
    warm_up: WarmUp,
    *,
    still_s: float = 4.0,
    rest_s: tuple[float, float] = (60.0, 180.0),
) -> Session:
    """A few seconds on the bench, then set after set; between them somebody stands and sways, and walks."""
    moved = _moved(duration_s, seed, still_s, rest_s)
    rng = deepcopy(moved.rng)
    t_s = np.arange(len(moved.force_ms2)) / RATE_HZ
    rate_rads = moved.rate_rads + warm_up.zero_rads(t_s, rng)
    block = ImuBlock(
        SensorRole.LIMB,
        t_s,
        moved.force_ms2 + rng.normal(0.0, ACCEL_NOISE_MS2, moved.force_ms2.shape),
        rate_rads + rng.normal(0.0, GYRO_NOISE_RADS, rate_rads.shape),
        np.zeros(len(t_s), np.uint8),
    )
    return Session(block, moved.up, moved.in_set)


@dataclass(frozen=True, slots=True, eq=False)
class _Moved:
    """What is there to feel, for a sensor without errors; and the dice as they lie then."""

    force_ms2: FloatArray
    rate_rads: FloatArray
    up: FloatArray
    in_set: np.ndarray
    rng: np.random.Generator


# Working out what somebody feels takes seconds; what the sensor makes of it does not.
@lru_cache(maxsize=2)
def _moved(duration_s: float, seed: int, still_s: float, rest_s: tuple[float, float]) -> _Moved:
    rng = np.random.default_rng(seed)
    person = Person.drawn(seed)
    forces, rates, ups, marks = [], [], [], []
    done_s = 0.0
    while done_s < duration_s:
        task = Task(
            find_movement("pull_up" if len(forces) % 2 == 0 else "lat_pulldown"),
            reps=int(rng.integers(6, 13)),
            rest_s=float(rng.uniform(*rest_s)) if done_s else 1.0,
            drink_chance=0.0,
        )
        bout = Bout(task, person, rng)
        t_s = np.arange(round(bout.duration_s * RATE_HZ)) / RATE_HZ
        if not done_s:  # at rest before it begins
            t_s = np.concatenate((np.zeros(round(still_s * RATE_HZ)), t_s))
        motion = bout.felt(WRIST, t_s)
        forces.append(motion.specific_force_ms2)
        rates.append(motion.angular_rate_rads)
        ups.append(motion.rotation[:, 2, :])
        marks.append((t_s >= bout.truth.start_s) & (t_s < bout.truth.end_s))
        done_s += len(t_s) / RATE_HZ
    return _Moved(*(np.concatenate(each) for each in (forces, rates, ups, marks)), rng)
