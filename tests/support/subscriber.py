"""An independent subscriber: what a broker really delivers."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from support.ports import wait_until


class Subscriber:
    """Collects all messages of a subscription; used as a context manager.

    With a `client_id` its session is persistent: the broker keeps messages while it is away.
    """

    def __init__(
        self,
        host: str,
        port: int,
        topic: str = "repclip/#",
        transport: str = "tcp",
        client_id: str = "",
        version: str = "3.1.1",
        *,
        user: str = "",
        password: str = "",
        ca: Path | None = None,
    ) -> None:
        self.messages: list[mqtt.MQTTMessage] = []
        self._subscribed = threading.Event()
        newer = version == "5"
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if newer else not client_id,
            protocol=mqtt.MQTTv5 if newer else mqtt.MQTTv311,
            transport=transport,
        )
        if user:
            self._client.username_pw_set(user, password)
        if ca is not None:
            self._client.tls_set(str(ca))
        self._client.reconnect_delay_set(0.1, 0.1)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _userdata, message: self.messages.append(message)
        self._client.connect(host, port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._subscribed.wait(5), "the subscription was not acknowledged"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def connected(self) -> bool:
        return self._client.is_connected()

    def publish(self, topic: str, payload: bytes) -> None:
        self._sent = self._client.publish(topic, payload, qos=1)

    def wait_until_sent(self) -> None:
        """Wait until the broker has acknowledged what was published last."""
        self._sent.wait_for_publish(5)
        assert self._sent.is_published()

    def payloads(self, topic: str) -> list[bytes]:
        return [bytes(message.payload) for message in list(self.messages) if message.topic == topic]

    def json(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.payloads(topic)]

    def wait_for(self, topic: str, count: int = 1, timeout_s: float = 10.0) -> list[bytes]:
        wait_until(lambda: len(self.payloads(topic)) >= count, f"{count} messages on {topic}", timeout_s)
        return self.payloads(topic)
