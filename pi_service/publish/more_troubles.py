"""A way to the broker that also knows of troubles that are not its own: a sensor that is waited for, say."""

from __future__ import annotations

from collections.abc import Sequence

from pi_service.publish.live_station import WatchedPublisher
from pi_service.publish.message import Message, Trouble


class MoreTroubles:
    """Passes everything on to a publisher, and adds troubles to those that it has.

    Parameters
    ----------
    publisher
        The way to the broker.
    """

    def __init__(self, publisher: WatchedPublisher) -> None:
        self._publisher = publisher
        self._troubles: dict[str, Trouble] = {}

    @property
    def dropped(self) -> int:
        """Events that are lost."""
        return self._publisher.dropped

    def begin(self, what: str, text: str) -> None:
        """Take note of a trouble; a station that lives tells it as a fault."""
        self._troubles[what] = Trouble(what, text)

    def end(self, *whats: str) -> None:
        """Take note that troubles are over; of all if none is named."""
        for each in whats or tuple(self._troubles):
            self._troubles.pop(each, None)

    def publish(self, messages: Sequence[Message]) -> None:
        """Take messages in order."""
        self._publisher.publish(messages)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything has arrived; return False when it has not in time."""
        return self._publisher.flush(timeout_s)

    def waiting(self) -> int:
        """Return how many messages have not arrived yet."""
        return self._publisher.waiting()

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong now."""
        return (*self._publisher.troubles(), *self._troubles.values())
