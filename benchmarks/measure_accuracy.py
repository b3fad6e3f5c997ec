"""How well repetitions are measured: phase times, range and velocity beside the simulated athlete's own.

Pull-ups and lat pulldowns at several tempos, on sensors whose accelerometer is off by as much as that of a
calibrated chip, of a usual one and of a bad one; each is drawn anew.

    python -m benchmarks.measure_accuracy [--sets N] [--live]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.bus_use import table
from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SensorRole
from pi_service.athlete.bout import Bout
from pi_service.athlete.counts import ACCEL_NOISE_MS2, GYRO_NOISE_RADS
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.movements.base import WRIST, Movement, Tempo
from pi_service.athlete.movements.vertical_pull import LAT_PULLDOWN, PULL_UP
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.athlete.truth import PhaseKind
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.reps.found import Velocity
from pi_service.workout.events import Event, Rep, RepCounted, SetEnded

RATE_HZ, REPS = 100.0, 8
#: Offset of each axis of the accelerometer, one standard deviation (m/s2).
OFFSETS_MS2 = {"calibrated": 0.03, "as it came": 0.15, "bad": 0.4}
#: Zero of the gyroscope at rest, which is learned, and its scale.
ZERO_DPS, GYRO_SCALE = 0.4, 0.005
MOVEMENTS = {
    "pulldown": LAT_PULLDOWN,
    "pulldown, slow lowering": replace(LAT_PULLDOWN, tempo=Tempo(1.0, 1.0, 3.0, 1.0)),
    "pulldown, no pauses": replace(LAT_PULLDOWN, tempo=Tempo(0.7, 0.02, 0.9, 0.02)),
    "pull-up": PULL_UP,
}
#: What is promised: a range is right within so much, a mean velocity within so much.
RANGE_SHARE, RANGE_M, MEAN_MPS = 0.05, 0.03, 0.05


@dataclass(frozen=True, slots=True)
class Truth:
    """One repetition as it was made."""

    leaves_s: float
    reaches_s: float
    returns_s: float
    arrives_s: float
    range_deg: float
    range_m: float
    out: Velocity
    back: Velocity


def true_reps(bout: Bout, t_s: FloatArray, motion: WristMotion) -> list[Truth]:
    """Return what the athlete did, at the sensor."""
    height_m, up = motion.position_m[:, 2], motion.rotation[:, 2, :]
    velocity = np.gradient(height_m, t_s)

    def way(begin_s: float, end_s: float) -> Velocity:
        during = velocity[(t_s >= begin_s) & (t_s <= end_s)]
        low, high = np.interp((begin_s, end_s), t_s, height_m)
        return Velocity((high - low) / (end_s - begin_s), float(during[np.abs(during).argmax()]), 0.0, 0.0)

    reps = []
    for rep in bout.truth.reps:
        phases = {phase.kind: phase for phase in rep.phases}
        reaches_s, returns_s = phases[PhaseKind.LIFTING].end_s, phases[PhaseKind.LOWERING].start_s
        during = (t_s >= rep.start_s) & (t_s <= rep.end_s)
        cosines = up[during] @ up[np.searchsorted(t_s, rep.start_s)]
        reps.append(
            Truth(
                rep.start_s,
                reaches_s,
                returns_s,
                rep.end_s,
                math.degrees(math.acos(min(1.0, float(cosines.min())))),
                float(np.ptp(height_m[during])),
                way(rep.start_s, reaches_s),
                way(returns_s, rep.end_s),
            )
        )
    return reps


def counted(movement: Movement, offset_ms2: float, seed: int) -> tuple[list[Truth], list[Rep], list[Rep]]:
    """Let the athlete do a set, and count it: the truth, the final reps, and those counted live."""
    rng = np.random.default_rng(seed)
    bout = Session(seed, Task(movement, reps=REPS, drink_chance=0.0)).bout(0)
    t_s = np.arange(round(bout.duration_s * RATE_HZ)) / RATE_HZ
    motion = bout.felt(WRIST, t_s)
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
    pipeline, events = Pipeline(find_exercise("vertical_pull")), list[Event]()
    for begin in range(0, n, 20):
        events += pipeline.step(block[begin : begin + 20])
    events += pipeline.finish()
    final = [rep for event in events if isinstance(event, SetEnded) for rep in event.reps]
    live = [event.rep for event in events if isinstance(event, RepCounted) and event.source == "live"]
    return true_reps(bout, t_s, motion), final, live


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
        times = [self._median_and_p95(key, 1.0, 2) for key in ("lifting", "pause", "lowering")]
        right = f"{100 * np.mean(self.of['m right']):.0f} %" if self.of["m right"] else "-"
        near = np.abs(self.of["mean"]) <= MEAN_MPS
        return [
            f"{self.made - self.unlike} of {self.made}",
            *times,
            self._median_and_p95("deg", 1.0, 1),
            self._median_and_p95("m", 100.0, 1),
            right,
            f"{100 * np.mean(near):.0f} %" if len(near) else "-",
            *(self._covered(f"{key} z") for key in ("deg", "m", "mean", "peak")),
        ]

    def _median_and_p95(self, key: str, unit: float, digits: int) -> str:
        if not self.of[key]:
            return "-"
        median, p95 = unit * np.percentile(np.abs(self.of[key]), (50, 95))
        return f"{median:.{digits}f} / {p95:.{digits}f}"

    def _covered(self, key: str) -> str:
        if not self.of[key]:
            return "-"
        z = np.abs(self.of[key])
        return f"{100 * np.mean(z <= 1.0):.0f} / {100 * np.mean(z <= 2.0):.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=10, help="sets of each kind")
    parser.add_argument("--live", action="store_true", help="as published live, not as reviewed")
    options = parser.parse_args(arguments)
    lines = []
    for name, movement in MOVEMENTS.items():
        for sensor, offset_ms2 in OFFSETS_MS2.items():
            errors = Errors()
            for seed in range(options.sets):
                made, final, live = counted(movement, offset_ms2, seed)
                errors.add(made, live if options.live else final)
            lines.append([name, sensor, *errors.cells()])
    head = (
        "movement",
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
    table(head, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
