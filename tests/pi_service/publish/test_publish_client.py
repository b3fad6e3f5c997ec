from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from support.ports import free_port, wait_until
from support.scripted import scripted_workout, stream_info
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import StationTopics

TOPICS = StationTopics("bay07")
AVAILABILITY = "repclip/bay07/availability"


def numbered(count, qos=1):
    return [Message("repclip/bay07/rep", str(number).encode(), qos, retain=False) for number in range(count)]


def publisher(broker, **options):
    return MqttPublisher(BrokerAddress(broker.host, broker.port), TOPICS, **options)


@pytest.mark.broker
def test_everything_arrives_in_order_between_online_and_offline(mosquitto):
    messages = MessageBuilder(stream_info()).build(list(scripted_workout([5, 4])))
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        with publisher(mosquitto) as client:
            client.publish(messages)
            assert client.flush(5)
            assert client.unacknowledged() == ()
        subscriber.wait_for(AVAILABILITY, 2)
        seen = [(m.topic, bytes(m.payload)) for m in subscriber.messages]
    assert seen[0] == (AVAILABILITY, b"online")
    assert seen[-1] == (AVAILABILITY, b"offline")
    # Order is kept within a quality of service: a curve may overtake what waits for an acknowledgement.
    for qos in (0, 1):
        sent = [(m.topic, m.payload) for m in messages if m.qos == qos]
        assert [one for one in seen[1:-1] if one[0].endswith("/curve") is (qos == 0)] == sent


@pytest.mark.broker
def test_a_late_subscriber_finds_what_is_retained(mosquitto):
    builder = MessageBuilder(stream_info())
    with publisher(mosquitto) as client:
        client.publish([*builder.start(), *builder.build(list(scripted_workout([5])))])
        client.flush(5)
        with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
            subscriber.wait_for("repclip/bay07/set/last")
            subscriber.wait_for(AVAILABILITY)
            (state,) = subscriber.json("repclip/bay07/state")
            assert (state["reps"], state["count"]) == (5, "final")
            assert subscriber.payloads("repclip/bay07/rep") == []
            assert all(m.retain for m in subscriber.messages)


@pytest.mark.broker
def test_what_no_broker_could_take_is_thrown_away_and_told_and_holds_nothing_up(mosquitto, tmp_path):
    # A former process left it in the outbox.
    left = KeptOutbox(tmp_path, "bay07")
    left.put([Message("r" * 66_000 + "/bay07/rep", b"x", 1, retain=False)])
    left.close()
    client = publisher(mosquitto, outbox=KeptOutbox(tmp_path, "bay07"), broker_may_be_away=True)
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        client.open()
        client.publish(numbered(3))
        wait_until(lambda: client.connected, "the publisher to connect")
        assert client.flush(5)
        subscriber.wait_for("repclip/bay07/rep", 3)
        (trouble,) = client.troubles()
        assert (trouble.what, client.dropped) == ("message_unsendable", 1)
        assert trouble.text.startswith(f"A message of {'r' * 60}... was thrown away, because it cannot be")
        with pytest.raises(BrokerError, match="did not take 1 message"):
            client.close()
    again = KeptOutbox(tmp_path, "bay07")
    assert again.owed() == []
    again.close()


def test_an_absent_broker_is_one_sentence_soon():
    started = time.monotonic()
    with pytest.raises(BrokerError, match="No MQTT broker listens") as caught:
        MqttPublisher(BrokerAddress("127.0.0.1", free_port()), TOPICS).open()
    assert time.monotonic() - started < 3.5
    assert "\n" not in str(caught.value)


def test_somebody_else_on_the_port_is_one_sentence_soon():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(BrokerError, match="does not speak MQTT"):
            MqttPublisher(BrokerAddress(*silent.getsockname()), TOPICS, connect_timeout_s=1.0).open()
        assert time.monotonic() - started < 3.0
    assert not [t for t in threading.enumerate() if t.name.startswith("paho")]


@pytest.mark.broker
def test_a_refusal_is_one_sentence(mosquitto, tmp_path):
    mosquitto.stop()
    mosquitto.start(allow_anonymous=False)
    with pytest.raises(BrokerError, match=r"refuses us .*not auth"):
        publisher(mosquitto).open()


@pytest.mark.broker
def test_a_broker_that_goes_and_comes_back_is_told_in_plain_words(mosquitto, caplog):
    with publisher(mosquitto) as client:
        mosquitto.stop()
        wait_until(lambda: not client.connected, "the publisher to notice")
        mosquitto.start()
        wait_until(lambda: client.connected, "the publisher to come back", 20)
        told = [record.getMessage() for record in caplog.records]
        assert told[0] == f"The MQTT broker {mosquitto.address} is gone: trying again."
        assert f"The MQTT broker {mosquitto.address} is back." in told


@pytest.mark.broker
def test_what_was_said_during_an_outage_arrives_after_it(mosquitto):
    messages = numbered(30)
    with (
        Subscriber(mosquitto.host, mosquitto.port, client_id="independent") as subscriber,
        publisher(mosquitto) as client,
    ):
        client.publish(messages[:10])
        assert client.flush(5)
        mosquitto.stop()
        wait_until(lambda: not client.connected, "the publisher to notice")
        client.publish(messages[10:])
        assert not client.flush(0.2)
        assert [m.payload for m in client.unacknowledged()] == [m.payload for m in messages[10:]]
        mosquitto.start()
        assert client.flush(15)
        wait_until(lambda: len(set(subscriber.payloads("repclip/bay07/rep"))) == 30, "all 30 reps")
        # At least once: what the subscriber had acknowledged just before the stop may come again.
        seen = dict.fromkeys(int(payload) for payload in subscriber.payloads("repclip/bay07/rep"))
        assert list(seen) == list(range(30))
        assert subscriber.wait_for(AVAILABILITY, 2)[-1] == b"online"
    assert client.dropped == 0


@pytest.mark.broker
def test_the_queue_is_bounded_and_tells_what_it_lost(mosquitto, caplog):
    client = publisher(mosquitto, max_queued=50, close_timeout_s=0.5)
    client.open()
    mosquitto.stop()
    wait_until(lambda: not client.connected, "the publisher to notice")
    client.publish(numbered(80))
    assert client.dropped == 30
    assert len(client.unacknowledged()) == 50
    assert sum("messages are lost" in record.message for record in caplog.records) == 1
    started = time.monotonic()
    with pytest.raises(BrokerError, match="did not take 80 messages"):
        client.close()
    client.close()
    assert time.monotonic() - started < 3.0
    assert not [t for t in threading.enumerate() if t.name.startswith(("paho", "repclip"))]


@pytest.mark.broker
def test_a_replay_at_full_speed_waits_for_the_broker(mosquitto):
    with Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/rep") as subscriber:
        with publisher(mosquitto, max_queued=2_000, may_wait=True) as client:
            messages = numbered(6_000)
            for start in range(0, 6_000, 100):
                client.publish(messages[start : start + 100])
        assert client.dropped == 0
        assert len(subscriber.wait_for("repclip/bay07/rep", 6_000)) == 6_000


@pytest.mark.broker
def test_the_broker_says_offline_for_one_who_vanishes(mosquitto):
    program = (
        "import sys, time\n"
        "from pi_service.publish.broker import parse_broker\n"
        "from pi_service.publish.client import MqttPublisher\n"
        "from pi_service.publish.topics import StationTopics\n"
        f"MqttPublisher(parse_broker('{mosquitto.address}'), StationTopics('bay07')).open()\n"
        "time.sleep(60)\n"
    )
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        process = subprocess.Popen([sys.executable, "-c", program])
        try:
            assert subscriber.wait_for(AVAILABILITY) == [b"online"]
            os.kill(process.pid, signal.SIGKILL)
            assert subscriber.wait_for(AVAILABILITY, 2)[-1] == b"offline"
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def retained(kind, number):
    return Message(f"repclip/bay07/{kind}", str(number).encode(), 1, retain=True)


@pytest.mark.broker
def test_a_long_outage_leaves_the_station_online_with_all_events_and_its_newest_state(mosquitto, caplog):
    events = [
        Message(f"repclip/bay07/{kind}", str(number).encode(), 1, retain=False)
        for number, kind in enumerate(["rep", "rep", "correction", "set"] * 5)
    ]
    with Subscriber(mosquitto.host, mosquitto.port, client_id="independent") as subscriber:
        with publisher(mosquitto, max_queued=40) as client:
            client.publish([retained("state", "before")])
            assert client.flush(5)
            mosquitto.stop()
            wait_until(lambda: not client.connected, "the publisher to notice")
            for number in range(80):
                client.publish([retained("state", number)])
                if number % 4 == 3:
                    client.publish([events[number // 4], retained("set/last", number)])
            assert [m for m in client.unacknowledged() if not m.retain] == events
            assert (client.dropped, client.superseded) == (0, 79 + 19)
            mosquitto.start()
            assert client.flush(15)
            with Subscriber(mosquitto.host, mosquitto.port) as late:
                assert late.wait_for(AVAILABILITY) == [b"online"]
                assert late.wait_for("repclip/bay07/state") == [b"79"]
                assert late.wait_for("repclip/bay07/set/last") == [b"79"]
        subscriber.wait_for("repclip/bay07/set", 5)
        seen = [bytes(m.payload) for m in subscriber.messages if m.topic in {e.topic for e in events}]
        assert list(dict.fromkeys(seen)) == [m.payload for m in events]
    assert caplog.text.count("98 states were replaced") == 1


@pytest.mark.broker
def test_what_was_on_its_way_is_not_overtaken_after_an_outage(mosquitto):
    """The broker stands still with messages on their way to it, is killed, and comes back."""
    with (
        Subscriber(
            mosquitto.host, mosquitto.port, "repclip/bay07/rep", client_id="independent"
        ) as subscriber,
        publisher(mosquitto) as client,
    ):
        mosquitto.save()
        with mosquitto.standing_still():
            client.publish(numbered(200))
            wait_until(lambda: len(client._courier._on_the_way) == 50, "the first messages to leave")
            mosquitto.kill()
            wait_until(lambda: not client.connected, "the publisher to notice")
        mosquitto.start()
        assert client.flush(15)
        seen = dict.fromkeys(int(payload) for payload in subscriber.wait_for("repclip/bay07/rep", 200))
        assert list(seen) == list(range(200))


@pytest.mark.broker
def test_a_broker_that_stands_still_does_not_hold_up_the_samples(mosquitto):
    with publisher(mosquitto) as client:
        with mosquitto.standing_still():
            messages = numbered(3_000)
            started = time.monotonic()
            for start in range(0, 3_000, 10):
                client.publish(messages[start : start + 10])
            assert time.monotonic() - started < 1.0
            assert client.connected
        assert client.flush(20)
        assert client.dropped == 0


@pytest.mark.broker
def test_a_replay_waits_once_for_a_broker_that_stands_still(mosquitto):
    with publisher(mosquitto, may_wait=True) as client:
        with mosquitto.standing_still():
            messages = numbered(3_000)
            started = time.monotonic()
            for start in range(0, 3_000, 10):
                client.publish(messages[start : start + 10])
            assert 1.5 < time.monotonic() - started < 4.0
        assert client.flush(20)


@pytest.mark.broker
def test_the_last_will_of_a_former_process_does_not_stay(mosquitto):
    """A power cut: the old session still lives at the broker when the new process is there already."""
    former = mqtt.Client(CallbackAPIVersion.VERSION2, "former", protocol=mqtt.MQTTv311)
    former.will_set(AVAILABILITY, b"offline", 1, retain=True)
    former.connect(mosquitto.host, mosquitto.port)
    for _ in range(5):
        former.loop(0.1)  # until it is connected; then nobody speaks for it
    with (
        Subscriber(mosquitto.host, mosquitto.port, AVAILABILITY) as subscriber,
        publisher(mosquitto) as client,
    ):
        assert subscriber.wait_for(AVAILABILITY) == [b"online"]
        former.socket().close()  # without a word: to the broker, as when the keepalive is over
        assert subscriber.wait_for(AVAILABILITY, 3) == [b"online", b"offline", b"online"]
        with Subscriber(mosquitto.host, mosquitto.port) as late:
            assert late.wait_for(AVAILABILITY) == [b"online"]
        client.close()
        assert subscriber.wait_for(AVAILABILITY, 4)[3:] == [b"offline"]


@pytest.mark.broker
def test_two_of_one_station_side_by_side(mosquitto):
    with Subscriber(mosquitto.host, mosquitto.port, AVAILABILITY) as subscriber, publisher(mosquitto):
        with publisher(mosquitto):
            subscriber.wait_for(AVAILABILITY, 2)
        assert subscriber.wait_for(AVAILABILITY, 4) == [b"online", b"online", b"offline", b"online"]


@pytest.mark.broker
def test_an_error_is_not_hidden_by_messages_that_did_not_arrive(mosquitto, caplog):
    def fail(client):
        mosquitto.stop()
        wait_until(lambda: not client.connected, "the publisher to notice")
        client.publish(numbered(3))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), publisher(mosquitto, close_timeout_s=0.3) as client:
        fail(client)
    assert "did not take 3 messages" in caplog.text
