"""`repclip calibrate --placement`: how the sensor sits, by gravity and one guided movement."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console

from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from calibration.placement_learner import PlacementLearner
from calibration.store import CalibrationStore
from firmware.identity import SensorIdentity
from firmware.roles import SensorRole
from pi_service.commands.buses import PLACING
from pi_service.commands.calibrate_traces import sensor_in
from pi_service.commands.placement_words import learned
from pi_service.commands.placing_view import ASKED, PlacingView
from pi_service.commands.progress import time_display
from pi_service.commands.sensor_options import SensorOptions
from pi_service.commands.sensor_words import described_alone
from pi_service.commands.sensors import open_calibrated
from pi_service.errors import UsageError
from pi_service.process.signals import stop_on_signals
from pi_service.traces import TraceReader

_PROMISE = (
    "It takes half a minute. Clip the sensor on any way round. Ctrl-C ends it: nothing has changed then."
)
_BY_ITSELF = "A simulated person makes the movement."


def role_for(kind: PlacementKind, sensor: SensorRole | None) -> SensorRole:
    """Return which sensor is meant: the torso's for a placement on the torso, unless somebody says."""
    if sensor is not None:
        return sensor
    return SensorRole.TORSO if kind is PlacementKind.TORSO else SensorRole.LIMB


def guided(
    options: SensorOptions, role: SensorRole, kind: PlacementKind, console: Console, seconds: float | None
) -> tuple[SensorIdentity, Placement]:
    """Guide a person through the movement and return the sensor and what was learned.

    Raises
    ------
    SensorError, UsageError
        The sensor cannot be read.
    PlacementError
        The movement does not show how it sits.
    KeyboardInterrupt
        Somebody ended it.
    """
    learner = PlacementLearner(kind)
    with stop_on_signals() as stop:
        source = open_calibrated(options, role, stop=stop, seconds=seconds)
        with closing(source):
            for line in described_alone(source):
                typer.echo(line)
            typer.echo(_BY_ITSELF if f"motion={PLACING}" in options.bus else _PROMISE)
            with PlacingView(console, ASKED[kind]) as view:
                for block in source.blocks():
                    progress = learner.step(block)
                    if len(block):
                        view.show(progress)
                    if progress.done:
                        break
        if stop.is_set():
            raise KeyboardInterrupt
        return source.identities[role], learner.finish(datetime.now(UTC))


def off_recording(
    paths: Sequence[Path], role: SensorRole, kind: PlacementKind
) -> tuple[SensorIdentity, Placement]:
    """Return the sensor of a recording and how it sat; the date is that of the recording's end.

    Raises
    ------
    TraceError
        The recording cannot be read.
    UsageError
        It does not hold the sensor, or there is more than one.
    PlacementError
        The movement is not in it.
    """
    if len(paths) != 1:
        raise UsageError("A placement is learned from one recording: give --from once.")
    reader = TraceReader(paths[0])
    sensor = sensor_in(reader, role)
    learner, last_us = PlacementLearner(kind), 0
    with time_display() as display:
        task = display.add_task(reader.path.name, total=None, at_s=0.0)
        for raw in reader.blocks():
            if raw.sensor is role and len(raw):
                last_us = int(raw.t_us[-1])
                display.update(task, at_s=last_us / 1e6)
                if learner.step(sensor.calibration.apply(raw)).done:
                    break
    for warning in reader.warnings:
        typer.echo(f"repclip: {warning}", err=True)
    made_at = reader.header.started_at + timedelta(microseconds=last_us)
    return sensor.identity, learner.finish(made_at)


def save(store: CalibrationStore, identity: SensorIdentity, placement: Placement) -> None:
    """Store a placement, and tell what it is."""
    path = store.placements.save(identity, placement)
    for line in learned(placement):
        typer.echo(line)
    typer.echo(f"Saved as {path}.")
    used = next((each for each in store.placements.history(identity, placement.kind) if each.value), None)
    if used is not None and used.path != path and used.made_at is not None:
        typer.echo(f"A newer one stays in use, made {used.made_at:%Y-%m-%d %H:%M} UTC.")
