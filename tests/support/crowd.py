"""A gym full of stations: each counts a rep several times a second, more than any athlete would."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from support.mosquitto import Mosquitto
from support.scripted import stream_info

from pi_service.publish.messages import MessageBuilder

EXERCISES = ("vertical_pull", "dead_lift", "face_pull", "bent_over_row")


class Crowd:
    """So many stations behind one connection; `busy` lets all of them talk for a while."""

    def __init__(self, broker: Mosquitto, stations: int) -> None:
        self.names = [f"rack-{number}" for number in range(1, stations + 1)]
        self._states: dict[str, dict[str, object]] = {}
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "crowd")
        self._client.max_inflight_messages_set(100)
        self._client.connect(broker.host, broker.port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        for number, name in enumerate(self.names):
            info = replace(stream_info(name), exercise=EXERCISES[number % len(EXERCISES)])
            for message in MessageBuilder(info).start():
                self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)
                if message.topic.endswith("/state"):
                    self._states[name] = {**json.loads(message.payload), "active": True, "set": 1}
            self._client.publish(f"repclip/{name}/availability", b"online", qos=1, retain=True)
            self.say(name, reps=0)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, name: str, **keys: object) -> None:
        """Say a station's state with some keys changed."""
        state = self._states[name]
        state.update(keys)
        self._client.publish(f"repclip/{name}/state", json.dumps(state), qos=0, retain=True)

    def busy(self, seconds: float, rate_hz: float) -> threading.Thread:
        """Let every station say so often that it has counted another rep."""
        thread = threading.Thread(target=self._talk, args=(seconds, rate_hz), daemon=True)
        thread.start()
        return thread

    def _talk(self, seconds: float, rate_hz: float) -> None:
        begin_s = time.monotonic()
        for step in range(round(seconds * rate_hz * len(self.names))):
            due_s = begin_s + step / (rate_hz * len(self.names))
            time.sleep(max(0.0, due_s - time.monotonic()))
            turn, number = divmod(step, len(self.names))
            self.say(self.names[number], reps=turn % 30, phase=("out", "back")[turn % 2], moving=True)
