"""`repclip evaluate`: score the counting on labelled traces."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.evaluate_disturbed import Disturb
from pi_service.commands.evaluate_plots import Which

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from pi_service.evaluation.index import IndexRow
    from pi_service.evaluation.runs import Run, RunResult
    from pi_service.evaluation.scoring import RowScore

#: Errors of traces that are shown one by one; the rest is in the files of --out.
_ERRORS_SHOWN = 5
#: Columns of a table that goes to a file or a pipe.
_WIDTH_OF_A_LOG = 110


class Group(StrEnum):
    """What one line of the tables is."""

    DATASET = "dataset"
    EXERCISE = "exercise"
    SUBJECT = "subject"


def evaluate(
    index: Annotated[Path, typer.Argument(metavar="INDEX", help="CSV file with one labelled set a row.")],
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Count on this many processes.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write reps.csv, sets.csv and rows.csv there.")
    ] = None,
    exercise: Annotated[
        str | None, typer.Option(metavar="ID", help="Count every trace as this exercise.")
    ] = None,
    by: Annotated[Group, typer.Option(help="What one line of the tables is.")] = Group.DATASET,
    peaks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV file with one labelled moment inside every rep.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw the movement and its reps into pictures there.")
    ] = None,
    plot_which: Annotated[
        Which, typer.Option(help="Draw rows whose final count differs from the label, or all.")
    ] = Which.WRONG,
    disturb: Annotated[
        Disturb | None,
        typer.Option(help="Count again with the samples disturbed, and show which counts change."),
    ] = None,
) -> None:
    """Count labelled traces exactly as live and compare with their labels."""
    from rich.console import Console

    from pi_service.commands.evaluate_disturbed import compare_disturbed
    from pi_service.commands.evaluate_plots import check_plots, draw_pictures
    from pi_service.evaluation.errors import EvaluationError
    from pi_service.evaluation.index import read_index
    from pi_service.evaluation.output import write_results
    from pi_service.evaluation.peaks import read_peaks, score_peaks
    from pi_service.evaluation.runs import runs_of
    from pi_service.evaluation.scoring import score_rows
    from pi_service.evaluation.summary import summarise, summarise_all
    from pi_service.evaluation.tables import count_table, detail_table, peak_sentence
    from pi_service.exercises import find_exercise

    if plots is not None:
        check_plots()
    counted_as = None if exercise is None else find_exercise(exercise).id
    rows = read_index(index)
    labelled_peaks = None if peaks is None else read_peaks(peaks)
    runs = runs_of(rows, counted_as)

    results = _count(runs, jobs)
    scores = score_rows(rows, results)
    if out is not None:
        write_results(out, results, scores)

    failed = [result for result in results if result.error is not None]
    if len(failed) == len(results):
        if len(results) == 1:
            raise EvaluationError(f"The only trace could not be counted; {failed[0].error}")
        raise EvaluationError(f"None of the {len(results)} traces could be counted; {failed[0].error}")
    group_of = _group_of(by)
    groups = summarise(scores, group_of)
    total = summarise_all(scores)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    console.print(count_table(groups, total, by))
    console.print(detail_table(groups, total, by))
    _tell_spread(console, scores)
    if labelled_peaks is not None:
        console.print(peak_sentence(score_peaks(scores, labelled_peaks)), highlight=False)
    _tell_failures(console, failed, len(results))
    if out is not None:
        console.print(f"Written: reps.csv, sets.csv and rows.csv in {out}", highlight=False, markup=False)
    if plots is not None:
        draw_pictures(console, plots, plot_which, rows, scores, labelled_peaks or (), jobs)
    if disturb is not None:
        compare_disturbed(
            console,
            disturb,
            rows,
            runs,
            scores,
            lambda changed, what: _count(changed, jobs, what),
            (by, group_of),
            out,
        )


def _group_of(by: Group) -> Callable[[IndexRow], str]:
    from pi_service.evaluation.spread import NOT_SAID, exercise_of_row, subject_of

    if by is Group.SUBJECT:
        return subject_of
    if by is Group.EXERCISE:
        return exercise_of_row
    return lambda row: row.dataset or NOT_SAID


def _tell_spread(console: Console, scores: Sequence[RowScore]) -> None:
    """Say how much people and exercises differ, whatever the tables go by."""
    from pi_service.evaluation.spread import spread, spread_sentence

    for by in (Group.SUBJECT, Group.EXERCISE):
        found = spread(scores, by, _group_of(by))
        if found is not None:
            console.print(spread_sentence(found), highlight=False, markup=False, soft_wrap=True)


def _count(runs: Sequence[Run], jobs: int, what: str = "Counting") -> tuple[RunResult, ...]:
    from pi_service.commands.progress import progress_bar
    from pi_service.evaluation.runs import count_on_processes

    with progress_bar() as bar:
        task = bar.add_task(what, total=len(runs))
        return count_on_processes(runs, jobs, lambda _: bar.advance(task))


def _tell_failures(console: Console, failed: Sequence[RunResult], total: int) -> None:
    if not failed:
        return
    console.print(f"{len(failed)} of {total} traces could not be counted:", style="red", highlight=False)
    for result in failed[:_ERRORS_SHOWN]:
        console.print(f"  {result.error}", highlight=False, markup=False)
    if len(failed) > _ERRORS_SHOWN:
        console.print(f"  and {len(failed) - _ERRORS_SHOWN} more", highlight=False)
