"""`repclip demo`: a set is counted on a web page, with nothing else needed than this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.replay import Speed, Told, missing_in, tell_counts, tell_notes
from pi_service.commands.worn import Arm, ReplayedWornOption, worn_side

if TYPE_CHECKING:
    from pi_service.athlete.recording import Order
    from pi_service.commands.page_process import PageProcess
    from pi_service.exercises import Exercise
    from pi_service.publish.broker import BrokerAddress
    from pi_service.publish.embedded import EmbeddedBroker
    from pi_service.sources.base import Source, StreamInfo
    from pi_service.workout.events import Event, SetEnded

_STATION = "demo"
_USUAL_PORT = 8080
#: Pause before a recording starts again.
_REST_S = 5.0


def demo(
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Replay this recording instead of the synthetic athlete."),
    ] = None,
    exercise: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="What the synthetic athlete does; with --trace: what was done, if it does not say.",
        ),
    ] = None,
    speed: Annotated[Speed, typer.Option(help="Real time, ten times as fast, or at once.")] = Speed.REAL_TIME,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="P", help="Port of the page; otherwise 8080 or above."),
    ] = None,
    broker_port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="P", help="Port of the demo's own broker; otherwise a free one."
        ),
    ] = None,
    broker: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Use this MQTT broker, not one of the demo's own.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to serve the page; with 0.0.0.0 everybody on the network may watch.",
        ),
    ] = "127.0.0.1",
    once: Annotated[
        bool, typer.Option("--once", help="End after one set, or one pass of the recording.")
    ] = False,
    side: ReplayedWornOption = None,
) -> None:
    """Count a synthetic set, or a recording, on a web page; Ctrl-C ends it."""
    from pi_service.errors import UsageError
    from pi_service.exercises import find_exercise
    from pi_service.process.signals import stop_on_signals

    if broker is not None and broker_port is not None:
        raise UsageError("--broker-port is for the demo's own broker: leave it out, or leave out --broker.")
    chosen, order = None, None
    if trace is None:
        order = _order(exercise)
    else:
        chosen = None if exercise is None else find_exercise(exercise)
        _look_through(trace, chosen)
    with stop_on_signals() as stop, _broker(broker, broker_port) as address:
        with _page(address, host, port, stop) as page:
            if not stop.is_set():
                typer.echo(f"Page:  {page.url}  (open it in a browser; Ctrl-C ends the demo)")
                typer.echo(f"MQTT:  {address}, topics repclip/{_STATION}/#")
                source = partial(_source, trace, chosen, order, speed, once)
                _run_sets(
                    source,
                    trace,
                    chosen,
                    speed,
                    once,
                    address,
                    page,
                    stop,
                    side,
                    shared_broker=broker is not None,
                )
        typer.echo("The demo has ended.")


def _order(exercise: str | None) -> Order:
    """Return what the synthetic athlete does: 8 reps, a hold or a carry, by any name that people use."""
    from pi_service.athlete.movements import default_placement, find_movement
    from pi_service.athlete.recording import Order
    from pi_service.athlete.task import Task

    movement = find_movement(exercise or "vertical_pull")
    return Order(Task(movement, reps=8, drink_chance=0.0), default_placement(movement))


def _run_sets(
    source_of: Callable[[], Source],
    trace: Path | None,
    chosen: Exercise | None,
    speed: Speed,
    once: bool,
    address: BrokerAddress,
    page: PageProcess,
    stop: threading.Event,
    side: Arm | None,
    *,
    shared_broker: bool,
) -> None:
    """Run the stream, a recording again and again, until it is enough."""
    from pi_service.commands.sitting import sits_recorded
    from pi_service.pipeline import Pipeline
    from pi_service.publish.client import MqttPublisher
    from pi_service.publish.topics import StationTopics
    from pi_service.service import PublishingSink, Sink, run_stream
    from pi_service.sources.exercise import exercise_of
    from pi_service.sources.replay import ReplaySource

    may_wait = speed is not Speed.REAL_TIME
    topics = StationTopics(_STATION)
    with MqttPublisher(address, topics, may_wait=may_wait, shared_broker=shared_broker) as publisher:
        while not stop.is_set():
            source = source_of()
            exercise = chosen or exercise_of(source.info)
            worn, sits = worn_side(side, [exercise]), sits_recorded(source, exercise)
            pipeline = Pipeline.of_stream(exercise, source.info, worn, sits)
            told = Told()
            sinks: list[Sink] = [PublishingSink(publisher), _SetTeller(recorded=trace is not None), told]
            summary = run_stream(source, pipeline, sinks, stop=stop, on_progress=lambda _: page.check())
            if trace is not None and not summary.stopped:
                missing = missing_in(source, pipeline)
                tell_counts(trace, pipeline.exercise, summary, told, missing=missing)
                if isinstance(source, ReplaySource):
                    tell_notes(source)
            if once:
                return
            stop.wait(_REST_S)


def _look_through(trace: Path, chosen: Exercise | None) -> None:
    """Read a recording from end to end: what is wrong with it is told before anything is started."""
    from pi_service.publish.session import session_id
    from pi_service.sources.replay import ReplaySource

    source = ReplaySource(trace, exercise=None if chosen is None else chosen.id, station=_STATION)
    session_id(source.info)
    for _ in source.blocks():
        pass
    for warning in source.trace.warnings:
        typer.echo(f"repclip: {warning}", err=True)


def _source(
    trace: Path | None, chosen: Exercise | None, order: Order | None, speed: Speed, once: bool
) -> Source:
    from pi_service.sources.replay import ReplaySource
    from pi_service.sources.synthetic import SyntheticSource

    if trace is None:
        return SyntheticSource(order, endless=not once, speed=speed.factor, station=_STATION)
    wanted = None if chosen is None else chosen.id
    return ReplaySource(trace, exercise=wanted, speed=speed.factor, station=_STATION)


def _broker(broker: str | None, port: int | None) -> AbstractContextManager[BrokerAddress]:
    """Return the user's broker, or one of the demo's own that lives as long as it is entered."""
    from pi_service.publish.broker import check_reachable, parse_broker
    from pi_service.publish.embedded import EmbeddedBroker

    if broker is None:
        return _OwnBroker(EmbeddedBroker(port))
    address = parse_broker(broker)
    check_reachable(address)
    return nullcontext(address)


class _OwnBroker(AbstractContextManager["BrokerAddress"]):
    """The demo's own broker, seen as its address."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self._broker = broker

    def __enter__(self) -> BrokerAddress:
        self._broker.start()
        return self._broker.address

    def __exit__(self, *_: object) -> None:
        self._broker.stop()


def _page(address: BrokerAddress, host: str, port: int | None, stop: threading.Event) -> PageProcess:
    from pi_service.commands.page_process import PageProcess, is_free, next_free_port

    if port is None:
        port = _USUAL_PORT
        if not is_free(port, host):
            port = next_free_port(port, host)
            typer.echo(f"Port {_USUAL_PORT} is taken, so the page is on port {port}.")
    return PageProcess(address, host, port, stop)


class _SetTeller:
    """Writes a line for each set that ends, each cue, and each target that is reached."""

    def __init__(self, *, recorded: bool) -> None:
        self._recorded = recorded

    def begin(self, info: StreamInfo) -> None:
        """Say who moves."""
        who = "a synthetic athlete (no person moves)" if info.simulated else "a person"
        typer.echo(f"Counting {f'a recording of {who}' if self._recorded else who} ...")

    def take(self, events: Sequence[Event]) -> None:
        """Tell of the sets that ended, and in between what helps now."""
        from pi_service.coaching.words import judgement_lines, verdict_words
        from pi_service.commands.asked_words import compared_words, target_words
        from pi_service.commands.held_words import held_line
        from pi_service.workout.events import RepJudged, SetEnded, SetJudged
        from pi_service.workout.told import SetCompared, TargetTold

        for event in events:
            if isinstance(event, SetEnded):
                typer.echo(f"Set {event.set_number}: {held_line(event) or _counted(event)}")
            elif isinstance(event, SetJudged):
                for line in judgement_lines(event.judgement):
                    typer.echo(f"  {line}")
            elif isinstance(event, RepJudged) and event.cue is not None:
                whose = "" if event.number is None else f"Rep {event.number}: "
                typer.echo(f"  {whose}{verdict_words(event.cue)}")
            elif isinstance(event, TargetTold):
                typer.echo(f"  {target_words(event).capitalize()}")
            elif isinstance(event, SetCompared):
                typer.echo(f"  {compared_words(event).capitalize()}")

    def end(self) -> None:
        """Nothing is left to tell."""


def _counted(event: SetEnded) -> str:
    """Return the final count: of both sides where they alternate."""
    from pi_service.commands.sensor_words import counted

    if event.sides is None:
        return counted(event.final_count, "rep")
    sides = event.sides
    return f"{counted(sides.total, 'rep')} of both sides, {sides.counted} seen and {sides.inferred} inferred"
