"""What a live source needs of whatever reads the sensors."""

from __future__ import annotations

from typing import Protocol

from firmware.chips import Chip
from firmware.identity import SensorIdentity
from firmware.readings import Reading
from firmware.roles import SensorRole
from firmware.stats import SensorStats


class Driver(Protocol):
    """What the source needs of `firmware.driver.Sensors`."""

    @property
    def identities(self) -> dict[SensorRole, SensorIdentity]:
        """Which sensors they are."""
        ...

    @property
    def chips(self) -> dict[SensorRole, Chip]:
        """Their rows of the chip table."""
        ...

    def start(self) -> None:
        """Start every sensor; raises SensorError."""
        ...

    def poll(self) -> list[Reading]:
        """Wait for the next read, about 50 ms or less, and return what it gave."""
        ...

    def finish(self) -> list[Reading]:
        """Return what is known at the end: gaps that no sample has ended."""
        ...

    def stats(self) -> dict[SensorRole, SensorStats]:
        """Return what happened so far."""
        ...

    def close(self) -> None:
        """Put the sensors to sleep."""
        ...
