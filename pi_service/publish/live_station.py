"""A station that counts live, as MQTT sees it: its events, its health, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pi_service.publish.desk import Answer, Doing, Done, RequestDesk
from pi_service.publish.errors import RequestError
from pi_service.publish.home_assistant import Announcer
from pi_service.publish.message import Message, Publisher
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.monitor import Monitor, StationFacts, Way
from pi_service.publish.requests import OfFinishedSet, Request, ResponsePayload, SetAthlete, Verb
from pi_service.publish.tape import Tape
from pi_service.publish.topics import ROOT
from pi_service.sources.base import StreamInfo
from pi_service.sources.live_stats import LiveStats, Note
from pi_service.workout.events import Event

#: With MQTT 5 the broker forgets an answer after this time.
_RESPONSE_EXPIRES_S: Final = 60


def refuse(_request: Request) -> Done:
    """Do nothing that is asked for."""
    raise RequestError("This station takes no requests.")


class WatchedPublisher(Publisher, Way, Protocol):
    """Publishes, and can say how that goes."""


class LiveStation:
    """A sink for the events of a live stream that also says how the station is.

    Everything is called by the thread that counts. The publisher is opened and closed by whoever made it.

    Parameters
    ----------
    publisher
        Takes the messages.
    facts
        What the station is.
    stats
        Gives what happened to the sensors so far.
    root
        What topics begin with.
    desk
        Where requests wait; None for a station that takes none.
    do
        Does what is asked for.
    announcer
        Tells Home Assistant of the station; None for one that does not.
    tape
        Records the samples when it is asked to.
    """

    def __init__(
        self,
        publisher: WatchedPublisher,
        facts: StationFacts,
        stats: Callable[[], LiveStats],
        root: str = ROOT,
        *,
        desk: RequestDesk | None = None,
        do: Doing = refuse,
        announcer: Announcer | None = None,
        tape: Tape | None = None,
    ) -> None:
        self._publisher = publisher
        self._facts = facts
        self._stats = stats
        self._root = root
        self._builder: MessageBuilder | None = None
        self._monitor: Monitor | None = None
        self._early: list[Note] = []
        self._desk = RequestDesk() if desk is None else desk
        self._do = do
        self._announcer = announcer
        self._tape = tape
        self._deliver: Callable[[Sequence[Event]], None] = self.take

    def deliver_with(self, deliver: Callable[[Sequence[Event]], None]) -> None:
        """Take note of what gives events to all sinks, this one among them: a request may cause some."""
        self._deliver = deliver

    def begin(self, info: StreamInfo) -> None:
        """Say what the station is, and that it waits for its first rep."""
        self._builder = MessageBuilder(info, root=self._root)
        self._monitor = Monitor(
            info,
            self._builder.topics,
            self._builder.session,
            way=self._publisher,
            stats=self._stats,
            tape=self._tape,
        )
        for note in self._early:
            self._monitor.hear(note)
        self._publisher.publish(
            [self._monitor.info(self._facts), *self._builder.start(), *self._monitor.recording_due()]
        )

    def take(self, events: Sequence[Event]) -> None:
        """Publish what happened."""
        builder, _ = self._begun()
        self._publisher.publish(builder.build(events))

    def end(self) -> None:
        """Say that nothing moves any more, and how the station was at the end."""
        builder, monitor = self._begun()
        if self._tape is not None:
            self._tape.end()
        refused = [self._response(each) for each in self._desk.refuse_rest("The count has ended.")]
        self._publisher.publish([*builder.end(), *monitor.due(), monitor.health(), *refused])

    def hear(self, note: Note) -> None:
        """Take note of what the sensors tell."""
        if self._monitor is None:
            self._early.append(note)
        else:
            self._monitor.hear(note)

    def tick(self) -> None:
        """Answer requests, and say what is due: called after each block, and while none comes."""
        if self._monitor is None:
            return
        for answer in self._desk.answers(self._do_and_deliver):
            healthy = [self._monitor.health()] if answer.verb == Verb.HEALTH and answer.error is None else []
            # What a request has changed comes before its answer.
            self._publisher.publish([*self._monitor.due(), *healthy, self._response(answer)])
        messages = self._monitor.due()
        if self._announcer is not None:
            messages += self._announcer.due()
        if messages:
            self._publisher.publish(messages)

    def _do_and_deliver(self, request: Request) -> Done:
        """Do a request and tell all sinks: a request counts as done only when that has worked."""
        builder, _ = self._begun()
        if isinstance(request, OfFinishedSet) and request.session not in (None, builder.session):
            raise RequestError("That set is of a session that is over: only sets of this one can be changed.")
        done = self._do(request)
        if done.events:
            self._deliver(done.events)
        if isinstance(request, SetAthlete):
            self._publisher.publish(builder.set_athlete(request.athlete))
        return done

    def _response(self, answer: Answer) -> Message:
        builder, monitor = self._begun()
        payload = ResponsePayload(
            **monitor.envelope(),
            id=answer.id,
            verb=answer.verb,
            ok=answer.error is None,
            error=answer.error,
        )
        return Message(
            builder.topics.response(answer.verb),
            payload.to_bytes(),
            qos=1,
            retain=False,
            live=True,  # nobody waits for it any more when the next process runs
            expires_s=_RESPONSE_EXPIRES_S,
            correlation=answer.correlation,
        )

    def _begun(self) -> tuple[MessageBuilder, Monitor]:
        if self._builder is None or self._monitor is None:
            raise RuntimeError("begin() comes first")
        return self._builder, self._monitor
