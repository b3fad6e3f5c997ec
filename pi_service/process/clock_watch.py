"""Notices that the computer's clock was set: a Pi without a battery learns the time only from the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: A clock that is adjusted gently gains no more than this between two looks (s).
_JUMP_S: Final = 2.0


class ClockWatch:
    """Compares the wall clock with the monotonic one.

    Parameters
    ----------
    wall, clock
        The two clocks (s).
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._clock = wall, clock
        self._offset_s = wall() - clock()

    def begin(self) -> None:
        """Take the clock as it is: what was set before does not matter."""
        self._offset_s = self._wall() - self._clock()

    def jumped_s(self) -> float | None:
        """Return by how much the clock was set since the last call (s); None if it was not."""
        offset_s = self._wall() - self._clock()
        change_s = offset_s - self._offset_s
        self._offset_s = offset_s
        return change_s if abs(change_s) >= _JUMP_S else None
