"""What came of a simulated chip's samples: got whole, torn, doubled or missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware.sim import History

#: Columns of a history without the temperature.
_SIX = [0, 1, 2, 4, 5, 6]


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample as a driver gave it.

    Attributes
    ----------
    since_ns, until_ns
        Between which times it was read, or may have been taken.
    given_ns
        When the program got it.
    words
        6 values in register order, or 7 with the temperature; counts.
    """

    since_ns: int
    until_ns: int
    given_ns: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the samples between the first and the last that a driver gave.

    Attributes
    ----------
    produced
        Samples of the chip.
    readings
        Samples that the driver gave.
    torn
        Of these: no sample of the chip has all their values.
    invented
        Of the torn: a value is one that the chip did not have; high and low byte are of different samples.
    worst_counts
        How far an invented value is from the nearest one that the chip had meanwhile.
    doubled
        Readings of a sample that was read before.
    missed
        Samples that no reading began with.
    whole_once
        Samples that were read whole, exactly once.
    usual_age_ms, greatest_age_ms
        How old samples were when the program got them: median and maximum.
    """

    produced: int
    readings: int
    torn: int
    invented: int
    worst_counts: int
    doubled: int
    missed: int
    whole_once: int
    usual_age_ms: float
    greatest_age_ms: float

    def __add__(self, other: Outcome) -> Outcome:
        """Return that of two sensors together; of ages and of the worst the greater one."""
        return Outcome(
            self.produced + other.produced,
            self.readings + other.readings,
            self.torn + other.torn,
            self.invented + other.invented,
            max(self.worst_counts, other.worst_counts),
            self.doubled + other.doubled,
            self.missed + other.missed,
            self.whole_once + other.whole_once,
            max(self.usual_age_ms, other.usual_age_ms),
            max(self.greatest_age_ms, other.greatest_age_ms),
        )


def outcome(history: History, readings: Sequence[Reading]) -> Outcome:
    """Compare what a driver gave with what the chip produced.

    A reading is whole when all its values are those of one sample that was in the chip's registers between
    `since_ns` and `until_ns`; it belongs to that sample. A torn one belongs to the sample that was there
    when it began.
    """
    rows = (history.words if len(readings[0].words) == 7 else history.words[:, _SIX]).tolist()
    firsts = np.searchsorted(history.t_ns, [each.since_ns for each in readings], side="right") - 1
    ends = np.searchsorted(history.t_ns, [each.until_ns for each in readings], side="right")
    numbers: list[int] = []
    whole: list[int] = []
    invented, worst = 0, 0
    for each, first, end in zip(readings, firsts.tolist(), ends.tolist(), strict=True):
        around = range(max(first, 0), end)
        own = next((number for number in around if tuple(rows[number]) == each.words), None)
        if own is not None:
            whole.append(own)
        else:
            off = max(
                min(abs(word - rows[number][axis]) for number in around)
                for axis, word in enumerate(each.words)
            )
            invented += off > 0
            worst = max(worst, off)
        numbers.append(max(first, 0) if own is None else own)
    ages_ms = (np.array([each.given_ns for each in readings]) - history.t_ns[numbers]) / 1e6
    distinct = set(numbers)
    produced = max(numbers) - min(numbers) + 1
    return Outcome(
        produced=produced,
        readings=len(readings),
        torn=len(readings) - len(whole),
        invented=invented,
        worst_counts=worst,
        doubled=len(readings) - len(distinct),
        missed=produced - len(distinct),
        whole_once=list(Counter(whole).values()).count(1),
        usual_age_ms=float(np.median(ages_ms)),
        greatest_age_ms=float(ages_ms.max()),
    )
