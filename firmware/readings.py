"""What the driver gives: frames as bytes with their times, and what went wrong meanwhile. No arrays here."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import StrEnum

from firmware.roles import SensorRole


class Cause(StrEnum):
    """Why samples are missing, or why none come."""

    BUS = "bus"
    """The bus failed, or a transfer broke off with bytes already taken."""
    OVERFLOW = "overflow"
    """The FIFO was full, or nearly so, before it was read: the host or the bus was too slow."""
    MISALIGNED = "misaligned"
    """The FIFO's content does not begin with a frame any more."""
    FROZEN = "frozen"
    """The same values again and again: a living sensor has noise."""
    ASLEEP = "asleep"
    """The chip lost its settings: its supply broke down for a moment."""
    SETTINGS = "settings"
    """The chip's registers do not hold what was written."""
    LOST = "lost"
    """More or fewer samples than the time that passed allows."""
    BACKLOG = "backlog"
    """The program took the samples more slowly than they came, and the queue was full."""
    CHIP = "chip"
    """The chip at the address says that it is another one, or none of the known."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive samples of one sensor as the FIFO gave them.

    Attributes
    ----------
    role
        Which sensor.
    data
        Whole frames: acceleration, temperature (if 14 bytes each), angular rate; big-endian int16.
    frame_bytes
        12 or 14.
    t_ns : array of int64
        Time of each sample on the host's monotonic clock: when the chip put it into its registers.
        The filter's delay (`firmware.settings.FILTERS`) is not taken off.
    gap_before
        Whether samples are missing between the last one given out and the first of these.
    """

    role: SensorRole
    data: bytes
    frame_bytes: int
    t_ns: array[int]
    gap_before: bool

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong with a sensor from now on.

    Attributes
    ----------
    role
        Which sensor.
    cause
        What it is.
    at_ns
        When it was noticed.
    advice
        One sentence for a person.
    """

    role: SensorRole
    cause: Cause
    at_ns: int
    advice: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples are missing; told when data flows again.

    Attributes
    ----------
    role
        Which sensor.
    cause
        What came first.
    start_ns, end_ns
        Times of the last sample before and of the first one after, or of the end of the stream.
    lost_samples
        About how many samples are missing at the rate of the clock fit.
    """

    role: SensorRole
    cause: Cause
    start_ns: int
    end_ns: int
    lost_samples: int

    @property
    def lost_s(self) -> float:
        """Time for which nothing is known (s)."""
        return (self.end_ns - self.start_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Recovered:
    """A sensor that was in trouble delivers again.

    Attributes
    ----------
    role
        Which sensor.
    at_ns
        When the first samples were there.
    after_s
        How long after the trouble was told.
    """

    role: SensorRole
    at_ns: int
    after_s: float


Reading = Frames | Trouble | Gap | Recovered
