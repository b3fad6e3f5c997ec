"""What waits for the broker, in memory: bounded, in order, and without pictures that a newer one replaced."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from pi_service.publish.message import Message, Trouble
from pi_service.publish.outbox import MAX_PAYLOAD_BYTES, RESERVED, Entry, Limits


class MemoryOutbox:
    """An outbox in memory; see `Outbox`.

    A retained message is a picture of how things are: once the box is full, or nobody is there to send
    to, only the newest picture of each topic is kept, at the place of its last change. Events (QoS 1,
    not retained) are kept up to limits that pictures do not count towards; beyond them the newer ones
    are refused, but for a few vital ones. Messages of QoS 0 wait only as long as there is room and somebody
    to send to.

    Parameters
    ----------
    limits
        What it may hold.
    clock
        Monotonic clock (s).
    """

    def __init__(self, limits: Limits | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.dropped = 0
        self.superseded = 0
        self._limits = limits or Limits()
        self._clock = clock
        self._begun_s = clock()
        self._serial = 0
        # Not plain dicts: those get slow when they are emptied from the front.
        self._waiting: OrderedDict[int, Entry] = OrderedDict()
        self._under_way: OrderedDict[int, Entry] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._events = 0
        self._fleeting = 0
        self._bytes = 0
        self._full = False
        self._too_old = False
        self._too_large: str | None = None
        self._unsendable: str | None = None
        self._refused: str | None = None
        # Topics of all pictures so far.
        self._pictured: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._under_way)

    def owed(self) -> list[Message]:
        """Return what must arrive and has not yet, in order: all but QoS 0."""
        entries = (*self._under_way.values(), *self._waiting.values())
        return [entry.message for entry in entries if entry.message.qos]

    def unsaved(self) -> int:
        """Return how many messages would be lost if the process ended now: all of them."""
        return len(self.owed())

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong at the moment."""
        found = []
        if self._full:
            text = f"Too much waits for the MQTT broker: events are lost, {self.dropped} so far."
            found.append(Trouble("outbox_full", text))
        if self._too_old:
            text = "The MQTT broker has been away for so long that the oldest events were thrown away."
            found.append(Trouble("outbox_too_old", text))
        if self._too_large is not None:
            text = f"A message of {self._too_large} was too large to be sent: end the set earlier."
            found.append(Trouble("message_too_large", text))
        if self._unsendable is not None:
            found.append(Trouble("message_unsendable", self._unsendable))
        if self._refused is not None:
            found.append(Trouble("message_refused", self._refused))
        return tuple(found)

    def close(self) -> None:
        """Nothing is held."""

    def put(self, messages: Sequence[Message], *, sending: bool = True) -> int:
        """Take messages, and return how many were refused."""
        return sum(not self._take(message, sending=sending) for message in messages)

    def first(self) -> Entry | None:
        """Return the message whose turn it is, or None; it stays until `leave`."""
        return next(iter(self._waiting.values()), None)

    def leave(self) -> None:
        """Send the message that `first` returned on its way."""
        entry = self._waiting[next(iter(self._waiting))]
        self._take_out(entry)
        if entry.message.qos:
            self._under_way[entry.serial] = entry
            self._bytes += len(entry.message.payload)

    def refuse(self, why: str) -> None:
        """Throw the message that `first` returned away: it can never be sent."""
        entry = self._give_up_first()
        self._unsendable = (
            f"A message of {_shown(entry)} was thrown away, because it cannot be sent ({why[:200]})."
        )

    def set_aside(self, why: str) -> Message:
        """Put away the message that `first` returned, which the broker does not take, and return it."""
        entry = self._give_up_first()
        self._tell_refused(entry, why)
        return entry.message

    def set_aside_under_way(self, serial: int, why: str) -> Message | None:
        """Put away a message that is on its way."""
        entry = self._under_way.pop(serial, None)
        if entry is None:
            return None
        self._bytes -= len(entry.message.payload)
        self._gone(entry)
        self.dropped += 1
        self._tell_refused(entry, why)
        return entry.message

    def take_back(self) -> None:
        """Let what is on its way wait again, before all others."""
        for serial in reversed(list(self._under_way)):
            entry = self._under_way.pop(serial)
            self._waiting[serial] = entry
            self._waiting.move_to_end(serial, last=False)
            if entry.message.retain:
                self._newest.setdefault(entry.message.topic, serial)
            else:
                self._events += 1

    def holds(self, topic: str) -> bool:
        """Return whether a retained message of a topic waits or is on its way."""
        under_way = (entry.message for entry in self._under_way.values())
        return topic in self._newest or any(each.retain and each.topic == topic for each in under_way)

    def _give_up_first(self) -> Entry:
        entry = self._waiting[next(iter(self._waiting))]
        self._take_out(entry)
        self._gone(entry)
        self.dropped += entry.message.qos > 0
        return entry

    def _tell_refused(self, entry: Entry, why: str) -> None:
        size = len(entry.message.payload)
        self._refused = f"A message of {_shown(entry)} ({size} bytes) was set aside: {why[:200]}."

    def settle(self, serials: Iterable[int]) -> None:
        """Forget messages that have arrived."""
        for serial in serials:
            entry = self._under_way.pop(serial, None)
            if entry is not None:
                self._bytes -= len(entry.message.payload)
                self._gone(entry)
        if self._full and len(self) <= self._limits.events // 2:
            self._full = False
        if self._too_old and not self._waiting:
            self._too_old = False

    def tend(self, *, sending: bool) -> None:
        """Leave out pictures that nobody is there to take, and events that have waited for too long."""
        if not sending:
            self.thin()
        oldest_s = self._age_s() - self._limits.age_s
        while (event := self._oldest_event()) is not None and event.at_s < oldest_s:
            self._take_out(event)
            self._gone(event)
            self.dropped += 1
            self._too_old = True

    def thin(self) -> None:
        """Leave out QoS 0 and all but the newest picture of each topic."""
        if len(self._waiting) == self._events + len(self._newest):
            return
        for entry in list(self._waiting.values()):
            message = entry.message
            if not message.qos or (message.retain and self._newest[message.topic] != entry.serial):
                self._take_out(entry)
                self._gone(entry)
                self.superseded += message.qos > 0

    def _age_s(self) -> float:
        return self._clock() - self._begun_s

    def _oldest_event(self) -> Entry | None:
        if not self._events:
            return None
        return next(
            entry for entry in self._waiting.values() if entry.message.qos and not entry.message.retain
        )

    def _take(self, message: Message, *, sending: bool) -> bool:
        size = len(message.payload)
        if size > MAX_PAYLOAD_BYTES:
            self.dropped += 1
            self._too_large = message.topic
            return False
        crowded = len(self) >= self._limits.events or self._bytes + size > self._limits.payload_bytes
        if crowded or not sending:
            if message.qos == 0:
                return True  # may be lost, and is not missed
            self.thin()
            if message.retain:
                self._replace(message.topic)
            elif self._is_full(message):
                self.dropped += 1
                self._full = True
                return False
        self._serial += 1
        self._add(Entry(self._serial, message, self._age_s()))
        return True

    def _is_full(self, message: Message) -> bool:
        room = self._limits.events + (RESERVED if message.vital else 0)
        too_large = self._bytes + len(message.payload) > self._limits.payload_bytes
        return self._events + len(self._under_way) >= room or (too_large and not message.vital)

    def _add(self, entry: Entry) -> None:
        message = entry.message
        self._waiting[entry.serial] = entry
        self._bytes += len(message.payload)
        if message.qos == 0:
            self._fleeting += 1
        elif message.retain:
            self._newest[message.topic] = entry.serial
            self._pictured.add(message.topic)
        else:
            self._events += 1

    def _take_out(self, entry: Entry) -> None:
        message = entry.message
        del self._waiting[entry.serial]
        self._bytes -= len(message.payload)
        if message.qos == 0:
            self._fleeting -= 1
        elif not message.retain:
            self._events -= 1
        elif self._newest[message.topic] == entry.serial:
            del self._newest[message.topic]

    def _replace(self, topic: str) -> None:
        serial = self._newest.get(topic)
        if serial is not None:
            entry = self._waiting[serial]
            self._take_out(entry)
            self._gone(entry)
            self.superseded += 1

    def _gone(self, entry: Entry) -> None:
        """Take note that a message will not be sent again: for a form that keeps it elsewhere, too."""


def _shown(entry: Entry) -> str:
    topic = entry.message.topic
    return topic if len(topic) <= 60 else f"{topic[:60]}..."
