"""What the driver needs of an I2C bus, and of a clock; real and simulated ones look the same."""

from __future__ import annotations

import time
from typing import Final, Protocol

#: What the name of a simulated bus begins with; `firmware.sim.spec` says what follows.
SIMULATED: Final = "sim:"


def is_simulated(text: str) -> bool:
    """Return whether the name of a bus asks for a simulated one."""
    return text.startswith(SIMULATED)


class Bus(Protocol):
    """One I2C bus with up to two chips; one thread owns it.

    Every method raises `firmware.errors.BusError` and nothing else when the bus fails.
    """

    @property
    def name(self) -> str:
        """What a person calls it: ``/dev/i2c-1`` or ``sim:``."""
        ...

    @property
    def number(self) -> int | None:
        """N of ``/dev/i2c-N``; None where there is no such number."""
        ...

    def read(self, address: int, register: int, length: int) -> bytes:
        """Return the values of `length` (1 to 32) consecutive registers, read in one transaction."""
        ...

    def write(self, address: int, register: int, value: int) -> None:
        """Write one register."""
        ...

    def read_fifo(self, address: int, length: int) -> bytes:
        """Return `length` bytes out of the FIFO register, in one transaction where the adapter can."""
        ...

    def reopen(self) -> None:
        """Close the bus and open it again."""
        ...

    def close(self) -> None:
        """Release the bus; may be called twice."""
        ...


class Clock(Protocol):
    """The host's monotonic clock, by which samples get their times."""

    def now_ns(self) -> int:
        """Return the time in nanoseconds; never runs backwards."""
        ...

    def sleep_until_ns(self, at_ns: int) -> None:
        """Return at that time or later, at once if it has passed."""
        ...


class SystemClock:
    """CLOCK_MONOTONIC."""

    def now_ns(self) -> int:
        """Return the time in nanoseconds."""
        return time.monotonic_ns()

    def sleep_until_ns(self, at_ns: int) -> None:
        """Sleep until then."""
        left_ns = at_ns - time.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)
