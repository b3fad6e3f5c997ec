"""`repclip calibrate --turn`: the gyroscope's scale off one turn on a table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console

from calibration.rests import LONGEST_REST_S
from calibration.store import CalibrationStore
from calibration.turning import TurnSession
from calibration.value import OLD_AFTER, Calibration
from firmware.identity import SensorIdentity
from firmware.roles import SensorRole
from firmware.samples import RawBlock
from pi_service.commands.calibrate_traces import sensor_in
from pi_service.commands.placing_view import PlacingView
from pi_service.commands.sensor_options import SensorOptions
from pi_service.commands.sensor_words import what_it_is
from pi_service.commands.sensors import open_uncalibrated
from pi_service.errors import UsageError
from pi_service.process.signals import stop_on_signals
from pi_service.sources.stored_calibrations import is_calibrated
from pi_service.traces import TraceReader

_PROMISE = "It takes half a minute, a table, and a straight edge to lay it against. Ctrl-C ends it."


def asked(angle_deg: float) -> tuple[str, str]:
    """Return what is to be done, step by step."""
    way = "anticlockwise" if angle_deg > 0.0 else "clockwise"
    return (
        "Lay the sensor flat on the table, against a straight edge, and let go of it.",
        f"Turn it {way} by {abs(angle_deg):g} degrees, flat on the table, seen from above, and let go of it.",
    )


def require_angle(angle_deg: float) -> None:
    """Refuse an angle that tells nothing."""
    if not 90.0 <= abs(angle_deg) <= 3600.0:
        raise UsageError(f"--turn {angle_deg:g} is no turn: give 90 to 3600 degrees; 360 is best.")


def turned(
    options: SensorOptions,
    role: SensorRole,
    angle_deg: float,
    store: CalibrationStore,
    console: Console,
    seconds: float | None,
) -> Calibration:
    """Guide a person through the turn and return the calibration that comes of it.

    Raises
    ------
    SensorError, UsageError
        The sensor cannot be read, or is not calibrated yet.
    MovedError
        There was no turn, or another one than was said.
    KeyboardInterrupt
        Somebody ended it.
    """
    heard: list[RawBlock] = []
    with stop_on_signals() as stop:
        source = open_uncalibrated(options, role, stop=stop, seconds=seconds)
        with closing(source):
            settings = source.settings[role]
            base = _base(store, source.identities[role], settings.accel_range_g, settings.gyro_range_dps)
            session = TurnSession(base, angle_deg)
            for line in what_it_is(source):
                typer.echo(line)
            typer.echo("A simulated hand turns it." if "motion=turn" in options.bus else _PROMISE)
            source.on_raw = heard.append
            with PlacingView(console, asked(angle_deg), LONGEST_REST_S) as view:
                for _ in source.blocks():
                    raw = heard.pop()
                    progress = session.step(raw)
                    if len(raw):
                        view.show(progress)
                    if progress.done:
                        break
        if stop.is_set():
            raise KeyboardInterrupt
        return session.finish(datetime.now(UTC))


def turned_in(
    paths: Sequence[Path], role: SensorRole, angle_deg: float, store: CalibrationStore
) -> Calibration:
    """Return the calibration that a turn in a recording gives; errors are those of `turned`.

    It is dated no earlier than the calibration that it was added to: it would never be used otherwise.
    """
    if len(paths) != 1:
        raise UsageError("A turn is taken from one recording: give --from once.")
    reader = TraceReader(paths[0])
    sensor = sensor_in(reader, role)
    last_us = 0
    base = _base(store, sensor.identity, sensor.accel_range_g, sensor.gyro_range_dps)
    session = TurnSession(base, angle_deg)
    for raw in reader.blocks():
        if raw.sensor is role and len(raw):
            last_us = int(raw.t_us[-1])
            if session.step(raw).done:
                break
    for warning in reader.warnings:
        typer.echo(f"repclip: {warning}", err=True)
    made_at = reader.header.started_at + timedelta(microseconds=last_us)
    if base.made_at is not None:
        made_at = max(made_at, base.made_at + timedelta(seconds=1))
    return session.finish(made_at)


def _base(
    store: CalibrationStore, identity: SensorIdentity, accel_range_g: int, gyro_range_dps: int
) -> Calibration:
    """Return the calibration that gets the scale; its age would be hidden by the new date."""
    found = store.search(identity, accel_range_g, gyro_range_dps).calibration
    if found is None or not is_calibrated(found):
        raise UsageError(
            f"The {identity} is not calibrated at {accel_range_g} g and {gyro_range_dps} deg/s yet: run"
            " repclip calibrate without --turn first."
        )
    if found.made_at is not None and datetime.now(UTC) - found.made_at > OLD_AFTER:
        raise UsageError(
            f"The calibration of the {identity} is too old for a turn to be added: run repclip calibrate"
            " without --turn first."
        )
    return found
