"""Stations for the pictures: simulated workouts through the real pipeline, up to the moment of the picture.

Only the waiting is left out. A station that has come to its moment stays there.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Self

from pi_service.cli import run
from pi_service.commands.sitting import sits_recorded
from pi_service.control import Control
from pi_service.exercises import find_exercise, load_exercises
from pi_service.pipeline import Pipeline
from pi_service.publish.actions import Actions
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.desk import RequestDesk
from pi_service.publish.live_station import LiveStation
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.monitor import StationFacts
from pi_service.publish.requests import Verb
from pi_service.publish.topics import StationTopics
from pi_service.sources.live_stats import LiveStats, Note
from pi_service.sources.replay import ReplaySource
from pi_service.workout.events import Event

#: Says whether an event is the one that the picture waits for.
Moment = Callable[[Event], bool]


def simulated(folder: Path, exercise: str, *options: str) -> Path:
    """Return a recording that `repclip simulate` has made, or had made before with the same options."""
    path = folder / ("_".join([exercise, *options]).replace("--", "").replace(":", "_") + ".csv.gz")
    if not path.exists():
        with contextlib.redirect_stdout(io.StringIO()):
            code = run(["simulate", exercise, "--out", str(path), *options])
        if code:
            raise RuntimeError(f"repclip simulate {exercise} {' '.join(options)} failed")
    return path


def _pipeline_of(source: ReplaySource) -> Pipeline:
    exercise = find_exercise(source.info.exercise or "any")
    return Pipeline.of_stream(exercise, source.info, sits=sits_recorded(source, exercise))


class Staged:
    """A station on its way to a moment; used as a context manager.

    Parameters
    ----------
    broker
        Where it publishes.
    trace
        A recording of what is done there.
    name
        Of the station.
    started_at
        When that began.
    """

    def __init__(self, broker: BrokerAddress, trace: Path, name: str, started_at: datetime) -> None:
        self._source = ReplaySource(trace, station=name, started_at=started_at)
        self._pipeline = _pipeline_of(self._source)
        self._publisher = MqttPublisher(broker, StationTopics(name), may_wait=True)
        self._desk = RequestDesk()
        facts = StationFacts({}, {}, tuple(load_exercises()), tuple(each.value for each in Verb))
        self._station = LiveStation(
            self._publisher,
            facts,
            lambda: LiveStats({}, 0.0, 0, "ordinary"),
            desk=self._desk,
            do=Actions(Control(self._pipeline)),
        )
        steps = (self._pipeline.step(block) for block in self._source.blocks())
        self._events: Iterator[Event] = chain.from_iterable(steps)
        self.now_s = 0.0

    def __enter__(self) -> Self:
        self._publisher.open()
        self._station.begin(self._source.info)
        return self

    def __exit__(self, *_: object) -> None:
        self._publisher.close()

    def ask(self, verb: Verb, **keys: object) -> None:
        """Do what somebody asks for."""
        self._desk.take(verb.value, json.dumps(keys).encode())
        self._station.tick()

    def hear(self, note: Note) -> None:
        """Take note of what a sensor tells."""
        self._station.hear(note)
        self._station.tick()

    def go_on(self, moment: Moment, later_s: float = 0.0) -> Self:
        """Count until a moment has come, and so much longer."""
        until_s = float("inf")
        for event in self._events:
            if event.at_s > until_s:
                self._events = chain([event], self._events)
                return self
            self.now_s = event.at_s
            self._station.take([event])
            if until_s == float("inf") and moment(event):
                until_s = event.at_s + later_s
        if until_s == float("inf"):
            raise RuntimeError(f"at {self._source.info.station} the moment of the picture has not come")
        return self


def remember(broker: BrokerAddress, traces: Sequence[Path], name: str, days: Sequence[datetime]) -> None:
    """Publish workouts of the past: on each day the next of the recordings, whole."""
    counted: dict[Path, tuple[ReplaySource, list[Event]]] = {}
    for number, started_at in enumerate(days):
        trace = traces[number % len(traces)]
        if trace not in counted:
            source = ReplaySource(trace, station=name)
            pipeline = _pipeline_of(source)
            events = [event for block in source.blocks() for event in pipeline.step(block)]
            counted[trace] = (source, [*events, *pipeline.finish()])
        source, events = counted[trace]
        info = replace(source.info, started_at=started_at, session=None)
        builder = MessageBuilder(info)
        with MqttPublisher(broker, builder.topics, may_wait=True) as publisher:
            publisher.publish([*builder.start(), *builder.build(events), *builder.end()])
