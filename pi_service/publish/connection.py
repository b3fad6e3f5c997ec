"""One client's connection to the broker: paho-mqtt, kept up by a thread of paho's own.

paho calls back while it holds its own locks, so its callbacks must not wait for anybody's: they append to
queues and raise flags, and whoever is woken by that does the rest.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from pi_service.publish.broker import connection_failed
from pi_service.publish.errors import BrokerError
from pi_service.publish.message import Message
from pi_service.publish.settings import BrokerSettings

log = logging.getLogger(__name__)

_KEEPALIVE_S: Final = 20
_RETRY_MIN_S, _RETRY_MAX_S = 1, 30
# What paho says when a connection just ended: nothing to tell a person.
_NO_REASON: Final = "Unspecified error"

#: Takes a message that arrived, on paho's thread: it must not wait for anything.
Receiver = Callable[[mqtt.MQTTMessage], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection that the broker had accepted is over.

    Attributes
    ----------
    lasted_s
        How long it lasted.
    acknowledged
        Whether the broker acknowledged anything but the greeting on it.
    """

    lasted_s: float
    acknowledged: bool


class Connection:
    """Keeps a client connected: tells who is there, what has arrived, and what comes in.

    Parameters
    ----------
    settings
        Where the broker is, and how it is spoken to.
    client_id
        Ours; no other client of the broker may have it.
    will
        What the broker says for us when we vanish.
    greeting
        What is said each time we are connected; `connected` is true once the broker has acknowledged it.
    subscriptions
        Topics to listen to, each with whoever takes what comes.
    wake
        Set when the connection comes or goes, and on acknowledgements while `wanted` is true.
    arrived
        Set on every acknowledgement.
    connect_timeout_s
        How long the broker has to answer.

    Attributes
    ----------
    acknowledged
        Ids of messages that the broker has taken; whoever reads them takes them out.
    wanted
        Whether something waits for acknowledgements to be sent.
    refusals
        Of messages among these that the broker took and did not want, why (MQTT 5 only: 3.1.1 cannot say so).
    greeted
        How often the greeting was acknowledged.
    ends
        Connections that are over; whoever reads them takes them out.
    refusal
        Why the broker does not let us in at the moment, or None.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        *,
        will: Message,
        greeting: Message,
        subscriptions: Sequence[tuple[str, Receiver]],
        wake: threading.Event,
        arrived: threading.Event,
        connect_timeout_s: float,
    ) -> None:
        self.acknowledged: deque[int] = deque()
        self.wanted = False
        self.refusals: dict[int, str] = {}
        self.greeted = 0
        self.ends: deque[Ended] = deque()
        self.refusal: str | None = None
        self._settings = settings
        self._greeting = greeting
        self._subscriptions = list(subscriptions)
        self._wake = wake
        self._arrived = arrived
        self._timeout_s = connect_timeout_s
        self._answered = threading.Event()
        self._connected = threading.Event()
        self._greeting_mid: int | None = None
        self._begun_s: float | None = None
        self._brought = False
        self._gone = False
        self._told: str | None = None
        self._client = make_client(settings, client_id, connect_timeout_s=connect_timeout_s)
        # No limits of paho's own: its full queue would refuse the greeting. Whoever sends bounds it.
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(0)
        self._client.will_set(will.topic, will.payload, will.qos, will.retain)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        for topic, receiver in self._subscriptions:
            self._client.message_callback_add(topic, _heard_by(receiver))

    @property
    def connected(self) -> bool:
        """True while the broker is there and has taken our greeting."""
        return self._connected.is_set()

    def open(self) -> None:
        """Connect, and wait for the answer.

        Raises
        ------
        BrokerError
            If nobody answers in time or the broker refuses us.
        """
        address = self._settings.address
        deadline = time.monotonic() + self._timeout_s
        try:
            self._client.connect(address.host, address.port, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise connection_failed(address, error) from error
        self._client.loop_start()
        if not self._answered.wait(max(0.1, deadline - time.monotonic())):
            self.close()
            raise BrokerError(f"{address} accepts connections but does not speak MQTT: check the port.")
        if self.refusal is not None:
            self.close()
            raise BrokerError(f"The MQTT broker {address} refuses us ({self.refusal}): check what it allows.")

    def begin(self) -> None:
        """Connect as soon as the broker is there, whenever that is."""
        address = self._settings.address
        self._client.connect_async(address.host, address.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def send(self, message: Message) -> int | None:
        """Hand a message to paho; return its id there, or None when it cannot be taken now.

        Raises
        ------
        ValueError
            If MQTT has no place for such a message, now or later.
        """
        info = self._client.publish(
            message.topic, message.payload, message.qos, message.retain, self._properties(message)
        )
        # MQTT_ERR_QUEUE_SIZE: its number is still in use. MQTT_ERR_NO_CONN: paho keeps a message of QoS 1
        # and sends it first after it reconnects.
        return None if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE else info.mid

    def alive(self) -> bool:
        """Whether paho's thread runs: it reconnects, whatever the broker does, as long as it lives."""
        # paho has no public word for it.
        thread = self._client._thread
        return thread is not None and thread.is_alive()

    def greet(self) -> None:
        """Say the greeting once more."""
        self.send(self._greeting)

    def let_go(self) -> None:
        """Disconnect without waiting for it; `close` comes later."""
        self._client.disconnect()

    def close(self) -> None:
        """Disconnect; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()
        self._answered.clear()

    def _properties(self, message: Message) -> Properties | None:
        if self._settings.version != "5":
            return None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if message.expires_s:
            properties.MessageExpiryInterval = message.expires_s
        if message.payload[:1] == b"{":
            properties.PayloadFormatIndicator = 1
            properties.ContentType = "application/json"
        if message.correlation is not None:
            properties.CorrelationData = message.correlation
        return properties

    def _tell_once(self, text: str) -> None:
        """Log what goes wrong, but not again at each attempt."""
        if text != self._told:
            self._told = text
            log.warning("%s", text)

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
            self.refusal = str(reason).lower()
            self._tell_once(f"The MQTT broker {self._settings.address} refuses us: {self.refusal}.")
            self._answered.set()
            self._wake.set()
            return
        self.refusal = self._told = None
        self._begun_s, self._brought = time.monotonic(), False
        if self._gone:
            self._gone = False
            log.warning("The MQTT broker %s is back.", self._settings.address)
        # A greeting that was not acknowledged is sent again by paho, with all that it still has.
        if self._greeting_mid is None:
            self._greeting_mid = self.send(self._greeting)
        if self._subscriptions:
            client.subscribe([(topic, 1) for topic, _ in self._subscriptions])

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: Any) -> None:
        # paho calls this while it handles the error, and does not hand it over.
        error = sys.exception()
        self._gone = True
        if isinstance(error, OSError | ValueError):
            self._tell_once(f"{connection_failed(self._settings.address, error)} Trying again meanwhile.")

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Any,
    ) -> None:
        was_connected = self._connected.is_set()
        self._connected.clear()
        if self._begun_s is not None:
            self.ends.append(Ended(time.monotonic() - self._begun_s, self._brought))
            self._begun_s = None
        self._wake.set()
        # One who was never let in is not gone.
        if reason.is_failure and (was_connected or self.refusal is None):
            self._gone = True
            why = "" if reason.getName() == _NO_REASON else f" ({str(reason).lower()})"
            self._tell_once(f"The MQTT broker {self._settings.address} is gone{why}: trying again.")

    def _on_publish(
        self, _client: mqtt.Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self.refusals[mid] = str(reason).lower()
        if mid == self._greeting_mid:
            # Only now: paho sends again what it still has before it comes here, and in between a newer
            # message would overtake.
            self._greeting_mid = None
            self.greeted += 1
            self._connected.set()
            self._answered.set()
            self._wake.set()
        else:
            self._brought = True
        self.acknowledged.append(mid)
        self._arrived.set()
        # Nobody is woken without need: a message takes longer to cross two threads than to reach the broker.
        if self.wanted:
            self._wake.set()


def make_client(
    settings: BrokerSettings, client_id: str, *, connect_timeout_s: float = 3.0, persistent: bool = False
) -> mqtt.Client:
    """Return a client of paho's that speaks to a broker as the settings say; it is not connected.

    With `persistent` the broker keeps what comes for it while it is away; with MQTT 5 connecting says that.

    Raises
    ------
    UsageError
        If a certificate or a key cannot be used.
    """
    protocol = mqtt.MQTTv5 if settings.version == "5" else mqtt.MQTTv311
    clean = None if protocol == mqtt.MQTTv5 else not persistent
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=clean, protocol=protocol)
    client.reconnect_delay_set(_RETRY_MIN_S, _RETRY_MAX_S)
    client.connect_timeout = connect_timeout_s
    if settings.user is not None:
        client.username_pw_set(settings.user, settings.password)
    if settings.tls is not None:
        client.tls_set_context(settings.tls.context())
    return client


def _heard_by(receiver: Receiver) -> Callable[[mqtt.Client, Any, mqtt.MQTTMessage], None]:
    def heard(_client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        receiver(message)

    return heard
