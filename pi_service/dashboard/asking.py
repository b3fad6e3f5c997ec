"""Requests to stations over MQTT: each is sent once, and waits for the answer with its id."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from pi_service.publish.requests import Request, ResponsePayload, Verb
from pi_service.publish.topics import StationTopics

log = logging.getLogger(__name__)

#: How long an answer is waited for (s), and how many are at a time.
ANSWER_S: Final = 5.0
MOST_WAITING: Final = 32
_LARGEST_ANSWER: Final = 65_536
_TOPIC_END: Final = re.compile(r"([a-z0-9_-]{1,40})/response/([a-z_]{1,40})")

#: Sends a message, if the broker is there; says whether it was sent.
Sender = Callable[[str, bytes], bool]


class AskingError(Exception):
    """There is no answer."""


class BrokerAwayError(AskingError):
    """Nothing can be sent."""


class NoAnswerError(AskingError):
    """The station has not answered in time."""


class TooManyError(AskingError):
    """Too many answers are waited for."""


@dataclass(frozen=True, slots=True)
class _Key:
    station: str
    verb: str
    id: str


class Asker:
    """Asks stations; everything here runs on the server's event loop.

    Parameters
    ----------
    root
        What the topics begin with.
    send
        Sends a message to the broker.
    answer_s
        How long an answer is waited for (s).
    """

    def __init__(self, root: str, send: Sender, *, answer_s: float = ANSWER_S) -> None:
        self._root = root
        self._send = send
        self._answer_s = answer_s
        self._waiting: dict[_Key, asyncio.Future[ResponsePayload]] = {}

    async def ask(self, station: str, verb: Verb, request: Request) -> ResponsePayload:
        """Send a request and return the station's answer.

        Parameters
        ----------
        station, verb
            Who is asked for what.
        request
            With an id of the caller's nothing is done twice if it asks again; otherwise it gets one.

        Raises
        ------
        BrokerAwayError, NoAnswerError, TooManyError
            If there is no answer.
        """
        key = _Key(station, verb.value, request.id or f"page-{secrets.token_hex(8)}")
        if len(self._waiting) >= MOST_WAITING or key in self._waiting:
            raise TooManyError("Too many requests wait for their answers: ask again in a few seconds.")
        said = request.model_copy(update={"id": key.id}).model_dump_json(exclude_unset=True).encode()
        future: asyncio.Future[ResponsePayload] = asyncio.get_running_loop().create_future()
        self._waiting[key] = future
        try:
            if not self._send(StationTopics(station, self._root).request(verb.value), said):
                raise BrokerAwayError("The MQTT broker is away: nothing can be asked for.")
            answer = await asyncio.wait_for(future, self._answer_s)
        except TimeoutError:
            log.info("%s was asked for %s and did not answer.", station, verb.value)
            raise NoAnswerError(
                f"{station} has not answered within {self._answer_s:g} s: "
                "look whether it was done, then ask again."
            ) from None
        finally:
            del self._waiting[key]
        log.info("%s was asked for %s: %s", station, verb.value, "done" if answer.ok else answer.error)
        return answer

    def is_answer(self, topic: str) -> bool:
        """Say whether a topic is that of an answer; may be called on any thread."""
        return _TOPIC_END.fullmatch(topic.removeprefix(f"{self._root}/")) is not None

    def take(self, topic: str, payload: bytes) -> None:
        """Take a message of ``response/<verb>``; an answer that nobody waits for is left out."""
        found = _TOPIC_END.fullmatch(topic.removeprefix(f"{self._root}/"))
        if found is None or len(payload) > _LARGEST_ANSWER:
            return
        try:
            answer = ResponsePayload.from_bytes(payload)
        except ValidationError:
            return
        future = self._waiting.get(_Key(found[1], found[2], answer.id or ""))
        if future is not None and not future.done() and answer.station == found[1]:
            future.set_result(answer)
