"""The progress displays of the commands: on stderr, and only where a person looks."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column


def progress_bar() -> Progress:
    """Return a bar for a known number of things."""
    return _display(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )


def time_display() -> Progress:
    """Return a display for a stream whose length is not known; its tasks carry the field ``at_s``."""
    return _display(
        SpinnerColumn(), TextColumn("{task.description}  {task.fields[at_s]:.0f} s", markup=False)
    )


def recording_display() -> Progress:
    """Return a display for a recording under way; its tasks carry ``at_s``, ``samples`` and ``gaps``."""
    fields = "{task.fields[at_s]:.0f} s  {task.fields[samples]} samples  gaps: {task.fields[gaps]}"
    return _display(SpinnerColumn(), TextColumn("{task.description}  " + fields, markup=False))


def count_display(console: Console | None = None) -> Progress:
    """Return a display for a count under way, on stdout unless told otherwise, of its task's description.

    The description may have several lines, and one that is too long for the terminal goes on in the next.
    """
    column = Column(no_wrap=False, overflow="fold")
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False, table_column=column)
    return _display(*columns, console=console or Console())


def _display(*columns: ProgressColumn, console: Console | None = None) -> Progress:
    """Return a display that vanishes when it is done and stays silent in a pipe or a log."""
    console = console or Console(stderr=True)
    return Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # What is told meanwhile stands above the display, but only where it would stand anyway.
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=sys.stderr.isatty(),
    )
