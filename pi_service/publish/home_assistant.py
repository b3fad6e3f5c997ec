"""What Home Assistant needs to know to show a station by itself: one retained message, the device discovery.

Its form is that of Home Assistant's MQTT integration from release 2024.12 on (device-based discovery), by the
integration's own schemas. The message is said when the station begins and again whenever Home Assistant says
that it was started; taken back with an empty message.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pi_service import __version__
from pi_service.publish.entities import entities
from pi_service.publish.message import Message
from pi_service.publish.topics import OFFLINE, ONLINE, Kind, StationTopics, check_root

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

#: Where Home Assistant looks for discovery, and what it says there when it was started.
DISCOVERY_ROOT: Final = "homeassistant"
BIRTH: Final = b"online"

#: After that a station waits up to this time (s), each its own: many would speak at once.
_LONGEST_PAUSE_S: Final = 5.0


def birth_topic(discovery_root: str = DISCOVERY_ROOT) -> str:
    """Return the topic on which Home Assistant says that it was started."""
    return f"{check_root(discovery_root)}/status"


def discovery(
    topics: StationTopics, exercises: Sequence[str], *, discovery_root: str = DISCOVERY_ROOT
) -> Message:
    """Return the message that makes a station a device of Home Assistant's.

    Parameters
    ----------
    topics
        The station's topics.
    exercises
        Ids of the exercises that can be selected.
    discovery_root
        Where Home Assistant looks for discovery.
    """
    station = topics.station
    payload = {
        "device": {
            "identifiers": [_object_id(topics)],
            "name": f"repclip {station}",
            "manufacturer": "repclip",
            "model": "strength-training station",
            "sw_version": __version__,
        },
        "origin": {"name": "repclip", "sw_version": __version__},
        "availability": [
            {
                "topic": topics.of(Kind.AVAILABILITY),
                "payload_available": ONLINE.decode(),
                "payload_not_available": OFFLINE.decode(),
            }
        ],
        "state_topic": topics.of(Kind.STATE),
        "qos": 1,
        "components": _components(topics, exercises),
    }
    return Message(_topic(topics, discovery_root), json.dumps(payload).encode(), 1, retain=True, live=True)


def removal(topics: StationTopics, *, discovery_root: str = DISCOVERY_ROOT) -> Message:
    """Return the message that takes the device out of Home Assistant: for a station that got another name."""
    return Message(_topic(topics, discovery_root), b"", 1, retain=True, live=True)


class Announcer:
    """Says the discovery message when it is due, and takes it back.

    Parameters
    ----------
    message
        The message.
    taken_back
        What takes the device out of Home Assistant again.
    announces
        Whether the station is announced.
    clock
        Monotonic clock (s).
    """

    def __init__(
        self,
        message: Message,
        taken_back: Message | None = None,
        *,
        announces: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._message, self._taken_back = message, taken_back
        self._announces = announces
        self._clock = clock
        share = hashlib.sha256(message.topic.encode()).digest()[0] / 255.0
        self._pause_s = share * _LONGEST_PAUSE_S
        self._due_s: float | None = clock() if announces else None

    def announce(self, *, announces: bool) -> None:
        """Announce the station from now on, or take it back; by the thread that counts."""
        if announces != self._announces:
            self._announces = announces
            self._due_s = self._clock()

    def hear(self, message: MQTTMessage) -> None:
        """Take a message of Home Assistant's birth topic; on the client's thread."""
        # A retained one was said before we came: what we say at our own beginning is retained, too.
        if self._announces and message.payload == BIRTH and not message.retain:
            self._due_s = self._clock() + self._pause_s

    def due(self) -> list[Message]:
        """Return the message if it is due."""
        if self._due_s is None or self._clock() < self._due_s:
            return []
        self._due_s = None
        if self._announces:
            return [self._message]
        return [] if self._taken_back is None else [self._taken_back]


def _object_id(topics: StationTopics) -> str:
    # Two gyms may have a bay07 on one broker.
    return f"{topics.root.replace('/', '_')}_{topics.station}"


def _topic(topics: StationTopics, discovery_root: str) -> str:
    return f"{check_root(discovery_root)}/device/{_object_id(topics)}/config"


def _components(topics: StationTopics, exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    found, named = entities(topics, exercises), _object_id(topics)
    for key, each in found.items():
        each["unique_id"] = f"{named}_{key}"
        each["default_entity_id"] = f"{each['platform']}.{named.replace('-', '_').lower()}_{key}"
    return found
