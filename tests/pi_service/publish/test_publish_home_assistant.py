from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import paho.mqtt.publish
import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber
from support.virtual_bus import use_virtual_time

from pi_service.cli import run
from pi_service.exercises import load_exercises
from pi_service.publish.catalogue import MESSAGES
from pi_service.publish.home_assistant import Announcer, birth_topic, discovery, removal
from pi_service.publish.requests import Verb, parse
from pi_service.publish.topics import StationTopics

TOPICS = StationTopics("bay07", "gym/floor1")
CHECK = Path(__file__).parents[2] / "support" / "home_assistant_check.py"

# What Home Assistant allows, as read in homeassistant 2025.4.4, components/mqtt: schemas.py (device, origin,
# availability, what all entities share), sensor.py, binary_sensor.py, event.py, select.py, button.py, and in
# sensor/const.py (units of a device class). `default_entity_id` came with 2025.10.
EVERY = {
    *("platform", "unique_id", "name", "icon", "entity_category"),
    *("default_entity_id", "json_attributes_topic"),
}
KEYS = {
    "sensor": {
        *("state_topic", "value_template", "unit_of_measurement", "device_class", "state_class", "options"),
        "expire_after",
    },
    "binary_sensor": {"state_topic", "value_template", "device_class", "expire_after"},
    "event": {"state_topic", "value_template", "event_types", "device_class"},
    "select": {"state_topic", "value_template", "command_topic", "command_template", "options"},
    "button": {"command_topic", "payload_press", "device_class"},
}
REQUIRED = {"event": {"event_types"}, "select": {"options", "command_topic"}, "button": {"command_topic"}}
UNITS = {
    "duration": {"d", "h", "min", "s", "ms"},
    "distance": {"km", "m", "cm", "mm"},
    "speed": {"m/s", "km/h", "mm/s"},
    "frequency": {"Hz", "kHz", "MHz", "GHz"},
    "temperature": {"°C", "°F", "K"},
    "data_size": {"bit", "kB", "MB", "GB"},
}


def message():
    return json.loads(discovery(TOPICS, tuple(load_exercises())).payload)


def components():
    return message()["components"]


def test_it_is_one_retained_message_where_home_assistant_looks():
    told = discovery(TOPICS, ("any",))
    assert (told.topic, told.qos, told.retain) == ("homeassistant/device/gym_floor1_bay07/config", 1, True)
    assert set(message()) == {"device", "origin", "availability", "state_topic", "qos", "components"}
    assert message()["device"]["identifiers"] == ["gym_floor1_bay07"]
    assert message()["origin"]["name"] == "repclip"
    (availability,) = message()["availability"]
    assert availability["topic"] == "gym/floor1/bay07/availability"
    assert (availability["payload_available"], availability["payload_not_available"]) == ("online", "offline")


@pytest.mark.parametrize(("key", "each"), components().items())
def test_each_component_is_one_that_home_assistant_accepts(key, each):
    platform = each["platform"]
    assert set(each) <= EVERY | KEYS[platform]
    assert set(each) >= {"unique_id", "name"} | REQUIRED.get(platform, set())
    assert each["unique_id"] == f"gym_floor1_bay07_{key}"
    assert re.fullmatch(rf"{platform}\.[a-z0-9_]+", each["default_entity_id"])
    # Home Assistant refuses what only reads and claims to configure something.
    allowed = {"diagnostic", "config"} if platform in ("button", "select") else {"diagnostic"}
    assert each.get("entity_category", "diagnostic") in allowed
    assert each.get("icon", "mdi:x").startswith("mdi:")
    unit, kind = each.get("unit_of_measurement"), each.get("device_class")
    if platform == "sensor" and kind in UNITS:
        assert unit in UNITS[kind]
    if platform == "sensor" and "options" in each:
        assert kind == "enum"
        assert not {"unit_of_measurement", "state_class"} & set(each)
    if each.get("state_class") is not None:
        assert each["state_class"] == "measurement"
    for topic in ("state_topic", "command_topic", "json_attributes_topic"):
        assert not set("+#\0") & set(each.get(topic, ""))


@pytest.mark.parametrize(("key", "each"), components().items())
def test_what_a_component_reads_is_what_a_station_says(key, each):
    said = {f"gym/floor1/bay07/{each.kind.value}": set(each.model.model_fields) for each in MESSAGES}
    topic = each.get("state_topic", message()["state_topic"])
    for name in re.findall(r"value_json\.(\w+)", each.get("value_template", "")):
        assert name in said[topic], key


def test_what_a_component_asks_for_is_a_request():
    asked = [each for each in components().values() if "command_topic" in each]
    assert len(asked) >= 4
    for each in asked:
        root, _, verb = each["command_topic"].rpartition("/")
        assert root == "gym/floor1/bay07/request"
        # The template makes {"exercise": "..."} of what was chosen.
        sent = each.get("payload_press", '{"exercise": "any"}')
        assert parse(verb, sent.encode()).id is None, "each press is a request of its own"
    select = components()["exercise"]
    assert select["command_template"] == "{{ {'exercise': value} | tojson }}"
    assert select["options"] == list(load_exercises())
    assert {each.rpartition("/")[2] for each in (one["command_topic"] for one in asked)} <= set(Verb)


def test_everything_that_people_look_at_is_there():
    wanted = {
        "reps",
        "exercise",
        "phase",
        "set",
        "target",
        "tempo",
        "quality",
        "held",
        "distance",
        "velocity",
    }
    assert wanted | {"active", "problem", "rep", "next_exercise", "end_set", "re_zero", "recording"} <= set(
        components()
    )


def test_it_is_told_at_the_beginning_and_when_home_assistant_was_started():
    now = [100.0]
    announcer = Announcer(discovery(TOPICS, ("any",)), clock=lambda: now[0])
    assert len(announcer.due()) == 1
    assert announcer.due() == []
    announcer.hear(SimpleNamespace(payload=b"offline", retain=False))
    announcer.hear(SimpleNamespace(payload=b"online", retain=True))
    now[0] += 10.0
    assert announcer.due() == []
    announcer.hear(SimpleNamespace(payload=b"online", retain=False))
    now[0] += 5.0
    assert [each.topic for each in announcer.due()] == ["homeassistant/device/gym_floor1_bay07/config"]
    assert birth_topic() == "homeassistant/status"


def test_a_device_is_taken_back_with_an_empty_message():
    gone = removal(TOPICS)
    assert (gone.topic, gone.payload, gone.retain) == (discovery(TOPICS, ()).topic, b"", True)


@pytest.mark.broker
def test_a_station_announces_itself_again_and_is_forgotten_when_it_is_renamed(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    arguments = ["--broker", mosquitto.address]
    with Subscriber(mosquitto.host, mosquitto.port, "homeassistant/#") as subscriber:
        assert run(["run", "--bus", "sim:", "--seconds", "65", "--home-assistant", *arguments]) == 0
        (told,) = subscriber.json("homeassistant/device/repclip_bench/config")
        assert told["components"]["reps"]["unique_id"] == "repclip_bench_reps"
        with Subscriber(mosquitto.host, mosquitto.port, "#") as late:
            late.wait_for("homeassistant/device/repclip_bench/config")
            kept = {each.topic for each in late.messages}
        assert {"repclip/bench/state", "repclip/bench/set/last", "repclip/bench/info"} <= kept
        assert run(["mqtt", "forget", "bench", *arguments]) == 0
        assert "bench is forgotten" in capsys.readouterr().out
        with Subscriber(mosquitto.host, mosquitto.port, "#") as late:
            paho.mqtt.publish.single("end", b"", hostname=mosquitto.host, port=mosquitto.port)
            late.wait_for("end")
            assert [each.topic for each in late.messages] == ["end"]
        assert run(["mqtt", "forget", "no/station", *arguments]) == 2


def test_home_assistant_itself_accepts_it():
    """With a Python that has `homeassistant`; see docs/mqtt.md for the releases that were tried."""
    python = os.environ.get("REPCLIP_HOME_ASSISTANT_PYTHON")
    if python is None:
        pytest.skip("REPCLIP_HOME_ASSISTANT_PYTHON names no Python that has homeassistant")
    payload = discovery(TOPICS, tuple(load_exercises())).payload
    checked = subprocess.run([python, CHECK], input=payload, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode()
    assert b"accepts" in checked.stdout
