"""A station that answers requests as a test says, at a real broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from pi_service.publish.message import Message

#: Says what is answered to a request: keys of the response that differ, or None for no answer.
Reply = Callable[[str, dict[str, Any]], dict[str, Any] | None]


class AnsweringStation:
    """Says `messages`, then answers; used as a context manager.

    Attributes
    ----------
    asked
        Verb and keys of each request that came.
    """

    def __init__(
        self, host: str, port: int, messages: list[Message], reply: Reply, name: str = "bay07"
    ) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._messages, self._reply, self._name = messages, reply, name
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(f"repclip/{name}/request/+", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect(host, port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(5), "the station's subscription was not acknowledged"
        for each in self._messages:
            self._client.publish(each.topic, each.payload, each.qos, each.retain).wait_for_publish(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        verb, said = message.topic.rpartition("/")[2], json.loads(message.payload)
        self.asked.append((verb, said))
        keys = self._reply(verb, said)
        if keys is None:
            return
        base = {"schema": 1, "station": self._name, "session": "s", "ts": "2026-03-04T17:05:06.123Z"}
        answer = {
            **base,
            "simulated": False,
            "id": said.get("id"),
            "verb": verb,
            "ok": True,
            "error": None,
            **keys,
        }
        client.publish(f"repclip/{self._name}/response/{verb}", json.dumps(answer), qos=1)
