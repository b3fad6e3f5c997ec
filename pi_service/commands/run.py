"""`repclip run`: count live, from the sensors to the broker."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.errors import RecordingError
from pi_service.commands.say import say
from pi_service.commands.sensor_options import OverwriteOption, SecondsOption
from pi_service.commands.settings_command import ConfigOption, settings_command, settings_in

if TYPE_CHECKING:
    from pi_service.commands.count_view import CountView
    from pi_service.commands.recording import Recorder
    from pi_service.commands.wanted import Wanted
    from pi_service.commands.watching import OwnScreen
    from pi_service.traces import TraceError

#: The class of the command: these settings are options.
RunCommand = settings_command(
    "station", "sensors", "calibration", "broker", "outbox", "recordings", "home_assistant", "log"
)


def run(
    context: typer.Context,
    config: ConfigOption = None,
    wait_for_sensor: Annotated[
        bool,
        typer.Option("--wait-for-sensor", help="Wait for sensors that do not answer; so does --config."),
    ] = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record what is counted (.csv or .csv.gz).")
    ] = None,
    overwrite: OverwriteOption = False,
    seconds: SecondsOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show the count large, on the whole terminal.")
    ] = False,
) -> None:
    """Count what the sensors feel, and publish it if there is a broker; Ctrl-C ends it."""
    from pi_service.commands.wanted import Recorded, Wanted

    recorded = Recorded(record, overwrite=overwrite)
    settings = settings_in(context)
    if config is not None or wait_for_sensor:
        if watch:
            from pi_service.errors import UsageError

            raise UsageError("--watch is for a count without --config: use `repclip watch` beside a service.")
        from pi_service.commands.service import serve

        serve(settings, recorded, seconds)
    else:
        _count(Wanted.of(settings, recorded, seconds), large=watch)


def _count(wanted: Wanted, *, large: bool) -> None:
    """Count for a person who looks on."""
    from pi_service.commands.counting import Counting
    from pi_service.commands.published import opened_outlet
    from pi_service.commands.sensor_words import described, summed_up
    from pi_service.commands.sensors import Opening, open_sensors
    from pi_service.process.signals import stop_on_signals
    from pi_service.publish.actions import Actions

    with stop_on_signals() as stop:
        name = None if wanted.exercise is None else wanted.exercise.id
        source = open_sensors(wanted.sensors, Opening(wanted.station, name, stop, wanted.seconds))
        with closing(source), opened_outlet(wanted) as outlet:
            counting = Counting(wanted, source)
            with counting.recording(_tell_failure) as recorder:
                for line in described(source, wanted.sensors.sensors):
                    typer.echo(line)
                typer.echo(f"Counting {counting.what}; Ctrl-C ends it.")
                station = None
                if outlet is not None:
                    tape = counting.tape(recorder)
                    station = outlet.station_of(
                        source, Actions(counting.control, tape, wanted.own_exercises), tape
                    )
                with _view(large=large) as view:
                    summary = counting.count([view], station, on_time=view.show_time)
            for line in (counting.summed_up(summary), *summed_up(source)):
                typer.echo(line)
    if recorder is not None:
        _tell_recording(recorder)


def _view(*, large: bool) -> CountView | OwnScreen:
    """Return what shows the count; where nobody looks at a screen there are lines."""
    from rich.console import Console

    from pi_service.commands.count_view import CountView

    console = Console()
    if not large or not console.is_terminal:
        return CountView()
    from pi_service.commands.watching import OwnScreen

    return OwnScreen(console)


def _tell_recording(recorder: Recorder) -> None:
    typer.echo(recorder.summed_up())
    if recorder.failure is not None:
        raise RecordingError(f"The recording is not complete: {recorder.failure}")


def _tell_failure(error: TraceError) -> None:
    say(f"repclip: The recording ends here, and the count goes on. {error}", err=True)
