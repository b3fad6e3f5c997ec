"""CPU time of the whole pipeline for each sample, beside the Madgwick filter of the package `ahrs` alone.

The simulated athlete walks up, grips, does sets of pull-ups and pulldowns, walks away and rests, with a wrist
sensor at 100 Hz. The samples come in blocks as from the driver, which is read every 50 ms. Both get the same
samples in turn, a piece at a time, so that whatever else the machine does slows both; the median of several
runs counts. The filter gives an orientation; the pipeline gives all events, and what they say is checked.

    python -m benchmarks.pipeline_speed [--sets N] [--repeats N]
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.bus_use import table
from benchmarks.peers import SPEED_PACKAGES, MissingPeerError, require_packages
from calibration.imu import FloatArray, ImuBlock
from firmware.driver import POLL_S
from pi_service.athlete.movements.vertical_pull import LAT_PULLDOWN, PULL_UP
from pi_service.athlete.recording import RATE_HZ, Order, Recorder
from pi_service.athlete.task import Task
from pi_service.exercises import find_exercise
from pi_service.motion.frames import Frames
from pi_service.motion.grid import Grid
from pi_service.motion.parcels import Parcels
from pi_service.motion.start_rest import StartRest
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter
from pi_service.pipeline import Pipeline
from pi_service.reps import counter
from pi_service.reps.counter import RepCounter
from pi_service.workout.events import Event, SetEnded
from pi_service.workout.sets import Sets
from pi_service.workout.view import View

#: What the issue that asked for this wants.
LEAST_TIMES_REAL_TIME = 500.0
#: Samples of a block: those that come between two looks at the FIFO.
BLOCK = round(POLL_S * RATE_HZ)
#: Blocks that are taken in turn by the pipeline and by the filter.
_PIECE = 200
_REPS, _REST_S = (8, 6, 10), (4.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Recording:
    """What both are given, and how many repetitions are in each set."""

    blocks: list[ImuBlock]
    gyr_rads: FloatArray
    acc_ms2: FloatArray
    reps: list[int]

    @property
    def samples(self) -> int:
        return len(self.acc_ms2)


@dataclass(slots=True)
class Run:
    """CPU time of one run (s)."""

    ours_s: float = 0.0
    madgwick_s: float = 0.0


@dataclass(slots=True)
class Profile:
    """CPU time (s) of each stage by itself, without what it calls of the others, and how often it ran."""

    spent_s: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    _inner_s: list[float] = field(default_factory=lambda: [0.0])

    def timed(self, name: str, what: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, its time entered under a name."""

        @wraps(what)
        def timing(*args: Any, **kwargs: Any) -> Any:
            self._inner_s.append(0.0)
            begun_s = time.process_time()
            try:
                return what(*args, **kwargs)
            finally:
                whole_s = time.process_time() - begun_s
                self.spent_s[name] = self.spent_s.get(name, 0.0) + whole_s - self._inner_s.pop()
                self.calls[name] = self.calls.get(name, 0) + 1
                self._inner_s[-1] += whole_s

        return timing


#: Where each stage is entered: owner, attribute, what it is called in the table.
STAGES: tuple[tuple[Any, str, str], ...] = (
    (Parcels, "step", "gather blocks (motion/parcels)"),
    (Grid, "step", "uniform grid (motion/grid)"),
    (Stillness, "step", "stillness (motion/stillness)"),
    (StartRest, "step", "zero known at start (motion/start_rest)"),
    (TiltFilter, "step", "tilt and gyroscope bias (motion/tilt, bias)"),
    (Frames, "step", "frames (motion/frames)"),
    (RepCounter, "step", "history, bookkeeping (reps/counter)"),
    (counter, "best_found", "search for a set (reps/signals)"),
    (counter, "follow", "follow a set (reps/follow)"),
    (RepCounter, "_slipped", "slipped clip, while a set runs (reps/slips)"),
    (RepCounter, "_close", "review of a set at its end (reps/review, slips)"),
    (Sets, "step", "sets, corrections (workout/sets)"),
    (View, "step", "curve and phase (workout/view)"),
    (Pipeline, "step", "gaps, order, the rest (pipeline)"),
)


@contextmanager
def profiled() -> Iterator[Profile]:
    """Enter the time of each stage in a profile."""
    profile, before = Profile(), [getattr(owner, name) for owner, name, _ in STAGES]
    try:
        for (owner, name, label), what in zip(STAGES, before, strict=True):
            setattr(owner, name, profile.timed(label, what))
        yield profile
    finally:
        for (owner, name, _), what in zip(STAGES, before, strict=True):
            setattr(owner, name, what)


def record(sets: int, seed: int = 1) -> Recording:
    """Let the simulated athlete do sets, with rests and walks between them, cut as the driver cuts them."""
    blocks, reps, shift_s = list[ImuBlock](), list[int](), 0.0
    for number in range(sets):
        reps.append(_REPS[number % len(_REPS)])
        rest_s = _REST_S[min(number, 1 + number % 2)]
        task = Task((PULL_UP, LAT_PULLDOWN)[number % 2], reps=reps[-1], rest_s=rest_s, drink_chance=0.0)
        recorder = Recorder(Order(task, seed=seed))
        (sensor,) = recorder.sensors()
        for raw in recorder.blocks(0, BLOCK):
            block = sensor.calibration.apply(raw)
            blocks.append(replace(block, t_s=block.t_s + shift_s))
        shift_s = float(blocks[-1].t_s[-1]) + 1.0 / RATE_HZ
    gyr = [block.angular_rate_rads for block in blocks if block.angular_rate_rads is not None]
    acc = [block.specific_force_ms2 for block in blocks]
    return Recording(blocks, np.concatenate(gyr), np.concatenate(acc), reps)


def run(recording: Recording) -> tuple[Run, list[Event]]:
    """Take the recording through the pipeline and through the filter, a piece of it at a time in turn."""
    madgwick = importlib.import_module("ahrs.filters").Madgwick(frequency=float(RATE_HZ))
    pipeline, events, spent = Pipeline(find_exercise("any")), list[Event](), Run()
    orientation, done = np.array([1.0, 0.0, 0.0, 0.0]), 0
    for begin in range(0, len(recording.blocks), _PIECE):
        piece = recording.blocks[begin : begin + _PIECE]
        begun_ns = time.process_time_ns()
        for block in piece:
            events += pipeline.step(block)
        between_ns = time.process_time_ns()
        for index in range(done, done := done + sum(map(len, piece))):
            orientation = madgwick.updateIMU(
                orientation, gyr=recording.gyr_rads[index], acc=recording.acc_ms2[index]
            )
        spent.madgwick_s += (time.process_time_ns() - between_ns) / 1e9
        spent.ours_s += (between_ns - begun_ns) / 1e9
    begun_ns = time.process_time_ns()
    events += pipeline.finish()
    spent.ours_s += (time.process_time_ns() - begun_ns) / 1e9
    return spent, events


def counted(events: list[Event]) -> list[int]:
    """Return the final count of each set."""
    return [event.final_count for event in events if isinstance(event, SetEnded)]


def profile_of(recording: Recording) -> Profile:
    """Run the pipeline once more and see where the time goes."""
    with profiled() as profile:
        pipeline = Pipeline(find_exercise("any"))
        for block in recording.blocks:
            pipeline.step(block)
        pipeline.finish()
    return profile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=6, help="sets of the simulated athlete (default 6)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the median counts (default 5)")
    arguments = parser.parse_args()
    if arguments.sets < 1 or arguments.repeats < 1:
        parser.error("--sets and --repeats must be 1 or more")
    try:
        require_packages(SPEED_PACKAGES)
    except MissingPeerError as error:
        print(error, file=sys.stderr)
        return 2
    recording = record(arguments.sets)
    lasts_s = recording.samples / RATE_HZ
    run(Recording(recording.blocks[:_PIECE], recording.gyr_rads, recording.acc_ms2, []))  # imports, caches
    runs = []
    for _ in range(arguments.repeats):
        spent, events = run(recording)
        runs.append(spent)
    print(
        f"{recording.samples} samples ({lasts_s:.0f} s at {RATE_HZ} Hz) in blocks of {BLOCK}, {len(events)}",
        end=" ",
    )
    print(f"events, sets of {counted(events)} reps counted, {recording.reps} done.")
    print(f"ahrs {version('ahrs')}; Python {platform.python_version()}, numpy {np.__version__}", end=" ")
    print(f"on {platform.machine()}; CPU time, median of {arguments.repeats} runs\n")
    ours_us, madgwick_us = (
        [getattr(each, name) / recording.samples * 1e6 for each in runs] for name in ("ours_s", "madgwick_s")
    )
    ratios = [a / b for a, b in zip(ours_us, madgwick_us, strict=True)]
    table(
        ["", "us a sample", "least to most", "times real time"],
        [
            [name, f"{np.median(us):.1f}", f"{min(us):.1f} to {max(us):.1f}", f"{1e4 / np.median(us):.0f}"]
            for name, us in (("repclip, all stages", ours_us), ("ahrs, Madgwick alone", madgwick_us))
        ],
    )
    print(f"repclip / Madgwick: {np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n")
    profile = profile_of(recording)
    whole_s = sum(profile.spent_s.values())
    table(
        ["stage", "us a sample", "share (%)", "calls a second", "us a call"],
        [
            [
                label,
                f"{spent_s / recording.samples * 1e6:.2f}",
                f"{100 * spent_s / whole_s:.1f}",
                f"{profile.calls[label] / lasts_s:.2f}",
                f"{spent_s / profile.calls[label] * 1e6:.0f}",
            ]
            for label, spent_s in profile.spent_s.items()
        ],
    )
    if abs(sum(counted(events)) - sum(recording.reps)) > 0.2 * sum(recording.reps):
        print("The pipeline did not count what was done: its time says nothing.", file=sys.stderr)
        return 1
    if np.median(ours_us) > 1e6 / RATE_HZ / LEAST_TIMES_REAL_TIME:
        print(f"Slower than {LEAST_TIMES_REAL_TIME:.0f} times real time, on this machine as busy as it is.")
    if np.median(ratios) >= 1.0:
        print("The pipeline costs more than the Madgwick filter of ahrs.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
