"""The way to a real broker: an outbox and a connection behind the `Publisher` protocol."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.connection import Connection, Receiver
from pi_service.publish.courier import WINDOW, Courier
from pi_service.publish.errors import BrokerError
from pi_service.publish.memory_outbox import MemoryOutbox
from pi_service.publish.message import Message, Trouble, availability
from pi_service.publish.outbox import MAX_EVENTS, Limits, Outbox
from pi_service.publish.settings import BrokerSettings, as_settings
from pi_service.publish.topics import OFFLINE, StationTopics

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

log = logging.getLogger(__name__)

# A replay at full speed is faster than a broker: with so many on their way it waits until half are gone,
# but not for a broker that acknowledges nothing for so long.
_HIGH_WATER = 1_000
_PATIENCE_S = 2.0
# Who closes waits so long for a broker that may be away and is.
_GRACE_S = 1.0
# The outbox is looked after so often.
_TEND_S = 1.0
# A sender that does nothing for so long hangs: a disk has rarely that much to do.
_HANGS_S = 10.0


class MqttPublisher:
    """Publishes a station's messages over MQTT, and loses no event.

    Used as a context manager, once. Entering it connects (or raises `BrokerError` within about
    `connect_timeout_s`) and says ``online``; leaving it waits for the broker's acknowledgements, says
    ``offline``, disconnects and raises `BrokerError` when something has not arrived and is not kept. In
    between it reconnects by itself, and the broker says ``offline`` for us when we vanish.

    While the broker is away events wait in order in the outbox, of a retained topic only the newest
    message waits, and messages of QoS 0 are lost. What the outbox of a former process still owed is sent
    first. A broker that comes back may have lost its memory, so it gets what is retained again. A message at
    which the broker hangs up each time, or that it refuses, is set aside with a trouble; the rest goes on.

    `publish`, `flush` and `close` belong to one thread.

    Parameters
    ----------
    broker
        Where the broker is, or all that there is to know of it.
    topics
        The station's topics.
    connect_timeout_s, close_timeout_s
        How long entering and leaving may take.
    max_queued
        Events kept until the broker has acknowledged them, without an outbox of its own.
    may_wait
        Whether `publish` may wait for a broker that is there but slower than we are: for a replay,
        which can be held up; never where samples arrive in real time.
    shared_broker
        Whether a former process of this station may have left its last will there. False for the
        demo's own broker: amqtt loses messages when a subscriber leaves while it delivers.
    outbox
        What is owed; closed with the publisher. In memory when None.
    broker_may_be_away
        Entering does not wait for the broker: it is connected to whenever it is there.
    subscriptions
        Topics to listen to, each with whoever takes what comes, on a thread that must not wait.
    """

    def __init__(
        self,
        broker: BrokerAddress | BrokerSettings,
        topics: StationTopics,
        *,
        connect_timeout_s: float = 3.0,
        close_timeout_s: float = 5.0,
        max_queued: int = MAX_EVENTS,
        may_wait: bool = False,
        shared_broker: bool = True,
        outbox: Outbox | None = None,
        broker_may_be_away: bool = False,
        subscriptions: Sequence[tuple[str, Receiver]] = (),
    ) -> None:
        settings = as_settings(broker)
        self._address = settings.address
        self._close_timeout_s = close_timeout_s
        self._may_wait = may_wait
        self._may_be_away = broker_may_be_away
        # The lock guards the outbox and its courier; whoever waits for the broker is woken when they change.
        self._changed = threading.Condition()
        self._outbox: Outbox = MemoryOutbox(Limits(events=max_queued)) if outbox is None else outbox
        self._ended = False
        self._wake = threading.Event()
        self._arrived = threading.Event()
        self._sender: threading.Thread | None = None
        self._closing = False
        self._told_superseded = 0
        self._told_dropped = False
        self._beat_s = time.monotonic()
        self._offline = availability(topics, online=False)
        heard = list(subscriptions)
        if shared_broker:
            heard.append((self._offline.topic, self._on_availability))
        connect = partial(
            Connection,
            settings,
            f"repclip-{topics.station}-{secrets.token_hex(3)}",
            will=self._offline,
            greeting=availability(topics, online=True),
            subscriptions=heard,
            wake=self._wake,
            arrived=self._arrived,
            connect_timeout_s=connect_timeout_s,
        )
        self._courier = Courier(
            self._outbox,
            connect,
            str(self._address),
            wake=self._wake,
            own_topic=self._offline.topic,
            window=min(WINDOW, max_queued),
        )

    @property
    def connected(self) -> bool:
        """True while the broker is there and has taken our ``online``."""
        return self._courier.connected

    @property
    def dropped(self) -> int:
        """Events that are lost because too many waited, or for too long."""
        return self._outbox.dropped

    @property
    def superseded(self) -> int:
        """Retained messages that were never sent because a newer one of their topic was there."""
        return self._outbox.superseded

    def waiting(self) -> int:
        """Return how many messages the broker has not acknowledged yet."""
        with self._changed:
            self._courier.settle()
            return len(self._outbox)

    def unacknowledged(self) -> tuple[Message, ...]:
        """Return the messages of QoS 1 that the broker has not acknowledged yet, in order."""
        with self._changed:
            self._courier.settle()
            return tuple(self._outbox.owed())

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong with the way to the broker at the moment; that it is away is not."""
        with self._changed:
            return (*self._outbox.troubles(), *self._courier.troubles())

    def hang(self) -> str | None:
        """Return why nothing is sent any more, though it could be; None while all works.

        A broker that is away is no reason, nor is a disk that takes nothing: both are waited for.
        """
        if self._sender is None:
            return None
        if not self._sender.is_alive():
            return "The thread that sends to the broker has ended."
        if not self._courier.connection.alive():
            return "The thread that is connected to the broker has ended."
        if time.monotonic() - self._beat_s > _HANGS_S:
            return f"Sending to the broker has hung for {_HANGS_S:.0f} s."
        return None

    def open(self) -> None:
        """Connect and say ``online``; what a former process still owed is on its way then.

        Raises
        ------
        BrokerError
            If nobody answers in time or the broker refuses us, and it may not be away.
        """
        try:
            if self._may_be_away:
                self._courier.connection.begin()
            else:
                self._courier.connection.open()
        except BaseException:
            self._outbox.close()
            raise
        self._sender = threading.Thread(target=self._run, name="repclip-publisher", daemon=True)
        self._sender.start()
        self._wake.set()

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order; what there is room for is on its way then, and a thread sends the rest.

        When it returns the outbox has them: one on disk has written the events down. Only with
        `may_wait` it waits while very many messages are on their way: as long as the broker goes on
        acknowledging, and for about two seconds when it does not.
        """
        with self._changed:
            self._courier.settle()
            if not len(self._outbox):
                self._courier.progress_at_s = time.monotonic()  # nothing was owed until now
            if self._courier.put(messages) and not self._told_dropped:
                self._told_dropped = True
                log.warning(
                    "The MQTT broker %s has been away for too long: messages are lost from now on.",
                    self._address,
                )
            if self.connected:
                self._courier.send()
            if self._may_wait and len(self._outbox) > _HIGH_WATER:
                self._wait_while_it_moves(_HIGH_WATER // 2)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has acknowledged everything; return False when it has not in time."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._arrived.clear()
            with self._changed:
                self._courier.settle()
                if not len(self._outbox):
                    return True
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0:
                return False
            self._arrived.wait(min(remaining_s, 0.25))

    def close(self) -> None:
        """Wait for the acknowledgements, say ``offline`` and disconnect; may be called twice.

        Raises
        ------
        BrokerError
            If messages of QoS 1 have not arrived and no disk keeps them; we are disconnected all the same.
        """
        if self._sender is None:
            return
        deadline = time.monotonic() + self._close_timeout_s
        try:
            # One that is away may just be about to answer.
            is_there = self.connected or not self._may_be_away
            self.flush(self._close_timeout_s if is_there else min(_GRACE_S, self._close_timeout_s))
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
            self._courier.connection.close()
            left = self._let_go()
        self._tell_superseded()
        refused = [each.text for each in self._outbox.troubles() if each.what == "message_refused"]
        if refused:
            raise BrokerError(refused[0])
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

    def _let_go(self) -> int:
        """Close the outbox, and return how many messages are lost with it."""
        with self._changed:
            self._courier.settle()
            owed = len(self._outbox.owed())
            self._outbox.close()
            lost = self._outbox.unsaved()
        if owed > lost:
            log.warning(
                "%d messages wait on disk for the MQTT broker %s: they are sent when the station runs again.",
                owed - lost,
                self._address,
            )
        return lost + self.dropped

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
        while self.connected and len(self._outbox) > left:
            # From the last acknowledgement on, so that a broker that stands still is waited for once.
            remaining_s = self._courier.progress_at_s + _PATIENCE_S - time.monotonic()
            if remaining_s <= 0:
                return
            self._changed.wait(min(remaining_s, 0.25))

    def _run(self) -> None:
        """Send what waits, settle what is acknowledged, and wake those who wait; on a thread of its own."""
        was_connected = True
        tended_s = time.monotonic()
        while True:
            self._wake.wait(_TEND_S)
            self._wake.clear()
            self._beat_s = time.monotonic()
            with self._changed:
                if self._ended:
                    return
                self._courier.settle()
                former = None if self._closing else self._courier.judge_ends()
                connected = self.connected
                if connected:
                    self._courier.send()
                else:
                    self._courier.lose()
                if not connected or time.monotonic() - tended_s >= _TEND_S:
                    tended_s = time.monotonic()
                    self._outbox.tend(sending=connected)
                if connected and not was_connected:
                    self._tell_superseded()
                was_connected = connected
                self._changed.notify_all()
            if former is not None:
                former.close()  # it waits for paho's thread, and nobody may wait for that

    def _on_availability(self, message: MQTTMessage) -> None:
        # The last will of a former process of this station, dead without a word, may come after our
        # `online`; so may the farewell of a replay that ran beside us.
        if message.payload == OFFLINE and not self._closing:
            self._courier.connection.greet()
