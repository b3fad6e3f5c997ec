"""The progress displays of the commands: on stderr, and only where a person looks."""

from __future__ import annotations

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


def _display(*columns: ProgressColumn) -> Progress:
    """Return a display that vanishes when it is done and stays silent in a pipe or a log."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
