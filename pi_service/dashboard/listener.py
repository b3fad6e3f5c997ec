"""The page's ear and mouth: an MQTT client on a thread of its own that hands messages to the event loop."""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.reasoncodes import ReasonCode

from pi_service.dashboard.asking import Asker
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.connection import make_client
from pi_service.publish.topics import Kind, all_responses, all_stations

log = logging.getLogger(__name__)

_KEEPALIVE_S = 15
_RETRY_MIN_S, _RETRY_MAX_S = 1, 5


class Listener:
    """Subscribes to all stations; a broker that is away is waited for.

    Parameters
    ----------
    settings
        Where the broker is and what the topics begin with.
    feed
        Takes the messages, on `loop`.
    loop
        The server's event loop.

    Attributes
    ----------
    asker
        Asks stations, on `loop`.
    """

    def __init__(self, settings: DashboardSettings, feed: Feed, loop: asyncio.AbstractEventLoop) -> None:
        self.asker = Asker(settings.root, self.send)
        self._settings = settings
        self._feed = feed
        self._loop = loop
        self._told: str | None = None
        client_id = f"repclip-page-{secrets.token_hex(4)}"
        self._client = make_client(settings.client, client_id)
        self._client.reconnect_delay_set(_RETRY_MIN_S, _RETRY_MAX_S)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Begin to connect and to listen."""
        broker = self._settings.client.address
        self._client.connect_async(broker.host, broker.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, topic: str, payload: bytes) -> bool:
        """Send a message now or never; say whether the broker was there.

        QoS 0: a request that waited for the broker and was done minutes later would surprise whoever asked.
        """
        return self._client.is_connected() and self._client.publish(topic, payload, qos=0).rc == 0

    def _hand_over(self, call: partial[None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    # paho's callbacks, all on its own thread.

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Any,
    ) -> None:
        if reason.is_failure:
            why = str(reason).lower()
            self._tell(logging.WARNING, f"The MQTT broker {self._settings.client.address} refuses us: {why}.")
            return
        if self._told is not None:
            self._told = None
            log.info("The MQTT broker %s is there.", self._settings.client.address)
        client.subscribe(
            [
                *((all_stations(kind, self._settings.root), 0 if kind is Kind.CURVE else 1) for kind in Kind),
                (all_responses(self._settings.root), 1),
            ]
        )
        self._hand_over(partial(self._feed.set_broker_connected, True))

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: Any) -> None:
        self._tell(logging.INFO, f"No MQTT broker at {self._settings.client.address} yet: trying again.")

    def _tell(self, level: int, problem: str) -> None:
        """Tell why there is no broker; in the log not again at each attempt."""
        if problem != self._told:
            self._told = problem
            log.log(level, "%s", problem)
        self._hand_over(partial(self._feed.set_broker_connected, False, problem))

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.DisconnectFlags,
        _reason: ReasonCode,
        _properties: Any,
    ) -> None:
        self._hand_over(partial(self._feed.set_broker_connected, False))

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # counted as refused
        if self.asker.is_answer(topic):
            self._hand_over(partial(self.asker.take, topic, bytes(message.payload)))
            return
        self._hand_over(
            partial(
                self._feed.take, topic, bytes(message.payload), retained=message.retain, now=datetime.now(UTC)
            )
        )
