"""A calibration off recordings: whatever lay still in them is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import typer

from calibration.session import CalibrationSession
from calibration.value import Calibration
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from pi_service.commands.face_words import FACES, listed
from pi_service.commands.progress import time_display
from pi_service.commands.sensor_words import counted
from pi_service.errors import UsageError
from pi_service.traces import SensorHeader, TraceReader

#: Recordings follow each other at least so far apart: no rest goes on from one to the next.
_APART_US: Final = 10_000_000


def calibration_from(paths: Sequence[Path], role: SensorRole) -> Calibration:
    """Return the calibration of one sensor off one or more recordings; its date is that of the last.

    Raises
    ------
    TraceError
        A recording cannot be read, or is none of ours: only these hold counts.
    UsageError
        They do not hold the sensor, or not the same one.
    CalibrationError
        What lay still in them does not make a calibration.
    """
    readers = [TraceReader(path) for path in paths]
    sensors = [sensor_in(reader, role) for reader in readers]
    first = sensors[0]
    for reader, sensor in zip(readers, sensors, strict=True):
        _require_same(readers[0].path, first, reader.path, sensor)
    session = CalibrationSession(first.identity, first.accel_range_g, first.gyro_range_dps)
    feeder = _Feeder(session, role)
    made_at = max([feeder.feed(reader) for reader in readers])
    progress = session.progress()
    if session.rests:
        typer.echo(f"Sides that were up: {listed([face for face in FACES if face in progress.seen])}")
    return session.finish(made_at)


def sensor_in(reader: TraceReader, role: SensorRole) -> SensorHeader:
    """Return what a recording says of one of its sensors.

    Raises
    ------
    UsageError
        It does not hold that sensor.
    """
    sensors = {sensor.role: sensor for sensor in reader.header.sensors}
    if role not in sensors:
        raise UsageError(
            f"{reader.path} holds no {role} sensor, only the {' and '.join(sensors)}: choose with --sensor."
        )
    return sensors[role]


def _require_same(path: Path, sensor: SensorHeader, other_path: Path, other: SensorHeader) -> None:
    if sensor.identity != other.identity:
        raise UsageError(
            f"{path} and {other_path} come from different sensors, the {sensor.identity} and the"
            f" {other.identity}: calibrate one after the other."
        )
    if (sensor.accel_range_g, sensor.gyro_range_dps) != (other.accel_range_g, other.gyro_range_dps):
        raise UsageError(
            f"{path} and {other_path} were recorded at different ranges: calibrate with those of one range."
        )


class _Feeder:
    """Gives one recording after the other to a session, as one stream."""

    def __init__(self, session: CalibrationSession, role: SensorRole) -> None:
        self._session, self._role = session, role
        self._next_us = 0

    def feed(self, reader: TraceReader) -> datetime:
        """Tell what a recording brings, and return when it ended."""
        before = len(self._session.rests)
        begin_us, last_us, first = self._next_us, 0, True
        with time_display() as display:
            task = display.add_task(reader.path.name, total=None, at_s=0.0)
            for raw in reader.blocks():
                if raw.sensor is not self._role or not len(raw):
                    continue
                self._session.step(_moved(raw, begin_us, gap_before=first))
                first, last_us = False, int(raw.t_us[-1])
                display.update(task, at_s=last_us / 1e6)
        self._next_us = begin_us + last_us + _APART_US
        for warning in reader.warnings:
            typer.echo(f"repclip: {warning}", err=True)
        rests = counted(len(self._session.rests) - before, "rest")
        typer.echo(f"{reader.path}: {rests} in {last_us / 1e6:.0f} s")
        return reader.header.started_at + timedelta(microseconds=last_us)


def _moved(raw: RawBlock, by_us: int, *, gap_before: bool) -> RawBlock:
    """Return a block at a later time; what comes first does not go on from what was before."""
    flags = raw.flags.copy()
    if gap_before:
        flags[0] |= np.uint8(SampleFlag.GAP_BEFORE)
    return replace(raw, t_us=raw.t_us + by_us, flags=flags)
