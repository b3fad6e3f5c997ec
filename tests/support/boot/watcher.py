"""An independent listener with a persistent session: what the broker really delivers.

``python -m support.boot.watcher PORT FILE`` appends each message to the file as a line of JSON. It may
outlive brokers and machines: what was said while it could not listen is delivered to it later.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from support.boot.machine import Network
from support.boot.rootfs import ROOT
from support.ports import wait_until

_CLIENT_ID = "independent-watcher"
_TOPICS = [("repclip/#", 1), ("homeassistant/#", 1)]


class Watcher:
    """The listener's process, and what it has heard."""

    def __init__(self, network: Network, folder: Path, port: int = 1883) -> None:
        self._file = folder / "heard.jsonl"
        self._file.touch()
        self._process = subprocess.Popen(
            network.inside(sys.executable, "-m", "support.boot.watcher", str(port), str(self._file)),
            env={"PYTHONPATH": str(ROOT / "tests")},
        )

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def messages(self) -> list[dict[str, Any]]:
        """Return everything heard so far: ``heard_s``, ``topic``, ``retained`` and ``payload``."""
        # A line that is just being written has no end yet.
        return [
            json.loads(line) for line in self._file.read_text().splitlines(keepends=True) if line[-1] == "\n"
        ]

    def of(self, topic: str, station: str = "bench") -> list[Any]:
        """Return the payloads of a station's topic, each as it was heard."""
        full = f"repclip/{station}/{topic}"
        return [each["payload"] for each in self.messages() if each["topic"] == full]

    def wait_for(
        self, what: str, condition: Callable[[list[dict[str, Any]]], object], timeout_s: float = 60.0
    ) -> None:
        """Wait until the messages so far meet a condition."""
        wait_until(lambda: condition(self.messages()), what, timeout_s)

    def wait_for_next(self, topic: str, station: str = "bench", timeout_s: float = 60.0) -> Any:
        """Wait for one more message of a topic than there are now, and return it."""
        before = len(self.of(topic, station))
        wait_until(lambda: len(self.of(topic, station)) > before, f"another {topic} of {station}", timeout_s)
        return self.of(topic, station)[before]

    def missing(self) -> dict[tuple[str, str], list[int]]:
        """Return the holes in the numbers of each session's events: station and session -> numbers."""
        heard: dict[tuple[str, str], set[int]] = defaultdict(set)
        for each in self.messages():
            payload = each["payload"]
            # A state repeats the number of the last event.
            if (
                isinstance(payload, dict)
                and "seq" in payload
                and not each["topic"].endswith(("/state", "/set/last"))
            ):
                heard[payload["station"], payload["session"]].add(payload["seq"])
        holes = {key: sorted(set(range(1, max(numbers) + 1)) - numbers) for key, numbers in heard.items()}
        return {key: numbers for key, numbers in holes.items() if numbers}


def _payload(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def main(port: int, file: Path) -> None:
    """Listen until SIGTERM."""
    with file.open("a", encoding="utf-8") as out:

        def hear(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
            line = {
                "heard_s": time.monotonic(),
                "topic": message.topic,
                "retained": message.retain,
                "payload": _payload(message.payload),
            }
            # Written before it is acknowledged: what is lost is the broker's or the station's fault.
            out.write(json.dumps(line) + "\n")
            out.flush()

        client = mqtt.Client(CallbackAPIVersion.VERSION2, _CLIENT_ID, clean_session=False)
        client.on_connect = lambda connected, *_: connected.subscribe(_TOPICS)
        client.on_message = hear
        client.reconnect_delay_set(1, 1)
        signal.signal(signal.SIGTERM, lambda *_: client.disconnect())
        client.connect_async("127.0.0.1", port)
        client.loop_forever(retry_first_connection=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
