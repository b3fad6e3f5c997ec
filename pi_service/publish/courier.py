"""Carries messages from an outbox to the broker, over one connection after the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from pi_service.publish.connection import Connection
from pi_service.publish.hang_ups import Finding, HangUps
from pi_service.publish.message import Message, Trouble
from pi_service.publish.outbox import Outbox

log = logging.getLogger(__name__)

#: Most messages of QoS 1 that are given to paho before the broker has acknowledged them: enough to keep
#: it busy, and few, because what paho has can no longer be left out.
WINDOW: Final = 50
# The same for messages of QoS 0 that the socket has not taken yet.
_FLEETING_WINDOW: Final = 50


class Courier:
    """Sends what an outbox has, and tells it what has arrived. Not for two threads at once.

    A broker that was away may have lost its memory: when it is back it gets again what is retained. A message
    that makes it hang up, or that it refuses, is set aside in the outbox.

    Parameters
    ----------
    outbox
        Where the messages are.
    connect
        Returns a new connection that has not begun.
    name
        What people call the broker.
    wake
        Set when there is something to do.
    own_topic
        Of the greeting, which a connection says by itself.
    window
        Most messages of QoS 1 on their way.

    Attributes
    ----------
    connection
        The present one.
    progress_at_s
        When something arrived last, on the monotonic clock.
    """

    def __init__(
        self,
        outbox: Outbox,
        connect: Callable[[], Connection],
        name: str,
        *,
        wake: threading.Event,
        own_topic: str,
        window: int,
    ) -> None:
        self._outbox, self._connect, self._name = outbox, connect, name
        self._wake, self._own_topic, self._window = wake, own_topic, window
        self.connection = connect()
        self.progress_at_s = 0.0
        self._on_the_way: dict[int, int] = {}
        self._fleeting: set[int] = set()
        self._hang_ups = HangUps()
        # The newest retained message of each topic, and how often the present connection was greeted.
        self._pictures: dict[str, Message] = {}
        self._greeted, self._ever_greeted = 0, False

    @property
    def connected(self) -> bool:
        """True while the broker is there and has taken our greeting."""
        return self.connection.connected

    def troubles(self) -> list[Trouble]:
        """Return what is wrong with the connection at the moment; that the broker is away is not."""
        refusal = self.connection.refusal
        if refusal is None:
            return []
        return [Trouble("broker_refuses", f"The MQTT broker {self._name} refuses us: {refusal}.")]

    def put(self, messages: Sequence[Message]) -> int:
        """Hand messages to the outbox, and return how many it refused."""
        self._pictures |= {each.topic: each for each in messages if each.retain}
        return self._outbox.put(messages, sending=self.connected)

    def settle(self) -> None:
        """Tell the outbox what has arrived."""
        arrived: list[int] = []
        acknowledged = self.connection.acknowledged
        while acknowledged:
            # Ids of QoS 0 messages and of `online` come past here too; they are not waited for.
            mid = acknowledged.popleft()
            self._fleeting.discard(mid)
            refusal = self.connection.refusals.pop(mid, None)
            serial = self._on_the_way.pop(mid, None)
            if serial is None:
                continue
            if refusal is None:
                arrived.append(serial)
            else:
                why = f"the MQTT broker {self._name} refuses it ({refusal})"
                self._forget_picture(self._outbox.set_aside_under_way(serial, why))
        if arrived:
            self.progress_at_s = time.monotonic()
            self._outbox.settle(arrived)
            self._hang_ups.acknowledged(left=len(self._outbox))

    def send(self) -> None:
        """Send what there is room for; called while the broker is there."""
        self._show_pictures()
        self._send_what_fits()
        waits = self._outbox.first() is not None
        self.connection.wanted = waits
        if waits and self.connection.acknowledged:
            self._wake.set()  # they came before anybody wanted them

    def lose(self) -> None:
        """Take note that the broker is away: messages of QoS 0 are gone, and nobody will say so."""
        self._fleeting.clear()

    def judge_ends(self) -> Connection | None:
        """Look at how connections ended; return one that is to be closed, as another has its place."""
        found = Finding.NOTHING
        ends = self.connection.ends
        while ends and found is Finding.NOTHING:
            end = ends.popleft()
            first = next(iter(self._on_the_way.values()), None)
            found = self._hang_ups.ended(end.lasted_s, acknowledged=end.acknowledged, first=first)
        if found is Finding.NOTHING:
            return None
        # paho would send all that it has again: only another client of its can leave something out.
        former, self.connection, self._greeted = self.connection, self._connect(), 0
        former.let_go()
        self._on_the_way.clear()
        self._fleeting.clear()
        self._outbox.take_back()
        if found is Finding.GUILT:
            why = f"the MQTT broker {self._name} hangs up when it is sent: see which sizes it allows"
            self._forget_picture(self._outbox.set_aside(why))
            log.warning("The MQTT broker %s hangs up at a message: it is set aside.", self._name)
        else:
            log.warning("The MQTT broker %s hangs up again and again: messages go one by one.", self._name)
        self.connection.begin()
        return former

    def _show_pictures(self) -> None:
        """Say again what is retained, once after each time that the broker was away."""
        greeted = self.connection.greeted
        if greeted == self._greeted:
            return
        is_back, self._greeted, self._ever_greeted = self._ever_greeted, greeted, True
        if not is_back:
            return
        again = [each for topic, each in self._pictures.items() if topic != self._own_topic]
        # What waits is newer. No disk needs a second copy of what has arrived before.
        self._outbox.put([replace(each, live=True) for each in again if not self._outbox.holds(each.topic)])

    def _forget_picture(self, refused: Message | None) -> None:
        if refused is not None and refused.retain:
            self._pictures.pop(refused.topic, None)

    def _send_what_fits(self) -> None:
        window = 1 if self._hang_ups.careful else self._window
        while len(self._on_the_way) < window and (entry := self._outbox.first()) is not None:
            message = entry.message
            if not message.qos and len(self._fleeting) >= _FLEETING_WINDOW:
                return  # the next one that the socket takes brings us back
            try:
                mid = self.connection.send(message)
            except ValueError as error:
                # One of a former process, perhaps: it must not stand before all others for ever.
                self._outbox.refuse(str(error).rstrip("."))
                continue
            if mid is None:
                return  # the next acknowledgement brings us back
            self._outbox.leave()
            if message.qos:
                self._on_the_way[mid] = entry.serial
            else:
                self._fleeting.add(mid)
