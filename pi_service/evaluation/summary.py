"""Sums scores up: one summary a dataset, an exercise, or all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.runs import RunResult
from pi_service.evaluation.scoring import RowScore, in_window

#: So many reps at the beginning of a set are published together, late.
_BELIEVED_LATE = 2


@dataclass(frozen=True, slots=True)
class CountScore:
    """How well labelled sets were counted.

    Attributes
    ----------
    exact, within_one
        Number of sets.
    mean_error
        Mean absolute error in reps; None without sets.
    """

    exact: int
    within_one: int
    mean_error: float | None


@dataclass(frozen=True, slots=True)
class Outside:
    """Reps counted where nobody did any: outside every window of a trace.

    Attributes
    ----------
    final, live
        Reps of the final and of the live count.
    duration_s
        Time outside the windows.
    """

    final: int
    live: int
    duration_s: float

    @property
    def final_per_min(self) -> float | None:
        """Final reps a minute of time outside; None where there is no such time."""
        return self.final / self.duration_s * 60 if self.duration_s > 0 else None


@dataclass(frozen=True, slots=True)
class Summary:
    """Scores of one group of rows.

    Attributes
    ----------
    name
        The group.
    rows
        Rows of the index.
    unreadable
        Traces that could not be counted; their rows are in no score below.
    counted
        Final reps (not steps) in all rows, labelled or not.
    sets
        Rows with a labelled number of reps.
    final, live
        Scores of those sets after the review, and as counted live.
    outside
        Reps outside the windows, in traces that have windows.
    delay_median_s, delay_p95_s
        How long after its end, as published then, a rep was counted live; None without reps.
    delay_later_p95_s
        The same of all but the first two reps of each set, which wait until a set is believed.
    walks
        Rows with a labelled number of steps.
    step_error_percent
        Mean absolute error of their steps in percent; None without such rows.
    """

    name: str
    rows: int
    unreadable: int
    counted: int
    sets: int
    final: CountScore
    live: CountScore
    outside: Outside
    delay_median_s: float | None
    delay_p95_s: float | None
    delay_later_p95_s: float | None
    walks: int
    step_error_percent: float | None


def summarise(scores: Sequence[RowScore], by: Callable[[IndexRow], str]) -> tuple[Summary, ...]:
    """Sum scores up by group, the groups in the order of their names.

    Parameters
    ----------
    scores
        Every row of the index.
    by
        The group of a row.
    """
    groups: dict[str, list[RowScore]] = {}
    for score in scores:
        groups.setdefault(by(score.row), []).append(score)
    windows = _rows_of_file(scores)
    return tuple(_summary(name, groups[name], windows) for name in sorted(groups))


def summarise_all(scores: Sequence[RowScore]) -> Summary:
    """Sum all scores up."""
    return _summary("all", scores, _rows_of_file(scores))


def _rows_of_file(scores: Iterable[RowScore]) -> dict[str, list[IndexRow]]:
    rows: dict[str, list[IndexRow]] = {}
    for score in scores:
        rows.setdefault(score.row.file, []).append(score.row)
    return rows


def _summary(name: str, scores: Sequence[RowScore], rows_of_file: dict[str, list[IndexRow]]) -> Summary:
    results = {(each.row.file, each.row.exercise): each.result for each in scores}.values()
    counted = [result for result in results if result.error is None]
    lifts = [result for result in counted if not result.run.counts_steps]
    sets = [score for score in scores if not score.result.run.counts_steps]
    live = [rep for result in lifts for rep in result.counts.reps if rep.live]
    delays = [rep.delay_s for rep in live]
    later = [rep.delay_s for rep in live if rep.number > _BELIEVED_LATE]
    steps = _step_errors(scores)
    return Summary(
        name=name,
        rows=len(scores),
        unreadable=sum(result.error is not None for result in results),
        counted=sum(score.final or 0 for score in sets),
        sets=sum(score.final_error is not None for score in sets),
        final=_count_score([score.final_error for score in sets]),
        live=_count_score([score.live_error for score in sets]),
        outside=_outside(lifts, rows_of_file),
        delay_median_s=float(np.median(delays)) if delays else None,
        delay_p95_s=float(np.percentile(delays, 95)) if delays else None,
        delay_later_p95_s=float(np.percentile(later, 95)) if later else None,
        walks=len(steps),
        step_error_percent=float(np.mean(steps)) if steps else None,
    )


def _count_score(errors: Iterable[int | None]) -> CountScore:
    known = [error for error in errors if error is not None]
    return CountScore(
        exact=sum(error == 0 for error in known),
        within_one=sum(error <= 1 for error in known),
        mean_error=float(np.mean(known)) if known else None,
    )


def _step_errors(scores: Iterable[RowScore]) -> list[float]:
    """Return the absolute error of each labelled walk in percent of its steps."""
    return [
        100.0 * score.final_error / score.labels[0]
        for score in scores
        if score.result.run.counts_steps and score.final_error is not None and score.labels[0] > 0
    ]


def _outside(results: Iterable[RunResult], rows_of_file: dict[str, list[IndexRow]]) -> Outside:
    final = live = 0
    duration_s = 0.0
    for result in results:
        rows = rows_of_file[result.run.file]
        strays = [rep for rep in result.counts.reps if not any(in_window(row, rep) for row in rows)]
        final += sum(rep.final for rep in strays)
        live += sum(rep.live for rep in strays)
        duration_s += _time_outside_s(result, rows)
    return Outside(final, live, duration_s)


def _time_outside_s(result: RunResult, rows: Iterable[IndexRow]) -> float:
    """Return how much of a trace lies in no window; windows may overlap."""
    outside_s = 0.0
    covered_to_s = result.start_s
    for start_s, end_s in sorted((row.start_s, row.end_s) for row in rows):
        outside_s += max(0.0, min(start_s, result.end_s) - covered_to_s)
        covered_to_s = max(covered_to_s, end_s)
    return outside_s + max(0.0, result.end_s - covered_to_s)
