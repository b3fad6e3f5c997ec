"""`repclip calibrate`: two minutes with a sensor, or a recording, and tilt is right."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware.roles import SensorRole
from pi_service.commands.sensor_options import (
    AccelRangeOption,
    BusOption,
    CalibrationFolderOption,
    GyroRangeOption,
    LimbAddressOption,
    RateOption,
    SensorOptions,
    TorsoAddressOption,
    UnknownChipOption,
    finite,
)

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.session import CalibrationSession
    from calibration.value import Calibration
    from firmware.samples import RawBlock
    from pi_service.sources.live import LiveSource

_PROMISE = "It takes two minutes and a table. Ctrl-C ends it at any point: nothing has changed then."
_BY_ITSELF = "A simulated hand turns it."
_UNTOUCHED = "Nothing was saved: what was stored before is as it was."
#: Columns of what goes to a file or a pipe.
_WIDTH_OF_A_LOG = 110


def calibrate(
    bus: BusOption = "1",
    sensor: Annotated[SensorRole, typer.Option(help="Which sensor is calibrated.")] = SensorRole.LIMB,
    traces: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="TRACE", help="Calibrate off a recording instead; may be repeated."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Be content with the six sides: half the time, less exact.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1.0, metavar="N", callback=finite, help="After so many seconds make do with what there is."
        ),
    ] = None,
    rate: RateOption = 100,
    accel_range: AccelRangeOption = 8,
    gyro_range: GyroRangeOption = 1000,
    limb_address: LimbAddressOption = "0x68",
    torso_address: TorsoAddressOption = "0x69",
    allow_unknown_chip: UnknownChipOption = False,
    folder: CalibrationFolderOption = None,
) -> None:
    """Calibrate a sensor: lay it on its sides as you are told, and what it reads wrong is known from then on.

    It takes two minutes. Ctrl-C ends it at any point, and then nothing has changed.
    """
    from pi_service.commands.calibration_folders import store_for
    from pi_service.commands.calibration_words import tell_saved

    if traces:
        from pi_service.commands.calibrate_traces import calibration_from

        calibration, store = calibration_from(traces, sensor), store_for("", folder)
        live = calibration.sensor.i2c_bus is not None
    else:
        store, live = store_for(bus, folder), True
        options = SensorOptions(
            _turned(bus),
            limb_address=limb_address,
            torso_address=torso_address,
            rate_hz=rate,
            accel_range_g=accel_range,
            gyro_range_dps=gyro_range,
            allow_unknown_chip=allow_unknown_chip,
        )
        try:
            calibration = _guided(options, sensor, quick=quick, seconds=seconds)
        except KeyboardInterrupt:
            typer.echo(_UNTOUCHED)
            raise
    tell_saved(calibration, store.save(calibration), store, live=live)


def _turned(bus: str) -> str:
    """Return the name of a simulated bus with a hand that turns the sensor, unless it says how it moves."""
    from firmware.sim import is_simulated

    return f"{bus},motion=poses" if is_simulated(bus) and "motion=" not in bus else bus


def _guided(options: SensorOptions, role: SensorRole, *, quick: bool, seconds: float | None) -> Calibration:
    """Guide a person from pose to pose and return what came of it."""
    from datetime import UTC, datetime

    from rich.console import Console

    from calibration.session import CalibrationSession
    from pi_service.commands.sensor_words import what_it_is
    from pi_service.commands.sensors import open_uncalibrated
    from pi_service.service import stop_on_signals

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    with stop_on_signals() as stop:
        source = open_uncalibrated(options, role, stop=stop, seconds=seconds)
        with closing(source):
            for line in what_it_is(source):
                typer.echo(line)
            typer.echo(_BY_ITSELF if "motion=poses" in options.bus else _PROMISE)
            settings = source.settings[role]
            session = CalibrationSession(
                source.identities[role], settings.accel_range_g, settings.gyro_range_dps
            )
            _collect(source, session, console, quick=quick)
        if stop.is_set():
            raise KeyboardInterrupt
        calibration = session.finish(datetime.now(UTC))
        if stop.is_set():
            raise KeyboardInterrupt
        return calibration


def _collect(source: LiveSource, session: CalibrationSession, console: Console, *, quick: bool) -> None:
    """Show what is to be done until all poses are taken or the source ends."""
    from pi_service.commands.calibrate_view import Scene, view_for

    heard: list[RawBlock] = []
    source.on_raw = heard.append
    with view_for(console) as view:
        for _ in source.blocks():
            raw = heard.pop()
            progress = session.step(raw)
            if len(raw):
                scene = Scene(float(raw.t_us[-1]) / 1e6, progress, quick=quick)
                view.show(scene)
                if scene.done:
                    return
