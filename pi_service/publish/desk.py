"""Where requests wait: they come on the client's thread, and are answered by the one that counts."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pi_service.errors import RepclipError
from pi_service.publish.errors import RequestError
from pi_service.publish.requests import MAX_REQUEST_BYTES, Request, parse, plain_verb
from pi_service.workout.events import Event

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

log = logging.getLogger(__name__)

#: So many requests wait with what they say; those beyond are answered with an error, and at last not at all.
_MOST_WAITING: Final = 100
_MOST_REFUSED: Final = 400
#: So many are answered between two blocks of samples.
_AT_ONCE: Final = 10
#: Answers that are remembered, for requests that come twice.
_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came.

    Attributes
    ----------
    verb
        End of its topic.
    payload
        What it says; cut just beyond the largest that is read.
    problem
        Why it is not even read, or empty.
    correlation
        With MQTT 5, what the answer is to be told by.
    """

    verb: str
    payload: bytes
    problem: str = ""
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What doing a request came to: events for the sinks."""

    events: Sequence[Event] = ()


#: Does a request, or raises a `RepclipError` that says why it cannot be done, having changed nothing.
Doing = Callable[[Request], Done]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; see `pi_service.publish.requests.ResponsePayload`.

    Attributes
    ----------
    events
        What happened because of the request; none for one that came a second time.
    """

    verb: str
    id: str | None
    error: str | None = None
    events: Sequence[Event] = ()
    correlation: bytes | None = None


class RequestDesk:
    """Takes requests from one thread and answers them on another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Asked] = deque()
        self._answered: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def hear(self, message: MQTTMessage) -> None:
        """Take a message of a topic ``.../request/<verb>``, on the client's thread."""
        properties = getattr(message, "properties", None)
        self.take(
            message.topic.rpartition("/")[2],
            bytes(message.payload[: MAX_REQUEST_BYTES + 1]),
            retained=message.retain,
            correlation=getattr(properties, "CorrelationData", None),
        )

    def take(
        self, verb: str, payload: bytes, *, retained: bool = False, correlation: bytes | None = None
    ) -> None:
        """Take a request; it waits until `answers` is called."""
        asked = Asked(verb, payload, "", correlation)
        if retained:
            problem = "A request must not be retained: it would be made again whenever the station starts."
            asked = replace(asked, payload=b"", problem=problem)
        with self._lock:
            waiting = len(self._waiting)
            if waiting >= _MOST_WAITING:
                problem = "Too many requests wait to be answered: ask again later."
                asked = replace(asked, payload=b"", problem=problem)
            if waiting < _MOST_REFUSED:
                self._waiting.append(asked)

    def answers(self, do: Doing) -> Iterator[Answer]:
        """Do what was asked for, in order, and give out the answers: no more than are due between two blocks.

        The events of each answer are to be delivered before the next one is taken.
        """
        for _ in range(_AT_ONCE):
            with self._lock:
                if not self._waiting:
                    return
                asked = self._waiting.popleft()
            yield self._answer(asked, do)

    def refuse_rest(self, problem: str) -> Iterator[Answer]:
        """Answer what still waits with an error: nobody counts any more."""
        with self._lock:
            rest, self._waiting = list(self._waiting), deque()
        for asked in rest:
            yield Answer(plain_verb(asked.verb), None, problem, correlation=asked.correlation)

    def _answer(self, asked: Asked, do: Doing) -> Answer:
        verb = plain_verb(asked.verb)
        answer = Answer(verb, None, correlation=asked.correlation)
        if asked.problem:
            return replace(answer, error=asked.problem)
        try:
            request = parse(asked.verb, asked.payload)
        except RequestError as error:
            return replace(answer, id=error.request_id, error=str(error))
        key = None if request.id is None else (verb, request.id)
        if key is not None and (before := self._answered.get(key)) is not None:
            return replace(before, correlation=asked.correlation)
        answer = replace(answer, id=request.id)
        done = _done(request, answer, do)
        if key is not None:
            self._answered[key] = replace(done, events=())
            if len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        return done


def _done(request: Request, answer: Answer, do: Doing) -> Answer:
    try:
        done = do(request)
    except RepclipError as error:
        return replace(answer, error=str(error)[:600])
    except Exception:
        # A mistake of ours must not end the count.
        log.exception("A request failed: %s", type(request).__name__)
        return replace(answer, error="The request failed inside repclip: its log says more.")
    return replace(answer, events=done.events)
