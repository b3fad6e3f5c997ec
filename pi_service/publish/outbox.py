"""What waits for the broker: what an outbox promises, and its limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
#: So many vital messages find room where others do not: that the outbox is full has to be told.
RESERVED: Final = 100
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

    def take_back(self) -> None:
        """Let what is on its way wait again, before all others: nobody carries it any more."""
        ...

    def set_aside(self, why: str) -> Message:
        """Put away and return the message whose turn it is: the broker does not take it; say why."""
        ...

    def set_aside_under_way(self, serial: int, why: str) -> Message | None:
        """Put away a message that is on its way, in the same manner."""
        ...

    def holds(self, topic: str) -> bool:
        """Return whether a retained message of a topic waits or is on its way."""
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
