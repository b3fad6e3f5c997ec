"""Sets of the simulated athlete, done well or with a fault, and what coaching says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeGuard

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray, ImuBlock
from calibration.placement import Placement, PlacementKind
from calibration.step_length import USUAL, StepLength, measured
from firmware.samples import SensorRole
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import MOVEMENTS, find_movement
from pi_service.athlete.movements.base import Movement, Work
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.athlete.truth import Truth
from pi_service.coaching.facts import Worn
from pi_service.coaching.verdict import Basis
from pi_service.exercises import RuleName, find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, RepCounted, RepJudged, SetEnded, SetJudged

RATE_HZ, REPS, HOLD_S, DISTANCE_M = 100.0, 10, 40.0, 18.3
#: Samples that are simulated, and that are counted, at a time.
_PIECE, _BLOCK = 1000, 50
#: Sensors as they are after a calibration: offset of the accelerometer, zero of the gyroscope.
OFFSET_MS2, ZERO_DPS = 0.03, 0.4
#: How far a learned placement is off, about each axis.
PLACEMENT_DEG = 1.5
#: Which rule finds which fault.
RULE_OF: Mapping[FaultKind, RuleName] = {
    FaultKind.ROCK: RuleName.TORSO,
    FaultKind.ARCH: RuleName.TORSO,
    FaultKind.SWING: RuleName.TORSO,
    FaultKind.DROP: RuleName.LOWERING,
    FaultKind.HALF_REPS: RuleName.RANGE_KEPT,
    FaultKind.OVERSHOOT: RuleName.OVERSHOOT,
    FaultKind.BENT_FOREARM: RuleName.FOREARM,
    FaultKind.HIKE: RuleName.SIDE_BEND,
    FaultKind.SHRUG: RuleName.SHRUG,
    FaultKind.HIPS_FIRST: RuleName.HIPS_FIRST,
    FaultKind.LEAN: RuleName.LEAN_BACK,
    FaultKind.TILT_BAR: RuleName.BAR_LEVEL,
    FaultKind.SHORT_TURN: RuleName.TURN_OUT,
    FaultKind.SHORT_PAUSE: RuleName.TOP_PAUSE,
    FaultKind.BROKEN_HOLD: RuleName.BREAKS,
    FaultKind.SHORT_HOLD: RuleName.HOLD_TIME,
    FaultKind.LONG_HOLD: RuleName.HOLD_TIME,
    FaultKind.EARLY_LOWERING: RuleName.DISTANCE,
    FaultKind.HURRY: RuleName.CADENCE,
    FaultKind.SWAY: RuleName.SWAY,
    FaultKind.SHAKE: RuleName.SHAKE,
}
#: What else tells a fault without a sensor on the torso.
ALSO: Mapping[FaultKind, RuleName] = {FaultKind.ROCK: RuleName.SIDEWAYS}
#: What is judged live, if anything is: of holds and carries only this.
_LIVE_WHILE_HELD = frozenset({FaultKind.LONG_HOLD, FaultKind.BENT_FOREARM})


@dataclass(frozen=True, slots=True)
class Job:
    """One set: who does what, with which fault, and where the counting sensor sits.

    `alone` says whether it is coached a second time, with that sensor and nothing else.
    """

    variant: str
    placement: str
    fault: FaultKind | None
    seed: int
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """What a rule says of a set: whether it is wrong, and how that is known."""

    is_wrong: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a set.

    Attributes
    ----------
    job
        Which set.
    counted_right
        Whether there was one set with the final count of the truth, or as many holds or rounds.
    worn, alone
        What the rules say with all sensors worn and their placements known, and with the counting one alone;
        None where that was not asked for.
    latest_s
        How long after its count the last verdict of a rep came.
    after_end_s
        How long after the true end of its rep each verdict came that was told live.
    judged, false_cues
        Reps that were judged live, and those of them with a cue for anything but the fault.
    is_cued, may_be_cued
        Whether there was a live cue for the fault, and whether it is one that is told live.
    """

    job: Job
    counted_right: bool
    worn: Mapping[RuleName, Flag]
    alone: Mapping[RuleName, Flag] | None
    latest_s: float
    judged: int
    false_cues: int
    is_cued: bool
    may_be_cued: bool
    after_end_s: tuple[float, ...] = ()


def coached(job: Job) -> Outcome:
    """Let the athlete do a set, and coach it."""
    movement, (counting, torso), sits, truth = _felt(job)
    kind, length = PlacementKind(job.placement), USUAL
    if movement.work is Work.CARRY:
        length = _step_length(job.variant, job.placement, job.seed)
    both = (counting,) if torso is None else (counting, torso)
    worn = _events(movement, both, sits, length)
    alone = _events(movement, (counting,), Worn(kind), USUAL) if job.alone else None
    judged = [event for event in worn if isinstance(event, RepJudged)]
    counted = {event.rep.number: event.at_s for event in worn if isinstance(event, RepCounted)}
    rule = None if job.fault is None else RULE_OF[job.fault]
    return Outcome(
        job=job,
        counted_right=_is_right(worn, truth),
        worn=_flags(worn),
        alone=None if alone is None else _flags(alone),
        latest_s=max((each.at_s - counted[each.number] for each in judged if each.number), default=0.0),
        judged=sum(each.number is not None for each in judged),
        false_cues=sum(each.cue is not None and each.cue.rule is not rule for each in judged),
        is_cued=any(each.cue is not None and each.cue.rule is rule for each in judged),
        may_be_cued=movement.work is Work.REPS or job.fault in _LIVE_WHILE_HELD,
        after_end_s=tuple(_after_end_s(worn, truth)),
    )


def _after_end_s(events: Iterable[Event], truth: Truth) -> Iterator[float]:
    turns_s = {event.rep.number: event.rep.turn_s for event in events if isinstance(event, RepCounted)}
    for event in events:
        turn_s = turns_s.get(event.number) if isinstance(event, RepJudged) and event.number else None
        ends_s = [rep.end_s for rep in truth.reps if turn_s is not None and rep.start_s < turn_s < rep.end_s]
        if ends_s:
            yield event.at_s - ends_s[0]


def _felt(job: Job) -> tuple[Movement, tuple[ImuBlock, ImuBlock | None], Worn, Truth]:
    """Return what the sensors feel, the torso's only where another one counts, and how they sit."""
    movement = find_movement(job.variant, job.placement)
    faults = () if job.fault is None else (Fault(job.fault, movement.faults[job.fault]),)
    reps = 2 * REPS if movement.sides else REPS
    task = Task(movement, reps=reps, hold_s=HOLD_S, distance_m=DISTANCE_M, faults=faults)
    session = Session(job.seed, task)
    rng = np.random.default_rng((job.seed, 404))
    kind = PlacementKind(job.placement)
    is_torso = kind is PlacementKind.TORSO
    roles = {job.placement: SensorRole.TORSO if is_torso else SensorRole.LIMB, "torso": SensorRole.TORSO}
    counting, *others = _samples(session, roles, rng)
    torso = others[0] if others else None
    sits = Worn(kind, _placement(session, kind, rng), _placement(session, PlacementKind.TORSO, rng))
    return movement, (counting, torso), sits, session.truth(0)


def _samples(session: Session, roles: Mapping[str, SensorRole], rng: np.random.Generator) -> list[ImuBlock]:
    """Return what the sensors of a set give out, each at its place."""
    n = round(session.bout(0).duration_s * RATE_HZ)
    t_s = np.arange(n) / RATE_HZ
    felt = {place: (np.empty((n, 3)), np.empty((n, 3))) for place in roles}
    for begin in range(0, n, _PIECE):  # in turn: what both straps need of the body is then known already
        for place, (force_ms2, rate_rads) in felt.items():
            part = slice(begin, begin + _PIECE)
            force_ms2[part], rate_rads[part] = session.worn(place)(t_s[part])
    return [
        ImuBlock(
            roles[place],
            t_s,
            force_ms2 + rng.normal(0.0, OFFSET_MS2, 3) + rng.normal(0.0, ACCEL_NOISE_MS2, (n, 3)),
            rate_rads + np.radians(rng.normal(0.0, ZERO_DPS, 3)) + rng.normal(0.0, GYRO_NOISE_RADS, (n, 3)),
            np.zeros(n, np.uint8),
        )
        for place, (force_ms2, rate_rads) in felt.items()
    ]


def _placement(session: Session, kind: PlacementKind, rng: np.random.Generator) -> Placement:
    off = Rotation.from_rotvec(np.radians(rng.normal(0.0, PLACEMENT_DEG, 3))).as_matrix()
    rows: FloatArray = off @ session.person.clip(kind.value).T
    x, y, z = ((float(a), float(b), float(c)) for a, b, c in rows)
    return Placement((x, y, z), kind)


@lru_cache(maxsize=4)
def _step_length(variant: str, placement: str, seed: int) -> StepLength:
    """Let the person walk a round of a known distance, for the length of a step."""
    movement, (counting, _), sits, truth = _felt(Job(variant, placement, None, seed))
    rounds = [event.carry for event in _events(movement, (counting,), sits, USUAL) if _is_end(event)]
    walks = [each.carry for each in rounds if each is not None]
    if len(walks) != 1:
        return USUAL
    (walk,) = walks
    return measured(truth.carries[0].distance_m, len(walk.steps_s), datetime.now(UTC), walk.cadence_hz)


def _events(movement: Movement, sensors: Sequence[ImuBlock], sits: Worn, length: StepLength) -> list[Event]:
    exercise, main = find_exercise(movement.exercise), sensors[0].sensor
    pipeline = Pipeline(exercise, sits=sits, main=main, step_length=length)
    events: list[Event] = []
    for begin in range(0, max(map(len, sensors)), _BLOCK):
        for block in sensors:
            events += pipeline.step(block[begin : begin + _BLOCK])
    return events + pipeline.finish()


def _is_end(event: Event) -> TypeGuard[SetEnded]:
    return isinstance(event, SetEnded)


def _is_right(events: Iterable[Event], truth: Truth) -> bool:
    ended = [event for event in events if isinstance(event, SetEnded)]
    if truth.reps:
        return [event.final_count for event in ended if event.final_count] == [truth.seen_reps]
    parts = sum(len(event.hold.parts) for event in ended if event.hold is not None)
    rounds = sum(event.carry is not None for event in ended)
    return len(ended) == 1 and parts == len(truth.holds) and rounds == len(truth.carries)


def _flags(events: Iterable[Event]) -> dict[RuleName, Flag]:
    """Return what is said of any of the sets that were seen: one may have been taken for two."""
    flags: dict[RuleName, Flag] = {}
    for event in events:
        for each in event.judgement.verdicts if isinstance(event, SetJudged) else ():
            rule, is_wrong = each.verdict.rule, not each.verdict.ok
            if rule not in flags or is_wrong:
                flags[rule] = Flag(is_wrong, each.verdict.basis)
    return flags


def jobs(
    sets: int, half: str, only: str | None = None, *, clean: int | None = None, alone: int | None = None
) -> Iterator[Job]:
    """Yield every set that is to be done, each person's together.

    Parameters
    ----------
    sets
        How many people do each fault.
    half
        ``tune`` for people of even seeds, which the bounds were chosen by; ``report`` for the others.
    only
        One exercise or form of one; None for all.
    clean
        How many people do it well; as many as `sets` if None.
    alone
        Of how many people each set is also coached with the counting sensor alone; of all if None.
    """
    clean = sets if clean is None else clean
    for number in range(1, max(sets, clean) + 1):
        seed, also = 2 * number + (half == "report"), alone is None or number <= alone
        for movement in MOVEMENTS:
            if only is not None and only not in (movement.variant, movement.exercise):
                continue
            places = [movement.placements[0], *(place for place in movement.placements[1:] if place == "bar")]
            if number <= clean:
                yield from (Job(movement.variant, place, None, seed, also) for place in places)
            for fault in movement.faults if number <= sets else ():
                # The tilt of a bar shows on the bar alone.
                place = "bar" if fault is FaultKind.TILT_BAR else places[0]
                yield Job(movement.variant, place, fault, seed, also)
