from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from support.ports import free_port, wait_until
from support.scripted import scripted_workout, stream_info
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
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
        subscriber.wait_for("repclip/bay07/rep", 30)
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
    client.close()
    client.close()
    assert time.monotonic() - started < 3.0
    assert "did not take 80 messages" in caplog.text


@pytest.mark.broker
def test_a_replay_at_full_speed_waits_for_the_broker(mosquitto):
    with Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/rep") as subscriber:
        with publisher(mosquitto, max_queued=2_000) as client:
            for start in range(0, 6_000, 100):
                client.publish(numbered(6_000)[start : start + 100])
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
