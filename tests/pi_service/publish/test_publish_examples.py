# ruff: noqa: S106, S107 - the secrets of a test
"""The examples for other programs' configurations, with the programs where the tests have them."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from support.certificates import Authority
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber

from pi_service.cli import run
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.catalogue import find_message
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.home_assistant import discovery
from pi_service.publish.message import Message
from pi_service.publish.requests import Verb
from pi_service.publish.settings import BrokerSettings, Tls
from pi_service.publish.topics import Kind, StationTopics

EXAMPLES = Path(__file__).parents[3] / "docs" / "mosquitto"
TOPICS = StationTopics("bay07")


class Gym:
    """A mosquitto with the example's configuration: only its paths and its port are others."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = Authority(folder)
        broker = self.ca.sign("broker")
        self.broker = Mosquitto(folder)
        passwords = folder / "repclip.passwords"
        passwords.touch(mode=0o600)
        for user in ("bay07", "bay08", "page", "telegraf", "trainer", "homeassistant", "admin"):
            subprocess.run(
                ["mosquitto_passwd", "-b", passwords, user, "secret"], check=True, capture_output=True
            )
        (folder / "repclip.acl").write_text((EXAMPLES / "repclip.acl").read_text())
        text = (EXAMPLES / "repclip.conf").read_text()
        for written, here in {
            "listener 8883": f"listener {self.broker.port} 127.0.0.1",
            "/etc/mosquitto/certs/broker.pem": str(broker.certificate),
            "/etc/mosquitto/certs/broker.key": str(broker.key),
            "/etc/mosquitto/repclip": f"{folder}/repclip",
            "persistence true": f"persistence true\npersistence_location {folder}/",
        }.items():
            assert written in text
            text = text.replace(written, here)
        self.broker.start_as(text)

    def settings(self, user, password="secret"):
        address = BrokerAddress(self.broker.host, self.broker.port)
        return BrokerSettings(address, user=user, password=password, tls=Tls(self.ca.certificate))

    def says(self, user, messages):
        """Publish as a user, from a station of that name."""
        with MqttPublisher(self.settings(user), StationTopics(user)) as publisher:
            publisher.publish(messages)
            assert publisher.flush(5)

    def listens(self, user, topic="#"):
        return Subscriber(
            self.broker.host, self.broker.port, topic, user=user, password="secret", ca=self.ca.certificate
        )


@pytest.fixture
def gym(tmp_path, tried_again_soon):
    made = Gym(tmp_path)
    yield made
    made.broker.stop()


def said(*topics):
    return [Message(topic, b"{}", 1, retain=False) for topic in topics]


@pytest.mark.broker
def test_a_station_says_all_that_it_has_to_say_and_nothing_for_others(gym):
    own = {TOPICS.of(kind) for kind in Kind} | {TOPICS.response(verb) for verb in Verb}
    config = discovery(TOPICS, ("any",)).topic
    others = [
        "repclip/bay08/rep",
        "repclip/bay07/request/end_set",
        "repclip/bay07/else",
        config.replace("07", "08"),
    ]
    with gym.listens("page", "repclip/#") as page, gym.listens("homeassistant", "homeassistant/#") as house:
        gym.says("bay07", said(*others, *(own - {TOPICS.of(Kind.AVAILABILITY)}), config))
        house.wait_for(config)
        page.wait_for(TOPICS.of(Kind.AVAILABILITY), 2)
        assert {each.topic for each in page.messages} == own
        assert {each.topic for each in house.messages} == {config}


@pytest.mark.broker
def test_who_may_ask_is_heard_by_the_station_alone_and_who_may_not_is_not(gym):
    heard = []
    station = MqttPublisher(
        gym.settings("bay07"),
        TOPICS,
        subscriptions=[(TOPICS.requests(), lambda message: heard.append((message.topic, message.payload)))],
    )
    with station, gym.listens("bay08", "repclip/bay07/#") as neighbour:
        for user in ("page", "telegraf", "bay08", "trainer", "homeassistant"):
            with gym.listens(user, "none") as client:
                client.publish("repclip/bay07/request/end_set", user.encode())
                client.wait_until_sent()
        station.publish(said(TOPICS.of(Kind.REP)))
        assert station.flush(5)
        assert neighbour.messages == []
    asked = (b"page", b"trainer", b"homeassistant")
    assert heard == [("repclip/bay07/request/end_set", user) for user in asked]


@pytest.mark.broker
def test_nobody_without_a_name_or_with_a_wrong_password_comes_in(gym):
    for settings in (gym.settings("bay07", "wrong"), gym.settings(None, None)):
        with pytest.raises(BrokerError, match="refuses us"):
            MqttPublisher(settings, TOPICS).open()


@pytest.mark.broker
def test_what_the_access_list_keeps_from_a_user_is_not_taken_for_forgotten(gym, capsys, monkeypatch):
    kept = [TOPICS.of(Kind.STATE), TOPICS.of(Kind.INFO), discovery(TOPICS, ("any",)).topic]
    gym.says("bay07", [Message(topic, b"{}", 1, retain=True) for topic in kept])
    password = gym.folder / "password"
    password.touch(mode=0o600)
    password.write_text("secret\n")
    broker = f"{gym.broker.host}:{gym.broker.port}"
    asked = ["mqtt", "forget", "bay07", "--broker", broker, "--broker-ca", str(gym.ca.certificate)]
    # The broker acknowledges to each of them that it has taken everything.
    for user, left in (("page", "info"), ("trainer", "state"), ("bay07", "state")):
        with monkeypatch.context() as hurried:
            hurried.setattr("pi_service.publish.forget._PATIENCE_S", 2.0)
            assert run([*asked, "--broker-user", user, "--broker-password-file", str(password)]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "has not confirmed that it forgot" in shown.err
        assert f"repclip/bay07/{left}" in shown.err
    assert run([*asked, "--broker-user", "admin", "--broker-password-file", str(password)]) == 0
    assert capsys.readouterr().out == "The station bay07 is forgotten.\n"
    with gym.listens("page", "repclip/bay07/+") as page:
        gym.says("bay07", said(TOPICS.of(Kind.REP)))
        page.wait_for(TOPICS.of(Kind.REP))
        assert not [each for each in page.messages if each.retain]


def test_telegraf_is_told_of_topics_and_keys_that_there_are():
    (consumer,) = tomllib.loads((EXAMPLES / "telegraf.conf").read_text())["inputs"]["mqtt_consumer"]
    kinds = [each.removeprefix("repclip/+/") for each in consumer["topics"]]
    keys = set().union(*(find_message(kind).model.model_fields for kind in kinds))
    (parsing,) = consumer["topic_parsing"]
    assert {each.count("/") for each in parsing.values()} == {2}
    (json,) = consumer["json_v2"]
    named = {each["path"] for each in (*json["field"], *json["tag"])} | {json["timestamp_path"]}
    assert named <= keys
    assert not {"set", "rep", "session", "seq"} & {each["path"] for each in json["tag"]}
    # What is not in every one of these messages is marked so.
    every = set.intersection(*(set(find_message(kind).model.model_fields) for kind in kinds))
    assert {each["path"] for each in json["field"] if not each.get("optional")} <= every
    assert (consumer["qos"], consumer["persistent_session"]) == (1, True)
