"""A message at which the broker hangs up, and one that it refuses: set aside, and the rest goes on."""

from __future__ import annotations

import json

import pytest
from support.ports import wait_until
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.hang_ups import Finding, HangUps
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.message import Message
from pi_service.publish.settings import BrokerSettings
from pi_service.publish.topics import StationTopics

REP = "repclip/bay07/rep"
LAST = "repclip/bay07/set/last"
TOPICS = StationTopics("bay07")


def rep(number, size=0):
    return Message(REP, b"%d" % number + b" " * size, 1, retain=False)


def ended(judge, first, *, lasted_s=0.1, acknowledged=False, times=1):
    return [judge.ended(lasted_s, acknowledged=acknowledged, first=first) for _ in range(times)]


def test_a_message_that_is_alone_when_the_broker_hangs_up_is_the_one():
    judge = HangUps()
    assert ended(judge, 7, times=2) == [Finding.NOTHING, Finding.SUSPICION]
    assert judge.careful
    assert ended(judge, 7, times=2) == [Finding.NOTHING, Finding.GUILT]
    judge.acknowledged(left=30)
    assert not judge.careful


def test_nobody_is_suspected_of_connections_that_end_late_or_bring_something():
    judge = HangUps()
    for _ in range(5):
        assert ended(judge, 7) == [Finding.NOTHING]
        assert ended(judge, 7, acknowledged=True) == [Finding.NOTHING]
    for _ in range(5):
        assert ended(judge, 7) == [Finding.NOTHING]
        assert ended(judge, 7, lasted_s=60.0) == [Finding.NOTHING]
    assert ended(judge, None, times=5) == [Finding.NOTHING] * 5
    assert not judge.careful


def test_a_message_that_arrives_when_it_is_alone_was_not_the_one():
    judge = HangUps()
    ended(judge, 7, times=2)
    assert ended(judge, 7) == [Finding.NOTHING]
    judge.acknowledged(left=3)
    assert judge.careful, "the one is not found yet"
    assert ended(judge, 8, times=2) == [Finding.NOTHING, Finding.GUILT]


def test_all_is_well_when_everything_has_arrived():
    judge = HangUps()
    ended(judge, 7, times=2)
    judge.acknowledged(left=0)
    assert not judge.careful


def strict(mosquitto):
    mosquitto.stop()
    mosquitto.start(more="max_packet_size 2000\n")


def publisher(mosquitto, folder):
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    outbox = KeptOutbox(folder, "bay07")
    return MqttPublisher(address, TOPICS, outbox=outbox, broker_may_be_away=True)


@pytest.mark.broker
@pytest.mark.parametrize("retain", [False, True])
def test_one_message_that_the_broker_hangs_up_at_holds_up_nothing_for_long(mosquitto, tmp_path, retain):
    strict(mosquitto)
    large = Message(LAST if retain else REP, b"x" * 3_000, 1, retain=retain)
    messages = [*(rep(number) for number in range(30)), large, *(rep(number) for number in range(30, 200))]
    # A run that ends, and one that finds all of it on disk.
    box = KeptOutbox(tmp_path, "bay07")
    box.put(messages, sending=False)
    box.close()
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        client = publisher(mosquitto, tmp_path)
        client.open()
        wait_until(lambda: not client.waiting(), "the rest", 40)
        (trouble,) = client.troubles()
        assert trouble.what == "message_refused"
        assert f"A message of {large.topic} (3000 bytes) was set aside: " in trouble.text
        assert client.dropped == 1
        client.publish([rep(200)])
        assert client.flush(5), "and all is as before"
        assert client.connected
        with pytest.raises(BrokerError, match="set aside"):
            client.close()
        got = list(dict.fromkeys(int(each) for each in subscriber.payloads(REP)))
    assert got == list(range(201))
    (line,) = (tmp_path / "bay07.refused.jsonl").read_text().splitlines()
    assert len(json.loads(line)["payload"]) == 3_000


@pytest.mark.broker
def test_a_broker_that_comes_back_without_its_memory_hears_all_that_is_retained(mosquitto, tmp_path):
    retained = {
        "repclip/bay07/info": b'{"info":1}',
        LAST: b'{"set":2}',
        "homeassistant/device/repclip_bay07/config": b'{"device":3}',
    }
    with publisher(mosquitto, tmp_path) as client:
        client.publish([Message(topic, b"{}", 1, retain=True) for topic in retained])
        client.publish([Message(topic, text, 1, retain=True) for topic, text in retained.items()])
        assert client.flush(5)
        mosquitto.kill()
        (mosquitto._folder / "mosquitto.db").unlink(missing_ok=True)
        # Newer than what the broker has had, and told once.
        client.publish([rep(1), Message(LAST, b'{"set":3}', 1, retain=True)])
        mosquitto.start()
        wait_until(lambda: client.connected and not client.waiting(), "the broker", 20)
        with Subscriber(mosquitto.host, mosquitto.port, "#") as late:
            late.wait_for("repclip/bay07/availability")
            for topic in retained:
                late.wait_for(topic)
            kept = {each.topic: each.payload for each in late.messages}
        assert kept == {**retained, LAST: b'{"set":3}', "repclip/bay07/availability": b"online"}
    assert KeptOutbox(tmp_path, "bay07").owed() == []


def settings_5(mosquitto):
    return BrokerSettings(BrokerAddress(mosquitto.host, mosquitto.port), version="5")


@pytest.mark.broker
def test_what_the_broker_refuses_in_mqtt_5_is_not_taken_for_sent(mosquitto, tmp_path):
    mosquitto.stop()
    acl = tmp_path / "acl"
    acl.write_text("topic write repclip/bay07/rep\ntopic readwrite repclip/bay07/availability\n")
    mosquitto.start(more=f"acl_file {acl}\n")
    gap = Message("repclip/bay07/gap", b"{}", 1, retain=False)
    client = publisher_5(mosquitto, tmp_path)
    client.open()
    client.publish([rep(1), gap, rep(2)])
    assert client.flush(5)
    (trouble,) = client.troubles()
    assert trouble.what == "message_refused"
    assert "refuses it (not authorized)" in trouble.text
    assert client.dropped == 1
    with pytest.raises(BrokerError, match="set aside"):
        client.close()
    # Without a disk it is an error in the end: a replay must not say that all went well.
    with (
        pytest.raises(BrokerError, match="set aside"),
        MqttPublisher(settings_5(mosquitto), TOPICS) as client,
    ):
        client.publish([gap])


def publisher_5(mosquitto, folder):
    outbox = KeptOutbox(folder / "outbox", "bay07")
    return MqttPublisher(settings_5(mosquitto), TOPICS, outbox=outbox, broker_may_be_away=True)
