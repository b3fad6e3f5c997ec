"""Says that all is well only while it is: otherwise the service manager starts the process anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from pi_service.process.notify import Notifier

log = logging.getLogger(__name__)

#: Returns why something does not work any more; None while it does.
Check = Callable[[], str | None]


class Watchdog:
    """Tells the manager twice in each of its periods that the process works, if it does.

    Called by the thread that counts, so that its own hanging needs no check.

    Parameters
    ----------
    notifier
        The way to the manager.
    checks
        What has to work.
    clock
        Monotonic clock (s).

    Attributes
    ----------
    checks
        What has to work now.
    """

    def __init__(
        self,
        notifier: Notifier,
        checks: Sequence[Check] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.checks = checks
        self._notifier = notifier
        self._clock = clock
        self._told_s: float | None = None
        self._trouble: str | None = None

    def tick(self) -> None:
        """Say that all is well if that is due, and true."""
        period_s = self._notifier.watchdog_s
        if period_s is None:
            return
        now_s = self._clock()
        if self._told_s is not None and now_s - self._told_s < period_s / 2.0:
            return
        trouble = next((found for check in self.checks if (found := check()) is not None), None)
        if trouble is None:
            self._told_s = now_s
            self._notifier.alive()
        elif trouble != self._trouble:
            log.error("%s So the service manager will start repclip anew.", trouble)
        self._trouble = trouble
