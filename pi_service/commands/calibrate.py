"""`repclip calibrate`: two minutes with a sensor, or a recording, and tilt is right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calibration.placement_kind import PlacementKind
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
from pi_service.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.session import CalibrationSession
    from calibration.store import CalibrationStore
    from calibration.value import Calibration
    from firmware.samples import RawBlock
    from pi_service.sources.live import LiveSource

_PROMISE = "It takes two minutes and a table. Ctrl-C ends it at any point: nothing has changed then."
_BY_ITSELF = "A simulated hand turns it."
#: What a simulated person does while steps are measured.
_CARRIES = "athlete,exercise=overhead_carry"
_UNTOUCHED = "Nothing was saved: what was stored before is as it was."
#: Columns of what goes to a file or a pipe.
_WIDTH_OF_A_LOG = 110


def calibrate(
    bus: BusOption = "1",
    sensor: Annotated[
        SensorRole | None,
        typer.Option(help="Which sensor; the limb's, and the torso's with --placement torso."),
    ] = None,
    placement: Annotated[
        PlacementKind | None,
        typer.Option(help="Learn how the sensor sits there instead, by one guided movement."),
    ] = None,
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
    warm_up: Annotated[
        float | None,
        typer.Option(
            "--warm-up",
            min=0.0,
            metavar="N",
            callback=finite,
            help="Wait for so many seconds at most while the chip warms up: 180 on a terminal, else 0.",
        ),
    ] = None,
    turn: Annotated[
        float | None,
        typer.Option(
            metavar="DEG",
            callback=finite,
            help="Add the gyroscope's scale by a turn on the table, such as 360; minus is clockwise.",
        ),
    ] = None,
    step_length: Annotated[
        float | None,
        typer.Option(
            "--step-length",
            metavar="M",
            callback=finite,
            help="Measure the length of a step instead: walk so many metres with the arm overhead.",
        ),
    ] = None,
    walks: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=9,
            help="Walk the --step-length so many times; the mean of three is nearer to the next carry.",
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

    role = SensorRole.LIMB if sensor is None else sensor
    options = SensorOptions(
        bus,
        limb_address=limb_address,
        torso_address=torso_address,
        rate_hz=rate,
        accel_range_g=accel_range,
        gyro_range_dps=gyro_range,
        allow_unknown_chip=allow_unknown_chip,
        calibration_folder=folder,
    )
    if step_length is not None:
        if placement is not None or turn is not None or quick or warm_up is not None:
            raise UsageError("--step-length measures nothing else: leave out what is beside it.")
        if sensor is SensorRole.TORSO:
            raise UsageError("Steps of a carry are counted at the wrist: leave out --sensor torso.")
        _stepped(options, step_length, traces, seconds, walks)
        return
    if walks is not None:
        raise UsageError("--walks says how often the --step-length is walked: give both.")
    if placement is not None and turn is not None:
        raise UsageError("A placement and a turn come one after the other: give --placement or --turn.")
    if (quick or warm_up is not None) and (placement is not None or turn is not None or traces):
        raise UsageError("--quick and --warm-up are for a sensor that is laid on its sides: leave them out.")
    if seconds is not None and traces:
        raise UsageError("A recording ends by itself: leave --seconds out with --from.")
    if placement is not None:
        _placed(options, sensor, placement, traces, seconds)
        return
    if turn is not None:
        calibration, store, live = _turned(options, role, turn, traces, seconds)
    elif traces:
        from pi_service.commands.calibrate_traces import calibration_from

        calibration, store = calibration_from(traces, role), store_for("", folder)
        live = calibration.sensor.i2c_bus is not None
    else:
        store, live = store_for(bus, folder), True
        options = replace(options, bus=_moved(bus, "poses"))
        with _untouched():
            calibration = _guided(options, role, quick=quick, seconds=seconds, warm_up_s=warm_up)
    before = store.search(
        calibration.sensor, calibration.accel_range_g, calibration.gyro_range_dps
    ).calibration
    tell_saved(calibration, store.save(calibration), store, live=live, before=before, folder=_named(folder))


def _named(folder: Path | None) -> Path | None:
    """Return a folder that run and record would not find by themselves."""
    return None if folder is None or str(folder) == os.environ.get("REPCLIP_CALIBRATION_FOLDER") else folder


def _placed(
    options: SensorOptions,
    sensor: SensorRole | None,
    kind: PlacementKind,
    traces: list[Path] | None,
    seconds: float | None,
) -> None:
    """Learn how a sensor sits, and store it."""
    from pi_service.commands.buses import PLACING
    from pi_service.commands.calibrate_placing import guided, off_recording, role_for, save
    from pi_service.commands.calibration_folders import store_for

    role = role_for(kind, sensor)
    if traces:
        store = store_for("", options.calibration_folder)
        save(store, *off_recording(traces, role, kind))
        return
    store = store_for(options.bus, options.calibration_folder)
    options = replace(options, bus=_moved(options.bus, f"{PLACING}{kind}"))
    with _untouched():
        identity, placement = guided(options, role, kind, _console(), seconds)
    save(store, identity, placement)


def _stepped(
    options: SensorOptions,
    distance_m: float,
    traces: list[Path] | None,
    seconds: float | None,
    walks: int | None,
) -> None:
    """Measure how long a step is, and store it."""
    from pi_service.commands.calibrate_steps import require_distance, save, walked, walked_in
    from pi_service.commands.calibration_folders import store_for

    require_distance(distance_m)
    if traces:
        if seconds is not None:
            raise UsageError("A recording ends by itself: leave --seconds out with --from.")
        if walks is not None:
            raise UsageError("Each recording holds one walk: leave --walks out, and give --from for each.")
        save(store_for("", options.calibration_folder).step_lengths, walked_in(traces, distance_m))
        return
    store = store_for(options.bus, options.calibration_folder)
    options = replace(options, bus=_moved(options.bus, _CARRIES))
    with _untouched():
        length = walked(options, distance_m, seconds, walks or 1)
    save(store.step_lengths, length)


def _turned(
    options: SensorOptions,
    role: SensorRole,
    angle_deg: float,
    traces: list[Path] | None,
    seconds: float | None,
) -> tuple[Calibration, CalibrationStore, bool]:
    """Return a calibration with the scale of a turn, where it goes, and whether its sensor is there."""
    from pi_service.commands.calibrate_turning import require_angle, turned, turned_in
    from pi_service.commands.calibration_folders import store_for

    require_angle(angle_deg)
    if traces:
        store = store_for("", options.calibration_folder)
        calibration = turned_in(traces, role, angle_deg, store)
        return calibration, store, calibration.sensor.i2c_bus is not None
    store = store_for(options.bus, options.calibration_folder)
    options = replace(options, bus=_moved(options.bus, "turn"))
    with _untouched():
        return turned(options, role, angle_deg, store, _console(), seconds), store, True


@contextmanager
def _untouched() -> Iterator[None]:
    """Tell whoever ends it with Ctrl-C that nothing has changed."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(_UNTOUCHED)
        raise


def _moved(bus: str, motion: str) -> str:
    """Return the name of a simulated bus with somebody who moves the sensor, unless it says how it moves."""
    from firmware.bus import is_simulated

    if not is_simulated(bus) or "motion=" in bus:
        return bus
    return f"{bus.rstrip(',')}{'' if bus.endswith(':') else ','}motion={motion}"


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    return console


def _guided(
    options: SensorOptions, role: SensorRole, *, quick: bool, seconds: float | None, warm_up_s: float | None
) -> Calibration:
    """Guide a person from pose to pose and return what came of it."""
    from datetime import UTC, datetime

    from pi_service.commands.sensor_words import what_it_is
    from pi_service.commands.sensors import open_uncalibrated
    from pi_service.process.signals import stop_on_signals

    console = _console()
    with stop_on_signals() as stop:
        source = open_uncalibrated(options, role, stop=stop, seconds=seconds)
        with closing(source):
            for line in what_it_is(source):
                typer.echo(line)
            typer.echo(_BY_ITSELF if "motion=poses" in options.bus else _PROMISE)
            session = _collect(source, role, console, quick=quick, warm_up_s=warm_up_s)
        if stop.is_set():
            raise KeyboardInterrupt
        calibration = session.finish(datetime.now(UTC))
        if stop.is_set():
            raise KeyboardInterrupt
        return calibration


def _collect(
    source: LiveSource, role: SensorRole, console: Console, *, quick: bool, warm_up_s: float | None
) -> CalibrationSession:
    """Show what is to be done until all poses are taken or the source ends."""
    from calibration.session import CalibrationSession
    from pi_service.commands.calibrate_scene import Scene
    from pi_service.commands.calibrate_view import view_for
    from pi_service.commands.warm_up import LONGEST_WAIT_S, WarmUp

    def begun() -> CalibrationSession:
        settings = source.settings[role]
        return CalibrationSession(source.identities[role], settings.accel_range_g, settings.gyro_range_dps)

    if warm_up_s is None:
        warm_up_s = LONGEST_WAIT_S if console.is_terminal else 0.0
    session, warm_up = begun(), WarmUp(source.identities[role], warm_up_s)
    heard: list[RawBlock] = []
    source.on_raw = heard.append
    with view_for(console) as view:
        for _ in source.blocks():
            raw = heard.pop()
            told = warm_up.take(raw)
            if told is not None:
                view.tell(told)
            if warm_up.waiting:
                # What was taken of the cold chip is not used.
                session = begun()
                if len(raw):
                    view.wait(warm_up.status(float(raw.t_us[-1]) / 1e6))
                continue
            progress = session.step(raw)
            if len(raw):
                scene = Scene(float(raw.t_us[-1]) / 1e6, progress, quick=quick)
                view.show(scene)
                if scene.done:
                    break
    return session
