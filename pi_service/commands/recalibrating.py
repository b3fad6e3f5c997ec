"""A recording under another calibration: which one fits, and what it changes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer

from calibration.store import CalibrationStore
from calibration.value import STANDARD_GRAVITY_MS2, Calibration
from pi_service.commands.calibration_words import dated, turned_deg
from pi_service.errors import UsageError
from pi_service.sources.stored_calibrations import StoredCalibrations, in_words
from pi_service.traces import SensorHeader, TraceHeader, TraceReader

#: Samples whose force is within this of gravity, by either calibration, tell what it does to gravity.
_NEAR_G: float = 0.1


def recalibrated(reader: TraceReader, store: CalibrationStore, file: Path | None) -> TraceHeader:
    """Return a recording's header with other calibrations, and tell in words what changes.

    Parameters
    ----------
    reader
        The recording.
    store
        Where the newest calibration of each sensor is looked for.
    file
        A calibration that is taken instead; the sensor that it belongs to gets it.

    Raises
    ------
    UsageError
        Nothing would change.
    CalibrationError
        The file cannot be read, or belongs to another sensor, chip or range.
    """
    chosen = _stored(reader, store) if file is None else _from_file(reader, store, file)
    if not chosen:
        raise UsageError(
            f"There is no calibration of a sensor of {reader.path}: make one with repclip calibrate --from"
            " and a recording of the same sensor."
        )
    sensors = [
        replace(each, calibration=chosen.get(each, each.calibration)) for each in reader.header.sensors
    ]
    for before, after in zip(reader.header.sensors, sensors, strict=True):
        _tell(reader, before, after)
    if tuple(sensors) == reader.header.sensors:
        raise UsageError(f"{reader.path} holds this calibration already: nothing is to be done.")
    return replace(reader.header, sensors=tuple(sensors))


def _stored(reader: TraceReader, store: CalibrationStore) -> dict[SensorHeader, Calibration]:
    stored = StoredCalibrations(store)
    found = {
        each: stored.find(each.identity, each.accel_range_g, each.gyro_range_dps)
        for each in reader.header.sensors
    }
    for problem in stored.problems:
        typer.echo(f"repclip: {problem}", err=True)
    return {each: calibration for each, calibration in found.items() if calibration.kind != "nominal"}


def _from_file(reader: TraceReader, store: CalibrationStore, file: Path) -> dict[SensorHeader, Calibration]:
    calibration = store.load(file)
    sensors = reader.header.sensors
    each = next((sensor for sensor in sensors if calibration.belongs_to(sensor.identity)), sensors[0])
    fitting = replace(calibration, sensor=replace(calibration.sensor, role=each.role))
    fitting.require_fit(each.identity, each.accel_range_g, each.gyro_range_dps)
    return {each: fitting}


def _tell(reader: TraceReader, before: SensorHeader, after: SensorHeader) -> None:
    """Tell what changes for one sensor."""
    name = f"{before.role.capitalize()} sensor"
    old, new = before.calibration, after.calibration
    if old == new:
        typer.echo(f"{name}: stays as it is, {in_words(old)}.")
        return
    typer.echo(f"{name}: was {in_words(old)}.")
    typer.echo(f"  Now the calibration made {dated(new)}.")
    typer.echo(f"  A direction changes by up to {turned_deg(old, new):.1f} degrees.")
    gravity = _gravity_ms2(reader, before, new)
    if gravity is not None:
        was, now = (each / STANDARD_GRAVITY_MS2 for each in gravity)
        typer.echo(f"  Near rest the force is {was:.3f} g with the old one and {now:.3f} g with the new one.")


def _gravity_ms2(reader: TraceReader, sensor: SensorHeader, new: Calibration) -> tuple[float, float] | None:
    """Return the median force near rest with both calibrations; None if there is no rest."""
    was, now = [], []
    for raw in reader.blocks():
        if raw.sensor is sensor.role and len(raw):
            one, two = (
                np.linalg.norm(each.apply(raw).specific_force_ms2, axis=1)
                for each in (sensor.calibration, new)
            )
            near = np.abs(one / STANDARD_GRAVITY_MS2 - 1.0) < _NEAR_G
            was.append(one[near])
            now.append(two[near])
    if not was or not sum(map(len, was)):
        return None
    medians = (float(np.median(np.concatenate(each))) for each in (was, now))
    first, second = medians
    return (first, second) if math.isfinite(first + second) else None
