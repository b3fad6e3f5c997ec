"""`repclip watch` on a terminal: one station large, or all stations in a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.align import Align
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pi_service.commands.big_digits import big
from pi_service.commands.curve_text import curve_text
from pi_service.commands.watch_words import (
    amount_words,
    asked_words,
    cue_words,
    figure_words,
    link_words,
    phase_words,
    set_words,
    side_words,
    tempo_words,
)
from pi_service.dashboard.views import CurveView, SetView, StationSummary, StationView

#: Seconds of the curve that are shown.
_CURVE_S = 20.0
#: Heading, what stands below the figure, tempo.
_ROWS_OF_A_SET = 3
_CURVE_ROWS = 4
_SETS_SHOWN = 4
_CALM, _GOOD, _WARN = "dim", "bold green", "bold yellow"


class StationScreen:
    """One station, as large as the terminal: the figure takes what room the rest leaves.

    Parameters
    ----------
    station
        What is known of it; None while nothing is.
    curve
        Its curve.
    connected
        Whether the broker is there.
    """

    def __init__(self, station: StationView | None, curve: Sequence[CurveView], *, connected: bool) -> None:
        self._station = station
        self._curve = curve
        self._connected = connected

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the screen."""
        station = self._station
        if station is None:
            yield Text(waiting_words(connected=self._connected), style=_CALM)
            return
        width, height = options.max_width, options.height or console.height
        parts = _Parts(height - _ROWS_OF_A_SET - 1)
        cue = Text(cue_words(station.cue), style=_WARN)
        lines = parts.take(len(cue.wrap(console, width)))
        tempo = tempo_words(station.rep_list[-1]) if station.rep_list else ""
        # A small terminal gives its rows to the figure.
        sets = parts.some_of(station.sets[::-1], _SETS_SHOWN)
        curve_rows = parts.take(_CURVE_ROWS)
        figure = big(figure_words(station, station.reps), width, parts.left + 1)
        yield _heading(station, connected=self._connected)
        yield Align.center(Text(figure, style=_GOOD if station.active else "bold", no_wrap=True))
        yield _line(_below(station), justify="center")
        yield _line(tempo, style=_CALM)
        if lines:
            yield cue
        if curve_rows:
            yield Text(curve_text(self._curve, width, curve_rows, _CURVE_S), style="green")
        for each in sets:
            yield _line(set_words(each).capitalize(), style=_CALM)


class _Parts:
    """Gives out the rows of a terminal: what comes first gets some, and half stay for the figure."""

    def __init__(self, rows: int) -> None:
        self.left = max(0, rows)
        self._for_figure = self.left // 2

    def take(self, rows: int) -> int:
        """Return so many rows, or none where they do not fit."""
        if rows > self.left - self._for_figure:
            return 0
        self.left -= rows
        return rows

    def some_of(self, sets: Sequence[SetView], most: int) -> Sequence[SetView]:
        """Return the sets that fit, a row each."""
        return sets[: self.take(min(len(sets), most, self.left - self._for_figure))]


def _line(text: str, style: str = "", justify: JustifyMethod = "left") -> Text:
    """Return a row that is cut where the terminal ends."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis", justify=justify)


def _heading(station: StationView, *, connected: bool) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    name = Text(station.name, style="bold")
    if station.simulated:
        name.append("  simulated", style=_CALM)
    name.append(f"  {station.exercise_name}")
    wrong = link_words(station, connected=connected)
    place = f"set {station.set}" if station.set else ""
    grid.add_row(name, Text(wrong, style=_WARN) if wrong else Text(place))
    return grid


def _below(station: StationView) -> str:
    state = phase_words(station) if station.active else station.count if station.set else "ready"
    unit = {"reps": "", "hold": "s", "carry": "m"}[station.kind]
    told = " ".join(each for each in (unit, asked_words(station)) if each)
    return ", ".join(each for each in (told, side_words(station), state) if each)


def wall(stations: Sequence[StationSummary], *, connected: bool) -> RenderableType:
    """Return all stations in a table, one row each."""
    if not stations:
        return Text(waiting_words(connected=connected), style=_CALM)
    table = Table(expand=True, header_style=_CALM)
    for name in ("station", "exercise", "set"):
        table.add_column(name)
    table.add_column("count", justify="right")
    table.add_column("")
    for each in stations:
        wrong = link_words(each, connected=connected)
        style = _GOOD if each.active and not wrong else _CALM if wrong else ""
        table.add_row(
            each.name,
            each.exercise_name,
            str(each.set or ""),
            Text(amount_words(each, each.reps), style="bold"),
            Text(wrong or ("counting" if each.active else "")),
            style=style,
        )
    return Panel(table, title="repclip", border_style=_CALM)


def waiting_words(*, connected: bool) -> str:
    """Return what is waited for while no station has been heard."""
    return "Waiting for a station." if connected else "Waiting for the broker."
