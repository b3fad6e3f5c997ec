"""`repclip run`: count live, from the sensors to the broker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.broker_options import (
    BrokerOption,
    BrokerOptions,
    CaOption,
    CertificateOption,
    HomeAssistantOption,
    KeyOption,
    MqttOption,
    MqttVersion,
    OutboxOption,
    PasswordFileOption,
    RecordingsOption,
    RootOption,
    TlsOption,
    UserOption,
)
from pi_service.commands.errors import RecordingError
from pi_service.commands.plan import PlanOption, chosen_plan
from pi_service.commands.say import say
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
from pi_service.commands.worn import WornOption, worn_side

if TYPE_CHECKING:
    from calibration.placement import Placement
    from pi_service.coaching.facts import Worn
    from pi_service.commands.recording import Recorder
    from pi_service.commands.recordings import Recordings
    from pi_service.exercises import Exercise
    from pi_service.pipeline import Pipeline
    from pi_service.publish.live_station import LiveStation
    from pi_service.service import RunSummary
    from pi_service.sources.live import LiveSource
    from pi_service.traces import TraceError, TraceHeader
    from pi_service.workout.plan import Plan


def run(
    bus: BusOption = "1",
    sensors: SensorsOption = Which.AUTO,
    exercise: ExerciseOption = None,
    broker: BrokerOption = None,
    station: StationOption = "bench",
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record what is counted (.csv or .csv.gz).")
    ] = None,
    overwrite: OverwriteOption = False,
    placement: PlacementOption = None,
    seconds: SecondsOption = None,
    rate: RateOption = 100,
    accel_range: AccelRangeOption = 8,
    gyro_range: GyroRangeOption = 1000,
    limb_address: LimbAddressOption = "0x68",
    torso_address: TorsoAddressOption = "0x69",
    allow_unknown_chip: UnknownChipOption = False,
    calibration_folder: CalibrationFolderOption = None,
    side: WornOption = None,
    broker_user: UserOption = None,
    broker_password_file: PasswordFileOption = None,
    broker_tls: TlsOption = False,
    broker_ca: CaOption = None,
    broker_cert: CertificateOption = None,
    broker_key: KeyOption = None,
    broker_mqtt: MqttOption = MqttVersion.V311,
    topic_root: RootOption = None,
    outbox: OutboxOption = None,
    recordings: RecordingsOption = None,
    home_assistant: HomeAssistantOption = False,
    plan: PlanOption = None,
) -> None:
    """Count what the sensors feel, and publish it if there is a broker; Ctrl-C ends it."""
    from pi_service.commands.calibration_folders import store_for
    from pi_service.commands.published import opened_outlet
    from pi_service.commands.sensor_words import described, summed_up
    from pi_service.commands.sensors import open_sensors, worn_bus
    from pi_service.commands.sitting import sits_live
    from pi_service.control import Control
    from pi_service.evaluation.runs import exercise_of
    from pi_service.exercises import find_exercise
    from pi_service.pipeline import Pipeline
    from pi_service.publish.actions import Actions
    from pi_service.publish.topics import check_station
    from pi_service.service import stop_on_signals
    from pi_service.traces import check_new_trace

    check_station(station)
    if record is not None:
        check_new_trace(record, overwrite=overwrite)
    planned = chosen_plan(plan, exercise)
    chosen = None if exercise is None else find_exercise(exercise)
    if planned is not None:
        chosen = planned.steps[0].exercise
    settings = BrokerOptions(
        broker,
        broker_user,
        broker_password_file,
        broker_tls,
        broker_ca,
        broker_cert,
        broker_key,
        broker_mqtt,
        topic_root,
    ).settings()
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
        source = open_sensors(options, station=station, exercise=name, stop=stop, seconds=seconds)
        own = _own_exercises(chosen, planned)
        to_broker = opened_outlet(settings, station, outbox, home_assistant=home_assistant, own=own)
        with closing(source), to_broker as outlet:
            counted_as = chosen or exercise_of(source.info)
            done = (counted_as,) if planned is None else tuple(step.exercise for step in planned.steps)
            worn = worn_side(side, done, lambda: _placement(source, options))
            store = store_for(options.bus, options.calibration_folder)
            # What is wrong with a stored placement is told once.
            sits_for = cache(partial(sits_live, source, store, placement))
            with _recording(
                record, source, placement, counted_as, sits_for(counted_as), overwrite=overwrite
            ) as recorder:
                for line in described(source, sensors):
                    typer.echo(line)
                typer.echo(f"Counting {_what(counted_as, planned)}; Ctrl-C ends it.")
                pipeline = Pipeline.of_stream(counted_as, source.info, worn, sits_for, planned)
                told = None
                if outlet is not None:
                    tape = _tape(source, recordings, pipeline, placement, sits_for, recorder)
                    told = outlet.station_of(source, Actions(Control(pipeline), tape, own), tape)
                summary = _count(source, pipeline, told)
            for line in (_counts(summary, counted_as, planned, source.stats().known_s), *summed_up(source)):
                typer.echo(line)
    if recorder is not None:
        typer.echo(recorder.summed_up())
        if recorder.failure is not None:
            raise RecordingError(f"The recording is not complete: {recorder.failure}")


def _placement(source: LiveSource, options: SensorOptions) -> Placement | None:
    """Return how the counting sensor was strapped to a wrist when somebody last calibrated that."""
    from calibration.placement_kind import PlacementKind
    from firmware.samples import SensorRole
    from pi_service.commands.calibration_folders import store_for

    identity = source.calibrations[SensorRole.LIMB].sensor
    return store_for(options.bus, options.calibration_folder).latest_placement(identity, PlacementKind.WRIST)


def _count(source: LiveSource, pipeline: Pipeline, station: LiveStation | None) -> RunSummary:
    """Count until the source ends, and show it."""
    from pi_service.commands.count_view import CountView
    from pi_service.service import Sink, run_stream

    with CountView() as view:
        sinks: list[Sink] = [view] if station is None else [station, view]

        def passed(at_s: float) -> None:
            view.show_time(at_s)
            if station is not None:
                station.tick()

        # The source itself hears of the stop: what was read before is counted.
        return run_stream(
            source,
            pipeline,
            sinks,
            on_progress=passed,
            on_begin=None if station is None else station.deliver_with,
        )


def _what(exercise: Exercise, plan: Plan | None) -> str:
    """Return what is counted, for people."""
    if plan is None:
        return exercise.id
    return f"by the plan {plan.name!r}: {', '.join(step.exercise.id for step in plan.steps)}"


def _recording(
    path: Path | None,
    source: LiveSource,
    placement: str | None,
    exercise: Exercise,
    sits: Worn,
    *,
    overwrite: bool,
) -> AbstractContextManager[Recorder] | AbstractContextManager[None]:
    """Return the recording beside the count, if one is wanted; a full disk does not end the count."""
    from pi_service.commands.recording import Recorder, default_placement, live_header

    if path is None:
        return nullcontext()
    worn_on = placement or default_placement(exercise)
    header = live_header(source, placement=worn_on, exercise=exercise, sits=sits)
    recorder = Recorder(path, header, overwrite=overwrite, on_failure=_tell_failure)
    recorder.listen_to(source)
    return recorder


def _own_exercises(chosen: Exercise | None, plan: Plan | None) -> dict[str, Exercise]:
    """Return the exercises of somebody's own that are done, by their ids."""
    steps = [] if plan is None else [step.exercise for step in plan.steps]
    known = [*([] if chosen is None else [chosen]), *steps]
    return {each.id: each for each in known if each.text is not None}


def _tape(
    source: LiveSource,
    folder: Path | None,
    pipeline: Pipeline,
    placement: str | None,
    sits_for: Callable[[Exercise], Worn],
    recorder: Recorder | None,
) -> Recordings:
    """Return what records when a request says so; the header is of what is counted then."""
    from pi_service.commands.recording import default_placement, live_header
    from pi_service.commands.recordings import Recordings
    from pi_service.publish.state_folder import state_folder

    def header() -> TraceHeader:
        done = pipeline.exercise
        worn_on = placement or default_placement(done)
        made = live_header(source, placement=worn_on, exercise=done, sits=sits_for(done))
        return replace(made, exercise=done.id)

    return Recordings(source, folder or state_folder("recordings"), header, recorder)


def _tell_failure(error: TraceError) -> None:
    say(f"repclip: The recording ends here, and the count goes on. {error}", err=True)


def _counts(summary: RunSummary, exercise: Exercise, plan: Plan | None, known_s: float) -> str:
    from pi_service.commands.held_words import total_words
    from pi_service.commands.sensor_words import counted

    sets = counted(summary.sets_done, "set")
    what = f"{counted(summary.final_reps, 'rep')} in {sets}" if summary.sets_done else sets
    lasted = f"in {max(summary.duration_s, known_s):.0f} s"
    if plan is not None:
        return f"{what} {lasted}, counted by the plan {plan.name!r}"
    return f"{total_words(summary.sets) or what} {lasted}, counted as {exercise.id}"
