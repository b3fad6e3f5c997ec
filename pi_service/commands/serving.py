"""A station from the start of its process to its end: it waits for its sensors and counts."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Final

from rich.console import Console

from pi_service.commands.buses import Buses
from pi_service.commands.count_view import CountView
from pi_service.commands.counting import Counting
from pi_service.commands.missing import Missing
from pi_service.commands.published import Outlet
from pi_service.commands.recording import Recorder
from pi_service.commands.reloading import Reloading
from pi_service.commands.searching import Search
from pi_service.commands.second_sensor import SecondSensor
from pi_service.commands.sensor_words import described, summed_up
from pi_service.commands.sensors import Opening
from pi_service.commands.service_words import log_event, log_sentence, status_line
from pi_service.exercises import Exercise
from pi_service.process.clock_watch import ClockWatch
from pi_service.process.journal import fields
from pi_service.process.logs import ServiceLog
from pi_service.process.notify import Notifier
from pi_service.process.watchdog import Watchdog
from pi_service.publish.actions import Actions
from pi_service.publish.session import session_id
from pi_service.sources.live import LiveSource
from pi_service.sources.live_stats import sentence
from pi_service.traces import TraceError

log = logging.getLogger(__name__)

#: The manager's status line is made anew so often (s).
_STATUS_S: Final = 0.5
#: A workout is over when nothing was done for so long (s), if a sensor waits to be read.
_OVER_S: Final = 600.0


class Serving:
    """A station from the start of the process to its end.

    Parameters
    ----------
    reloading
        What is wanted, also after the configuration was read again.
    stop
        Ends it.
    notifier, service_log
        Whom it tells how it is.
    outlet
        Its way to the broker; None for none.
    """

    def __init__(
        self,
        reloading: Reloading,
        stop: threading.Event,
        notifier: Notifier,
        service_log: ServiceLog,
        outlet: Outlet | None,
    ) -> None:
        self._reloading, self._stop = reloading, stop
        self._notifier, self._log, self._outlet = notifier, service_log, outlet
        self._always = [] if outlet is None else [outlet.publisher.hang]
        self._watchdog = Watchdog(notifier, self._always)
        self._clock = ClockWatch()
        self._buses = Buses()
        self._ready = False
        self._status_s = 0.0
        # What was chosen while counting stays chosen in the next session, unless another is wanted by then.
        self._chosen: Exercise | None = None
        self._chosen_instead_of: Exercise | None = None

    def run(self) -> None:
        """Wait for the sensors and count, again and again."""
        try:
            again = True
            while again and (source := self._found()) is not None:
                with closing(source):
                    again = self._count(source) and not self._stop.is_set()
        finally:
            self._notifier.stopping()

    def _found(self) -> LiveSource | None:
        """Return sensors that deliver; None when it is to stop before."""
        search = Search(self._reloading.wanted, self._outlet, self._stop, self._look_after)
        return search.found(lambda: self._opening(search.starting), self._be_ready)

    def _opening(self, on_wait: Callable[[], None]) -> Opening:
        """Return how the sensors are opened now: what is wanted may change while they are looked for."""
        wanted = self._reloading.wanted
        if wanted.plan is not None or wanted.exercise != self._chosen_instead_of:
            self._chosen = None
        exercise = self._chosen or wanted.exercise
        # The times of the session count from here on: what was set before does not matter.
        self._clock.begin()
        return Opening(
            wanted.station,
            None if exercise is None else exercise.id,
            self._stop,
            wanted.seconds,
            log_sentence,
            self._buses.open,
            on_wait,
        )

    def _count(self, source: LiveSource) -> bool:
        """Count one session; return whether another one is to follow."""
        wanted = self._reloading.wanted
        counting = Counting(wanted, source, self._chosen)
        self._log.know(session=session_id(source.info))
        source.on_note = lambda note: log_sentence(
            sentence(note, source.origin_ns), event=type(note).__name__.lower(), sensor=note.role.value
        )
        second = SecondSensor(wanted.sensors, source, self._buses.open)
        again = _Again(source, counting, self._clock, second)
        view = CountView(Console(file=io.StringIO()), log_event)

        def look_after() -> None:
            self._look_after(f"{counting.pipeline.exercise.id}: {view.status}", source=source)
            again.look()

        recording, failure = _recording(counting)
        with closing(second), recording as recorder, view:
            for line in described(source, wanted.sensors.sensors):
                log.info("%s", line)
            log.info("Counting %s.", counting.what)
            station = None
            if self._outlet is not None:
                tape = counting.tape(recorder, log_sentence, failure)
                station = self._outlet.station_of(
                    source, Actions(counting.control, tape, wanted.own_exercises), tape
                )
            source.on_idle = _both(source.on_idle, look_after)
            self._watchdog.checks = [source.hang, *self._always]
            self._be_ready()
            summary = counting.count(
                [view],
                station,
                on_time=lambda _: look_after(),
                on_begin=lambda deliver: self._reloading.count_with(counting, deliver),
            )
            self._watchdog.checks = self._always
            self._reloading.count_ended()
        self._chosen, self._chosen_instead_of = counting.pipeline.exercise, self._reloading.wanted.exercise
        for line in (counting.summed_up(summary), *summed_up(source)):
            log.info("%s", line)
        if recorder is not None:
            log.info("%s", recorder.summed_up())
        return again.wanted

    def _be_ready(self) -> None:
        if not self._ready:
            self._ready = True
            self._notifier.ready()

    def _look_after(
        self, what: str, missing: Missing | None = None, *, source: LiveSource | None = None
    ) -> None:
        """Do what is due beside the count; `what` is what the station does."""
        now_s = time.monotonic()
        if self._notifier.listens and now_s - self._status_s >= _STATUS_S:
            self._status_s = now_s
            self._notifier.status(status_line(what, missing, source, self._outlet))
        self._reloading.look()
        self._watchdog.tick()


def _recording(counting: Counting) -> tuple[AbstractContextManager[Recorder | None], str | None]:
    """Return the recording beside the count, or why it cannot begin: that does not end the count either."""
    try:
        return counting.recording(_tell_failure), None
    except TraceError as error:
        _tell_failure(error)
        return nullcontext(), _not_recorded(error)


def _tell_failure(error: TraceError) -> None:
    log.error("%s", _not_recorded(error), extra=fields(event="fault", fault="recording_failed"))


def _not_recorded(error: TraceError) -> str:
    return f"Nothing is recorded from here on, and the count goes on. {error}"


class _Again:
    """Begins a new session where the one that runs cannot take something up, and nothing was counted in it.

    Times of a session are those of the clock at its start, and its sensors those that answered then. Once a
    set was counted they stay what they are: a workout is worth more than the time of day. A sensor that came
    in the midst of one is taken when the workout is over, as far as can be told: nobody has done anything for
    a while, and no plan waits to be gone on with.
    """

    def __init__(
        self, source: LiveSource, counting: Counting, clock: ClockWatch, second: SecondSensor
    ) -> None:
        self.wanted = False
        self._source, self._counting, self._clock, self._second = source, counting, clock, second
        self._worked_s = time.monotonic()
        self._told = False

    def look(self) -> None:
        """End the session if there is a reason."""
        self._look_at_clock()
        self._look_for_sensor()

    def _look_at_clock(self) -> None:
        jump_s = self._clock.jumped_s()
        if jump_s is None:
            return
        begins = self._is_unused
        what = "a new session begins" if begins else "this session keeps the time that it began with"
        log.warning("The clock was set by %.0f s: %s.", jump_s, what, extra=fields(event="clock_set"))
        if begins:
            self._begin()

    def _look_for_sensor(self) -> None:
        if self._counting.pipeline.work.running:
            self._worked_s = time.monotonic()
            return
        if not self._second.came():
            return
        idle = time.monotonic() - self._worked_s >= _OVER_S and not self._counting.follows_plan
        begins = self._is_unused or idle
        if begins or not self._told:
            self._told = True
            what = "a new session begins" if begins else "it is read when this workout is over"
            log.warning("A torso sensor answers: %s.", what, extra=fields(event="found", sensor="torso"))
        if begins:
            self._begin()

    @property
    def _is_unused(self) -> bool:
        work = self._counting.pipeline.work
        return not (work.last_set or work.running)

    def _begin(self) -> None:
        self.wanted = True
        self._source.close()


def _both(first: Callable[[], None] | None, second: Callable[[], None]) -> Callable[[], None]:
    """Return what calls both."""
    every: Sequence[Callable[[], None]] = [second] if first is None else [first, second]

    def call() -> None:
        for each in every:
            each()

    return call
