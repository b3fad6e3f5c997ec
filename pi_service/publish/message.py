"""A message and what takes messages: the seam between what is said and how it travels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pi_service.publish.topics import OFFLINE, ONLINE, Kind, StationTopics


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message, complete."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


def availability(topics: StationTopics, *, online: bool) -> Message:
    """Return the message that says whether a station is there."""
    return Message(topics.of(Kind.AVAILABILITY), ONLINE if online else OFFLINE, qos=1, retain=True)


class Publisher(Protocol):
    """Takes messages and sees to it that they arrive.

    `pi_service.publish.client.MqttPublisher` holds what is on its way in memory. A store that
    outlives the process stands in front of it behind this same protocol: it writes a message down,
    hands it on, and crosses off what is no longer in the other's `unacknowledged`.
    """

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order; does not wait for a broker that is away."""
        ...

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything has arrived; return False when it has not in time."""
        ...
