"""`repclip calibration`: which calibrations there are, what they are worth, and how a recording gets one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware.roles import SensorRole
from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.commands.sensor_options import CalibrationFolderOption, OverwriteOption

if TYPE_CHECKING:
    from calibration.store import CalibrationStore, Stored

calibration = typer.Typer(
    name="calibration",
    cls=PlainGroup,
    help="List and show calibrations, and give one to a recording.",
    no_args_is_help=True,
)

_BusOption = Annotated[
    str, typer.Option("--bus", metavar="BUS", help="sim:... for the calibrations of a simulated sensor.")
]


@calibration.command(name="list", cls=PlainCommand)
def list_calibrations(folder: CalibrationFolderOption = None, bus: _BusOption = "1") -> None:
    """List the calibrations there are, the newest first; a star marks those in use."""
    from pi_service.commands.calibration_folders import store_for
    from pi_service.commands.calibration_words import COLUMNS, aligned, listed_as

    store = store_for(bus, folder)
    files = store.all()
    used = {each.path for each in _in_use(files)}
    usable = [each for each in files if each.calibration is not None]
    rows = [listed_as(each.calibration) for each in usable if each.calibration is not None]
    # The name of the file has a line of its own: it is as long as all the rest.
    heads, *lines = aligned([COLUMNS, *rows])
    if lines:
        typer.echo(f"  {heads}")
    for each, line in zip(usable, lines, strict=True):
        typer.echo(f"{'*' if each.path in used else ' '} {line}\n    {each.path.name}")
    _tell_unusable(files)
    where = " and ".join(str(each) for each in store.folders)
    what = "Looked in" if rows else "There is no calibration yet: run repclip calibrate. Looked in"
    typer.echo(f"{what} {where}.")


@calibration.command(cls=PlainCommand)
def show(
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[SENSOR|FILE]", help="limb, torso, or a file; otherwise all that are in use."
        ),
    ] = None,
    folder: CalibrationFolderOption = None,
    bus: _BusOption = "1",
) -> None:
    """Show calibrations in words: when and of what they were made, and what they are worth."""
    from pi_service.commands.calibration_folders import store_for
    from pi_service.commands.calibration_words import shown
    from pi_service.errors import UsageError

    store = store_for(bus, folder)
    if which is not None and which not in set(SensorRole):
        path = find_file(store, which)
        chosen = store.load(path)
        used = {each.path for each in _in_use(store.all())}
        for line in shown(chosen, path, in_use=path in used):
            typer.echo(line)
        return
    files = store.all()
    _tell_unusable(files)
    found = False
    for each in _in_use(files):
        if each.calibration is not None and which in (None, each.calibration.sensor.role):
            found = True
            for line in shown(each.calibration, each.path, in_use=True):
                typer.echo(line)
    if not found:
        sensor = "" if which is None else f" of the {which} sensor"
        where = " and ".join(str(each) for each in store.folders)
        raise UsageError(f"There is no calibration{sensor} in {where}: make one with repclip calibrate.")


@calibration.command(name="apply-to", cls=PlainCommand)
def apply_to(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="Recording that gets a calibration.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the recording with it here; otherwise only say what changes."
        ),
    ] = None,
    use: Annotated[
        str | None,
        typer.Option("--use", metavar="FILE", help="This calibration; otherwise the newest that fits."),
    ] = None,
    overwrite: OverwriteOption = False,
    folder: CalibrationFolderOption = None,
    bus: _BusOption = "1",
) -> None:
    """Give a recording another calibration than it was made with; its samples stay as they are."""
    from pi_service.commands.calibration_folders import store_for
    from pi_service.commands.recalibrating import recalibrated
    from pi_service.traces import TraceReader, check_new_trace, write_under_header

    if out is not None:
        check_new_trace(out, overwrite=overwrite)
    store = store_for(bus, folder)
    reader = TraceReader(trace)
    header = recalibrated(reader, store, None if use is None else find_file(store, use))
    if out is None:
        typer.echo("Nothing is written without --out.")
        return
    write_under_header(trace, header, out, overwrite=overwrite)
    typer.echo(f"{out}: the samples of {trace}, with that.")


def find_file(store: CalibrationStore, name: str) -> Path:
    """Return the file that a person means: by its path, or by its name in one of the folders."""
    from pi_service.errors import UsageError

    candidates = [Path(name), *(folder / name for folder in store.folders)]
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise UsageError(
            f"{name} is neither limb nor torso nor a file of calibration: see repclip calibration list."
        )
    return found


def _in_use(files: Sequence[Stored]) -> list[Stored]:
    """Return the newest usable file of each sensor and pair of ranges."""
    newest: dict[tuple[object, ...], Stored] = {}
    for each in files:
        if each.calibration is not None:
            sensor = each.calibration.sensor
            place = (sensor.i2c_bus, sensor.i2c_address, sensor.chip, sensor.who_am_i)
            key = (*place, each.calibration.accel_range_g, each.calibration.gyro_range_dps)
            newest.setdefault(key, each)
    return list(newest.values())


def _tell_unusable(files: Sequence[Stored]) -> None:
    for each in files:
        if each.calibration is None:
            typer.echo(f"repclip: {each.problem}", err=True)
