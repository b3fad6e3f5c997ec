"""`repclip watch` on a terminal: one station large, or all stations in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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
    fault_words,
    figure_words,
    harmless,
    link_words,
    phase_words,
    place_words,
    rest_words,
    set_words,
    side_words,
    tempo_words,
    torso_words,
)
from pi_service.dashboard.views import CurveView, SetView, StationView, WallCard

#: Seconds of the curve that are shown.
_CURVE_S = 20.0
#: Heading, what stands below the figure, tempo.
_ROWS_OF_A_SET = 3
_CURVE_ROWS = 4
_SETS_SHOWN = 4
_CALM, _GOOD, _WARN, _BAD = "dim", "bold green", "bold yellow", "bold red"


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
    now
        The present time, by which a rest goes on.
    problem
        What keeps the broker away.
    """

    def __init__(
        self,
        station: StationView | None,
        curve: Sequence[CurveView],
        *,
        connected: bool,
        now: datetime,
        problem: str = "",
    ) -> None:
        self._station = station
        self._now = now
        self._curve = curve
        self._connected, self._problem = connected, problem

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the screen."""
        station = self._station
        if station is None:
            yield Text(waiting_words(connected=self._connected, problem=self._problem), style=_CALM)
            return
        width, height = options.max_width, options.height or console.height
        parts = _Parts(height - _ROWS_OF_A_SET - 1)
        texts = [
            Text(harmless(text), style=style)
            for text, style in (
                (fault_words(station), _BAD),
                (cue_words(station.cue), _WARN),
                (torso_words(station).capitalize(), _CALM),
            )
            if text
        ]
        texts = [each for each in texts if parts.take(len(each.wrap(console, width)))]
        tempo = tempo_words(station.rep_list[-1]) if station.rep_list else ""
        # A small terminal gives its rows to the figure.
        sets = parts.some_of(station.sets[::-1], _SETS_SHOWN)
        curve_rows = parts.take(_CURVE_ROWS)
        figure = big(figure_words(station, station.reps), width, parts.left + 1)
        yield _heading(station, connected=self._connected)
        yield Align.center(Text(figure, style=_GOOD if station.active else "bold", no_wrap=True))
        yield _line(_below(station, self._now), justify="center")
        yield _line(tempo, style=_CALM)
        yield from texts
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
    return Text(harmless(text), style=style, no_wrap=True, overflow="ellipsis", justify=justify)


def _heading(station: StationView, *, connected: bool) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    name = Text(station.name, style="bold")
    if station.simulated:
        name.append("  simulated", style=_CALM)
    if station.athlete:
        name.append(f"  {station.athlete}")
    name.append(f"  {harmless(station.exercise_name)}")
    if station.plan is not None and station.plan.next_exercise_name:
        name.append(f", then {harmless(station.plan.next_exercise_name)}", style=_CALM)
    wrong = link_words(station, connected=connected)
    grid.add_row(name, Text(wrong, style=_WARN) if wrong else Text(place_words(station)))
    return grid


def _below(station: StationView, now: datetime) -> str:
    unit = {"reps": "", "hold": "s", "carry": "m"}[station.kind]
    told = " ".join(each for each in (unit, asked_words(station)) if each)
    if station.active:
        state = "target reached" if station.target == "reached" else station.target or ""
        parts = [told, side_words(station), state if state != "short" else "", phase_words(station)]
    else:
        count = station.count if station.set else "ready"
        parts = [told, side_words(station), count, rest_words(station.rest, now)]
    return ", ".join(each for each in parts if each)


def wall(cards: Sequence[WallCard], *, connected: bool) -> RenderableType:
    """Return all stations in a table, one row each."""
    if not cards:
        return Text(waiting_words(connected=connected), style=_CALM)
    table = Table(expand=True, header_style=_CALM)
    for name in ("station", "who", "exercise", "set"):
        table.add_column(name, no_wrap=True)
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for each in cards:
        wrong = each.fault_text or link_words(each, connected=connected)
        style = _CALM if not (each.online and connected) else _GOOD if each.active else ""
        table.add_row(
            each.name,
            # As texts: of a string Rich would take [what stands in brackets] for its own.
            Text(harmless(each.athlete or "")),
            Text(harmless(each.exercise_name)),
            str(each.set_place or each.set or ""),
            Text(amount_words(each, each.reps), style="bold"),
            Text(harmless(wrong), style=_BAD) if wrong else Text(harmless(_doing(each))),
            style=style,
        )
    return Panel(table, title="repclip", border_style=_CALM)


def _doing(card: WallCard) -> str:
    if card.active:
        return card.cue or "counting"
    return "" if card.rest_s is None else "resting"


def waiting_words(*, connected: bool, problem: str = "") -> str:
    """Return what is waited for while no station has been heard, and what keeps it away."""
    return "Waiting for a station." if connected else problem or "Waiting for the broker."
