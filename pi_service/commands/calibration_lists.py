"""What `repclip calibration list` and `show` tell of one store: calibrations, then placements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from calibration.dated_store import DatedFile
from calibration.placement_store import FOLDER, Placed
from calibration.store import CalibrationStore, Stored
from firmware.roles import SensorRole
from pi_service.commands import placement_words
from pi_service.commands.calibration_words import COLUMNS, aligned, listed_as, shown


def list_all(store: CalibrationStore, heading: str = "") -> bool:
    """List what a store holds, under a heading, and return whether it holds a calibration."""
    files, placed = store.all(), store.placements.all()
    usable = [each for each in files if each.calibration is not None]
    known = [each for each in placed if each.value is not None]
    if heading and (files or placed):
        typer.echo(heading)
    used = {each.path for each in in_use(files)}
    rows = [listed_as(each.calibration) for each in usable if each.calibration is not None]
    _table([COLUMNS, *rows], [each.path for each in usable], used)
    used = {each.path for each in placements_in_use(placed)}
    lines = [placement_words.listed_as(each.value) for each in known if each.value is not None]
    _table([placement_words.COLUMNS, *lines], [each.path for each in known], used)
    tell_unusable([*files, *placed])
    return bool(rows)


def show_in_use(store: CalibrationStore, role: SensorRole | None, heading: str = "") -> bool:
    """Show what of a store is in use, under a heading, and return whether there is anything."""
    files, placed = store.all(), store.placements.all()
    tell_unusable([*files, *placed])
    lines = [
        line
        for each in in_use(files)
        if each.calibration is not None and role in (None, each.calibration.sensor.role)
        for line in shown(each.calibration, each.path, in_use=True)
    ] + [
        line
        for each in placements_in_use(placed)
        if each.value is not None and role in (None, each.value.sensor.role)
        for line in placement_words.shown(each.value, each.path)
    ]
    for line in ([heading] if heading and lines else []) + lines:
        typer.echo(line)
    return bool(lines)


def show_file(path: Path, stores: Sequence[CalibrationStore]) -> None:
    """Show a file of any of the stores, or from elsewhere.

    Raises
    ------
    CalibrationError
        It cannot be used; the sentence names it.
    """
    store = stores[0]
    if "simulated" in path.absolute().parts:
        typer.echo("Of a simulated sensor:")
    if path.absolute().parent.name == FOLDER:
        placed = store.placements.load(path)
        used = {found.path for each in stores for found in placements_in_use(each.placements.all())}
        lines = placement_words.shown(placed, path, in_use=path in used)
    else:
        used = {found.path for each in stores for found in in_use(each.all())}
        lines = shown(store.load(path), path, in_use=path in used)
    for line in lines:
        typer.echo(line)


def in_use(files: Sequence[Stored]) -> list[Stored]:
    """Return the newest usable file of each sensor and pair of ranges."""
    newest: dict[tuple[object, ...], Stored] = {}
    for each in files:
        if each.calibration is not None:
            sensor = each.calibration.sensor
            place = (sensor.i2c_bus, sensor.i2c_address, sensor.chip, sensor.who_am_i)
            key = (*place, each.calibration.accel_range_g, each.calibration.gyro_range_dps)
            newest.setdefault(key, each)
    return list(newest.values())


def placements_in_use(files: Sequence[DatedFile[Placed]]) -> list[DatedFile[Placed]]:
    """Return the newest usable placement of each sensor and kind."""
    newest: dict[tuple[object, ...], DatedFile[Placed]] = {}
    for each in files:
        if each.value is not None:
            sensor = each.value.sensor
            key = (
                sensor.i2c_bus,
                sensor.i2c_address,
                sensor.chip,
                sensor.who_am_i,
                each.value.placement.kind,
            )
            newest.setdefault(key, each)
    return list(newest.values())


def tell_unusable(files: Sequence[Stored | DatedFile[Placed]]) -> None:
    """Tell of files that cannot be used, on stderr."""
    for each in files:
        if each.problem:
            typer.echo(f"repclip: {each.problem}", err=True)


def _table(rows: Sequence[tuple[str, ...]], paths: Sequence[Path], used: set[Path]) -> None:
    """Write rows below their heads; the name of the file has a line of its own: it is long."""
    heads, *lines = aligned(rows)
    if lines:
        typer.echo(f"  {heads}")
    for path, line in zip(paths, lines, strict=True):
        typer.echo(f"{'*' if path in used else ' '} {line}\n    {path.name}")
