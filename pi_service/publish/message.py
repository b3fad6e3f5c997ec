"""A message and what takes messages: the seam between what is said and how it travels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pi_service.publish.topics import OFFLINE, ONLINE, Kind, StationTopics


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message, complete.

    Attributes
    ----------
    topic, payload, qos, retain
        As MQTT has them.
    live
        True for what is out of date within seconds, because the next one says it anew: it is the first to be
        left out, and no disk keeps it.
    expires_s
        With MQTT 5 the broker forgets it after this time (s); 0 for never.
    vital
        True for one of few that are taken where others find no room any more.
    correlation
        With MQTT 5, what whoever asked gave to tell the answer by.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    live: bool = False
    expires_s: int = 0
    correlation: bytes | None = None
    vital: bool = False


def availability(topics: StationTopics, *, online: bool) -> Message:
    """Return the message that says whether a station is there."""
    return Message(topics.of(Kind.AVAILABILITY), ONLINE if online else OFFLINE, qos=1, retain=True, live=True)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with the way to the broker, while it lasts.

    Attributes
    ----------
    what
        A name that programs know: ``outbox_full``, ``outbox_too_old``, ``outbox_not_written``,
        ``outbox_damaged``, ``message_too_large``, ``message_unsendable``, ``message_refused``,
        ``broker_refuses``, ``recording_failed``.
    text
        One sentence for people.
    """

    what: str
    text: str


class Publisher(Protocol):
    """Takes messages and sees to it that they arrive; `pi_service.publish.client.MqttPublisher` is one."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order; does not wait for a broker that is away."""
        ...

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything has arrived; return False when it has not in time."""
        ...
