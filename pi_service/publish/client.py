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
from pi_service.publish.outbox import Outbox
from pi_service.publish.topics import OFFLINE, StationTopics

log = logging.getLogger(__name__)

#: Events that may wait for a broker that is away; older ones are kept, newer ones refused.
MAX_QUEUED = 10_000
# Most messages of QoS 1 that are given to paho before the broker has acknowledged them: enough to keep
# it busy, and few, because what paho has can no longer be left out.
_WINDOW = 50
# A replay at full speed is faster than a broker: with so many on their way it waits until half are gone,
# but not for a broker that acknowledges nothing for so long.
_HIGH_WATER = 1_000
_PATIENCE_S = 2.0
_KEEPALIVE_S = 20
# What paho says when a connection just ended: nothing to tell a person.
_NO_REASON = "Unspecified error"


class MqttPublisher:
    """Publishes a station's messages over MQTT 3.1.1.

    Used as a context manager, once. Entering it connects (or raises `BrokerError` within about
    `connect_timeout_s`) and says ``online``; leaving it waits for the broker's acknowledgements, says
    ``offline``, disconnects and raises `BrokerError` when something has not arrived. In between it
    reconnects by itself, and the broker says ``offline`` for us when we vanish.

    While the broker is away events wait in order, of a retained topic only the newest message waits,
    and messages of QoS 0 are lost.

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
        Events kept until the broker has acknowledged them.
    may_wait
        Whether `publish` may wait for a broker that is there but slower than we are: for a replay,
        which can be held up; never where samples arrive in real time.
    shared_broker
        Whether a former process of this station may have left its last will there. False for the
        demo's own broker: amqtt loses messages when a subscriber leaves while it delivers.
    """

    def __init__(
        self,
        address: BrokerAddress,
        topics: StationTopics,
        *,
        connect_timeout_s: float = 3.0,
        close_timeout_s: float = 5.0,
        max_queued: int = MAX_QUEUED,
        may_wait: bool = False,
        shared_broker: bool = True,
    ) -> None:
        self._address = address
        self._topics = topics
        self._connect_timeout_s = connect_timeout_s
        self._close_timeout_s = close_timeout_s
        self._may_wait = may_wait
        self._shared_broker = shared_broker
        # The lock guards the next four; whoever waits for the broker is woken when they change.
        self._changed = threading.Condition()
        self._outbox = Outbox(max_queued)
        self._on_the_way: dict[int, Message] = {}
        self._progress_at_s = 0.0
        self._ended = False
        self._window = min(_WINDOW, max_queued)
        # paho calls back while it holds its own locks, so its callbacks must not wait for ours: they
        # append here and raise flags, and the thread `_run` does the rest.
        self._acknowledged_mids: deque[int] = deque()
        self._wake = threading.Event()
        self._answered = threading.Event()
        self._connected = threading.Event()
        self._sender: threading.Thread | None = None
        self._online_mid: int | None = None
        self._closing = False
        self._told_superseded = 0
        self._refusal: str | None = None
        self._gone = False
        client_id = f"repclip-{topics.station}-{secrets.token_hex(3)}"
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv311)
        # No limits of paho's own: its full queue would refuse `online` too.
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(0)
        self._client.reconnect_delay_set(min_delay=1, max_delay=30)
        self._client.connect_timeout = connect_timeout_s
        self._offline = availability(topics, online=False)
        self._online = availability(topics, online=True)
        self._client.will_set(
            self._offline.topic, self._offline.payload, self._offline.qos, self._offline.retain
        )
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message

    @property
    def connected(self) -> bool:
        """True while the broker is there and has taken our ``online``."""
        return self._connected.is_set()

    @property
    def dropped(self) -> int:
        """Events that are lost because too many waited."""
        return self._outbox.dropped

    @property
    def superseded(self) -> int:
        """Retained messages that were never sent because a newer one of their topic was there."""
        return self._outbox.superseded

    def unacknowledged(self) -> tuple[Message, ...]:
        """Return the messages of QoS 1 that the broker has not acknowledged yet, in order."""
        with self._changed:
            self._settle()
            return (*self._on_the_way.values(), *self._outbox.messages())

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
        except (OSError, ValueError) as error:
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
        self._sender = threading.Thread(target=self._run, name="repclip-publisher", daemon=True)
        self._sender.start()

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order and return at once; another thread sends them.

        Only with `may_wait` it waits while very many messages are on their way: as long as the broker
        goes on acknowledging, and for about two seconds when it does not.
        """
        with self._changed:
            if self._left() == 0:
                self._progress_at_s = time.monotonic()  # nothing was owed until now
            for message in messages:
                elsewhere = len(self._on_the_way)
                if not self._outbox.put(message, elsewhere=elsewhere, sending=self.connected):
                    self._tell_dropped(message)
            self._wake.set()
            if self._may_wait and self._left() > _HIGH_WATER:
                self._wait_while_it_moves(_HIGH_WATER // 2)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has acknowledged everything; return False when it has not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._left() == 0, timeout_s)

    def close(self) -> None:
        """Wait for the acknowledgements, say ``offline`` and disconnect; may be called twice.

        Raises
        ------
        BrokerError
            If messages of QoS 1 have not arrived; we are disconnected all the same.
        """
        if self._sender is None:
            return
        deadline = time.monotonic() + self._close_timeout_s
        try:
            self.flush(self._close_timeout_s)
            self._closing = True
            if self.connected:
                self.publish([self._offline])
                self.flush(max(0.5, deadline - time.monotonic()))
        finally:
            with self._changed:
                self._ended = True
            self._wake.set()
            self._sender.join()
            self._sender = None
            self._stop_client()
        self._tell_superseded()
        left = len(self.unacknowledged()) + self.dropped
        if left:
            what = "1 message" if left == 1 else f"{left} messages"
            raise BrokerError(
                f"The MQTT broker {self._address} did not take {what}: see whether it runs, and try again."
            )

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except BrokerError as lost:
            if error is None:
                raise
            log.warning("%s", lost)  # what went wrong first is the error

    def _left(self) -> int:
        return len(self._on_the_way) + len(self._outbox)

    def _tell_dropped(self, message: Message) -> None:
        if self.dropped == 1:
            log.warning(
                "The MQTT broker %s has been away for too long: messages are lost from %s on.",
                self._address,
                message.topic,
            )

    def _tell_superseded(self) -> None:
        new = self.superseded - self._told_superseded
        if new:
            self._told_superseded = self.superseded
            log.warning(
                "While the MQTT broker %s was away or slow, %d states were replaced by newer ones.",
                self._address,
                new,
            )

    def _wait_while_it_moves(self, left: int) -> None:
        while self.connected and self._left() > left:
            # From the last acknowledgement on, so that a broker that stands still is waited for once.
            remaining_s = self._progress_at_s + _PATIENCE_S - time.monotonic()
            if remaining_s <= 0:
                return
            self._changed.wait(min(remaining_s, 0.25))

    def _run(self) -> None:
        """Send what waits, settle what is acknowledged, and wake those who wait; on a thread of its own."""
        was_connected = True
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._changed:
                if self._ended:
                    return
                self._settle()
                connected = self.connected
                if connected:
                    self._send()
                else:
                    self._outbox.thin()
                if connected and not was_connected:
                    self._tell_superseded()
                was_connected = connected
                self._changed.notify_all()

    def _settle(self) -> None:
        while self._acknowledged_mids:
            # Ids of QoS 0 messages and of `online` come past here too; they are not waited for.
            if self._on_the_way.pop(self._acknowledged_mids.popleft(), None) is not None:
                self._progress_at_s = time.monotonic()

    def _send(self) -> None:
        while len(self._on_the_way) < self._window and (message := self._outbox.first()) is not None:
            info = self._client.publish(message.topic, message.payload, message.qos, message.retain)
            if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                return  # its number is still in use; the next acknowledgement brings us back
            self._outbox.pop()
            if message.qos:
                # MQTT_ERR_NO_CONN included: paho keeps it and sends it first after it reconnects.
                self._on_the_way[info.mid] = message

    def _say_online(self) -> int:
        online = self._online
        return self._client.publish(online.topic, online.payload, online.qos, online.retain).mid

    def _stop_client(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()
        self._answered.clear()

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
            if self._gone:
                self._gone = False
                log.warning("The MQTT broker %s is back.", self._address)
            # An `online` that was not acknowledged is sent again by paho, with all that it still has.
            if self._online_mid is None:
                self._online_mid = self._say_online()
            if self._shared_broker:
                client.subscribe(self._online.topic, qos=1)
            return
        self._answered.set()

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        # The last will of a former process of this station, dead without a word, may come after our
        # `online`; so may the farewell of a replay that ran beside us.
        if message.payload == OFFLINE and not self._closing:
            self._say_online()

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: Any,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Any,
    ) -> None:
        self._connected.clear()
        self._wake.set()
        if reason.is_failure:
            self._gone = True
            why = "" if reason.getName() == _NO_REASON else f" ({str(reason).lower()})"
            log.warning("The MQTT broker %s is gone%s: trying again.", self._address, why)

    def _on_publish(
        self, _client: mqtt.Client, _userdata: Any, mid: int, _reason: ReasonCode, _properties: Any
    ) -> None:
        if mid == self._online_mid:
            # Only now: paho sends again what it still has before it comes here, and in between a newer
            # message would overtake.
            self._online_mid = None
            self._connected.set()
            self._answered.set()
        self._acknowledged_mids.append(mid)
        self._wake.set()
