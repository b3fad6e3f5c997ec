"""Taking back what a station has left at the broker: for one that got another name."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from pi_service.publish.broker import connection_failed
from pi_service.publish.connection import make_client
from pi_service.publish.errors import BrokerError
from pi_service.publish.home_assistant import removal
from pi_service.publish.settings import BrokerSettings
from pi_service.publish.topics import Kind, StationTopics

_RETAINED: Final = (Kind.STATE, Kind.SET_LAST, Kind.INFO, Kind.RECORDING, Kind.AVAILABILITY)
_PATIENCE_S: Final = 5.0


def forget_station(settings: BrokerSettings, topics: StationTopics) -> None:
    """Remove every retained message of a station, and its device from Home Assistant.

    An acknowledgement says nothing: a broker acknowledges what its access list keeps from it, too. So we
    listen to the same topics, and believe only what the broker tells everybody.

    Raises
    ------
    BrokerError
        The broker cannot be reached, or it does not tell us that the messages are gone.
    """
    # A client of its own, which says neither `online` nor `offline`.
    client = make_client(settings, f"repclip-forget-{secrets.token_hex(3)}")
    gone = [removal(topics).topic, *(topics.of(kind) for kind in _RETAINED)]
    echoes = _Echoes(client, gone)
    address = settings.address
    try:
        client.connect(address.host, address.port)
    except (OSError, ValueError) as error:
        raise connection_failed(address, error) from error
    client.loop_start()
    try:
        if not echoes.subscribed.wait(_PATIENCE_S):
            raise BrokerError(f"The MQTT broker {address} does not let us in, or listen: see what it allows.")
        # An empty retained message makes the broker forget the one before it.
        for topic in gone:
            if client.publish(topic, b"", qos=1, retain=True).rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise BrokerError(f"The MQTT broker {address} is gone: try again.")
        echoes.all_heard.wait(_PATIENCE_S)
        if left := echoes.missing():
            raise BrokerError(
                f"The MQTT broker {address} has not confirmed that it forgot {', '.join(left)}: use a user"
                " who may write and read there, such as admin in the example of an access list."
            )
    finally:
        client.disconnect()
        client.loop_stop()


class _Echoes:
    """Listens for the empty messages to come back."""

    def __init__(self, client: mqtt.Client, topics: Sequence[str]) -> None:
        self.subscribed, self.all_heard = threading.Event(), threading.Event()
        self._topics = list(topics)
        self._heard: set[str] = set()
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self.subscribed.set()
        client.on_message = self._on_message

    def missing(self) -> list[str]:
        """Return the topics of which nothing came back."""
        return [each for each in self._topics if each not in self._heard]

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        if not message.payload:
            self._heard.add(message.topic)
            if not self.missing():
                self.all_heard.set()
