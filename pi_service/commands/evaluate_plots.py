"""The pictures of `repclip evaluate --plots`."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from pi_service.errors import MissingExtraError

if TYPE_CHECKING:
    from pi_service.evaluation.index import IndexRow
    from pi_service.evaluation.peaks import LabelledPeaks
    from pi_service.evaluation.scoring import RowScore

#: Pictures that could not be drawn, shown one by one.
_ERRORS_SHOWN = 5


class Which(StrEnum):
    """Which rows get a picture."""

    WRONG = "wrong"
    ALL = "all"


def check_plots() -> None:
    """Say now, not after an hour of counting, if pictures cannot be drawn.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("Drawing pictures (--plots)", "plots")


def draw_pictures(
    console: Console,
    folder: Path,
    which: Which,
    rows: Sequence[IndexRow],
    scores: Sequence[RowScore],
    peaks: Sequence[LabelledPeaks],
    jobs: int,
) -> None:
    """Draw the pictures into a folder, which is made if it is missing, and say how many."""
    from pi_service.commands.progress import progress_bar
    from pi_service.evaluation.errors import EvaluationError
    from pi_service.evaluation.picture_list import file_names, peaks_of, rows_to_draw
    from pi_service.evaluation.pictures import Picture, draw
    from pi_service.evaluation.processes import do_on_processes

    wanted = rows_to_draw(scores, every=which is Which.ALL)
    if not wanted:
        console.print("No picture was drawn: every labelled row is counted right.", highlight=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(f"{folder}: no pictures can be written there ({error.strerror}).") from error
    names = file_names([score.row for score in wanted], rows)
    pictures = [
        Picture(score, peaks_of(score.row, peaks), folder / names[score.row.line]) for score in wanted
    ]
    with progress_bar() as bar:
        task = bar.add_task("Drawing", total=len(pictures))
        drawn = do_on_processes(draw, pictures, jobs, lambda _: bar.advance(task))
    files = sum(len(each.paths) for each in drawn)
    what = "of rows that are counted wrong" if which is Which.WRONG else "of all rows"
    console.print(f"Drawn: {files} pictures {what} in {folder}", highlight=False, markup=False)
    failed = [each.error for each in drawn if each.error is not None]
    for sentence in failed[:_ERRORS_SHOWN]:
        console.print(f"  {sentence}", highlight=False, markup=False)
