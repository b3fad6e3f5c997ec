"""Scores each row of an index: what was counted in its window against its label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.runs import RunResult
from pi_service.evaluation.tally import CountedRep


@dataclass(frozen=True, slots=True)
class RowScore:
    """How one row of the index was counted.

    Attributes
    ----------
    row
        The row.
    result
        The run that counted its trace.
    final, live
        Reps (or steps) whose turning point lies in the row's window: after the review, and as counted
        live. None if the trace could not be counted.
    labels
        The counts that are right; empty where the row has no label.
    """

    row: IndexRow
    result: RunResult
    final: int | None
    live: int | None
    labels: tuple[int, ...]

    @property
    def final_error(self) -> int | None:
        """Distance of the final count from the nearest right one."""
        return self._distance(self.final)

    @property
    def live_error(self) -> int | None:
        """Distance of the live count from the nearest right one."""
        return self._distance(self.live)

    def _distance(self, count: int | None) -> int | None:
        if count is None or not self.labels:
            return None
        return min(abs(count - label) for label in self.labels)


def score_rows(rows: Iterable[IndexRow], results: Iterable[RunResult]) -> tuple[RowScore, ...]:
    """Score every row of an index with the run of its trace and exercise."""
    result_of = {(result.run.file, result.run.exercise): result for result in results}
    return tuple(_score(row, result_of[row.file, row.exercise]) for row in rows)


def in_window(row: IndexRow, rep: CountedRep) -> bool:
    """Say whether a rep belongs to a row: its turning point lies in the half-open window."""
    return row.start_s <= rep.turn_s < row.end_s


def _score(row: IndexRow, result: RunResult) -> RowScore:
    if result.run.counts_steps and row.steps is not None:
        labels: tuple[int, ...] = (row.steps,)
    else:
        labels = tuple(label for label in (row.reps, row.reps_alt) if label is not None)
    if result.error is not None:
        return RowScore(row, result, None, None, labels)
    reps = [rep for rep in result.counts.reps if in_window(row, rep)]
    return RowScore(row, result, sum(rep.final for rep in reps), sum(rep.live for rep in reps), labels)
