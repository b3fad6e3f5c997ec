"""What waits for the broker: bounded, in order, and without pictures that a newer one has replaced."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pi_service.publish.message import Message, Trouble

#: Events that may wait for a broker that is away: about four thousand reps with their verdicts.
MAX_EVENTS: Final = 10_000
#: Bytes of payload that may wait: far more than so many events have, and what a Pi can spare.
MAX_BYTES: Final = 32_000_000
#: Larger messages are refused: a broker that limits their size hangs up on each attempt, for ever. An
#: afternoon of steps in one set has 300 kB.
MAX_PAYLOAD_BYTES: Final = 1_000_000
#: Events wait no longer than for a week of running.
MAX_AGE_S: Final = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What an outbox may hold.

    Attributes
    ----------
    events
        Most events; while nothing is thinned out, most messages.
    payload_bytes
        Most bytes of all payloads.
    age_s
        Longest time that an event waits. Only time during which the station runs counts: a clock that
        jumps ages nothing, and neither do holidays.
    """

    events: int = MAX_EVENTS
    payload_bytes: int = MAX_BYTES
    age_s: float = MAX_AGE_S


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in an outbox: its number there, and the outbox's age when it came (s)."""

    serial: int
    message: Message
    at_s: float


class Outbox(Protocol):
    """Messages that the broker has not acknowledged: first in, first out. Not for two threads at once.

    Attributes
    ----------
    dropped
        Events that are lost: too many waited, or for too long.
    superseded
        Pictures that a newer one replaced before they were sent.
    """

    dropped: int
    superseded: int

    def put(self, messages: Sequence[Message], *, sending: bool = True) -> int:
        """Take messages, and return how many were refused; `sending` while somebody takes them."""
        ...

    def first(self) -> Entry | None:
        """Return the message whose turn it is, or None."""
        ...

    def leave(self) -> None:
        """Send that message on its way: it stays owed until `settle`, unless its QoS is 0."""
        ...

    def refuse(self, why: str) -> None:
        """Throw that message away: it can never be sent, for a reason in a few words."""
        ...

    def settle(self, serials: Iterable[int]) -> None:
        """Forget messages that have arrived."""
        ...

    def tend(self, *, sending: bool) -> None:
        """Do what is due: called about once a second."""
        ...

    def owed(self) -> list[Message]:
        """Return what must arrive and has not yet, in order."""
        ...

    def unsaved(self) -> int:
        """Return how many messages would be lost if the process ended now."""
        ...

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong at the moment."""
        ...

    def close(self) -> None:
        """Let go of whatever it holds; may be called twice."""
        ...

    def __len__(self) -> int:
        """Return how many messages wait or are on their way."""
        ...


class MemoryOutbox:
    """An outbox in memory; see `Outbox`.

    A retained message is a picture of how things are: once the box is full, or nobody is there to send
    to, only the newest picture of each topic is kept, at the place of its last change. Events (QoS 1,
    not retained) are kept up to limits that pictures do not count towards; beyond them the newer ones
    are refused. Messages of QoS 0 wait only as long as there is room and somebody to send to.

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
        entry = self._waiting[next(iter(self._waiting))]
        self._take_out(entry)
        self._gone(entry)
        self.dropped += entry.message.qos > 0
        topic = entry.message.topic
        shown = topic if len(topic) <= 60 else f"{topic[:60]}..."
        self._unsendable = f"A message of {shown} was thrown away, because it cannot be sent ({why[:200]})."

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
        return (
            self._events + len(self._under_way) >= self._limits.events
            or self._bytes + len(message.payload) > self._limits.payload_bytes
        )

    def _add(self, entry: Entry) -> None:
        message = entry.message
        self._waiting[entry.serial] = entry
        self._bytes += len(message.payload)
        if message.qos == 0:
            self._fleeting += 1
        elif message.retain:
            self._newest[message.topic] = entry.serial
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
