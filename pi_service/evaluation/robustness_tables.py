"""Shows as tables for people how well the count stands disturbances."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.robustness import BOUND_PERCENT, Comparison, change
from pi_service.evaluation.scoring import RowScore
from pi_service.evaluation.summary import Summary, summarise, summarise_all

_NOTHING = "-"
_UNDISTURBED = "(undisturbed)"
#: Rows that changed and are named below the tables; the rest is in the file of --out.
_SHOWN = 10


def robustness_table(comparisons: Sequence[Comparison]) -> Table:
    """Return a table with a line for each disturbance: how the final count changes, how right it is."""
    table = _table("The same movements, disturbed")
    table.add_column("disturbance", no_wrap=True)
    table.add_column("what", overflow="fold")
    headings = ("rows", "same\ncount", "changed\n<= 1", "final\nexact", "within\none", "live\nexact")
    for heading in (*headings, "steps\nchange %"):
        table.add_column(heading, justify="right", no_wrap=True)
    before = summarise_all(comparisons[0].before)
    table.add_row(_UNDISTURBED, "", str(len(comparisons[0].pairs)), _NOTHING, _NOTHING, *_right(before), "")
    for each in comparisons:
        table.add_row(
            each.disturbance.id,
            each.disturbance.title,
            str(len(each.pairs)),
            _percent(each.unchanged_percent),
            Text(_percent(each.within_one_percent), style="" if each.keeps_the_bound else "bold red"),
            *_right(summarise_all(each.after)),
            _NOTHING if each.steps_changed_percent is None else f"{each.steps_changed_percent:.1f}",
        )
    return table


def group_table(comparisons: Sequence[Comparison], by: Callable[[IndexRow], str], name: str) -> Table:
    """Return a table of the final counts that are exact / within one, a line for each group."""
    table = _table("Final counts exact / within one (%)")
    table.add_column(name, overflow="fold")
    table.add_column("sets", justify="right", no_wrap=True)
    table.add_column("undis-\nturbed", justify="right", no_wrap=True)
    for each in comparisons:
        table.add_column(each.disturbance.id.replace("-", "-\n"), justify="right", no_wrap=True)
    columns = [_by_name(comparisons[0].before, by), *(_by_name(each.after, by) for each in comparisons)]
    for group, summary in columns[0].items():
        if summary.sets:
            table.add_row(Text(group), str(summary.sets), *(_both(column[group]) for column in columns))
    return table


def robustness_sentences(comparisons: Sequence[Comparison]) -> list[str]:
    """Say what keeps the bound, and which rows change most."""
    bound = f"{BOUND_PERCENT:g} % of the rows change by at most one"
    missed = [each for each in comparisons if not each.keeps_the_bound]
    if not missed:
        sentences = [f"Under every disturbance {bound}."]
    else:
        shares = ", ".join(f"{each.disturbance.id} ({_percent(each.within_one_percent)})" for each in missed)
        sentences = [f"Wanted: {bound}. Missed by: {shares}."]
    for each in comparisons:
        if each.failed:
            sentences.append(f"{each.disturbance.id}: {each.failed} rows could not be counted any more.")
        changed = each.changed
        if changed:
            sentences.append(f"{each.disturbance.id}: changed by more than one in {len(changed)} rows:")
            sentences += [f"  {_row_words(*pair)}" for pair in changed[:_SHOWN]]
        if len(changed) > _SHOWN:
            sentences.append(f"  and {len(changed) - _SHOWN} more")
    return sentences


def _row_words(before: RowScore, after: RowScore) -> str:
    start_s = before.row.start_s
    window = "" if start_s == float("-inf") else f" from {start_s:g} s"
    label = " or ".join(str(each) for each in before.labels) or "no label"
    exercise = f" ({before.row.exercise})" if before.row.exercise else ""
    return (
        f"{before.row.file}{window}{exercise}: {before.final} -> {after.final} "
        f"({change(before, after):+d}), label {label}"
    )


def _by_name(scores: Sequence[RowScore], by: Callable[[IndexRow], str]) -> dict[str, Summary]:
    return {each.name: each for each in summarise(scores, by)}


def _both(summary: Summary) -> str:
    if not summary.sets:
        return _NOTHING
    exact, within = (100.0 * each / summary.sets for each in (summary.final.exact, summary.final.within_one))
    return f"{exact:.0f} / {within:.0f}"


def _right(summary: Summary) -> tuple[str, str, str]:
    if not summary.sets:
        return _NOTHING, _NOTHING, _NOTHING
    counts = summary.final.exact, summary.final.within_one, summary.live.exact
    exact, within, live = (_percent(100.0 * each / summary.sets) for each in counts)
    return exact, within, live


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f}%"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
