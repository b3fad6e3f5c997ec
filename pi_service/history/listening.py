"""The history's ear: a client of the broker whose session may outlive it.

A message is acknowledged when it is on file (`Ear.acknowledge`), not when it comes: what was not is sent
again.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from pi_service.publish.connection import make_client
from pi_service.publish.settings import BrokerSettings
from pi_service.publish.topics import Kind, all_stations

log = logging.getLogger(__name__)

#: What the history hears.
KINDS: Final = (
    Kind.REP,
    Kind.SET,
    Kind.SET_LAST,
    Kind.VERDICT,
    Kind.SET_VERDICT,
    Kind.CORRECTION,
    Kind.HOLD,
    Kind.CARRY,
    Kind.WORKOUT,
    Kind.GAP,
    Kind.RECORDING,
    Kind.CURVE,
)
#: What the broker does not keep while nobody listens: it would crowd out what has to be kept. Curves are for
#: the eye, and what a hold or a carry came to is in its set.
_FLEETING: Final = (Kind.CURVE, Kind.HOLD, Kind.CARRY)
_KEEPALIVE_S: Final = 20
_RETRY_MIN_S, _RETRY_MAX_S = 1, 10
#: With MQTT 5 the broker keeps our session for so long (s); with 3.1.1 as long as it likes.
_SESSION_S: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it came.

    Attributes
    ----------
    topic, payload
        As MQTT has them.
    mid, connection
        By which it is acknowledged: a number, which is good on one connection.
    """

    topic: str
    payload: bytes
    mid: int
    qos: int
    connection: int


class Ear:
    """Listens to all stations.

    Parameters
    ----------
    settings
        Where the broker is.
    client_id
        Ours, always the same.
    heard
        Takes what comes; from half full on only what is acknowledged. When it is full, a message is left to
        the broker, which sends it again after the next connection.
    persistent
        Whether the broker keeps what comes while we are away.
    """

    def __init__(
        self, settings: BrokerSettings, client_id: str, heard: queue.Queue[Heard], *, persistent: bool = True
    ) -> None:
        self._settings = settings
        self._heard = heard
        self._connection = 0
        self._persistent = persistent
        self._client = make_client(settings, client_id, persistent=persistent)
        self._client.manual_ack_set(True)
        self._client.reconnect_delay_set(_RETRY_MIN_S, _RETRY_MAX_S)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def begin(self) -> None:
        """Connect as soon as the broker is there, whenever that is."""
        address = self._settings.address
        keys: dict[str, Any] = {}
        if self._persistent and self._settings.version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_S
            keys = {"clean_start": False, "properties": properties}
        self._client.connect_async(address.host, address.port, keepalive=_KEEPALIVE_S, **keys)
        self._client.loop_start()

    def acknowledge(self, messages: Iterable[Heard]) -> None:
        """Tell the broker that messages need not be sent again."""
        for each in messages:
            # On another connection the number may be that of another message.
            if each.qos and each.connection == self._connection:
                self._client.ack(each.mid, each.qos)

    def end(self) -> None:
        """Disconnect; may be called twice. The broker keeps what comes from now on."""
        self._client.disconnect()
        self._client.loop_stop()

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
            log.warning("The MQTT broker %s refuses the history: %s.", self._settings.address, why)
            return
        self._connection += 1
        root = self._settings.root
        client.subscribe([(all_stations(kind, root), 0 if kind in _FLEETING else 1) for kind in KINDS])

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # counted as refused
        # Curves come without end, also while nothing can be written, and would crowd out what has to be kept.
        if not message.qos and self._heard.qsize() >= self._heard.maxsize // 2:
            return
        heard = Heard(topic, bytes(message.payload), message.mid, message.qos, self._connection)
        try:
            self._heard.put_nowait(heard)
        except queue.Full:
            log.debug("A message on %r waits at the broker.", topic[:200])
