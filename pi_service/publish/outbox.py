"""What waits for the broker: bounded, in order, and without pictures that a newer one has replaced."""

from __future__ import annotations

from collections import OrderedDict

from pi_service.publish.message import Message


class Outbox:
    """Messages that have not been handed to the network yet, first in, first out.

    A retained message is a picture of how things are: once the box is full, or nobody is there to send
    to, only the newest picture of each topic is kept, at the place of its last change. Events (QoS 1,
    not retained) are kept up to a limit that pictures do not count towards; beyond it the newer ones
    are refused. Messages of QoS 0 wait only as long as there is room and somebody to send to.

    Not safe to use from two threads at once.

    Parameters
    ----------
    limit
        Most events that wait; while nothing is thinned out, most messages.

    Attributes
    ----------
    dropped
        Events that were refused.
    superseded
        Pictures that a newer one replaced before they were sent.
    """

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self.superseded = 0
        self._limit = limit
        self._serial = 0
        # Not a plain dict: that one gets slow when it is emptied from the front.
        self._waiting: OrderedDict[int, Message] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._events = 0
        self._fleeting = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def messages(self) -> list[Message]:
        """Return what waits and must arrive, in order: all but QoS 0."""
        return [message for message in self._waiting.values() if message.qos]

    def put(self, message: Message, *, elsewhere: int = 0, sending: bool = True) -> bool:
        """Take a message; return False when it was refused.

        Parameters
        ----------
        message
            The message.
        elsewhere
            Messages on their way already; they count towards the limit.
        sending
            True while somebody is there to send to.
        """
        full = len(self._waiting) + elsewhere >= self._limit
        if full or not sending:
            if message.qos == 0:
                return True  # may be lost, and is not missed
            self.thin()
            if message.retain:
                self._replace(message.topic)
            elif self._events + elsewhere >= self._limit:
                self.dropped += 1
                return False
        self._serial += 1
        self._waiting[self._serial] = message
        if message.qos == 0:
            self._fleeting += 1
        elif message.retain:
            self._newest[message.topic] = self._serial
        else:
            self._events += 1
        return True

    def first(self) -> Message | None:
        """Return the message whose turn it is, or None; it stays until `pop`."""
        return next(iter(self._waiting.values()), None)

    def pop(self) -> None:
        """Take out the message that `first` returned."""
        serial, message = self._waiting.popitem(last=False)
        if message.qos == 0:
            self._fleeting -= 1
        elif not message.retain:
            self._events -= 1
        elif self._newest[message.topic] == serial:
            del self._newest[message.topic]

    def thin(self) -> None:
        """Leave out QoS 0 and all but the newest picture of each topic."""
        if len(self._waiting) == self._events + len(self._newest):
            return
        kept = OrderedDict(
            (serial, message)
            for serial, message in self._waiting.items()
            if message.qos and (not message.retain or self._newest[message.topic] == serial)
        )
        self.superseded += len(self._waiting) - len(kept) - self._fleeting
        self._waiting, self._fleeting = kept, 0

    def _replace(self, topic: str) -> None:
        serial = self._newest.pop(topic, None)
        if serial is not None:
            del self._waiting[serial]
            self.superseded += 1
