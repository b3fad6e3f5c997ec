"""Watches whether the computer's clock can be believed: the times of a session count from its start.

A Raspberry Pi has no clock of its own. It begins with the time at which it was switched off, or with 1970,
and is put right when a time server answers: by then a session may have begun.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from pi_service.publish.message import Trouble

#: Less is what a time server corrects every day, and what nobody notices (s).
_LEAST_S: Final = 2.0
#: The clocks are compared so often (s).
_EVERY_S: Final = 10.0
#: repclip is not older than this: a clock that says less is wrong.
_EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)


class WallClock:
    """Compares the wall clock with one that nobody puts right.

    Parameters
    ----------
    clock, now
        Monotonic clock (s), and wall clock.
    """

    def __init__(self, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._clock, self._now = clock, now
        self._began_s, self._began_at = clock(), now()
        self._offset_s = 0.0
        self._looked_s = self._began_s

    @property
    def offset_s(self) -> float | None:
        """How far the clock was put forward since the start; None below 2 s."""
        return self._offset_s or None

    def look(self) -> bool:
        """Look at both clocks; return whether something has changed that is to be told."""
        at_s = self._clock()
        if at_s - self._looked_s < _EVERY_S:
            return False
        self._looked_s = at_s
        offset_s = (self._now() - self._began_at).total_seconds() - (at_s - self._began_s)
        if abs(offset_s - self._offset_s) < _LEAST_S:
            return False
        self._offset_s = round(offset_s, 1) if abs(offset_s) >= _LEAST_S else 0.0
        return True

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong with the times of this session."""
        if self._offset_s:
            text = (
                f"This computer's clock was put right by {self._offset_s:+.0f} s after the session had begun,"
                " whose events go on by the old time: let repclip start after the time server has answered."
            )
        elif self._began_at < _EARLIEST:
            text = (
                f"This computer's clock says {self._began_at:%Y}, which cannot be: see that it reaches a time"
                " server, and start repclip after that."
            )
        else:
            return ()
        return (Trouble("clock_wrong", text),)
