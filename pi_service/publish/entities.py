"""The entities that Home Assistant shows of a station: what each reads, and what its buttons ask.

Keys and values are those of Home Assistant's MQTT integration; `pi_service.publish.home_assistant` puts them
into the discovery message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pi_service.publish.requests import Verb
from pi_service.publish.topics import Kind, StationTopics

# What a template makes of a value that is not there: Home Assistant takes it as unknown.
_OR_UNKNOWN: Final = " | default(None)"
_EXPIRE_AFTER_S: Final = 60


def entities(topics: StationTopics, exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the entities of a station by their keys, without their ids.

    Parameters
    ----------
    topics
        The station's topics.
    exercises
        Ids of the exercises that can be selected.
    """
    return {
        **_sensors(topics),
        **_diagnostics(topics),
        **_events(topics),
        **_controls(topics, exercises),
    }


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
        "athlete": _sensor("Athlete", "athlete", "mdi:account"),
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
    """Return how the station is: from `health` and `recording`."""
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
        "recording": {
            "platform": "binary_sensor",
            "name": "Recording",
            "device_class": "running",
            "icon": "mdi:record-rec",
            "state_topic": topics.of(Kind.RECORDING),
            "value_template": "{{ 'ON' if value_json.recording else 'OFF' }}",
            "json_attributes_topic": topics.of(Kind.RECORDING),
            "entity_category": "diagnostic",
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
        "re_zero": {
            **button("Learn the gyroscope's zero", Verb.RE_ZERO, "mdi:crosshairs-gps"),
            "entity_category": "config",
        },
        "start_recording": {
            **button("Start recording", Verb.START_RECORDING, "mdi:record-rec"),
            "entity_category": "config",
        },
        "stop_recording": {
            **button("Stop recording", Verb.STOP_RECORDING, "mdi:stop-circle-outline"),
            "entity_category": "config",
        },
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
