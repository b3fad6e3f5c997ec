"""Lets recorded or computed samples arrive at the pace of a clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

#: A paced block covers about this much wall-clock time.
PACED_BLOCK_S: Final = 0.05
#: An unpaced block covers about this much stream time.
FREE_BLOCK_S: Final = 1.0
#: And where two sensors take turns: whoever judges by both waits `workout.coach.TORSO_WAITS_S` at most.
SHARED_BLOCK_S: Final = 0.2


class Pacer:
    """Waits until a moment of the stream is due; stops waiting at once when it is closed.

    Deadlines are counted from the first moment that was waited for, so that lateness of one block does
    not add up.

    Parameters
    ----------
    speed
        Stream seconds per wall-clock second; None for no waiting at all.
    clock
        Monotonic clock (s).
    wait
        Waits for so many seconds and returns True when the pacer was closed meanwhile; by default it
        sleeps, and `close` wakes it.
    """

    def __init__(
        self,
        speed: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        if speed is not None and not speed > 0:
            raise ValueError("a speed must be above 0")
        self.speed = speed
        self._clock = clock
        self._closed = threading.Event()
        self._wait = self._closed.wait if wait is None else wait
        self._origin_s: float | None = None

    def samples_per_block(self, rate_hz: float, sensors: int = 1) -> int:
        """Return how many samples a block should hold for blocks that are neither late nor tiny.

        Parameters
        ----------
        rate_hz
            Of the samples.
        sensors
            Of how many sensors blocks come in turn: the second one's is later by as much as a block is long.
        """
        longest_s = FREE_BLOCK_S if sensors == 1 else SHARED_BLOCK_S
        block_s = longest_s if self.speed is None else min(PACED_BLOCK_S * self.speed, longest_s)
        return max(1, round(rate_hz * block_s))

    def due(self, start_s: float, at_s: float) -> bool:
        """Wait until a moment is due.

        Parameters
        ----------
        start_s
            Stream time at which the stream begins; the first call fixes when that was.
        at_s
            Stream time of the moment, usually of a block's last sample.

        Returns
        -------
        bool
            False when the pacer was closed: deliver nothing more.
        """
        if self.speed is not None and not self._closed.is_set():
            if self._origin_s is None:
                self._origin_s = self._clock()
            while (left_s := self._origin_s + (at_s - start_s) / self.speed - self._clock()) > 0:
                if self._wait(left_s):
                    return False
        return not self._closed.is_set()

    def close(self) -> None:
        """End the waiting, from whatever thread; may be called twice."""
        self._closed.set()
