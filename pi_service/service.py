"""The process: a source's blocks go through the pipeline, and its events go out to the sinks."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from calibration.imu import ImuBlock
from pi_service.publish.message import Publisher
from pi_service.publish.messages import MessageBuilder
from pi_service.sources.base import Source, StreamInfo
from pi_service.workout.events import Event, RepCounted, SamplesLost, SetEnded


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
class RunSummary:
    """What a stream came to.

    Attributes
    ----------
    duration_s
        Time of the last sample on the stream's clock; 0 for an empty stream.
    live_reps
        Reps that were counted as they ended.
    sets
        The finished sets in order.
    lost_s
        Time for which samples are missing.
    stopped
        True when the stream did not end by itself.
    """

    duration_s: float
    live_reps: int
    sets: tuple[SetEnded, ...]
    lost_s: float
    stopped: bool

    @property
    def final_reps(self) -> int:
        """Reps of all sets after their review."""
        return sum(each.final_count for each in self.sets)


class PublishingSink:
    """Turns events into messages and hands them to a publisher.

    The publisher is opened and closed by whoever made it, so that it can outlive a stream.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._builder: MessageBuilder | None = None

    def begin(self, info: StreamInfo) -> None:
        """Say that the station waits for its first rep."""
        self._builder = MessageBuilder(info)
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
) -> RunSummary:
    """Run a stream to its end, or until it is asked to stop; closes the source.

    An open set is finished and published either way.

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
    """
    sets: list[SetEnded] = []
    live_reps, lost_s, now_s, stopped = 0, 0.0, 0.0, False

    def deliver(events: Sequence[Event]) -> None:
        nonlocal live_reps, lost_s
        if not events:
            return
        for event in events:
            if isinstance(event, SetEnded):
                sets.append(event)
            elif isinstance(event, RepCounted):
                live_reps += event.source == "live"
            elif isinstance(event, SamplesLost):
                lost_s += event.at_s - event.start_s
        for sink in sinks:
            sink.take(events)

    try:
        for sink in sinks:
            sink.begin(source.info)
        for block in source.blocks():
            deliver(pipeline.step(block))
            if len(block):
                now_s = max(now_s, float(block.t_s[-1]))
            if on_progress is not None:
                on_progress(now_s)
            if stop is not None and stop.is_set():
                stopped = True
                break
        deliver(pipeline.finish())
        for sink in sinks:
            sink.end()
    finally:
        source.close()
    return RunSummary(now_s, live_reps, tuple(sets), lost_s, stopped)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set; a second Ctrl-C interrupts at once.

    Only for the main thread. The former handlers come back at the end.
    """
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    former = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
