from __future__ import annotations

import pytest
from support.ports import free_port

from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress, check_reachable, parse_broker
from pi_service.publish.client import MqttPublisher
from pi_service.publish.errors import BrokerError
from pi_service.publish.topics import StationTopics


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost:1883", "localhost", 1883),
        ("gym.lan", "gym.lan", 1883),
        (" 10.0.0.2:8883 ", "10.0.0.2", 8883),
        ("[::1]:1884", "::1", 1884),
        ("[fe80::1]", "fe80::1", 1883),
        ("gym.lan.:1883", "gym.lan.", 1883),
        ("x" * 63 + ".lan", "x" * 63 + ".lan", 1883),
    ],
)
def test_addresses(text, host, port):
    assert parse_broker(text) == BrokerAddress(host, port)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no usable host"),
        (":1883", "no usable host"),
        ("a b:1883", "no usable host"),
        ("user@host:1883", "no usable host"),
        ("host:", "no port"),
        ("host:0", "no port"),
        ("host:65536", "no port"),
        ("host:mqtt", "no port"),
        ("host:-1", "no port"),
        ("host:¹", "no port"),
        ("::1", "without brackets"),
        ("[::1:1883", "not an address"),
        ("[::1]1883", "not an address"),
        ("mqtt://host:1883", "is a URL"),
        (".foo:1883", "empty or overlong part"),
        ("a..b:1883", "empty or overlong part"),
        (".", "empty or overlong part"),
        ("x" * 70 + ":1883", "empty or overlong part"),
        ("a." + "ü" * 60, "empty or overlong part"),
        ("ab." * 100 + "c", "empty or overlong part"),
        ("a\0b:1883", "no usable host"),
        ("a\x1b[2Jb:1883", "no usable host"),
    ],
)
def test_what_is_no_address_says_why(text, reason):
    with pytest.raises(UsageError, match=reason) as caught:
        parse_broker(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "mqtt://ann:S3cret@gym.lan:1883",
        "ann:S3cret@gym.lan",
        "S3cret@gym.lan:1883",
        "[ann:S3cret@::1",
        "ann:S3cret@x@gym.lan:1",
    ],
)
def test_a_password_is_not_repeated(text):
    with pytest.raises(UsageError) as caught:
        parse_broker(text)
    assert "S3cret" not in str(caught.value)
    assert "ann" not in str(caught.value)
    assert text.rpartition("@")[2] in str(caught.value)


def test_text_form_is_read_back():
    for address in (BrokerAddress("localhost", 1), BrokerAddress("::1", 65535)):
        assert parse_broker(str(address)) == address


def test_nobody_listens():
    with pytest.raises(BrokerError, match=r"No MQTT broker listens on 127\.0\.0\.1"):
        check_reachable(BrokerAddress("127.0.0.1", free_port()))


def test_unknown_host():
    with pytest.raises(BrokerError, match=r"no host 'broker\.invalid'"):
        check_reachable(BrokerAddress("broker.invalid"))


@pytest.mark.parametrize("host", [".foo", "a..b", "x" * 70, "a\0b", ""])
def test_a_name_that_no_socket_takes_is_one_sentence(host):
    # Not every address comes through parse_broker.
    for connect in (check_reachable, lambda address: MqttPublisher(address, StationTopics("bay07")).open()):
        with pytest.raises(BrokerError) as caught:
            connect(BrokerAddress(host))
        assert "\n" not in str(caught.value)
