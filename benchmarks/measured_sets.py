"""Sets of the simulated athlete whose phases, range and velocity are known, and what was measured of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from calibration.imu import FloatArray, ImuBlock
from calibration.placement_kind import PlacementKind
from firmware.samples import SensorRole
from pi_service.athlete.bout import Bout
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.movements import find_movement
from pi_service.athlete.movements.base import BAR, WRIST, Movement, Tempo
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.athlete.truth import PhaseKind, TrueRep
from pi_service.coaching.facts import Worn
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.reps.found import Velocity
from pi_service.workout.events import Event, Rep, RepCounted, SetEnded

RATE_HZ, REPS = 100.0, 8
#: Offset of each axis of the accelerometer, one standard deviation (m/s2).
OFFSETS_MS2 = {"calibrated": 0.03, "as it came": 0.15, "bad": 0.4}
#: Zero of the gyroscope at rest, which is learned, and its scale.
ZERO_DPS, GYRO_SCALE = 0.4, 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """What is done, where the sensor sits, and how quickly, if not as the movement says."""

    name: str
    variant: str
    placement: str = WRIST
    tempo: Tempo | None = None

    @property
    def movement(self) -> Movement:
        """Return the movement at this tempo."""
        movement = find_movement(self.variant, self.placement)
        return movement if self.tempo is None else replace(movement, tempo=self.tempo)


SLOW, QUICK = Tempo(1.0, 1.0, 3.0, 1.0), Tempo(0.7, 0.02, 0.9, 0.02)
#: Every exercise that has phases; the slow lowering and no pauses at all on the movement that goes farthest.
CASES = (
    Case("cross band", "cross_band"),
    Case("wall retraction", "wall_retraction"),
    Case("dead lift", "dead_lift", BAR),
    Case("dead lift", "dead_lift"),
    Case("band row", "band_row"),
    Case("barbell row", "barbell_row", BAR),
    Case("pull-up", "pull_up"),
    Case("pulldown", "lat_pulldown"),
    Case("pulldown", "lat_pulldown", BAR),
    Case("pulldown, slow lowering", "lat_pulldown", tempo=SLOW),
    Case("pulldown, no pauses", "lat_pulldown", tempo=QUICK),
    Case("dead lift, no pauses", "dead_lift", BAR, QUICK),
    Case("face pull", "face_pull"),
)


@dataclass(frozen=True, slots=True)
class Truth:
    """One repetition as it was made; ranges and velocities are those of the sensor."""

    leaves_s: float
    reaches_s: float
    returns_s: float
    arrives_s: float
    range_deg: float
    range_m: float
    out: Velocity
    back: Velocity


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A set: the truth, the reps as reviewed at its end, and those counted live."""

    made: tuple[Truth, ...]
    final: tuple[Rep, ...]
    live: tuple[Rep, ...]


def true_reps(bout: Bout, t_s: FloatArray, motion: WristMotion) -> tuple[Truth, ...]:
    """Return what the athlete did, at the sensor; not what the other arm did."""
    height_m, up = motion.position_m[:, 2], motion.rotation[:, 2, :]
    velocity = np.gradient(height_m, t_s)

    def way(begin_s: float, end_s: float) -> Velocity:
        during = velocity[(t_s >= begin_s) & (t_s <= end_s)]
        low, high = np.interp((begin_s, end_s), t_s, height_m)
        return Velocity((high - low) / (end_s - begin_s), float(during[np.abs(during).argmax()]), 0.0, 0.0)

    def of(rep: TrueRep) -> Truth:
        phases = {phase.kind: phase for phase in rep.phases}
        reaches_s, returns_s = phases[PhaseKind.LIFTING].end_s, phases[PhaseKind.LOWERING].start_s
        during = (t_s >= rep.start_s) & (t_s <= rep.end_s)
        cosines = up[during] @ up[np.searchsorted(t_s, rep.start_s)]
        return Truth(
            rep.start_s,
            reaches_s,
            returns_s,
            rep.end_s,
            math.degrees(math.acos(min(1.0, float(cosines.min())))),
            float(np.ptp(height_m[during])),
            way(rep.start_s, reaches_s),
            way(returns_s, rep.end_s),
        )

    return tuple(of(rep) for rep in bout.truth.reps if rep.seen)


def measured_set(case: Case, offset_ms2: float, seed: int) -> MeasuredSet:
    """Let the athlete do a set, and count it."""
    rng, movement = np.random.default_rng(seed), case.movement
    reps = 2 * REPS if movement.sides else REPS
    bout = Session(seed, Task(movement, reps=reps, drink_chance=0.0)).bout(0)
    t_s = np.arange(round(bout.duration_s * RATE_HZ)) / RATE_HZ
    motion = bout.felt(case.placement, t_s)
    n, zero_rads = len(t_s), np.radians(rng.normal(0.0, ZERO_DPS, 3))
    block = ImuBlock(
        SensorRole.LIMB,
        t_s,
        motion.specific_force_ms2 + rng.normal(0.0, offset_ms2, 3) + rng.normal(0.0, ACCEL_NOISE_MS2, (n, 3)),
        motion.angular_rate_rads * (1.0 + rng.normal(0.0, GYRO_SCALE))
        + zero_rads
        + rng.normal(0.0, GYRO_NOISE_RADS, (n, 3)),
        np.zeros(n, np.uint8),
    )
    exercise = find_exercise(movement.exercise)
    pipeline, events = Pipeline(exercise, sits=Worn(PlacementKind(case.placement))), list[Event]()
    for begin in range(0, n, 20):
        events += pipeline.step(block[begin : begin + 20])
    events += pipeline.finish()
    final = tuple(rep for event in events if isinstance(event, SetEnded) for rep in event.reps)
    live = tuple(event.rep for event in events if isinstance(event, RepCounted) and event.source == "live")
    return MeasuredSet(true_reps(bout, t_s, motion), final, live)
