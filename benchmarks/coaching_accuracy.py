"""How well faults are found: the simulated athlete does each exercise well, and with each fault in turn.

Every set is coached twice: with a sensor on the torso and known placements, and with the limb's sensor alone.
The bounds in the exercise files were chosen by looking at people with seeds below 1000; those here are
others.

    python -m benchmarks.coaching_accuracy [--sets N] [--processes P] [--first-seed S] [--clean]
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.bus_use import table
from calibration.imu import FloatArray, ImuBlock
from calibration.placement import Placement, PlacementKind
from firmware.samples import SensorRole
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import MOVEMENTS, find_movement
from pi_service.athlete.movements.base import Movement, Work
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.coaching.facts import Worn
from pi_service.exercises import RuleName, find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, RepCounted, RepJudged, SetEnded, SetJudged

RATE_HZ, REPS = 100.0, 10
#: Sensors as they are after a calibration: offset of the accelerometer, zero of the gyroscope.
OFFSET_MS2, ZERO_DPS = 0.03, 0.4
#: How far a learned placement is off, about each axis.
PLACEMENT_DEG = 1.5
#: Which rule finds which fault.
RULE_OF = {
    FaultKind.ROCK: RuleName.TORSO,
    FaultKind.SWING: RuleName.TORSO,
    FaultKind.DROP: RuleName.LOWERING,
    FaultKind.HALF_REPS: RuleName.RANGE_KEPT,
    FaultKind.BENT_FOREARM: RuleName.FOREARM,
    FaultKind.HIPS_FIRST: RuleName.HIPS_FIRST,
    FaultKind.LEAN: RuleName.LEAN_BACK,
    FaultKind.TILT_BAR: RuleName.BAR_LEVEL,
    FaultKind.SHORT_TURN: RuleName.TURN_OUT,
    FaultKind.SHORT_PAUSE: RuleName.TOP_PAUSE,
}


@dataclass(frozen=True, slots=True)
class Job:
    """One set: who does what, with which fault, and where the limb's sensor sits."""

    variant: str
    placement: str
    fault: FaultKind | None
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a set.

    `worn` and `alone` tell which rules said no, with all sensors worn and with the limb's alone; `cues` and
    `judged` how many reps had a cue live, of how many.
    """

    job: Job
    counted_right: bool
    worn: dict[RuleName, bool]
    alone: dict[RuleName, bool]
    latest_s: float
    cues: int
    judged: int
    cued: bool


def coached(job: Job) -> Outcome:
    """Let the athlete do a set, and coach it."""
    movement = find_movement(job.variant, job.placement)
    faults = () if job.fault is None else (Fault(job.fault, movement.faults[job.fault]),)
    reps = 2 * REPS if movement.sides else REPS
    session = Session(job.seed, Task(movement, reps=reps, faults=faults))
    rng = np.random.default_rng((job.seed, 404))
    limb = _samples(session, job.placement, SensorRole.LIMB, rng)
    torso = _samples(session, "torso", SensorRole.TORSO, rng)
    kind = PlacementKind(job.placement)
    sits = Worn(kind, _placement(session, kind, rng), _placement(session, PlacementKind.TORSO, rng))
    worn, alone = _events(movement, (limb, torso), sits), _events(movement, (limb,), Worn(kind))
    counted = {event.rep.number: event.at_s for event in worn if isinstance(event, RepCounted)}
    judged = [event for event in worn if isinstance(event, RepJudged)]
    rule = None if job.fault is None else RULE_OF[job.fault]
    ended = max((len(event.reps) for event in worn if isinstance(event, SetEnded)), default=0)
    return Outcome(
        job=job,
        counted_right=ended == session.truth(0).seen_reps,
        worn=_flags(worn),
        alone=_flags(alone),
        latest_s=max((event.at_s - counted[event.number] for event in judged), default=0.0),
        cues=sum(event.cue is not None for event in judged),
        judged=len(judged),
        cued=any(event.cue is not None and event.cue.rule is rule for event in judged),
    )


def _samples(session: Session, placement: str, role: SensorRole, rng: np.random.Generator) -> ImuBlock:
    n = round(session.bout(0).duration_s * RATE_HZ)
    t_s = np.arange(n) / RATE_HZ
    force_ms2, rate_rads = session.worn(placement)(t_s)
    return ImuBlock(
        role,
        t_s,
        force_ms2 + rng.normal(0.0, OFFSET_MS2, 3) + rng.normal(0.0, ACCEL_NOISE_MS2, (n, 3)),
        rate_rads + np.radians(rng.normal(0.0, ZERO_DPS, 3)) + rng.normal(0.0, GYRO_NOISE_RADS, (n, 3)),
        np.zeros(n, np.uint8),
    )


def _placement(session: Session, kind: PlacementKind, rng: np.random.Generator) -> Placement:
    off = Rotation.from_rotvec(np.radians(rng.normal(0.0, PLACEMENT_DEG, 3))).as_matrix()
    rows: FloatArray = off @ session.person.clip(kind.value).T
    x, y, z = ((float(a), float(b), float(c)) for a, b, c in rows)
    return Placement((x, y, z), kind)


def _events(movement: Movement, sensors: Sequence[ImuBlock], sits: Worn) -> list[Event]:
    pipeline, events = Pipeline(find_exercise(movement.exercise), sits=sits), list[Event]()
    for begin in range(0, max(map(len, sensors)), 20):
        for block in sensors:
            events += pipeline.step(block[begin : begin + 20])
    return events + pipeline.finish()


def _flags(events: Iterable[Event]) -> dict[RuleName, bool]:
    sets = [event for event in events if isinstance(event, SetJudged)]
    if not sets:
        return {}
    longest = max(sets, key=lambda event: len(event.numbers))
    return {each.verdict.rule: not each.verdict.ok for each in longest.judgement.verdicts}


def jobs(sets: int, first_seed: int) -> Iterator[Job]:
    """Yield every set that is to be done."""
    for movement in MOVEMENTS:
        if movement.work is not Work.REPS:
            continue
        faults = [fault for fault in movement.faults if fault in RULE_OF]
        for number in range(sets):
            seed = first_seed + number
            where = movement.placements[0]
            yield Job(movement.variant, where, None, seed)
            for fault in faults:
                # The tilt of a bar shows on the bar alone.
                place = "bar" if fault is FaultKind.TILT_BAR else where
                yield Job(movement.variant, place, fault, seed)
        if "bar" in movement.placements[1:]:
            yield from (Job(movement.variant, "bar", None, first_seed + number) for number in range(sets))


def rows(outcomes: Sequence[Outcome]) -> Iterator[list[str]]:
    """Yield a row for each exercise and fault."""
    by_case: dict[tuple[str, str, FaultKind | None], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        by_case[each.job.variant, each.job.placement, each.job.fault].append(each)
    for (variant, placement, fault), found in by_case.items():
        if fault is None:
            continue
        rule, clean = RULE_OF[fault], by_case[variant, placement, None]
        right, clean_right = ([each for each in some if each.counted_right] for some in (found, clean))
        yield [
            variant,
            placement,
            fault.value,
            _share(each.worn.get(rule, False) for each in found),
            _share(each.worn.get(rule, False) for each in clean),
            _share(each.worn.get(rule, False) for each in right),
            _share(each.worn.get(rule, False) for each in clean_right),
            _share(each.alone.get(rule, False) for each in found) if _any(found, rule) else "-",
            _share(each.alone.get(rule, False) for each in clean) if _any(found, rule) else "-",
        ]


def _any(outcomes: Iterable[Outcome], rule: RuleName) -> bool:
    return any(rule in each.alone for each in outcomes)


def _share(flags: Iterable[bool]) -> str:
    told = list(flags)
    return f"{sum(told)} of {len(told)}"


HEAD = [
    "exercise",
    "sensor",
    "fault",
    "found",
    "clean, flagged",
    "counted right: found",
    "counted right: clean, flagged",
    "alone: found",
    "alone: clean, flagged",
]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=20, metavar="N", help="sets for each fault")
    parser.add_argument("--processes", type=int, default=2, metavar="P")
    parser.add_argument("--first-seed", type=int, default=1000, metavar="S")
    parser.add_argument("--clean", action="store_true", help="only the sets without a fault")
    options = parser.parse_args(arguments)
    wanted = [job for job in jobs(options.sets, options.first_seed) if not options.clean or job.fault is None]
    with ProcessPoolExecutor(options.processes) as pool:
        outcomes = list(pool.map(coached, wanted, chunksize=4))
    if not options.clean:
        table(HEAD, list(rows(outcomes)))
    clean = [each for each in outcomes if each.job.fault is None]
    flagged = sum(any(each.worn.values()) for each in clean)
    print(
        f"Clean sets with any flag at all: {flagged} of {len(clean)}, with the limb's sensor alone:", end=" "
    )
    print(f"{sum(any(each.alone.values()) for each in clean)} of {len(clean)}.")
    some = [each for each in clean if each.counted_right]
    for name, sets in (("all clean sets", clean), ("those that were counted right", some)):
        print(f"Reps with a cue live in {name}: ", end="")
        print(f"{sum(each.cues for each in sets)} of {sum(each.judged for each in sets)}.")
    faulty = [each for each in outcomes if each.job.fault is not None]
    print(
        f"Sets with a fault that had a cue for it live: {sum(each.cued for each in faulty)} of {len(faulty)}."
    )
    print(f"Latest verdict of a rep after its count: {max(each.latest_s for each in outcomes):.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
