"""Measures whether the count stays when the same movement is read in another way.

Every row of an index is counted undisturbed and under each disturbance. The label says how right each
count is; that the count stays is measured without it, so that rows without a label count as well.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pi_service.evaluation.disturb import Disturbance
from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.scoring import RowScore

#: Share of the rows whose final count may change by no more than one, in percent.
BOUND_PERCENT = 98.0

COLUMNS = (
    "file",
    "exercise",
    "active_start_s",
    "disturbance",
    "label",
    "label_alt",
    "final_undisturbed",
    "final",
    "live_undisturbed",
    "live",
    "change",
    "error",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same rows counted with and without a disturbance.

    Attributes
    ----------
    disturbance
        What was done.
    before, after
        Every row of the index undisturbed and disturbed, in the same order.
    """

    disturbance: Disturbance
    before: tuple[RowScore, ...]
    after: tuple[RowScore, ...]

    @property
    def pairs(self) -> tuple[tuple[RowScore, RowScore], ...]:
        """Rows of reps that could be counted both ways; walks have a measure of their own."""
        return tuple(
            (before, after)
            for before, after in zip(self.before, self.after, strict=True)
            if before.final is not None and after.final is not None and not before.result.run.counts_steps
        )

    @property
    def unchanged_percent(self) -> float | None:
        """Share of the rows whose final count is the same; None without rows."""
        return self._within(0)

    @property
    def within_one_percent(self) -> float | None:
        """Share of the rows whose final count changed by at most one; None without rows."""
        return self._within(1)

    @property
    def changed(self) -> tuple[tuple[RowScore, RowScore], ...]:
        """The rows whose final count changed by more than one, the largest change first."""
        pairs = [pair for pair in self.pairs if abs(change(*pair)) > 1]
        return tuple(sorted(pairs, key=lambda pair: -abs(change(*pair))))

    @property
    def steps_changed_percent(self) -> float | None:
        """Mean absolute change of the steps of walks, in percent; None without walks."""
        changes = [
            100.0 * abs(after.final - before.final) / before.final
            for before, after in zip(self.before, self.after, strict=True)
            if before.result.run.counts_steps and before.final and after.final is not None
        ]
        return sum(changes) / len(changes) if changes else None

    @property
    def failed(self) -> int:
        """Rows that could be counted before, and not any more."""
        return sum(
            before.final is not None and after.final is None
            for before, after in zip(self.before, self.after, strict=True)
        )

    @property
    def keeps_the_bound(self) -> bool:
        """Whether `BOUND_PERCENT` is reached and no row failed; True without rows."""
        share = self.within_one_percent
        return (share is None or share >= BOUND_PERCENT) and not self.failed

    def _within(self, reps: int) -> float | None:
        pairs = self.pairs
        if not pairs:
            return None
        return 100.0 * sum(abs(change(*pair)) <= reps for pair in pairs) / len(pairs)


def change(before: RowScore, after: RowScore) -> int:
    """Return by how much the final count changed; 0 if either could not be counted."""
    if before.final is None or after.final is None:
        return 0
    return after.final - before.final


def write_comparisons(path: Path, comparisons: Sequence[Comparison]) -> None:
    """Write one line for each row under each disturbance.

    Raises
    ------
    EvaluationError
        If the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for each in comparisons:
                for before, after in zip(each.before, each.after, strict=True):
                    writer.writerow(_line(each.disturbance.id, before, after))
    except OSError as error:
        raise EvaluationError(f"{path}: the results cannot be written there ({error.strerror}).") from error


def _line(disturbance: str, before: RowScore, after: RowScore) -> tuple[str | int | None, ...]:
    labels = before.labels
    known = before.final is not None and after.final is not None
    return (
        before.row.file,
        before.row.exercise,
        "" if before.row.start_s == float("-inf") else f"{before.row.start_s:g}",
        disturbance,
        labels[0] if labels else None,
        labels[1] if len(labels) > 1 else None,
        before.final,
        after.final,
        before.live,
        after.live,
        change(before, after) if known else None,
        after.result.error,
    )
