from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from support.ports import free_port, listens, wait_until
from support.scripted import scripted_set, stream_info

from pi_service.dashboard.pages import STATIC
from pi_service.dashboard.server import BackgroundDashboard, serve
from pi_service.dashboard.settings import DashboardSettings
from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.settings import BrokerSettings


def settings_for(broker, port=0):
    return DashboardSettings(BrokerAddress(broker.host, broker.port), port=port)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get_json(url):
    return json.loads(get(url)[2])


@pytest.fixture(scope="module")
def page_without_broker():
    """One for all tests that only ask: to end it while no broker answers takes a second."""
    with BackgroundDashboard(DashboardSettings(BrokerAddress("127.0.0.1", free_port()), port=0)) as page:
        yield page


@pytest.mark.parametrize(
    "path", ["", "station/bay07", "static/page.css", "static/live.js", "vendor/uPlot.iife.js"]
)
def test_pages_and_files_with_their_headers(page_without_broker, path):
    status, headers, body = get(page_without_broker.url + path)
    assert status == 200
    assert body
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "station/Bay%2007",
        "station/..%2f..%2fetc",
        "api/stations/none",
        "api/events?station=%2B",
        "static/../app.py",
    ],
)
def test_what_is_not_there(page_without_broker, path):
    assert get(page_without_broker.url + path)[0] == 404


def test_the_health_says_when_the_broker_is_away(page_without_broker):
    status, _, body = get(page_without_broker.url + "healthz")
    assert status == 200
    assert json.loads(body)["status"] == "no broker"
    assert get_json(page_without_broker.url + "api/stations") == {"broker_connected": False, "stations": []}


def test_no_page_has_anything_inline_or_from_elsewhere():
    for file in STATIC.iterdir():
        text = file.read_text()
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text
        if file.suffix == ".html":
            assert " style=" not in text
            assert "<style" not in text
            assert " onclick=" not in text
            assert text.count("<script") == text.count("<script src=")


@pytest.mark.broker
def test_the_api_tells_what_the_messages_said(mosquitto):
    builder = MessageBuilder(stream_info())
    with (
        BackgroundDashboard(settings_for(mosquitto)) as page,
        MqttPublisher(BrokerAddress(mosquitto.host, mosquitto.port), builder.topics) as publisher,
    ):
        url = page.url + "api/stations/bay07"
        publisher.publish([*builder.start(), *builder.build(scripted_set(1, 0.0, 5, withdrawn=(5,)))])
        wait_until(lambda: get_json(url).get("sets"), "the set to be known")
        station = get_json(url)
        assert (station["online"], station["reps"], station["count"]) == (True, 4, "final")
        assert [(each["reps"], each["live_reps"], each["corrected"]) for each in station["sets"]] == [
            (4, 5, True)
        ]
        (summary,) = get_json(page.url + "api/stations")["stations"]
        assert (summary["name"], summary["reps"]) == ("bay07", 4)
        assert get_json(page.url + "healthz")["status"] == "ok"
        assert get_json(page.url + "healthz")["refused_messages"] == 0


@pytest.mark.broker
def test_the_broker_may_come_later_and_go(mosquitto):
    mosquitto.stop()
    with BackgroundDashboard(settings_for(mosquitto)) as page:

        def connected():
            return get_json(page.url + "healthz")["broker_connected"]

        assert not connected()
        mosquitto.start()
        wait_until(connected, "the page to find the broker")
        mosquitto.stop()
        wait_until(lambda: not connected(), "the page to miss the broker")
        mosquitto.start()
        wait_until(connected, "the page to find the broker again")


def test_a_taken_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = DashboardSettings(BrokerAddress("127.0.0.1"), port=taken.getsockname()[1])
        with pytest.raises(UsageError, match=r"cannot listen on .* \(address already in use\)"):
            serve(settings)


def test_a_port_that_is_none():
    with pytest.raises(UsageError, match="70000 is no port"):
        DashboardSettings(BrokerAddress("127.0.0.1"), port=70000)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_process_ends_cleanly_though_a_page_is_open(number):
    program = (
        "from pi_service.dashboard.server import serve\n"
        "from pi_service.dashboard.settings import DashboardSettings\n"
        "from pi_service.publish.broker import BrokerAddress\n"
        f"settings = DashboardSettings(BrokerAddress('127.0.0.1', {free_port()}), port=0)\n"
        "serve(settings, lambda url: print(url, flush=True))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        url = urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
        connection.request("GET", "/api/events")
        stream = connection.getresponse()
        assert stream.readline() == b"event: broker\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=8)
        assert process.returncode == 0
        assert errors == ""
        assert not listens(url.port)
        connection.close()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.broker
def test_the_page_speaks_to_the_broker_as_the_counter_does(mosquitto, tmp_path):
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "page", "a secret"], check=True)
    mosquitto.stop()
    mosquitto.start(allow_anonymous=False, more=f"password_file {passwords}\n")
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    client = BrokerSettings(address, "gym/floor1", "page", "a secret", version="5")
    builder = MessageBuilder(stream_info(), root="gym/floor1")
    with (
        BackgroundDashboard(DashboardSettings(client, port=0, root=client.root)) as page,
        MqttPublisher(client, builder.topics) as publisher,
    ):
        publisher.publish(builder.start())
        url = page.url + "api/stations"
        wait_until(lambda: get_json(url)["stations"], "the station to be known")
        health = get_json(page.url + "healthz")
        assert health["broker"] == str(address)
        assert "a secret" not in json.dumps(health)
