"""The broker's settings that the installation brings, in a real mosquitto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber

FOLDER = Path(__file__).parents[2] / "systemd/mosquitto"

pytestmark = pytest.mark.broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path)
    text = (FOLDER / "repclip.conf").read_text(encoding="utf-8")
    assert "listener 1883 127.0.0.1\n" in text
    text = text.replace("listener 1883", f"listener {made.port}")
    text = text.replace("/etc/mosquitto/repclip.acl", str(FOLDER / "repclip.acl"))
    made.start_as(text)
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
