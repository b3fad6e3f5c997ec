"""A bus that fails: tries again, waits longer each time, opens it anew, and tells if it lasts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from firmware.bus import Clock
from firmware.errors import BusError
from firmware.outlet import Outlet
from firmware.readings import Cause
from firmware.stats import Counts

T = TypeVar("T")
#: What the steps of a reader are: they yield when to go on (ns on the host's clock).
Steps = Generator[int, None, T]

#: The delay doubles from the first to the last.
_FIRST_RETRY_NS, LAST_RETRY_NS = 5_000_000, 250_000_000
#: The bus is opened anew from this failure in a row on, as often as the driver lets it.
_REOPEN_AT = 3
#: A bus that fails for longer is told of.
_TELL_AFTER_NS = 300_000_000
#: A sensor that has never delivered is given up for this time.
_GIVE_UP_AFTER_NS = 1_000_000_000


class Patience:
    """Does things on a bus that may fail for a while.

    Parameters
    ----------
    clock
        The host's monotonic clock.
    outlet, counts
        Where trouble is told and failures are counted.
    reopen
        Opens the bus anew unless that was just done; never raises.

    Attributes
    ----------
    failed_lately
        Whether anything failed since the FIFO was last read; the reader takes it back.
    """

    def __init__(self, clock: Clock, outlet: Outlet, counts: Counts, reopen: Callable[[], None]) -> None:
        self._clock, self._outlet, self._counts, self._reopen = clock, outlet, counts, reopen
        self._failures = 0
        self._since_ns = 0
        self.failed_lately = False

    def until_done(self, operation: Callable[[], T]) -> Steps[T]:
        """Do something that may be done twice, again and again until it works.

        Raises
        ------
        BusError
            It does not work, and the sensor has never delivered: whoever starts it has to hear of that.
        """
        while True:
            try:
                result = operation()
            except BusError as error:
                retry_ns = self.failed(error)
                if not self._outlet.flowing and retry_ns - self._since_ns > _GIVE_UP_AFTER_NS:
                    raise
                yield retry_ns
            else:
                self.worked()
                return result

    def timed(self, operation: Callable[[], T]) -> Steps[tuple[int, int, T]]:
        """Do the same; return the host times between which it was done, and what it gave."""

        def measured() -> tuple[int, int, T]:
            before_ns = self._clock.now_ns()
            result = operation()
            return before_ns, self._clock.now_ns(), result

        return (yield from self.until_done(measured))

    def failed(self, error: BusError) -> int:
        """Take note of a failure; return when to try again."""
        now_ns = self._clock.now_ns()
        if self._failures == 0:
            self._since_ns = now_ns
        self._failures += 1
        self.failed_lately = True
        self._counts.bus_errors += 1
        if now_ns - self._since_ns > _TELL_AFTER_NS:
            self._outlet.tell(Cause.BUS, str(error), now_ns)
        if self._failures >= _REOPEN_AT:
            self._reopen()
        return self._clock.now_ns() + min(_FIRST_RETRY_NS << min(self._failures - 1, 10), LAST_RETRY_NS)

    def worked(self) -> None:
        """Take note that the bus works."""
        self._failures = 0
