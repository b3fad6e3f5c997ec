"""Tells a person something in the middle of a display, which stands on the last line of a terminal."""

from __future__ import annotations

import sys


def say(sentence: str, *, err: bool = False) -> None:
    """Write a line to stdout or stderr, above the display that may be there.

    Rich puts itself in the place of `sys.stdout` and `sys.stderr` while it shows something; Typer's own
    `echo` looks for the file behind them, and its line would stand in the middle of the display.
    """
    print(sentence, file=sys.stderr if err else sys.stdout, flush=True)


def tell_person(sentence: str) -> None:
    """Tell what a person should know or do, on stderr."""
    say(f"repclip: {sentence}", err=True)
