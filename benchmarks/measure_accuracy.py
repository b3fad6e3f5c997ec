"""How well repetitions are measured: phase times, range and velocity beside the simulated athlete's own.

Every exercise that has phases, on sensors whose accelerometer is off by as much as that of a calibrated chip,
of a usual one or of a bad one; each is drawn anew.

    python -m benchmarks.measure_accuracy [--sets N] [--live] [--accelerometer NAME] [--half tune|report]
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import numpy as np

from benchmarks.bus_use import table
from benchmarks.measured_sets import CASES, OFFSETS_MS2, Case, MeasuredSet, Truth, measured_set
from pi_service.workout.events import Rep

#: What is promised: phase times by the median and the 95th percentile of their errors; a range is right
#: within so much, and a mean velocity of 95 % of the ways within so much.
MEDIAN_S, P95_S, RANGE_SHARE, RANGE_M, MEAN_MPS, MEAN_RIGHT = 0.15, 0.3, 0.05, 0.03, 0.05, 0.95
TIMES = ("lifting", "pause", "lowering")
HEAD = (
    "movement",
    "sensor",
    "accelerometer",
    "reps",
    "lifting (s)",
    "pause (s)",
    "lowering (s)",
    "range (deg)",
    "range (cm)",
    "range right",
    "mean velocity right",
    "covered: deg",
    "m",
    "mean velocity",
    "peak velocity",
)


class Errors:
    """Errors of what was measured, and errors in units of the uncertainty that was stated with them."""

    def __init__(self) -> None:
        self.of: dict[str, list[float]] = defaultdict(list)
        self.made = self.unlike = 0

    def add(self, made: Sequence[Truth], found: Sequence[Rep]) -> None:
        """Compare the repetitions of a set; one that was cut otherwise than it was made is not measured."""
        for true in made:
            self.made += 1
            middle_s = 0.5 * (true.reaches_s + true.returns_s)
            rep = next((each for each in found if each.start_s < middle_s < each.end_s), None)
            if rep is None or rep.measures is None or not true.leaves_s - 0.5 < rep.moved[0] < true.reaches_s:
                self.unlike += 1
                continue
            m, of = rep.measures, self.of
            of["lifting"].append(m.out_s - (true.reaches_s - true.leaves_s))
            of["pause"].append(m.turn_pause_s - (true.returns_s - true.reaches_s))
            of["lowering"].append(m.back_s - (true.arrives_s - true.returns_s))
            of["deg"].append(rep.range_deg - true.range_deg)
            of["deg z"].append(of["deg"][-1] / m.range_deg_uncertainty)
            if rep.range_m is None or m.range_m_uncertainty is None or m.out is None or m.back is None:
                continue
            of["m"].append(rep.range_m - true.range_m)
            of["m right"].append(abs(of["m"][-1]) <= max(RANGE_SHARE * true.range_m, RANGE_M))
            of["m z"].append(of["m"][-1] / m.range_m_uncertainty)
            for measured, truth in ((m.out, true.out), (m.back, true.back)):
                of["mean"].append(measured.mean_mps - truth.mean_mps)
                of["mean z"].append(of["mean"][-1] / measured.mean_uncertainty_mps)
                of["peak"].append(measured.peak_mps - truth.peak_mps)
                of["peak z"].append(of["peak"][-1] / measured.peak_uncertainty_mps)

    def cells(self) -> list[str]:
        """Return the columns of a table's line."""
        return [
            f"{self.made - self.unlike} of {self.made}",
            *(self._median_and_p95(key, 1.0, 2) for key in TIMES),
            self._median_and_p95("deg", 1.0, 1),
            self._median_and_p95("m", 100.0, 1),
            self._percent(self.ranges_right),
            self._percent(self.means_right),
            *(self._covered(f"{key} z") for key in ("deg", "m", "mean", "peak")),
        ]

    @property
    def ranges_right(self) -> float | None:
        """Share of the ranges that are right; None where none is told."""
        return float(np.mean(self.of["m right"])) if self.of["m right"] else None

    @property
    def means_right(self) -> float | None:
        """Share of the mean velocities that are right; None where none is told."""
        return float(np.mean(np.abs(self.of["mean"]) <= MEAN_MPS)) if self.of["mean"] else None

    def shortfalls(self) -> list[str]:
        """Return what is not as promised."""
        told = []
        for key in TIMES:
            if not self.of[key]:
                continue
            median_s, p95_s = np.percentile(np.abs(self.of[key]), (50, 95))
            if median_s > MEDIAN_S or p95_s > P95_S:
                told.append(f"{key} is off by {median_s:.2f} s, {p95_s:.2f} s at the 95th percentile")
        for what, share in (("ranges", self.ranges_right), ("mean velocities", self.means_right)):
            if share is not None and share < MEAN_RIGHT:
                told.append(f"only {100 * share:.0f} % of the {what} are right")
        return told

    def _median_and_p95(self, key: str, unit: float, digits: int) -> str:
        if not self.of[key]:
            return "-"
        median, p95 = unit * np.percentile(np.abs(self.of[key]), (50, 95))
        return f"{median:.{digits}f} / {p95:.{digits}f}"

    def _percent(self, share: float | None) -> str:
        return "-" if share is None else f"{100 * share:.0f} %"

    def _covered(self, key: str) -> str:
        if not self.of[key]:
            return "-"
        z = np.abs(self.of[key])
        return f"{100 * np.mean(z <= 1.0):.0f} / {100 * np.mean(z <= 2.0):.0f}"


def _measured(case: Case, accelerometer: str, seed: int) -> MeasuredSet:
    return measured_set(case, OFFSETS_MS2[accelerometer], seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and say what is not as promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=10, metavar="N", help="sets of each kind")
    parser.add_argument("--live", action="store_true", help="as published live, not as reviewed")
    parser.add_argument("--accelerometer", choices=tuple(OFFSETS_MS2), default="calibrated")
    parser.add_argument(
        "--half", choices=("tune", "report"), default="report", help="which half of the people"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    options = parser.parse_args(arguments)
    seeds = [2 * number + (options.half == "report") for number in range(1, options.sets + 1)]
    lines, told = [], []
    with ProcessPoolExecutor(options.jobs) as pool:
        for case in CASES:
            errors = Errors()
            for done in pool.map(_measured, repeat(case), repeat(options.accelerometer), seeds):
                errors.add(done.made, done.live if options.live else done.final)
            lines.append([case.name, case.placement, options.accelerometer, *errors.cells()])
            told += [f"{case.name}, {case.placement}: {each}" for each in errors.shortfalls()]
    table(HEAD, lines)
    for each in told:
        sys.stderr.write(f"not as promised: {each}\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
