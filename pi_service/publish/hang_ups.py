"""Finds the message that makes the broker hang up: it would stand before all others for ever.

A broker that does not like a message (one larger than it allows, for example) cannot say so: MQTT 3.1.1 lets
it only close the connection. The message is not acknowledged, so it is sent again after each reconnection,
and the broker hangs up again.

A connection may end for many reasons, and acknowledgements may be lost with it. So nothing is believed of one
that ended late, or that brought an acknowledgement; after two others in a row messages go one by one, and one
that was alone on two more such connections is the one.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

#: Whoever hangs up because of a message does so at once: within this time of the connection (s).
_SOON_S: Final = 10.0
#: So many connections in a row make suspicious.
_SUSPICIOUS: Final = 2
#: On so many more a message has to have been alone.
_CERTAIN: Final = 2


class Finding(Enum):
    """What the end of a connection tells."""

    NOTHING = auto()
    SUSPICION = auto()
    """From now on one message at a time."""
    GUILT = auto()
    """The first message is the one."""


class HangUps:
    """Judges the ends of connections.

    Attributes
    ----------
    careful
        Whether messages are to be sent one by one.
    """

    def __init__(self) -> None:
        self.careful = False
        self._in_a_row = 0
        self._suspect: int | None = None
        self._found = False

    def ended(self, lasted_s: float, *, acknowledged: bool, first: int | None) -> Finding:
        """Judge the end of a connection.

        Parameters
        ----------
        lasted_s
            How long it lasted.
        acknowledged
            Whether the broker acknowledged anything of ours on it but the greeting.
        first
            Number of the first message that was sent on it and not acknowledged.
        """
        if acknowledged or first is None or lasted_s > _SOON_S:
            self._in_a_row = 0
            return Finding.NOTHING
        if self.careful and first != self._suspect:
            self._suspect, self._in_a_row = first, 0
        self._in_a_row += 1
        if not self.careful and self._in_a_row >= _SUSPICIOUS:
            self.careful, self._in_a_row = True, 0
            return Finding.SUSPICION
        if self.careful and self._in_a_row >= _CERTAIN:
            self._found, self._suspect, self._in_a_row = True, None, 0
            return Finding.GUILT
        return Finding.NOTHING

    def acknowledged(self, *, left: int) -> None:
        """Take note of an acknowledgement, after which so many messages are left: all may be well again."""
        if self._found or not left:
            self.careful = self._found = False
            self._suspect, self._in_a_row = None, 0
