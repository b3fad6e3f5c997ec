"""Which rows get a picture, what its file is called, and what is written above it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.peaks import LabelledPeaks
from pi_service.evaluation.scoring import RowScore


def rows_to_draw(scores: Iterable[RowScore], *, every: bool) -> tuple[RowScore, ...]:
    """Return the rows whose final count differs from their label, or every row that could be counted.

    Steps are not drawn: a walk has hundreds, and one more or less is no matter for a picture.
    """
    return tuple(
        score
        for score in scores
        if score.final is not None
        and not score.result.run.counts_steps
        and (every or (score.final_error or 0) > 0)
    )


def peaks_of(row: IndexRow, labelled: Sequence[LabelledPeaks]) -> tuple[float, ...]:
    """Return the labelled moments of a row."""
    found = [each.peaks_s for each in labelled if (each.file, each.start_s) == (row.file, row.start_s)]
    return found[0] if found else ()


def file_names(rows: Sequence[IndexRow], index: Sequence[IndexRow]) -> dict[int, Path]:
    """Return the file name of each row's picture, by the row's line.

    The name is the trace's, with the start of the window where there is one; only where the index has
    two rows of that name is the line in it. So it stays the same when the counting or the index changes.
    """
    names = [_name(row) for row in index]
    return {
        row.line: Path(f"{name}.png" if names.count(name) == 1 else f"{name}-line{row.line}.png")
        for row in rows
        for name in (_name(row),)
    }


def headline(score: RowScore) -> str:
    """Return whose set it is, and its counts."""
    label = " or ".join(str(each) for each in score.labels) or "none"
    sign = ""
    if score.final is not None and score.labels:
        nearest = min(score.labels, key=lambda each: abs(each - (score.final or 0)))
        sign = f" ({score.final - nearest:+d})" if score.final != nearest else " (right)"
    group = " ".join(part for part in (score.row.dataset, score.row.subject, score.row.exercise) if part)
    return f"{group or score.row.file}:  label {label},  final {score.final}{sign},  live {score.live}"


def subtitle(score: RowScore) -> str:
    """Return where the row is, and what it was counted as."""
    row = score.row
    start = "its start" if row.start_s == -math.inf else f"{row.start_s:g} s"
    end = "its end" if row.end_s == math.inf else f"{row.end_s:g} s"
    window = "" if (row.start_s, row.end_s) == (-math.inf, math.inf) else f", from {start} to {end}"
    return f"{row.file}, line {row.line} of the index{window}; counted as {score.result.run.counted_as}"


def _name(row: IndexRow) -> str:
    stem = re.sub(r"(\.csv)?(\.gz)?$", "", row.file)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._") or "trace"
    return stem if row.start_s == -math.inf else f"{stem}-from-{row.start_s:g}s"
