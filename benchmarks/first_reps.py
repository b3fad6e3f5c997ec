"""How soon each rep is told in a session of three sets: the first set must be believed, the others are known.

Simulated people do three sets of each exercise with 40 s between them, with life around each. Nobody moved.

    python -m benchmarks.first_reps [--people N] [--first SEED]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np

from benchmarks.athlete_counts import Job, asked, every_job, told
from benchmarks.bus_use import table
from pi_service.athlete.movements import find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.athlete.truth import Truth
from pi_service.workout.events import Event, RepCounted, SetEnded

SETS, REST_S = 3, 40.0
#: Help from a dashboard comes so soon after the rep's end, or too late.
IN_TIME_S = 1.0
#: What is told so long before a set and after it is taken for the set's.
_BEFORE_S, _AFTER_S = 15.0, 11.0


@dataclass(frozen=True, slots=True)
class SetTold:
    """What was told of one set.

    Attributes
    ----------
    made, live, final
        Reps as the sensor could see them, told as they ended, and after the review.
    delays_s
        Of each true rep that a live one lies in, how long after its true end that was told.
    """

    made: int
    live: int
    final: int
    delays_s: tuple[float, ...]


def sets_told(job: Job) -> tuple[Job, list[SetTold]]:
    """Let a person do the sets, and count them."""
    movement = find_movement(job.variant, job.placement)
    task = Task(movement, reps=asked(movement.exercise, job.seed))
    session = Session(job.seed, task, rest_s=REST_S)
    events = told(job, session, SETS)
    return job, [_set_told(events, session.truth(number)) for number in range(SETS)]


def _set_told(events: list[Event], truth: Truth) -> SetTold:
    begin_s, end_s = truth.reps[0].start_s - _BEFORE_S, truth.reps[-1].end_s + _AFTER_S
    live = [event for event in events if isinstance(event, RepCounted) and event.source == "live"]
    live = [event for event in live if begin_s < event.rep.turn_s < end_s]
    ended = [event for event in events if isinstance(event, SetEnded)]
    final = sum(begin_s < rep.turn_s < end_s for event in ended for rep in event.reps)
    delays_s = [
        min(event.at_s for event in inside) - rep.end_s
        for rep in truth.reps
        if (inside := [event for event in live if rep.start_s < event.rep.turn_s < rep.end_s])
    ]
    return SetTold(truth.seen_reps, len(live), final, tuple(delays_s))


def row(name: str, sets: list[SetTold]) -> list[str]:
    """Return a row of the table."""
    delays_s = np.concatenate([each.delays_s for each in sets])
    firsts_s = np.array([each.delays_s[0] for each in sets if each.delays_s])
    return [
        name,
        str(len(sets)),
        f"{100.0 * np.mean([each.final == each.made for each in sets]):.0f}",
        f"{100.0 * np.mean([each.live == each.made for each in sets]):.0f}",
        f"{100.0 * np.mean(delays_s <= IN_TIME_S):.1f}",
        f"{np.median(firsts_s):.1f} / {np.percentile(firsts_s, 95):.1f}",
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=20, help="people for each exercise and placement")
    parser.add_argument("--first", type=int, default=0, help="the first person's seed")
    arguments = parser.parse_args()
    jobs = every_job(arguments.people, arguments.first, told=True)
    by_name: dict[str, list[SetTold]] = {}
    with Pool() as pool:
        for done, (job, sets) in enumerate(pool.imap(sets_told, jobs), 1):
            for number, each in enumerate(sets, 1):
                which = "first" if number == 1 else "later"
                for name in (f"{job.variant}, {job.placement}, {which}", f"all, {which}"):
                    by_name.setdefault(name, []).append(each)
            print(f"\r{done} of {len(jobs)} sessions", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    heading = [
        "sets",
        "number",
        "final exact %",
        "live exact %",
        "told within 1 s %",
        "first rep (s): median / 95 %",
    ]
    names = [name for name in by_name if not name.startswith("all")] + ["all, first", "all, later"]
    table(heading, [row(name, by_name[name]) for name in names])
    return 0


if __name__ == "__main__":
    sys.exit(main())
