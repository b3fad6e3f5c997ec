"""A broker that is away, refuses us, or speaks another version; a station that is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from support.ports import free_port, wait_until
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.message import Message
from pi_service.publish.topics import StationTopics

REP = "repclip/bay07/rep"
TOPICS = StationTopics("bay07")


def numbered(start, end):
    return [Message(REP, str(number).encode(), 1, retain=False) for number in range(start, end)]


def lasting(broker, folder, **options):
    return MqttPublisher(
        BrokerAddress(broker.host, broker.port),
        TOPICS,
        outbox=KeptOutbox(folder, "bay07"),
        broker_may_be_away=True,
        **options,
    )


def distinct(subscriber):
    return list(dict.fromkeys(int(payload) for payload in subscriber.payloads(REP)))


@pytest.mark.broker
def test_a_broker_that_is_away_at_the_start_and_at_the_end_gets_everything_from_the_next_process(
    mosquitto, tmp_path, caplog
):
    mosquitto.stop()
    started = time.monotonic()
    with lasting(mosquitto, tmp_path) as client:
        client.publish(numbered(0, 20))
        assert not client.connected
    assert time.monotonic() - started < 3.0
    assert "20 messages wait on disk" in caplog.text
    mosquitto.start()
    with Subscriber(mosquitto.host, mosquitto.port, REP) as subscriber:
        with lasting(mosquitto, tmp_path) as client:
            client.publish(numbered(20, 30))
            assert client.flush(10)
        assert distinct(subscriber) == list(range(30))
    assert KeptOutbox(tmp_path, "bay07").owed() == []


@pytest.mark.broker
def test_a_broker_that_comes_late_is_found_and_told_of(mosquitto, tmp_path, caplog):
    mosquitto.stop()
    with lasting(mosquitto, tmp_path) as client:
        client.publish(numbered(0, 3))
        wait_until(lambda: "No MQTT broker listens" in caplog.text, "the first attempt")
        assert client.troubles() == ()
        mosquitto.start()
        wait_until(lambda: client.connected, "the broker", 20)
        assert client.flush(5)
    told = [record.getMessage() for record in caplog.records]
    assert f"The MQTT broker {mosquitto.address} is back." in told
    assert len([each for each in told if "No MQTT broker listens" in each]) == 1


@pytest.mark.broker
def test_a_station_that_is_killed_owes_the_same_as_before(mosquitto, tmp_path):
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from pi_service.publish.broker import parse_broker\n"
        "from pi_service.publish.client import MqttPublisher\n"
        "from pi_service.publish.kept_outbox import KeptOutbox\n"
        "from pi_service.publish.message import Message\n"
        "from pi_service.publish.topics import StationTopics\n"
        "publisher = MqttPublisher(parse_broker(sys.argv[1]), StationTopics('bay07'),\n"
        "    outbox=KeptOutbox(Path(sys.argv[2]), 'bay07'), broker_may_be_away=True)\n"
        "publisher.open()\n"
        "for number in range(300):\n"
        f"    publisher.publish([Message('{REP}', b'%d' % number, 1, retain=False)])\n"
        "print('done', flush=True)\n"
        "time.sleep(60)\n"
    )
    with Subscriber(mosquitto.host, mosquitto.port, REP, client_id="independent") as subscriber:
        mosquitto.save()
        with (
            mosquitto.standing_still(),
            subprocess.Popen(
                [sys.executable, "-c", program, mosquitto.address, str(tmp_path)], stdout=subprocess.PIPE
            ) as process,
        ):
            assert process.stdout.readline() == b"done\n"
            os.kill(process.pid, signal.SIGKILL)
        with lasting(mosquitto, tmp_path) as client:
            client.publish(numbered(300, 310))
            assert client.flush(15)
        wait_until(lambda: len(distinct(subscriber)) == 310, "all of both processes")
        assert distinct(subscriber) == list(range(310))


@pytest.mark.broker
def test_a_broker_that_refuses_us_is_a_trouble_and_not_the_end(mosquitto, tmp_path, caplog):
    mosquitto.stop()
    mosquitto.start(allow_anonymous=False)
    with lasting(mosquitto, tmp_path) as client:
        client.publish(numbered(0, 3))
        wait_until(client.troubles, "the refusal")
        (trouble,) = client.troubles()
        assert trouble.what == "broker_refuses"
        assert "not auth" in trouble.text
        mosquitto.stop()
        mosquitto.start()
        wait_until(lambda: client.connected, "to be let in", 20)
        assert client.troubles() == ()
        assert client.flush(5)
    assert caplog.text.count("refuses us") == 1


def test_a_port_that_swallows_everything_holds_up_nobody(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = BrokerAddress(*silent.getsockname())
        outbox = KeptOutbox(tmp_path, "bay07")
        started = time.monotonic()
        with MqttPublisher(address, TOPICS, outbox=outbox, broker_may_be_away=True) as client:
            for start in range(0, 50, 5):
                client.publish(numbered(start, start + 5))
        assert time.monotonic() - started < 4.0
    assert len(KeptOutbox(tmp_path, "bay07").owed()) == 50


def test_without_a_disk_what_did_not_arrive_is_an_error(tmp_path):
    address = BrokerAddress("127.0.0.1", free_port())
    client = MqttPublisher(address, TOPICS, broker_may_be_away=True)
    client.open()
    client.publish(numbered(0, 2))
    with pytest.raises(BrokerError, match="did not take 2 messages"):
        client.close()
    (tmp_path / "file").write_text("")
    outbox = KeptOutbox(tmp_path / "file" / "folder", "bay07")
    client = MqttPublisher(address, TOPICS, outbox=outbox, broker_may_be_away=True)
    client.open()
    client.publish(numbered(0, 2))
    assert [each.what for each in client.troubles()] == ["outbox_not_written"]
    with pytest.raises(BrokerError, match="did not take 2 messages"):
        client.close()
