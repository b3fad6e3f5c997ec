"""`repclip calibrate --step-length`: how long a step is, off walks of a known distance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

import typer

from calibration.imu import ImuBlock
from calibration.step_length import StepLength, StepLengthStore, measured
from firmware.roles import SensorRole
from pi_service.commands.count_view import CountView
from pi_service.commands.progress import time_display
from pi_service.commands.sensor_options import SensorOptions
from pi_service.commands.sensor_words import described_alone
from pi_service.commands.sensors import open_calibrated
from pi_service.errors import UsageError
from pi_service.exercises import Kind, load_exercises
from pi_service.holding.found import Carry
from pi_service.pipeline import Pipeline
from pi_service.process.signals import stop_on_signals
from pi_service.sources.replay import ReplaySource
from pi_service.workout.events import Event, SetEnded
from pi_service.workout.held import Round

_ASKED = (
    "Let the arm hang for a moment. Lift it straight overhead, with the weight or without, walk"
    " {distance_m:g} m as in the carry, stand, and let it down again."
)
_NONE = (
    "No walk with the arm overhead was seen: begin with a hanging arm, and walk at least ten steps while the"
    " forearm is straight overhead."
)
_AGAIN = "Walk {number} of {walks}: {steps} steps. Let the arm hang, and walk the same way once more."
_SIMULATED = (
    "repclip: nobody walked that, it is simulated: measure a step of your own. Until then every carry goes by"
    " this one."
)
#: Distances that can be walked for it.
_NEAREST_M, _FARTHEST_M = 5.0, 500.0


def require_distance(distance_m: float) -> None:
    """Refuse a distance that tells nothing."""
    if not _NEAREST_M <= distance_m <= _FARTHEST_M:
        raise UsageError(
            f"--step-length {distance_m:g} is no distance to measure steps by: walk {_NEAREST_M:g} to"
            f" {_FARTHEST_M:g} m; 20 m are good."
        )


def walked(options: SensorOptions, distance_m: float, seconds: float | None, walks: int = 1) -> StepLength:
    """Ask a person to walk so many times, and return the length of a step.

    Raises
    ------
    SensorError, UsageError
        The sensor cannot be read, or nobody walked.
    StepLengthError
        The walk was too short, or cannot have been that long.
    KeyboardInterrupt
        Somebody ended it.
    """
    pipeline, rounds = _pipeline(), list[Round]()
    with stop_on_signals() as stop:
        source = open_calibrated(options, SensorRole.LIMB, stop=stop, seconds=seconds)
        with closing(source), CountView() as view:
            for line in described_alone(source):
                typer.echo(line)
            typer.echo(_ASKED.format(distance_m=distance_m))
            for block in source.blocks():
                events = pipeline.step(block)
                view.take(events)
                if len(block):
                    view.show_time(float(block.t_s[-1]))
                for each in _rounds(events):
                    rounds.append(each)
                    if len(rounds) < walks:
                        steps = len(each.carry.steps_s)
                        typer.echo(_AGAIN.format(number=len(rounds), walks=walks, steps=steps))
                if len(rounds) >= walks:
                    break
        if stop.is_set():
            raise KeyboardInterrupt
    if len(rounds) < walks:
        rounds += _rounds(pipeline.finish())
    if not rounds:
        raise UsageError(_NONE)
    if len(rounds) < walks:
        raise UsageError(
            f"Only {len(rounds)} of {walks} walks were seen: give --walks {len(rounds)}, or more time."
        )
    return _measured(distance_m, [each.carry for each in rounds[:walks]], datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk in a recording, when the recording ends, and whether nobody made it."""

    carry: Carry
    ended_at: datetime
    is_simulated: bool


def walked_in(paths: Sequence[Path], distance_m: float) -> StepLength:
    """Return the length of a step by the walks in recordings, one in each, dated to the end of the last.

    Errors are those of `walked`.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("A recording is given twice: each walk is taken once.")
    walks = [_walk_in(path, distance_m) for path in paths]
    length = _measured(distance_m, [walk.carry for walk in walks], max(walk.ended_at for walk in walks))
    if any(walk.is_simulated for walk in walks):
        typer.echo(_SIMULATED, err=True)
    return length


def _measured(distance_m: float, walks: Sequence[Carry], made_at: datetime) -> StepLength:
    """Return the length of a step by walks of that distance."""
    cadences_hz = [walk.cadence_hz for walk in walks if walk.cadence_hz is not None]
    cadence_hz = fmean(cadences_hz) if cadences_hz else None
    return measured(distance_m, [len(walk.steps_s) for walk in walks], made_at, cadence_hz)


def _walk_in(path: Path, distance_m: float) -> _Walk:
    """Return the walk in a recording."""
    source = ReplaySource(path)
    pipeline, rounds, last_s = _pipeline(), list[Round](), 0.0
    with closing(source), time_display() as display:
        task = display.add_task(path.name, total=None, at_s=0.0)
        for block in _with_samples(source.blocks()):
            rounds += _rounds(pipeline.step(block))
            last_s = float(block.t_s[-1])
            display.update(task, at_s=last_s)
    rounds += _rounds(pipeline.finish())
    for warning in source.trace.warnings:
        typer.echo(f"repclip: {warning}", err=True)
    if not rounds:
        raise UsageError(f"{path}: {_NONE}")
    if len(rounds) > 1:
        raise UsageError(
            f"{path} holds {len(rounds)} walks with the arm overhead: nobody can tell which of them was"
            f" {distance_m:g} m long. Record each alone."
        )
    return _Walk(rounds[0].carry, source.info.started_at + timedelta(seconds=last_s), source.info.simulated)


def save(store: StepLengthStore, length: StepLength) -> None:
    """Store a step length, and tell what it is."""
    path = store.save(length)
    walks = f", {length.walks} walks" if length.walks > 1 else ""
    pace = "" if length.cadence_hz is None else f", at {length.cadence_hz:.2f} steps a second"
    typer.echo(
        f"{length.steps} steps in {length.distance_m:g} m{walks}: a step is {length.length_m:.3f} m long,"
        f" within {length.uncertainty_m:.3f} m{pace}."
    )
    typer.echo(f"Saved as {path}.")
    used = store.latest()
    if used is not None and used.made_at is not None and used.made_at > (length.made_at or used.made_at):
        typer.echo(f"A newer one stays in use, made {used.made_at:%Y-%m-%d %H:%M} UTC.")


def _pipeline() -> Pipeline:
    carry = next(each for each in load_exercises().values() if each.kind is Kind.CARRY)
    return Pipeline(carry, main=SensorRole.LIMB)


def _rounds(events: Iterable[Event]) -> list[Round]:
    return [event.carry for event in events if isinstance(event, SetEnded) and event.carry is not None]


def _with_samples(blocks: Iterable[ImuBlock]) -> Iterable[ImuBlock]:
    return (block for block in blocks if len(block))
