"""Shows summaries as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from pi_service.evaluation.peaks import PeakScore
from pi_service.evaluation.summary import CountScore, Summary

_NOTHING = "-"
_DETAILS = (
    "final\nout",
    "live\nout",
    "out\nmin",
    "final\n/min",
    "delay\nmedian s",
    "delay\np95 s",
    "p95 s\nfrom 3rd",
    "walks",
    "steps\nerror %",
)


def count_table(groups: Sequence[Summary], total: Summary, by: str) -> Table:
    """Return a table of how many sets were counted right, by group and in all; fits into 80 columns."""
    table = _table("Labelled sets counted right")
    table.add_column(by, overflow="fold")
    for heading in ("reps\ncounted", "with\nlabel", "final\nexact", "within\none", "mean\nerror"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("live\nexact", "within\none", "mean\nerror"):
        table.add_column(heading, justify="right", no_wrap=True, style="dim")
    for each in (*groups, total):
        if each is total:
            table.add_section()
        table.add_row(
            Text(each.name),
            str(each.counted),
            str(each.sets),
            *_count_cells(each.final, each.sets),
            *_count_cells(each.live, each.sets),
        )
    return table


def detail_table(groups: Sequence[Summary], total: Summary, by: str) -> Table:
    """Return a table of strays, delays and steps, by group and in all."""
    table = _table("Reps outside the sets, delay of the live count, error of walks")
    table.add_column(by, overflow="fold")
    for heading in _DETAILS:
        table.add_column(heading, justify="right", no_wrap=True)
    for each in (*groups, total):
        if each is total:
            table.add_section()
        outside = each.outside
        windows = outside.duration_s > 0 or outside.final > 0 or outside.live > 0
        table.add_row(
            Text(each.name),
            str(outside.final) if windows else _NOTHING,
            str(outside.live) if windows else _NOTHING,
            f"{outside.duration_s / 60:.1f}" if windows else _NOTHING,
            _number(outside.final_per_min, ".2f"),
            _number(each.delay_median_s, ".2f"),
            _number(each.delay_p95_s, ".2f"),
            _number(each.delay_later_p95_s, ".2f"),
            str(each.walks) if each.walks else _NOTHING,
            _number(each.step_error_percent, ".1f"),
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)


def peak_sentence(score: PeakScore) -> str:
    """Say in words how the counted reps lie on the labelled peaks."""
    if not score.sets:
        return "None of the sets with labelled peaks could be compared."
    share = 100.0 * score.found / score.peaks if score.peaks else 0.0
    sets = "that set" if score.sets == 1 else f"those {score.sets} sets"
    sentence = (
        f"Peaks: {score.found} of {score.peaks} labelled peaks ({share:.1f} %) lie inside a final rep; "
        f"{score.empty} of {score.reps} final reps in {sets} hold none."
    )
    if score.unmatched:
        are = "set of the peak file is" if score.unmatched == 1 else "sets of the peak file are"
        sentence += f" {score.unmatched} {are} not in the index."
    return sentence


def _count_cells(score: CountScore, sets: int) -> tuple[str, str, str]:
    if not sets:
        return _NOTHING, _NOTHING, _NOTHING
    return (
        f"{100 * score.exact / sets:.1f}%",
        f"{100 * score.within_one / sets:.1f}%",
        _number(score.mean_error, ".2f"),
    )


def _number(value: float | None, form: str) -> str:
    return _NOTHING if value is None else f"{value:{form}}"
