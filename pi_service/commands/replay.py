"""`repclip replay`: run recordings through the same pipeline as live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.asked_words import compared_words
from pi_service.commands.held_words import held_line, total_words
from pi_service.commands.plan import PlanOption, chosen_plan
from pi_service.commands.rep_words import rep_line
from pi_service.commands.settings_command import ConfigOption, settings_command, settings_in
from pi_service.commands.worn import Arm, ReplayedWornOption, worn_side

if TYPE_CHECKING:
    from firmware.samples import SensorRole
    from pi_service.coaching.judge import SetJudgement
    from pi_service.exercises import Exercise
    from pi_service.pipeline import Pipeline
    from pi_service.publish.settings import BrokerSettings
    from pi_service.publish.topics import StationTopics
    from pi_service.service import RunSummary, SetSummary
    from pi_service.sources.base import Source, StreamInfo
    from pi_service.sources.replay import ReplaySource
    from pi_service.workout.events import Event, Rep, SetEnded
    from pi_service.workout.plan import Plan
    from pi_service.workout.told import SetCompared


#: What may be missing where no set was seen.
_NO_SET = {
    "reps": "a set needs at least three repetitions that are alike: shorter ones are not counted yet",
    "hold": "a hold needs a start pose that is kept for a moment, then 5 s in a pose tilted against it",
    "carry": "a round needs an arm that hangs first, then is overhead, and six steps in a row",
}


class Speed(StrEnum):
    """How fast a recording passes."""

    REAL_TIME = "1"
    TEN_TIMES = "10"
    MAX = "max"

    @property
    def factor(self) -> float | None:
        """Stream seconds per second; None for as fast as possible."""
        return None if self is Speed.MAX else float(self.value)


#: The class of the command: these settings are options.
ReplayCommand = settings_command("broker")


def replay(
    context: typer.Context,
    traces: Annotated[list[Path], typer.Argument(metavar="TRACE", help="Recordings to replay.")],
    exercise: Annotated[
        str | None,
        typer.Option(metavar="ID", help="What was done; otherwise what the recording says, or any."),
    ] = None,
    speed: Annotated[
        Speed, typer.Option(help="Real time, ten times as fast, or as fast as possible.")
    ] = Speed.MAX,
    station: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Publish as this station; otherwise as the recording's."),
    ] = None,
    expect_reps: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Fail unless the final counts add up to N.")
    ] = None,
    side: ReplayedWornOption = None,
    plan: PlanOption = None,
    reps: Annotated[
        bool, typer.Option("--reps", help="Say of each rep how long its phases took and how far it went.")
    ] = False,
    config: ConfigOption = None,  # noqa: ARG001 - its settings are in the context
) -> None:
    """Count recordings exactly as live, and publish what was counted if there is a broker."""
    from pi_service.commands.errors import CountDiffersError
    from pi_service.commands.wanted import broker_options
    from pi_service.exercises import find_exercise
    from pi_service.publish.topics import check_station

    planned = chosen_plan(plan, exercise)
    chosen = None if exercise is None else find_exercise(exercise)
    settings = broker_options(settings_in(context).settings.broker).settings()
    if station is not None:
        check_station(station)

    counted = sum(
        _replay_one(path, chosen, planned, speed, settings, station, side, each_rep=reps) for path in traces
    )
    if expect_reps is not None and counted != expect_reps:
        raise CountDiffersError(f"Expected {expect_reps} reps, counted {counted}.")


def _replay_one(
    path: Path,
    chosen: Exercise | None,
    plan: Plan | None,
    speed: Speed,
    broker: BrokerSettings | None,
    station: str | None,
    side: Arm | None,
    *,
    each_rep: bool,
) -> int:
    """Replay one recording, say what was counted, and return its final count."""
    from pi_service.commands.sitting import sits_recorded
    from pi_service.pipeline import Pipeline
    from pi_service.process.signals import stop_on_signals
    from pi_service.publish.client import MqttPublisher
    from pi_service.service import PublishingSink, Sink, run_stream
    from pi_service.sources.exercise import exercise_of, is_unknown
    from pi_service.sources.replay import ReplaySource

    if plan is not None:
        chosen = plan.steps[0].exercise
    wanted = None if chosen is None else chosen.id
    source = ReplaySource(path, exercise=wanted, speed=speed.factor, station=station)
    exercise = chosen or exercise_of(source.info)
    if chosen is None and is_unknown(source.info):
        typer.echo(
            f"repclip: {path} says that {source.info.exercise!r} was done, which repclip does not know: it is"
            f" counted as {exercise.id}. Name the exercise, or its file, with --exercise.",
            err=True,
        )
    connection = (
        nullcontext()
        if broker is None
        else MqttPublisher(
            broker,
            _topics(path, source.info.station, broker.root),
            may_wait=speed is not Speed.REAL_TIME,
        )
    )
    with stop_on_signals() as stop, connection as publisher:
        sinks: list[Sink] = []
        if publisher is not None and broker is not None:
            sinks.append(PublishingSink(publisher, broker.root))
        told = Told(each_rep=each_rep)
        sinks.append(told)
        worn = worn_side(side, [exercise])
        pipeline = Pipeline.of_stream(
            exercise, source.info, worn, lambda each: sits_recorded(source, each), plan
        )
        with _passing(path) as on_progress:
            summary = run_stream(source, pipeline, sinks, stop=stop, on_progress=on_progress)
        # Told before the broker is waited for, and also when it did not take everything.
        for warning in source.trace.warnings:
            typer.echo(f"repclip: {warning}", err=True)
        tell_counts(path, exercise, summary, told, plan, missing=missing_in(source, pipeline))
        tell_notes(source)
    if summary.stopped:
        raise KeyboardInterrupt
    return summary.final_reps


def _topics(path: Path, station: str, root: str) -> StationTopics:
    """Return the topics of a recording's station, which anybody may have named anything."""
    from pi_service.errors import UsageError
    from pi_service.publish.topics import StationTopics

    try:
        return StationTopics(station, root)
    except UsageError as error:
        raise UsageError(f"{path}: {str(error).rstrip('.')}, or name another one with --station.") from error


def missing_in(source: Source, pipeline: Pipeline) -> SensorRole | None:
    """Return the sensor that counts, if a source has none of it."""
    return None if pipeline.main in source.info.rates_hz else pipeline.main


@contextmanager
def _passing(path: Path) -> Iterator[Callable[[float], None]]:
    """Show how far the replay is; a recording does not say beforehand how long it is."""
    from pi_service.commands.progress import time_display

    with time_display() as display:
        task = display.add_task(path.name, total=None, at_s=0.0)
        yield lambda at_s: display.update(task, at_s=at_s)


class Told:
    """A sink that keeps what was told of each set and, if wanted, the reps of its final count."""

    def __init__(self, *, each_rep: bool = False) -> None:
        self._each_rep = each_rep
        self.judged: dict[int, SetJudgement] = {}
        self.of_set: dict[int, tuple[Rep, ...]] = {}
        self.compared: dict[int, SetCompared] = {}
        self.exercises: dict[int, str] = {}

    def begin(self, info: StreamInfo) -> None:
        """Nothing is known yet."""

    def take(self, events: Sequence[Event]) -> None:
        """Keep what a set ended with."""
        from pi_service.workout.events import SetEnded, SetJudged
        from pi_service.workout.told import SetCompared

        for event in events:
            if isinstance(event, SetEnded):
                self.exercises[event.set_number] = event.exercise
                if self._each_rep:
                    self.of_set[event.set_number] = event.reps
            elif isinstance(event, SetCompared):
                self.compared[event.set_number] = event
            elif isinstance(event, SetJudged):
                self.judged[event.set_number] = event.judgement

    def end(self) -> None:
        """Nothing is left."""


def tell_counts(
    path: Path,
    exercise: Exercise,
    summary: RunSummary,
    told: Told,
    plan: Plan | None = None,
    *,
    missing: SensorRole | None = None,
) -> None:
    """Say what was counted in a recording, and what was told of the sets.

    `missing` is the sensor that would have counted, where the recording has none of it.
    """
    from pi_service.coaching.words import judgement_lines
    from pi_service.workout.notices import sentence

    sets = summary.sets
    counted_as = f"counted as {exercise.id}" if plan is None else f"counted by the plan {plan.name!r}"
    if not sets:
        typer.echo(f"{path}: no set in {summary.duration_s:.0f} s, {counted_as}")
        hint = _NO_SET.get(exercise.kind.value)
        if missing is not None:
            hint = f"{exercise.id} is counted by the {missing} sensor, and it is not in this recording"
        if hint is not None:
            typer.echo(f"  {hint}")
    else:
        what = f"{_number(summary.final_reps, 'rep')} in {_number(summary.sets_done, 'set')}"
        if plan is None:
            what = total_words(sets) or what
        typer.echo(f"{path}: {what}, {counted_as}")
    for each in sets:
        number = each.set_number
        name = "" if plan is None else f"{told.exercises[number]} "
        typer.echo(f"  {name}{set_line(each)}")
        for rep in told.of_set.get(number, ()):
            typer.echo(f"    {rep_line(rep)}")
        if number in told.judged:
            for line in judgement_lines(told.judged[number]):
                typer.echo(f"    {line}")
        if number in told.compared:
            compared = told.compared[number]
            typer.echo(f"    {name}set {compared.place}: {compared_words(compared)}")
    for notice in summary.notices:
        typer.echo(f"  {sentence(notice)}")
    for role, lost_s in summary.lost_s.items():
        typer.echo(f"  the {role} sensor's samples are missing for {lost_s:.1f} s")


def tell_notes(source: ReplaySource) -> None:
    """Say what a recording says about itself and a person should know with its counts."""
    from pi_service.traces import LabelKind

    if source.info.simulated:
        typer.echo("  simulated: no person moved")
    for label in source.trace.labels():
        if label.kind is LabelKind.NOTE and label.text:
            typer.echo(f"  note at {label.start_s:.1f} s: {label.text}")


def set_line(done: SetSummary | SetEnded) -> str:
    """Return what a set came to, as a line."""
    from pi_service.workout.sides import side_words

    held = held_line(done)
    if held is not None:
        return f"set {done.set_number}: {held}"
    live = "" if done.live_count == done.final_count else f" ({done.live_count} counted live)"
    sides = "" if done.sides is None or not done.final_count else f"; {side_words(done.sides)}"
    return (
        f"set {done.set_number}: {_number(done.final_count, 'rep')} "
        f"from {done.start_s:.1f} s to {done.end_s:.1f} s{live}{sides}"
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
