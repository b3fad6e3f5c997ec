"""Compares counted reps with labelled peaks: one clear moment inside every real rep.

A file of peaks is CSV with the columns ``file`` and ``rep_peaks_s`` (times in seconds on the trace's
own clock, separated by spaces) and, where a trace has several sets, ``active_start_s``; ``file`` and
``active_start_s`` find the row of the index.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pi_service.evaluation.index import read_table
from pi_service.evaluation.scoring import RowScore, in_window


@dataclass(frozen=True, slots=True)
class LabelledPeaks:
    """The peaks of one set.

    Attributes
    ----------
    file
        The trace as the index writes it.
    start_s
        Start of the set's window; minus infinity where the index leaves it open.
    peaks_s
        One time inside every rep.
    """

    file: str
    start_s: float
    peaks_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PeakScore:
    """How well the counted reps lie on the labelled ones.

    Attributes
    ----------
    sets
        Sets that have labelled peaks and could be counted.
    peaks, found
        Labelled peaks, and those of them that lie inside a final rep.
    reps, empty
        Final reps of those sets, and those of them that hold no peak.
    unmatched
        Sets of the peak file that are not in the index.
    """

    sets: int
    peaks: int
    found: int
    reps: int
    empty: int
    unmatched: int


def read_peaks(path: Path) -> tuple[LabelledPeaks, ...]:
    """Read a file of labelled peaks.

    Raises
    ------
    IndexFileError
        If it cannot be read; names the line and the column of what is wrong.
    """
    labelled = []
    for cells in read_table(path, required=("file", "rep_peaks_s"), what="file of peaks"):
        try:
            peaks_s = tuple(float(each) for each in cells.text("rep_peaks_s").split())
        except ValueError:
            peaks_s = (math.nan,)
        if not all(math.isfinite(each) for each in peaks_s):
            raise cells.fail("rep_peaks_s", "seconds separated by spaces")
        labelled.append(
            LabelledPeaks(cells.text("file"), cells.seconds("active_start_s", -math.inf), peaks_s)
        )
    return tuple(labelled)


def score_peaks(scores: Iterable[RowScore], labelled: Sequence[LabelledPeaks]) -> PeakScore:
    """Compare the final reps of every labelled set with its peaks."""
    score_of = {(score.row.file, score.row.start_s): score for score in scores}
    sets = peaks = found = reps_counted = empty = unmatched = 0
    for each in labelled:
        score = score_of.get((each.file, each.start_s))
        if score is None:
            unmatched += 1
            continue
        if score.result.error is not None:
            continue
        everywhere = [rep for rep in score.result.counts.reps if rep.final]
        reps = [rep for rep in everywhere if in_window(score.row, rep)]
        sets += 1
        peaks += len(each.peaks_s)
        found += sum(any(rep.start_s <= at_s < rep.end_s for rep in everywhere) for at_s in each.peaks_s)
        reps_counted += len(reps)
        empty += sum(not any(rep.start_s <= at_s < rep.end_s for at_s in each.peaks_s) for rep in reps)
    return PeakScore(sets, peaks, found, reps_counted, empty, unmatched)
