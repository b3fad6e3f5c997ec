"""The way to a real broker: paho-mqtt behind the `Publisher` protocol."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from pi_service.publish.broker import BrokerAddress, connection_failed
from pi_service.publish.errors import BrokerError
from pi_service.publish.message import Message, availability
from pi_service.publish.topics import StationTopics

log = logging.getLogger(__name__)

#: Messages of QoS 1 that may wait for a broker that is away; older ones are kept, newer ones refused.
MAX_QUEUED = 10_000
# A replay at full speed is faster than a broker: beyond this many on their way, publish() waits a
# little, as long as the broker is there.
_HIGH_WATER = 1_000
_HIGH_WATER_WAIT_S = 2.0
_KEEPALIVE_S = 20


class MqttPublisher:
    """Publishes a station's messages over MQTT 3.1.1.

    Used as a context manager. Entering it connects (or raises `BrokerError` within about
    `connect_timeout_s`) and says ``online``; leaving it waits for the broker's acknowledgements, says
    ``offline`` and disconnects. In between it reconnects by itself, and the broker says ``offline``
    for us when we vanish. Messages of QoS 1 wait while the broker is away, those of QoS 0 are lost.

    `publish`, `flush` and `close` belong to one thread.

    Parameters
    ----------
    address
        Where the broker is.
    topics
        The station's topics.
    connect_timeout_s, close_timeout_s
        How long entering and leaving may take.
    max_queued
        Messages of QoS 1 kept while the broker is away.

    Attributes
    ----------
    dropped
        Messages of QoS 1 that did not fit into the queue.
    """

    def __init__(
        self,
        address: BrokerAddress,
        topics: StationTopics,
        *,
        connect_timeout_s: float = 3.0,
        close_timeout_s: float = 5.0,
        max_queued: int = MAX_QUEUED,
    ) -> None:
        self.dropped = 0
        self._address = address
        self._topics = topics
        self._connect_timeout_s = connect_timeout_s
        self._close_timeout_s = close_timeout_s
        self._on_the_way: dict[int, Message] = {}
        # paho calls on_publish while it holds its own locks, so that callback must not wait for a
        # lock of ours: it only appends here, and the publishing thread does the rest in _settle.
        self._acknowledged_mids: deque[int] = deque()
        self._something_arrived = threading.Event()
        self._answered = threading.Event()
        self._connected = threading.Event()
        self._refusal: str | None = None
        client_id = f"repclip-{topics.station}-{secrets.token_hex(3)}"
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv311)
        self._client.max_queued_messages_set(max_queued)
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)
        self._client.connect_timeout = connect_timeout_s
        offline = availability(topics, online=False)
        self._client.will_set(offline.topic, offline.payload, offline.qos, offline.retain)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish

    @property
    def connected(self) -> bool:
        """True while the broker is there."""
        return self._connected.is_set()

    def unacknowledged(self) -> tuple[Message, ...]:
        """Return the messages of QoS 1 that the broker has not acknowledged yet, in order."""
        self._settle()
        return tuple(self._on_the_way.values())

    def open(self) -> None:
        """Connect and say ``online``.

        Raises
        ------
        BrokerError
            If nobody answers in time or the broker refuses us.
        """
        deadline = time.monotonic() + self._connect_timeout_s
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        except OSError as error:
            raise connection_failed(self._address, error) from error
        self._client.loop_start()
        if not self._answered.wait(max(0.1, deadline - time.monotonic())):
            self._stop_client()
            raise BrokerError(f"{self._address} accepts connections but does not speak MQTT: check the port.")
        if self._refusal is not None:
            self._stop_client()
            raise BrokerError(
                f"The MQTT broker {self._address} refuses us ({self._refusal}): check what it allows."
            )

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order; waits a little when the broker is there but slower than we are."""
        for message in messages:
            info = self._client.publish(message.topic, message.payload, message.qos, message.retain)
            if message.qos == 0:
                continue
            if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                self._drop(message)
            else:
                # MQTT_ERR_NO_CONN included: paho has queued it and sends it after it reconnects.
                self._on_the_way[info.mid] = message
        self._settle()
        if len(self._on_the_way) > _HIGH_WATER and self.connected:
            self._wait(_HIGH_WATER // 2, _HIGH_WATER_WAIT_S, while_connected=True)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has acknowledged everything; return False when it has not in time."""
        return self._wait(0, timeout_s)

    def close(self) -> None:
        """Wait for the acknowledgements, say ``offline`` and disconnect; may be called twice."""
        if not self._answered.is_set():
            return
        deadline = time.monotonic() + self._close_timeout_s
        self.flush(self._close_timeout_s)
        if self.connected:
            self.publish([availability(self._topics, online=False)])
            self.flush(max(0.5, deadline - time.monotonic()))
        left = len(self.unacknowledged()) + self.dropped
        if left:
            log.warning("The MQTT broker %s did not take %d messages.", self._address, left)
        self._stop_client()
        self._answered.clear()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drop(self, message: Message) -> None:
        if self.dropped == 0:
            log.warning(
                "The MQTT broker %s has been away for too long: messages are lost from %s on.",
                self._address,
                message.topic,
            )
        self.dropped += 1

    def _settle(self) -> None:
        while self._acknowledged_mids:
            # Ids of QoS 0 messages and of `online` come past here too; they are not waited for.
            self._on_the_way.pop(self._acknowledged_mids.popleft(), None)

    def _wait(self, left: int, timeout_s: float, *, while_connected: bool = False) -> bool:
        deadline = time.monotonic() + timeout_s
        while True:
            self._something_arrived.clear()
            self._settle()
            if len(self._on_the_way) <= left:
                return True
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0 or (while_connected and not self.connected):
                return False
            self._something_arrived.wait(min(remaining_s, 0.25))

    def _stop_client(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()

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
            self._refusal = str(reason).lower()
            log.warning("The MQTT broker %s refuses us: %s.", self._address, self._refusal)
        else:
            self._refusal = None
            online = availability(self._topics, online=True)
            client.publish(online.topic, online.payload, online.qos, online.retain)
            self._connected.set()
        self._answered.set()

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Any,
    ) -> None:
        self._connected.clear()
        if reason.is_failure:
            log.warning("The MQTT broker %s is gone (%s): trying again.", self._address, str(reason).lower())

    def _on_publish(
        self, _client: mqtt.Client, _userdata: Any, mid: int, _reason: ReasonCode, _properties: Any
    ) -> None:
        self._acknowledged_mids.append(mid)
        self._something_arrived.set()
