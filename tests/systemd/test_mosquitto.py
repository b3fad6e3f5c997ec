"""The broker's settings that the installation brings, in a real mosquitto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber

FOLDER = Path(__file__).parents[2] / "systemd/mosquitto"

pytestmark = pytest.mark.broker


def start(broker: Mosquitto, folder: Path) -> None:
    """Start it with the settings that are installed, and with what Debian's own say beside them."""
    text = (FOLDER / "repclip.conf").read_text(encoding="utf-8")
    assert "listener 1883 127.0.0.1\n" in text
    text = text.replace("listener 1883", f"listener {broker.port}")
    text = text.replace("/etc/mosquitto/repclip.acl", str(FOLDER / "repclip.acl"))
    broker.start_as(f"persistence true\npersistence_location {folder}/\n{text}")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path)
    start(made, tmp_path)
    yield made
    made.stop()


def test_what_is_on_the_computer_may_speak_of_repclip_only(broker: Mosquitto) -> None:
    with (
        Subscriber(broker.host, broker.port, "#") as everything,
        Subscriber(broker.host, broker.port, "repclip/#") as ours,
    ):
        for topic in ("elsewhere/rep", "repclip/bay07/rep", "homeassistant/device/repclip_bay07/config"):
            everything.publish(topic, b"{}")
            everything.wait_until_sent()
        ours.wait_for("repclip/bay07/rep")
        everything.wait_for("homeassistant/device/repclip_bay07/config")
        assert everything.payloads("elsewhere/rep") == []


def test_what_is_said_after_a_restart_waits_for_who_has_not_come_back_yet(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """A history that connects later than the station would miss what that sends at once after a power cut."""
    with Subscriber(broker.host, broker.port, client_id="history"):
        pass
    broker.stop()
    start(broker, tmp_path)
    with Subscriber(broker.host, broker.port, "elsewhere") as station:
        station.publish("repclip/bay07/rep", b"{}")
        station.wait_until_sent()
    with Subscriber(broker.host, broker.port, client_id="history") as history:
        history.wait_for("repclip/bay07/rep")
