"""What happened to a sensor so far."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.chip_clock import ClockFit


@dataclass(slots=True)
class Counts:
    """What a reader counts; the meaning is that of `SensorStats`."""

    samples: int = 0
    gaps: int = 0
    lost_samples: int = 0
    fifo_resets: int = 0
    restarts: int = 0
    bus_errors: int = 0
    temperature_counts: int | None = None


@dataclass(frozen=True, slots=True)
class SensorStats:
    """What happened to a sensor since it was started.

    Attributes
    ----------
    samples
        Samples given out.
    gaps, lost_samples
        Times that samples were missing, and about how many those were.
    fifo_resets
        Times that the FIFO was begun anew.
    restarts
        Times that the chip was begun anew.
    bus_errors
        Transfers that failed.
    clock
        How well the chip's clock is known; None before the first sample.
    temperature_c
        Die temperature of the last sample; None where frames carry none.
    silent_s
        How long ago the last sample was: what is being lost just now is in no count yet.
    """

    samples: int
    gaps: int
    lost_samples: int
    fifo_resets: int
    restarts: int
    bus_errors: int
    clock: ClockFit | None
    temperature_c: float | None
    silent_s: float = 0.0
