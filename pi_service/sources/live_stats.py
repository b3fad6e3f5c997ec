"""What happened to a live stream so far, as values and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware.readings import Cause, Gap, Recovered, Trouble
from firmware.roles import SensorRole
from firmware.stats import SensorStats

#: What a driver says beside samples.
Note = Trouble | Gap | Recovered


@dataclass(frozen=True, slots=True)
class SensorLiveStats:
    """One sensor of a live stream.

    Attributes
    ----------
    read
        What the driver counted: samples, gaps, lost samples, FIFO resets, restarts, bus errors, the fit
        of the chip's clock, the temperature.
    delivered
        Samples that the consumer has been given.
    clipped
        Those of them at the end of a range.
    dropped
        Samples that the driver gave and that were dropped because too many waited.
    dropped_gaps
        Times that this happened, beyond the gaps that the driver told.
    missing_from_s
        Since when samples are missing, if none came any more to the end (s, on the stream's clock).
    """

    read: SensorStats
    delivered: int = 0
    clipped: int = 0
    dropped: int = 0
    dropped_gaps: int = 0
    missing_from_s: float | None = None

    @property
    def gaps(self) -> int:
        """Times that samples are missing, for whatever reason."""
        return self.read.gaps + self.dropped_gaps

    @property
    def lost_samples(self) -> int:
        """About how many samples are missing, for whatever reason."""
        return self.read.lost_samples + self.dropped


@dataclass(frozen=True, slots=True)
class LiveStats:
    """A live stream.

    Attributes
    ----------
    sensors
        Each sensor.
    waiting_s
        Seconds of samples that wait to be taken.
    unheard
        Troubles and gaps that were dropped because too many waited.
    priority
        What the reading thread runs at, in words.
    known_s
        Time of the last sample, or of the end of the stream where samples are missing up to then (s, on
        the stream's clock).
    """

    sensors: Mapping[SensorRole, SensorLiveStats]
    waiting_s: float
    unheard: int
    priority: str
    known_s: float = 0.0


#: Why samples are missing, as the end of a sentence.
MISSING_BECAUSE: Final = {
    Cause.BUS: "the bus failed",
    Cause.OVERFLOW: "its FIFO was not read in time",
    Cause.MISALIGNED: "its FIFO lost the beginning of its frames",
    Cause.FROZEN: "it gave the same values again and again",
    Cause.ASLEEP: "its supply broke down",
    Cause.SETTINGS: "its registers did not hold their settings",
    Cause.LOST: "its samples and the time did not agree",
    Cause.BACKLOG: "this program was too slow to take them",
    Cause.CHIP: "another chip answered",
}


def sentence(note: Note, origin_ns: int) -> str:
    """Return a note as one sentence for a person.

    Parameters
    ----------
    note
        What the driver, or the queue behind it, told.
    origin_ns
        Host time that is 0 s on the stream's clock.
    """
    if isinstance(note, Trouble):
        return f"At {_at(note.at_ns, origin_ns)}: {note.advice}"
    if isinstance(note, Gap):
        samples = f"{note.lost_samples} sample{'' if note.lost_samples == 1 else 's'}"
        return (
            f"From {_at(note.start_ns, origin_ns)} to {_at(note.end_ns, origin_ns)}: the {note.role} sensor's"
            f" samples are missing for {note.lost_s:.2f} s (about {samples}),"
            f" because {MISSING_BECAUSE[note.cause]}."
        )
    return f"At {_at(note.at_ns, origin_ns)}: the {note.role} sensor delivers again."


def _at(at_ns: int, origin_ns: int) -> str:
    return f"{(at_ns - origin_ns) / 1e9:.1f} s"
