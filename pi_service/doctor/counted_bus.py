"""A bus that counts how many transfers with each address failed, and remembers why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.bus import Bus
from firmware.errors import BusError


class CountedBus:
    """Passes everything on to another bus.

    Attributes
    ----------
    transfers, failures
        How many there were with each address.
    last_error
        Why the last of those that failed did.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.transfers: Counter[int] = Counter()
        self.failures: Counter[int] = Counter()
        self.last_error: dict[int, BusError] = {}

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self._bus.name

    @property
    def number(self) -> int | None:
        """N of ``/dev/i2c-N``."""
        return self._bus.number

    def read(self, address: int, register: int, length: int) -> bytes:
        """Return the values of consecutive registers."""
        with self._counted(address):
            return self._bus.read(address, register, length)

    def write(self, address: int, register: int, value: int) -> None:
        """Write one register."""
        with self._counted(address):
            self._bus.write(address, register, value)

    def read_fifo(self, address: int, length: int) -> bytes:
        """Return bytes out of the FIFO register."""
        with self._counted(address):
            return self._bus.read_fifo(address, length)

    def reopen(self) -> None:
        """Close the bus and open it again."""
        self._bus.reopen()

    def close(self) -> None:
        """Release the bus."""
        self._bus.close()

    @contextmanager
    def _counted(self, address: int) -> Iterator[None]:
        self.transfers[address] += 1
        try:
            yield
        except BusError as error:
            self.failures[address] += 1
            self.last_error[address] = error
            raise
