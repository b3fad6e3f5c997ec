"""`repclip calibration`: which calibrations there are, what they are worth, and how a recording gets one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware.roles import SensorRole
from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.commands.sensor_options import CalibrationFolderOption, OverwriteOption

if TYPE_CHECKING:
    from calibration.store import CalibrationStore

calibration = typer.Typer(
    name="calibration",
    cls=PlainGroup,
    help="List and show calibrations and placements, and give a calibration to a recording.",
    no_args_is_help=True,
)

_BusOption = Annotated[
    str, typer.Option("--bus", metavar="BUS", help="sim:... for the calibrations of a simulated sensor.")
]


@calibration.command(name="list", cls=PlainCommand)
def list_calibrations(folder: CalibrationFolderOption = None, bus: _BusOption = "1") -> None:
    """List calibrations and placements, the newest first; a star marks those in use."""
    from pi_service.commands.calibration_folders import simulated_stores, store_for
    from pi_service.commands.calibration_lists import list_all

    store = store_for(bus, folder)
    any_there = list_all(store)
    for name, simulated in simulated_stores(store).items():
        list_all(simulated, f"Simulated sensors, {name}:")
    where = " and ".join(str(each) for each in store.folders)
    what = "Looked in" if any_there else "There is no calibration yet: run repclip calibrate. Looked in"
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
    """Show calibrations and placements in words: when and of what they were made, what they are worth."""
    from pi_service.commands.calibration_folders import simulated_stores, store_for
    from pi_service.commands.calibration_lists import show_file, show_in_use
    from pi_service.errors import UsageError

    store = store_for(bus, folder)
    simulated = simulated_stores(store)
    if which is not None and which not in set(SensorRole):
        show_file(find_file(store, which), [store, *simulated.values()])
        return
    role = None if which is None else SensorRole(which)
    found = show_in_use(store, role)
    for name, each in simulated.items():
        found = show_in_use(each, role, f"Simulated sensors, {name}:") or found
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
    from pi_service.commands.calibration_folders import simulated_stores
    from pi_service.errors import UsageError

    stores = [store, *simulated_stores(store).values()]
    folders = [folder for each in stores for folder in (*each.folders, *each.placements.folders)]
    candidates = [Path(name), *(folder / name for folder in folders)]
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise UsageError(
            f"{name} is neither limb nor torso nor a file of calibration: see repclip calibration list."
        )
    return found
