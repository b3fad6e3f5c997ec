"""How well holds and carries are counted: simulated people with life around each set, and their truth.

Holds of 15 to 60 s on the torso, clean and broken; rounds of 10 to 25 m with the sensor on the wrist, whole
and with the weight lowered early. Each person walks a known distance first, three times or `--walks`, for the
length of a step. People of even seeds are those that the counters were tuned on.

    python -m benchmarks.holds_and_carries [--people N] [--half tune|report] [--jobs N] [--only holds|carries]
        [--walks N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np

from benchmarks.bus_use import table
from calibration.imu import ImuBlock
from calibration.step_cadence import at_cadence
from calibration.step_length import USUAL, StepLength, measured
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import Order, Recorder
from pi_service.athlete.task import Task
from pi_service.athlete.truth import Truth
from pi_service.exercises import find_exercise
from pi_service.holding.found import distance_of, short_of
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, SetEnded

#: What is promised of holds (s), of distances, and of the sets with a fault.
HOLD_S, DISTANCE_SHARE, FOUND_SHARE, FALSE_SHARE = 0.5, 0.05, 0.95, 0.02
#: A break that ends a hold, and one that does not.
BREAK_S, SHORT_BREAK_S = 1.25, 0.8
EARLY_M = 4.6
SHORTEST_HOLD_S, LONGEST_HOLD_S = 15.0, 60.0
NEAREST_M, FARTHEST_M, MARKED_M = 10.0, 25.0, 18.3


@dataclass(frozen=True, slots=True)
class HoldResult:
    """A set with one hold, as it was made and as it was counted."""

    kind: str
    parts: int
    true_parts: int
    sets: int
    error_s: float


@dataclass(frozen=True, slots=True)
class CarryResult:
    """A set with one round."""

    kind: str
    rounds: int
    steps: int
    true_steps: int
    error: float
    alone_error: float
    """By the count of steps alone, without their cadence."""
    usual_error: float
    z: float
    is_short: bool
    is_short_by_usual: bool


def sets_of(order: Order, number: int) -> tuple[Truth, list[SetEnded]]:
    """Let a simulated person do a set, and count it by the streaming pipeline."""
    recorder = Recorder(order)
    calibrations = {each.role: each.calibration for each in recorder.sensors()}
    main = order.worn[0][0]
    pipeline = Pipeline(find_exercise(order.task.movement.exercise), main=main)
    events: list[Event] = []
    for raw in recorder.blocks(number):
        samples: ImuBlock = calibrations[raw.sensor].apply(raw)
        events += pipeline.step(samples)
    events += pipeline.finish()
    return recorder.session.truth(number), [each for each in events if isinstance(each, SetEnded)]


def holds_of(seed: int) -> list[HoldResult]:
    """Return the holds of a person: clean, broken, and with a break that is too short to count."""
    rng = np.random.default_rng((seed, 11))
    movement, results = find_movement("thoracic_extension"), []
    for kind, broken_s in (("clean", None), ("broken", BREAK_S), ("short break", SHORT_BREAK_S)):
        faults = () if broken_s is None else (Fault(FaultKind.BROKEN_HOLD, broken_s),)
        hold_s = float(rng.uniform(SHORTEST_HOLD_S, LONGEST_HOLD_S))
        truth, ended = sets_of(Order(Task(movement, hold_s=hold_s, faults=faults), "torso", seed=seed), 0)
        found = [each.hold for each in ended if each.hold is not None]
        held_s = sum(hold.held_s for hold in found)
        true_s = sum(each.end_s - each.start_s for each in truth.holds)
        expected = 1 if kind == "short break" else len(truth.holds)
        parts = sum(len(hold.parts) for hold in found)
        results.append(HoldResult(kind, parts, expected, len(ended), held_s - true_s))
    return results


def carries_of(seed: int, walks: int) -> list[CarryResult]:
    """Return the rounds of a person after some that told the length of a step."""
    rng = np.random.default_rng((seed, 12))
    movement, results = find_movement("overhead_carry"), []
    known_walks = Order(Task(movement, distance_m=MARKED_M), seed=seed, sets=walks)
    length = _length([sets_of(known_walks, number) for number in range(walks)])
    for number, (kind, fault) in enumerate((("whole", False), ("lowered early", True)), walks):
        faults = (Fault(FaultKind.EARLY_LOWERING, EARLY_M),) if fault else ()
        asked_m = float(rng.uniform(NEAREST_M, FARTHEST_M)) if not fault else MARKED_M
        order = Order(Task(movement, distance_m=asked_m, faults=faults), seed=seed, sets=walks + 2)
        truth, ended = sets_of(order, number)
        (carry,) = truth.carries
        found = [each.carry.carry for each in ended if each.carry is not None]
        steps = sum(len(each.steps_s) for each in found)
        cadence_hz = found[0].cadence_hz if found else None
        known, alone, usual = (
            distance_of(steps, each) for each in (at_cadence(length, cadence_hz), length, USUAL)
        )
        results.append(
            CarryResult(
                kind,
                len(found),
                steps,
                len(carry.steps_s),
                known.m / carry.distance_m - 1.0,
                alone.m / carry.distance_m - 1.0,
                usual.m / carry.distance_m - 1.0,
                (known.m - carry.distance_m) / max(known.uncertainty_m, 1e-9),
                short_of(known, asked_m) is not None,
                short_of(usual, asked_m) is not None,
            )
        )
    return results


def _length(walks: Sequence[tuple[Truth, Sequence[SetEnded]]]) -> StepLength:
    found = [each.carry.carry for _, ended in walks for each in ended if each.carry is not None]
    if len(found) != len(walks):
        return USUAL
    # Whole steps are walked: how far, that differs a little.
    distance_m = float(np.mean([truth.carries[0].distance_m for truth, _ in walks]))
    cadence_hz = float(np.mean([each.cadence_hz for each in found]))
    return measured(distance_m, [len(each.steps_s) for each in found], datetime.now(UTC), cadence_hz)


def _hold_line(kind: str, results: Sequence[HoldResult]) -> list[str]:
    errors_s = np.abs([each.error_s for each in results])
    exact = [each.parts == each.true_parts and each.sets == 1 for each in results]
    median_s, p95_s = np.percentile(errors_s, (50, 95))
    return [
        kind,
        str(len(results)),
        _percent(exact),
        _percent(errors_s <= HOLD_S),
        f"{median_s:.2f} / {p95_s:.2f} / {errors_s.max():.2f}",
    ]


def _carry_line(kind: str, results: Sequence[CarryResult]) -> list[str]:
    errors = np.abs([each.error for each in results])
    alone = np.abs([each.alone_error for each in results])
    usual = np.abs([each.usual_error for each in results])
    median, p95 = 100.0 * np.percentile(errors, (50, 95))
    return [
        kind,
        str(len(results)),
        _percent([each.rounds == 1 for each in results]),
        _percent([each.steps == each.true_steps for each in results]),
        _percent(errors <= DISTANCE_SHARE),
        f"{median:.1f} / {p95:.1f} / {100.0 * errors.max():.1f}",
        f"{_percent(alone <= DISTANCE_SHARE)}: {100.0 * np.median(alone):.1f} / {100.0 * alone.max():.1f}",
        f"{100.0 * np.median(usual):.1f} / {100.0 * usual.max():.1f}",
        _percent(np.abs([each.z for each in results]) <= 1.0),
        _percent([each.is_short for each in results]),
        _percent([each.is_short_by_usual for each in results]),
    ]


def _percent(right: Iterable[object]) -> str:
    return f"{100.0 * np.mean([bool(each) for each in right]):.1f} %"


def broken_promises(holds: Sequence[HoldResult], carries: Sequence[CarryResult]) -> list[str]:
    """Return what is not as promised."""
    return [*(_of_holds(holds) if holds else ()), *(_of_carries(carries) if carries else ())]


def _of_holds(holds: Sequence[HoldResult]) -> list[str]:
    told = []
    exact = np.mean([each.parts == each.true_parts and each.sets == 1 for each in holds])
    if exact < 0.99:
        told.append(f"only {100 * exact:.1f} % of the sets have the right number of holds")
    near = np.mean([abs(each.error_s) <= HOLD_S for each in holds])
    if near < 0.99:
        told.append(f"only {100 * near:.1f} % of the holds are right within {HOLD_S} s")
    return told


def _of_carries(carries: Sequence[CarryResult]) -> list[str]:
    told = []
    if np.mean([each.rounds == 1 for each in carries]) < 0.99:
        told.append("fewer than 99 % of the sets have one round")
    near = np.mean([abs(each.error) <= DISTANCE_SHARE for each in carries])
    if near < 0.99:
        told.append(f"only {100 * near:.1f} % of the distances are right within 5 %")
    for kind, least, most in (("lowered early", FOUND_SHARE, 1.0), ("whole", 0.0, FALSE_SHARE)):
        share = np.mean([each.is_short for each in carries if each.kind == kind])
        if not least <= share <= most:
            told.append(f"{100 * share:.1f} % of the rounds that were {kind} are told to be short")
    return told


def _each(work: Callable[[int], list[object]], seeds: Sequence[int], jobs: int) -> list[object]:
    if jobs < 2:
        return [each for seed in seeds for each in work(seed)]
    with ProcessPoolExecutor(jobs) as pool:
        return [each for found in pool.map(work, seeds) for each in found]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=50, help="how many")
    parser.add_argument(
        "--half", choices=("tune", "report"), default="report", help="which half of the people"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--walks", type=int, default=3, help="how often the known distance is walked beforehand"
    )
    parser.add_argument("--only", choices=("holds", "carries"), help="the other kind is left out")
    options = parser.parse_args(arguments)
    seeds = [2 * each + (options.half == "report") for each in range(1, options.people + 1)]
    found: list[object] = []
    for kind, work in (("holds", holds_of), ("carries", partial(carries_of, walks=options.walks))):
        if options.only in (None, kind):
            found += _each(work, seeds, options.jobs)  # type: ignore[arg-type]
    holds = [each for each in found if isinstance(each, HoldResult)]
    carries = [each for each in found if isinstance(each, CarryResult)]
    if holds:
        table(
            ("holds", "sets", "parts exact", f"within {HOLD_S} s", "error (s): median / 95 % / largest"),
            [
                _hold_line(kind, [each for each in holds if each.kind == kind])
                for kind in dict.fromkeys(each.kind for each in holds)
            ],
        )
    if carries:
        table(
            (
                "rounds",
                "sets",
                "rounds exact",
                "steps exact",
                "distance within 5 %",
                "error (%): median / 95 % / largest",
                "without the cadence: within 5 %: median / largest",
                "not calibrated: median / largest",
                "within 1 sigma",
                "told short",
                "by the usual step",
            ),
            [
                _carry_line(kind, [each for each in carries if each.kind == kind])
                for kind in dict.fromkeys(each.kind for each in carries)
            ],
        )
    told = broken_promises(holds, carries)
    for each in told:
        sys.stderr.write(f"not as promised: {each}\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
