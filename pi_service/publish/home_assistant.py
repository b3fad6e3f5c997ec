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
from pi_service.publish.message import Message
from pi_service.publish.requests import Verb
from pi_service.publish.topics import OFFLINE, ONLINE, Kind, StationTopics, check_root

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

#: Where Home Assistant looks for discovery, and what it says there when it was started.
DISCOVERY_ROOT: Final = "homeassistant"
BIRTH: Final = b"online"

#: After that a station waits up to this time (s), each its own: many would speak at once.
_LONGEST_PAUSE_S: Final = 5.0
# What a template makes of a value that is not there: Home Assistant takes it as unknown.
_OR_UNKNOWN: Final = " | default(None)"
_EXPIRE_AFTER_S: Final = 60


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
    """Says the discovery message when it is due.

    Parameters
    ----------
    message
        The message.
    clock
        Monotonic clock (s).
    """

    def __init__(self, message: Message, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._message = message
        self._clock = clock
        share = hashlib.sha256(message.topic.encode()).digest()[0] / 255.0
        self._pause_s = share * _LONGEST_PAUSE_S
        self._due_s: float | None = clock()

    def hear(self, message: MQTTMessage) -> None:
        """Take a message of Home Assistant's birth topic; on the client's thread."""
        # A retained one was said before we came: what we say at our own beginning is retained, too.
        if message.payload == BIRTH and not message.retain:
            self._due_s = self._clock() + self._pause_s

    def due(self) -> list[Message]:
        """Return the message if it is due."""
        if self._due_s is None or self._clock() < self._due_s:
            return []
        self._due_s = None
        return [self._message]


def _object_id(topics: StationTopics) -> str:
    # Two gyms may have a bay07 on one broker.
    return f"{topics.root.replace('/', '_')}_{topics.station}"


def _topic(topics: StationTopics, discovery_root: str) -> str:
    return f"{check_root(discovery_root)}/device/{_object_id(topics)}/config"


def _components(topics: StationTopics, exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {
        **_sensors(topics),
        **_diagnostics(topics),
        **_events(topics),
        **_controls(topics, exercises),
    }
    named = _object_id(topics)
    for key, each in found.items():
        each["unique_id"] = f"{named}_{key}"
        each["default_entity_id"] = f"{each['platform']}.{named.replace('-', '_').lower()}_{key}"
    return found


def _sensors(topics: StationTopics) -> dict[str, dict[str, Any]]:
    """Return what goes on: from `state`, and of the last set."""
    verdict = topics.of(Kind.SET_VERDICT)
    count = {"state_class": "measurement"}
    return {
        "reps": _sensor("Reps", "reps", "mdi:counter", unit="reps", **count),
        "set": _sensor("Set", "set", "mdi:format-list-numbered"),
        "last_set_reps": _sensor("Reps of the last set", "last_set_reps", "mdi:counter", unit="reps"),
        "sets_done": _sensor("Sets done", "sets_done", "mdi:check-all"),
        "current_exercise": _sensor("Exercise", "exercise", "mdi:weight-lifter"),
        "phase": {
            **_sensor("Phase", "phase", "mdi:swap-vertical"),
            "device_class": "enum",
            "options": ["still", "moving", "out", "back"],
        },
        "target": {
            **_sensor("Target", "target", "mdi:bullseye-arrow"),
            "device_class": "enum",
            "options": ["short", "reached", "over"],
        },
        "asked": _sensor("Asked for at least", "asked_least", "mdi:bullseye"),
        "rest": _sensor("Rest", "rest_s", "mdi:timer-sand", unit="s", device_class="duration", **count),
        "held": _sensor("Held", "held_s", "mdi:timer-outline", unit="s", device_class="duration", **count),
        "distance": _sensor(
            "Distance", "distance_m", "mdi:map-marker-distance", unit="m", device_class="distance", **count
        ),
        "steps": _sensor("Steps", "steps", "mdi:walk", unit="steps", **count),
        "velocity": _sensor(
            "Mean velocity of the last rep",
            "out_mean_mps",
            "mdi:speedometer",
            unit="m/s",
            device_class="speed",
            topic=topics.of(Kind.REP),
            **count,
        ),
        "tempo": _sensor("Tempo of the last set", "tempo", "mdi:metronome", topic=verdict),
        "quality": _sensor(
            "Quality of the last set", "quality_percent", "mdi:medal", unit="%", topic=verdict, **count
        ),
        "sway": _sensor(
            "Sway of the last hold or carry",
            "sway_rms_deg",
            "mdi:sine-wave",
            unit="°",
            topic=topics.of(Kind.SET_LAST),
            **count,
        ),
        "active": {
            "platform": "binary_sensor",
            "name": "Set running",
            "device_class": "running",
            "value_template": "{{ 'ON' if value_json.active else 'OFF' }}",
        },
    }


def _diagnostics(topics: StationTopics) -> dict[str, dict[str, Any]]:
    """Return how the station is: from `health`."""
    health = topics.of(Kind.HEALTH)

    def diagnostic(name: str, key: str, icon: str, **more: Any) -> dict[str, Any]:
        made = _sensor(name, key, icon, topic=health, state_class="measurement", **more)
        return {**made, "entity_category": "diagnostic", "expire_after": _EXPIRE_AFTER_S}

    return {
        "problem": {
            "platform": "binary_sensor",
            "name": "Fault",
            "device_class": "problem",
            "state_topic": health,
            "value_template": "{{ 'ON' if value_json.faults else 'OFF' }}",
            "json_attributes_topic": health,
            "entity_category": "diagnostic",
            "expire_after": _EXPIRE_AFTER_S,
        },
        "limb_rate": diagnostic(
            "Sample rate", "limb_rate_hz", "mdi:pulse", unit="Hz", device_class="frequency"
        ),
        "limb_temperature": diagnostic(
            "Sensor temperature",
            "limb_temperature_c",
            "mdi:thermometer",
            unit="°C",
            device_class="temperature",
        ),
        "limb_gaps": diagnostic("Gaps", "limb_gaps", "mdi:alert-outline"),
        "limb_bus_errors": diagnostic("Bus errors", "limb_bus_errors", "mdi:alert-outline"),
        "outbox": diagnostic("Messages that wait", "outbox_waiting", "mdi:tray-full"),
        "cpu": diagnostic("CPU", "cpu_percent", "mdi:chip", unit="%"),
        "memory": diagnostic("Memory", "memory_mb", "mdi:memory", unit="MB", device_class="data_size"),
    }


def _events(topics: StationTopics) -> dict[str, dict[str, Any]]:
    """Return what happens: each rep, and the end of each set."""
    return {
        "rep": {
            "platform": "event",
            "name": "Rep",
            "icon": "mdi:arm-flex",
            "state_topic": topics.of(Kind.REP),
            "event_types": ["rep"],
            "value_template": _event(
                "rep", "exercise", "set", "rep", "reps", "seq", "duration_s", "range_deg"
            ),
        },
        "set_done": {
            "platform": "event",
            "name": "Set over",
            "icon": "mdi:flag-checkered",
            "state_topic": topics.of(Kind.SET),
            "event_types": ["set"],
            "value_template": _event("set", "exercise", "set", "final_reps", "seq", "duration_s"),
        },
    }


def _controls(topics: StationTopics, exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what can be asked for: requests without an id, because each press is a new one."""

    def button(name: str, verb: Verb, icon: str) -> dict[str, Any]:
        return {
            "platform": "button",
            "name": name,
            "icon": icon,
            "command_topic": _request(topics, verb),
            "payload_press": "{}",
        }

    return {
        "exercise": {
            "platform": "select",
            "name": "Exercise",
            "icon": "mdi:weight-lifter",
            "options": list(exercises),
            "command_topic": _request(topics, Verb.SELECT_EXERCISE),
            "command_template": "{{ {'exercise': value} | tojson }}",
            "value_template": "{{ value_json.exercise }}",
        },
        "next_exercise": button("Next exercise", Verb.NEXT_EXERCISE, "mdi:skip-next"),
        "start_set": button("Start set", Verb.START_SET, "mdi:play"),
        "end_set": button("End set", Verb.END_SET, "mdi:stop"),
        "health_check": {
            **button("Health check", Verb.HEALTH, "mdi:stethoscope"),
            "entity_category": "diagnostic",
        },
    }


def _request(topics: StationTopics, verb: Verb) -> str:
    return f"{topics.requests().removesuffix('+')}{verb.value}"


def _sensor(
    name: str,
    key: str,
    icon: str,
    *,
    unit: str | None = None,
    topic: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    made = {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "value_template": f"{{{{ value_json.{key}{_OR_UNKNOWN} }}}}",
        **more,
    }
    if unit is not None:
        made["unit_of_measurement"] = unit
    if topic is not None:
        made["state_topic"] = topic
    return made


def _event(kind: str, *keys: str) -> str:
    said = ", ".join(f"'{key}': value_json.{key}" for key in keys)
    return f"{{{{ {{'event_type': '{kind}', {said}}} | tojson }}}}"
