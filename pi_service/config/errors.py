"""Errors of configuration files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pi_service.errors import RepclipError


class ConfigError(RepclipError):
    """A configuration cannot be used.

    Attributes
    ----------
    problems
        All that is wrong with it, one sentence each.
    """

    #: EX_CONFIG of sysexits.h, by which a service manager knows that trying again is no use.
    exit_code = 78

    def __init__(self, problems: Sequence[str], file: Path | None = None) -> None:
        self.problems = tuple(problems)
        first, more = self.problems[0], len(self.problems) - 1
        if more and file is not None:
            first = f"{first} And {more} more: repclip config check {file} tells them."
        super().__init__(first)
