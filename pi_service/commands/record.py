"""`repclip record`: write what the sensors feel to a trace."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.sensor_options import (
    AccelRangeOption,
    BusOption,
    CalibrationFolderOption,
    ExerciseOption,
    GyroRangeOption,
    LimbAddressOption,
    OverwriteOption,
    PlacementOption,
    RateOption,
    SecondsOption,
    SensorOptions,
    SensorsOption,
    StationOption,
    TorsoAddressOption,
    UnknownChipOption,
    Which,
)

if TYPE_CHECKING:
    from pi_service.commands.recording import Recorder
    from pi_service.sources.live import LiveSource


def record(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Trace to write (.csv or .csv.gz).")],
    bus: BusOption = "1",
    sensors: SensorsOption = Which.AUTO,
    seconds: SecondsOption = None,
    exercise: ExerciseOption = None,
    placement: PlacementOption = None,
    notes: Annotated[str, typer.Option(metavar="TEXT", help="What else is worth knowing.")] = "",
    station: StationOption = "bench",
    overwrite: OverwriteOption = False,
    rate: RateOption = 100,
    accel_range: AccelRangeOption = 8,
    gyro_range: GyroRangeOption = 1000,
    limb_address: LimbAddressOption = "0x68",
    torso_address: TorsoAddressOption = "0x69",
    allow_unknown_chip: UnknownChipOption = False,
    calibration_folder: CalibrationFolderOption = None,
) -> None:
    """Record the sensors; Ctrl-C ends it. Whatever happens, all but the last second is on the disk."""
    from pi_service.commands.buses import worn_bus
    from pi_service.commands.recording import Recorder, default_placement, live_header
    from pi_service.commands.sensor_words import described, summed_up
    from pi_service.commands.sensors import Opening, open_sensors
    from pi_service.exercises import find_exercise
    from pi_service.process.signals import stop_on_signals
    from pi_service.publish.topics import check_station
    from pi_service.traces import TraceError, check_new_trace

    check_station(station)
    check_new_trace(out, overwrite=overwrite)
    chosen = None if exercise is None else find_exercise(exercise)
    options = SensorOptions(
        worn_bus(bus, exercise),
        sensors,
        limb_address,
        torso_address,
        rate,
        accel_range,
        gyro_range,
        allow_unknown_chip,
        calibration_folder,
    )
    with stop_on_signals() as stop:
        name = None if chosen is None else chosen.id
        source = open_sensors(options, Opening(station, name, stop, seconds))
        with closing(source):
            for line in described(source, sensors):
                typer.echo(line)
            worn_on = placement or default_placement(chosen)
            header = live_header(source, placement=worn_on, exercise=chosen, notes=notes)
            recorder = Recorder(out, header, overwrite=overwrite)
            try:
                with recorder:
                    typer.echo(f"Recording to {out}; Ctrl-C ends it.")
                    _take_everything(source, recorder)
            except TraceError:
                typer.echo(recorder.summed_up())
                raise
    for line in (recorder.summed_up(), *summed_up(source)):
        typer.echo(line)


def _take_everything(source: LiveSource, recorder: Recorder) -> None:
    """Record until the source ends, and show how far it is."""
    from pi_service.commands.progress import recording_display

    recorder.listen_to(source)
    with recording_display() as display:
        task = display.add_task(recorder.path.name, total=None, at_s=0.0, samples=0, gaps=0)
        for _ in source.blocks():
            display.update(
                task,
                at_s=recorder.duration_s,
                samples=sum(recorder.samples.values()),
                gaps=sum(recorder.gaps.values()),
            )
