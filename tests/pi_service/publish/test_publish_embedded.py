from __future__ import annotations

import socket
import threading

import pytest
from support.ports import free_port, listens
from support.scripted import scripted_workout, stream_info
from support.subscriber import Subscriber

from pi_service.publish import embedded
from pi_service.publish.client import MqttPublisher
from pi_service.publish.embedded import EmbeddedBroker
from pi_service.publish.errors import BrokerError
from pi_service.publish.messages import MessageBuilder


def test_publisher_and_subscribers_over_tcp_and_websocket(caplog):
    builder = MessageBuilder(stream_info())
    messages = builder.build(list(scripted_workout([3])))
    with EmbeddedBroker() as broker:
        tcp, web = broker.address, broker.websocket_address
        with (
            Subscriber(tcp.host, tcp.port) as by_tcp,
            Subscriber(web.host, web.port, transport="websockets") as by_websocket,
        ):
            with MqttPublisher(tcp, builder.topics, shared_broker=False) as client:
                client.publish(messages)
                assert client.flush(5)
            for subscriber in (by_tcp, by_websocket):
                assert subscriber.wait_for("repclip/bay07/availability", 2) == [b"online", b"offline"]
                assert [s["reps"] for s in subscriber.json("repclip/bay07/rep")] == [1, 2, 3]
        with Subscriber(tcp.host, tcp.port) as late:
            assert late.wait_for("repclip/bay07/state")
            assert late.wait_for("repclip/bay07/availability")[-1] == b"offline"  # QoS 1 may repeat it
    assert not listens(tcp.port)
    assert not listens(web.port)
    assert [r for r in caplog.records if r.name.startswith("amqtt")] == []


def test_it_can_be_started_again_and_leaves_no_thread():
    before = set(threading.enumerate())
    broker = EmbeddedBroker(free_port(), free_port())
    for _ in range(2):
        broker.start()
        assert listens(broker.address.port)
        broker.stop()
        broker.stop()
        assert not listens(broker.address.port)
    assert set(threading.enumerate()) == before


def lent_ports(monkeypatch, lists):
    """Let the broker find these ports free, one list a time, and free ones after that."""
    real = embedded._free_ports
    given = iter(lists)
    monkeypatch.setattr(embedded, "_free_ports", lambda count: next(given, None) or real(count))


@pytest.mark.parametrize("seen_in_time", [True, False])
def test_a_port_that_somebody_takes_meanwhile_is_given_up_for_another(monkeypatch, seen_in_time):
    if not seen_in_time:
        monkeypatch.setattr(embedded, "_check_free", lambda _: None)
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        tcp, web = one.getsockname()[1], two.getsockname()[1]
        left = free_port()
        lent_ports(monkeypatch, [[tcp, web], [left, web]])
        with EmbeddedBroker() as broker:
            assert {broker.address.port, broker.websocket_address.port}.isdisjoint({tcp, web, left})
            assert listens(broker.address.port)
            # Nothing is left of the second attempt, of which only the WebSocket failed.
            assert not listens(left)


def test_a_port_that_was_asked_for_is_kept_while_another_is_looked_for(monkeypatch):
    asked = free_port()
    monkeypatch.setattr(embedded, "_check_free", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        lent_ports(monkeypatch, [[free_port(), taken.getsockname()[1]]])
        with EmbeddedBroker(tcp_port=asked) as broker:
            assert broker.address.port == asked
            assert listens(asked)


def test_a_taken_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        broker = EmbeddedBroker(tcp_port=taken.getsockname()[1])
        with pytest.raises(BrokerError, match=r"cannot listen on .* \(address already in use\)"):
            broker.start()
