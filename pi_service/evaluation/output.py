"""Writes an evaluation as CSV files: every rep, every set, every row of the index."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.runs import RunResult
from pi_service.evaluation.scoring import RowScore
from pi_service.evaluation.tally import CountedRep, CountedSet

REP_COLUMNS = (
    "file",
    "exercise",
    "set",
    "rep",
    "start_s",
    "turn_s",
    "end_s",
    "detected_at_s",
    "live",
    "final",
    "out_s",
    "turn_pause_s",
    "back_s",
    "home_pause_s",
    "out_is",
    "range_deg",
    "range_deg_uncertainty",
    "range_m",
    "range_m_uncertainty",
    "out_mean_mps",
    "out_peak_mps",
    "back_mean_mps",
    "back_peak_mps",
    "back_is_over",
)
SET_COLUMNS = ("file", "exercise", "set", "start_s", "end_s", "live_count", "final_count", "error")
HELD_COLUMNS = ("held_s", "hold_breaks", "steps", "distance_m", "distance_uncertainty_m")
ROW_COLUMNS = (
    "file",
    "dataset",
    "subject",
    "exercise",
    "counted_as",
    "active_start_s",
    "active_end_s",
    "label",
    "label_alt",
    "final",
    "live",
    "final_error",
    "live_error",
    "error",
)
_Cell = str | int | None


def write_results(folder: Path, results: Sequence[RunResult], scores: Sequence[RowScore]) -> None:
    """Write ``reps.csv``, ``sets.csv`` and ``rows.csv`` into a folder, which is made if it is missing.

    Times are seconds on the trace's own clock, written to the millisecond.

    Raises
    ------
    EvaluationError
        If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "reps.csv", REP_COLUMNS, _rep_rows(results))
        _write(folder / "sets.csv", (*SET_COLUMNS, *HELD_COLUMNS), _set_rows(results))
        _write(folder / "rows.csv", ROW_COLUMNS, _index_rows(scores))
    except OSError as error:
        raise EvaluationError(f"{folder}: the results cannot be written there ({error.strerror}).") from error


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[_Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _rep_rows(results: Iterable[RunResult]) -> Iterator[Sequence[_Cell]]:
    for result in results:
        for rep in result.counts.reps:
            yield (
                result.run.file,
                result.run.exercise,
                rep.set_number,
                rep.number,
                _time(rep.start_s),
                _time(rep.turn_s),
                _time(rep.end_s),
                _time(rep.detected_at_s),
                int(rep.live),
                int(rep.final),
                *_measured(rep),
            )


def _measured(rep: CountedRep) -> Iterator[_Cell]:
    """Yield the cells of what was measured of a rep; empty ones for what was not."""
    m = rep.measures
    times_s = (None,) * 4 if m is None else (m.out_s, m.turn_pause_s, m.back_s, m.home_pause_s)
    yield from (None if time_s is None else _time(time_s) for time_s in times_s)
    yield None if rep.out_lifts is None else "lifting" if rep.out_lifts else "lowering"
    yield None if rep.range_deg is None else f"{rep.range_deg:.1f}"
    yield None if m is None else f"{m.range_deg_uncertainty:.2f}"
    yield None if rep.range_m is None else f"{rep.range_m:.3f}"
    yield None if m is None or m.range_m_uncertainty is None else f"{m.range_m_uncertainty:.3f}"
    for way in (None, None) if m is None else (m.out, m.back):
        yield from (None, None) if way is None else (f"{way.mean_mps:.3f}", f"{way.peak_mps:.3f}")
    yield None if m is None else int(m.back_is_over)


def _set_rows(results: Iterable[RunResult]) -> Iterator[Sequence[_Cell]]:
    for result in results:
        run = result.run
        if result.error is not None:
            nothing = (None,) * len(HELD_COLUMNS)
            yield run.file, run.exercise, None, None, None, None, None, result.error, *nothing
        for each in result.counts.sets:
            yield (
                run.file,
                run.exercise,
                each.set_number,
                _time(each.start_s),
                _time(each.end_s),
                each.live_count,
                each.final_count,
                None,
                *_held(each),
            )


def _held(each: CountedSet) -> Iterator[_Cell]:
    """Yield the cells of a hold or a round of a carry; empty ones for a set of reps."""
    hold, carry = each.hold, each.carry
    yield from (None, None) if hold is None else (_time(hold.held_s), hold.breaks)
    if carry is None:
        yield from (None, None, None)
    else:
        yield len(carry.carry.steps_s)
        yield from (f"{carry.distance.m:.2f}", f"{carry.distance.uncertainty_m:.2f}")


def _index_rows(scores: Iterable[RowScore]) -> Iterator[Sequence[_Cell]]:
    for score in scores:
        row = score.row
        yield (
            row.file,
            row.dataset,
            row.subject,
            row.exercise,
            score.result.run.counted_as,
            _time(row.start_s),
            _time(row.end_s),
            score.labels[0] if score.labels else None,
            score.labels[1] if len(score.labels) > 1 else None,
            score.final,
            score.live,
            score.final_error,
            score.live_error,
            score.result.error,
        )


def _time(value_s: float) -> str:
    return f"{value_s:.3f}" if math.isfinite(value_s) else ""
