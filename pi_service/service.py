"""The process: a source's blocks go through the pipeline, and its events go out to the sinks."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.holding.found import Hold
from pi_service.publish.message import Publisher
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import ROOT
from pi_service.sources.base import Source, StreamInfo
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    RepCounted,
    SamplesLost,
    SetEnded,
    ZeroUnknown,
)
from pi_service.workout.held import Round
from pi_service.workout.sides import SideCount

log = logging.getLogger(__name__)

#: Finished sets that a summary lists; the sums go on beyond it.
SETS_LISTED = 1_000
#: Notices that a summary lists.
NOTICES_LISTED = 100


class Counter(Protocol):
    """What the service needs of a pipeline."""

    def step(self, block: ImuBlock) -> Sequence[Event]:
        """Take the next samples and return what is known now."""
        ...

    def finish(self) -> Sequence[Event]:
        """Return what is known at the end of the stream: an open set ends."""
        ...


class Sink(Protocol):
    """Where events go."""

    def begin(self, info: StreamInfo) -> None:
        """Take note of the stream, before its first event."""
        ...

    def take(self, events: Sequence[Event]) -> None:
        """Take events in the order they happened; not called with none."""
        ...

    def end(self) -> None:
        """Take note of the end of the stream, after its last event."""
        ...


@dataclass(frozen=True, slots=True)
class SetSummary:
    """What a set came to: of a `SetEnded` all but its reps, which weeks of running would pile up."""

    set_number: int
    start_s: float
    end_s: float
    live_count: int
    final_count: int
    sides: SideCount | None = None
    hold: Hold | None = None
    carry: Round | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a stream came to.

    Attributes
    ----------
    duration_s
        Time of the last sample on the stream's clock; 0 for an empty stream.
    live_reps
        Reps that were counted as they ended.
    final_reps
        Reps of all finished sets after their review.
    sets_done
        How many sets were finished.
    sets
        The last `SETS_LISTED` of them in order.
    lost_s
        Time for which samples of a sensor are missing; only sensors that lost some are in it.
    stopped
        True when the stream did not end by itself.
    notices
        What a person should know of the sensors: the last `NOTICES_LISTED`.
    """

    duration_s: float
    live_reps: int
    final_reps: int
    sets_done: int
    sets: tuple[SetSummary, ...]
    lost_s: Mapping[SensorRole, float]
    stopped: bool
    notices: tuple[PlacementChanged | ZeroUnknown, ...] = ()


class PublishingSink:
    """Turns events into messages and hands them to a publisher.

    The publisher is opened and closed by whoever made it, so that it can outlive a stream.

    Parameters
    ----------
    publisher
        Takes the messages.
    root
        What topics begin with.
    """

    def __init__(self, publisher: Publisher, root: str = ROOT) -> None:
        self._publisher = publisher
        self._root = root
        self._builder: MessageBuilder | None = None

    def begin(self, info: StreamInfo) -> None:
        """Say that the station waits for its first rep."""
        self._builder = MessageBuilder(info, root=self._root)
        self._publisher.publish(self._builder.start())

    def take(self, events: Sequence[Event]) -> None:
        """Publish what happened."""
        self._publisher.publish(self._begun().build(events))

    def end(self) -> None:
        """Say that nothing moves any more."""
        self._publisher.publish(self._begun().end())

    def _begun(self) -> MessageBuilder:
        if self._builder is None:
            raise RuntimeError("begin() comes first")
        return self._builder


def run_stream(
    source: Source,
    pipeline: Counter,
    sinks: Sequence[Sink] = (),
    *,
    stop: threading.Event | None = None,
    on_progress: Callable[[float], None] | None = None,
    on_begin: Callable[[Callable[[Sequence[Event]], None]], None] | None = None,
) -> RunSummary:
    """Run a stream to its end, or until it is asked to stop; closes the source.

    An open set is finished and published either way, also when the source or `on_progress` fails: the
    error is raised after that.

    Parameters
    ----------
    source
        Delivers the samples.
    pipeline
        Counts; a fresh one.
    sinks
        Where the events go, in this order.
    stop
        Looked at between blocks.
    on_progress
        Called after each block with the time of its last sample on the stream's clock.
    on_begin
        Called once, before the first block, with what gives events to the sinks: for whoever has some that
        no sample caused. They are given between two blocks, from `on_progress` or while none comes.
    """
    tally = _Tally()
    begun: list[Sink] = []
    stopped = False

    def deliver(events: Sequence[Event]) -> None:
        if not events:
            return
        tally.take(events)
        for sink in begun:
            sink.take(events)

    try:
        try:
            for sink in sinks:
                sink.begin(source.info)
                begun.append(sink)
            if on_begin is not None:
                on_begin(deliver)
            for block in source.blocks():
                deliver(pipeline.step(block))
                if len(block):
                    tally.now_s = max(tally.now_s, float(block.t_s[-1]))
                if on_progress is not None:
                    on_progress(tally.now_s)
                if stop is not None and stop.is_set():
                    stopped = True
                    break
        except BaseException:
            _finish_after_failure(pipeline, deliver, begun)
            raise
        _finish(pipeline, deliver, begun)
    finally:
        source.close()
    return tally.summary(stopped=stopped)


def _finish(pipeline: Counter, deliver: Callable[[Sequence[Event]], None], sinks: Sequence[Sink]) -> None:
    """Say what is known at the end, and that it is the end even when that cannot be known."""
    try:
        deliver(pipeline.finish())
    finally:
        for sink in sinks:
            sink.end()


def _finish_after_failure(
    pipeline: Counter, deliver: Callable[[Sequence[Event]], None], sinks: Sequence[Sink]
) -> None:
    """Do the same without getting in the way of the error that came first."""
    try:
        _finish(pipeline, deliver, sinks)
    except Exception:
        log.exception("The open set could not be finished after a failure.")


class _Tally:
    """What a summary needs, in a bounded room."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._live_reps = self._final_reps = self._sets_done = 0
        self._lost_s: dict[SensorRole, float] = {}
        self._notices: deque[PlacementChanged | ZeroUnknown] = deque(maxlen=NOTICES_LISTED)
        self._sets: deque[SetSummary] = deque(maxlen=SETS_LISTED)

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, SetEnded):
                self._sets_done += 1
                self._final_reps += event.final_count
                self._sets.append(
                    SetSummary(
                        event.set_number,
                        event.start_s,
                        event.end_s,
                        event.live_count,
                        event.final_count,
                        event.sides,
                        event.hold,
                        event.carry,
                    )
                )
            elif isinstance(event, RepCounted):
                self._live_reps += event.source == "live"
            elif isinstance(event, SamplesLost):
                lost_s = event.end_s - event.start_s
                self._lost_s[event.sensor] = self._lost_s.get(event.sensor, 0.0) + lost_s
            elif isinstance(event, PlacementChanged | ZeroUnknown):
                self._notices.append(event)

    def summary(self, *, stopped: bool) -> RunSummary:
        return RunSummary(
            self.now_s,
            self._live_reps,
            self._final_reps,
            self._sets_done,
            tuple(self._sets),
            dict(self._lost_s),
            stopped,
            tuple(self._notices),
        )
