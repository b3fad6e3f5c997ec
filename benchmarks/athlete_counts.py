"""How well sets of the simulated athlete are counted, each exercise wherever the sensor may sit.

Each set is done by another simulated person, who walks up, takes hold, adjusts the grip, sometimes drinks,
and walks away; all that the sensor feels goes through the pipeline, told which exercise it is. Nobody moved.

    python -m benchmarks.athlete_counts [--sets N] [--first SEED] [--any]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np

from benchmarks.bus_use import table
from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.movements import MOVEMENTS, find_movement
from pi_service.athlete.movements.base import TORSO, Work
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.exercises import ANY, find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, RepCounted, SetEnded

RATE_HZ = 100.0
#: How long the person stands after the set.
_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Job:
    """One set to be done and counted."""

    variant: str
    placement: str
    seed: int
    told: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What was done, as the sensor could see it, and what was counted."""

    job: Job
    made: int
    final: int
    live: int


def asked(exercise: str, seed: int) -> int:
    """Return how many reps a person does: as many as the exercise asks for, from the fewest to the most."""
    fewest, most = find_exercise(exercise).prescription.reps or (1, 1)
    return fewest + seed % (most - fewest + 1)


def told(job: Job, session: Session, sets: int) -> list[Event]:
    """Return what is told of the first sets of a session."""
    pipeline = Pipeline(
        find_exercise(find_movement(job.variant, job.placement).exercise if job.told else ANY)
    )
    block, events = felt(job, session, sets), list[Event]()
    for begin in range(0, len(block), 50):
        events += pipeline.step(block[begin : begin + 50])
    return events + pipeline.finish()


def felt(job: Job, session: Session, sets: int) -> ImuBlock:
    """Return what a calibrated sensor with a data sheet's noise feels in the first sets of a session."""
    t_s = np.arange(round((session.begin_s(sets) + _AFTER_S) * RATE_HZ)) / RATE_HZ
    force_ms2, rate_rads = session.worn(job.placement)(t_s)
    rng = np.random.default_rng(job.seed)
    return ImuBlock(
        SensorRole.LIMB,
        t_s,
        force_ms2 + rng.normal(0.0, ACCEL_NOISE_MS2, force_ms2.shape),
        rate_rads + rng.normal(0.0, GYRO_NOISE_RADS, rate_rads.shape),
        np.zeros(len(t_s), np.uint8),
    )


def count(job: Job) -> Counted:
    """Let a person do a set, and count it."""
    movement = find_movement(job.variant, job.placement)
    session = Session(job.seed, Task(movement, reps=asked(movement.exercise, job.seed)))
    events = told(job, session, 1)
    return Counted(
        job,
        session.truth(0).seen_reps,
        sum(event.final_count for event in events if isinstance(event, SetEnded)),
        sum(isinstance(event, RepCounted) and event.source == "live" for event in events),
    )


def every_job(people: int, first: int, *, told: bool) -> list[Job]:
    """Return a job for each of so many people, with each exercise wherever the sensor may sit."""
    return [
        Job(each.variant, placement, seed, told)
        for each in MOVEMENTS
        if each.work is Work.REPS
        for placement in each.placements
        if placement != TORSO
        for seed in range(first, first + people)
    ]


def row(name: str, sets: list[Counted]) -> list[str]:
    """Return a row of the table."""
    errors = np.array([each.final - each.made for each in sets])
    live = np.array([each.live - each.made for each in sets])
    shares = (errors == 0, np.abs(errors) <= 1, live == 0, np.abs(live) <= 1)
    return [name, str(len(sets)), *(f"{100.0 * share.mean():.1f}" for share in shares)]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", type=int, default=20, help="sets of each exercise and placement")
    parser.add_argument("--first", type=int, default=0, help="the first person's seed")
    parser.add_argument("--any", action="store_true", help="do not tell which exercise it is")
    arguments = parser.parse_args()
    jobs = every_job(arguments.sets, arguments.first, told=not arguments.any)
    by_name: dict[str, list[Counted]] = {}
    with Pool() as pool:
        for number, done in enumerate(pool.imap(count, jobs, chunksize=2), 1):
            by_name.setdefault(f"{done.job.variant}, {done.job.placement}", []).append(done)
            print(f"\r{number} of {len(jobs)} sets", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows = [row(name, sets) for name, sets in by_name.items()]
    rows.append(row("all", [each for sets in by_name.values() for each in sets]))
    heading = ["exercise", "sets", "final exact %", "within one %", "live exact %", "within one %"]
    table(heading, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
