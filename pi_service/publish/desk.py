"""Where requests wait: they come on the client's thread, and are answered by the one that counts."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pi_service.errors import RepclipError
from pi_service.publish.errors import RequestError
from pi_service.publish.requests import MAX_REQUEST_BYTES, Request, id_of, parse, plain_verb

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

    from pi_service.workout.events import Event

log = logging.getLogger(__name__)

#: So many requests wait with what they say; those beyond are answered with an error, and at last not at all.
_MOST_WAITING: Final = 100
_MOST_REFUSED: Final = 400
#: So many are answered between two blocks of samples.
_AT_ONCE: Final = 10
#: So many requests that were done are remembered for so long (s), because QoS 1 may bring them twice.
_REMEMBERED: Final = 200
_REMEMBERED_S: Final = 60.0


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
    """An answer; see `pi_service.publish.requests.ResponsePayload`."""

    verb: str
    id: str | None
    error: str | None = None
    correlation: bytes | None = None


class RequestDesk:
    """Takes requests from one thread and answers them on another.

    Parameters
    ----------
    clock
        Monotonic clock (s).
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[Asked] = deque()
        # What was done, by verb and id: a digest of what was asked for, and when.
        self._answered: OrderedDict[tuple[str, str], tuple[bytes, float]] = OrderedDict()

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
            asked = replace(asked, problem=problem)
        with self._lock:
            waiting = len(self._waiting)
            if waiting >= _MOST_WAITING:
                problem = "Too many requests wait to be answered: ask again later."
                asked = replace(asked, payload=b"", problem=problem)
            if waiting < _MOST_REFUSED:
                self._waiting.append(asked)

    def answers(self, do: Doing) -> Iterator[Answer]:
        """Do what was asked for, in order, and give out the answers: no more than are due between two blocks.

        `do` also delivers what the request causes: a failure there is an answer like any other.
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
            yield Answer(plain_verb(asked.verb), id_of(asked.payload), problem, asked.correlation)

    def _answer(self, asked: Asked, do: Doing) -> Answer:
        verb = plain_verb(asked.verb)
        answer = Answer(verb, None, correlation=asked.correlation)
        if asked.problem:
            return replace(answer, id=id_of(asked.payload), error=asked.problem)
        try:
            request = parse(asked.verb, asked.payload)
        except RequestError as error:
            return replace(answer, id=error.request_id, error=str(error))
        answer = replace(answer, id=request.id)
        key = None if request.id is None else (verb, request.id)
        said, now_s = _digest(request), self._clock()
        if key is not None and (before := self._answered.get(key)) is not None:
            if now_s - before[1] >= _REMEMBERED_S:
                del self._answered[key]
            elif before[0] == said:
                return answer
            else:
                return replace(answer, error="This id was used for another request: give each its own.")
        done = _done(request, answer, do)
        if key is not None and done.error is None:
            self._answered[key] = said, now_s
            if len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        return done


def _digest(request: Request) -> bytes:
    return hashlib.sha256(request.model_dump_json().encode()).digest()


def _done(request: Request, answer: Answer, do: Doing) -> Answer:
    try:
        do(request)
    except RepclipError as error:
        return replace(answer, error=str(error)[:600])
    except Exception:
        # A mistake of ours must not end the count.
        log.exception("A request failed: %s", type(request).__name__)
        return replace(answer, error="The request failed inside repclip: its log says more.")
    return answer
