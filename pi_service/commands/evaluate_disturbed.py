"""The disturbances of `repclip evaluate --disturb`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

if TYPE_CHECKING:
    from pi_service.evaluation.index import IndexRow
    from pi_service.evaluation.runs import Run, RunResult
    from pi_service.evaluation.scoring import RowScore

_EXIT_BOUND_MISSED = 1


class Disturb(StrEnum):
    """What else may happen to the same movement."""

    ROTATE = "rotate"
    RATE = "rate"
    NOISE = "noise"
    DROPS = "drops"
    MIRROR = "mirror"
    ALL = "all"


def compare_disturbed(
    console: Console,
    family: Disturb,
    rows: Sequence[IndexRow],
    runs: Sequence[Run],
    scores: Sequence[RowScore],
    count: Callable[[Sequence[Run], str], tuple[RunResult, ...]],
    by: tuple[str, Callable[[IndexRow], str]],
    out: Path | None,
) -> None:
    """Count everything again under each disturbance and show how the counts change.

    Raises
    ------
    typer.Exit
        With exit code 1, if a disturbance changes more counts than it may.
    """
    from pi_service.evaluation.disturb import disturbances_of
    from pi_service.evaluation.robustness import Comparison, write_comparisons
    from pi_service.evaluation.robustness_tables import group_table, robustness_sentences, robustness_table
    from pi_service.evaluation.runs import disturbed
    from pi_service.evaluation.scoring import score_rows

    comparisons = []
    for each in disturbances_of(family):
        results = count(disturbed(runs, each.id), f"Counting, {each.title}")
        comparisons.append(Comparison(each, tuple(scores), score_rows(rows, results)))
    console.print(robustness_table(comparisons))
    console.print(group_table(comparisons, by[1], by[0]))
    for sentence in robustness_sentences(comparisons):
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)
    if out is not None:
        path = out / "robustness.csv"
        write_comparisons(path, comparisons)
        console.print(f"Written: {path}", highlight=False, markup=False)
    if not all(each.keeps_the_bound for each in comparisons):
        raise typer.Exit(_EXIT_BOUND_MISSED)
