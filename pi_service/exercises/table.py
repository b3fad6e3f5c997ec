"""One table of a TOML file that a person wrote: what it says, or which key is wrong and what was expected."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeGuard, TypeVar

from pi_service.errors import RepclipError
from pi_service.exercises.errors import ExerciseError

_Choice = TypeVar("_Choice", bound=StrEnum)
_Number = TypeVar("_Number", int, float)


#: So much of what was found is told: enough to find it again.
_TOLD_LETTERS = 80

#: More is not meant: a set of so many repetitions, an exercise of so many sets.
MOST = 1000


def whole(value: object) -> int | None:
    """Return a whole number from 1 to `MOST`; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST else None


def signed(value: object) -> float | None:
    """Return a finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def positive(value: object) -> float | None:
    """Return a finite number above 0; None for anything else."""
    number = signed(value)
    return None if number is None or number <= 0.0 else number


def shortened(text: str) -> str:
    """Return a text that somebody wrote, without its middle if it is too long for a sentence."""
    kept = (_TOLD_LETTERS - 5) // 2
    return text if len(text) <= _TOLD_LETTERS else f"{text[:kept]} ... {text[-kept:]}"


def _is_line(value: object) -> TypeGuard[str]:
    """Whether it is a text that can be shown: a line break or an escape in it would spoil the screen."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


class Table:
    """One TOML table that knows its file and its own name, so that a complaint can say where.

    Parameters
    ----------
    path
        The file, or how it is called in complaints.
    values
        What TOML says.
    prefix
        What its keys are called with: ``rules.torso.`` for example.
    error
        What is raised.
    """

    def __init__(
        self,
        path: Path | str,
        values: dict[str, Any],
        prefix: str = "",
        error: type[RepclipError] = ExerciseError,
    ) -> None:
        self.path = path
        self.values = values
        self.prefix = prefix
        self._error = error

    def fail(self, key: str, expected: str, found: object) -> NoReturn:
        """Say what was expected of a key."""
        told = shortened(repr(found))
        raise self._error(f"{self.path}: `{self.prefix}{key}`: expected {expected}, found {told}.")

    def fail_missing(self, key: str, expected: str) -> NoReturn:
        """Say that a key is missing."""
        raise self._error(f"{self.path}: `{self.prefix}{key}` is missing: expected {expected}.")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Complain of the first key that is none of these."""
        names = tuple(known)
        for key in self.values:
            if key in names:
                continue
            near = difflib.get_close_matches(key, names, n=1)
            advice = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(names)}."
            shown = shortened(key if key.isprintable() else repr(key))
            raise self._error(f"{self.path}: `{self.prefix}{shown}`: unknown key; {advice}")

    def table(self, key: str) -> Table:
        """Read a table; an empty one where it is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"a table, [{self.prefix}{key}]", value)
        return Table(self.path, value, f"{self.prefix}{key}.", self._error)

    def text(self, key: str) -> str:
        """Read a text that must be there."""
        if key not in self.values:
            self.fail_missing(key, "text in quotes")
        value = self.values[key]
        if not _is_line(value):
            more = ", on one line" if isinstance(value, str) and value.strip() else ""
            self.fail(key, f"text in quotes{more}", value)
        return value

    def texts(self, key: str) -> list[str]:
        """Read a list of texts; an empty one where it is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(_is_line(each) for each in value):
            self.fail(key, 'a list of texts, like ["pull up"]', value)
        return value

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        """Read one of some words."""
        return self._one_of(key, self.text(key), choices)

    def choices(self, key: str, choices: type[_Choice]) -> list[_Choice]:
        """Read a list of such words."""
        return [self._one_of(key, each, choices) for each in self.texts(key)]

    def _one_of(self, key: str, value: str, choices: type[_Choice]) -> _Choice:
        try:
            return choices(value)
        except ValueError:
            self.fail(key, "one of " + ", ".join(choices), value)

    def number(
        self, key: str, expected: str, convert: Callable[[object], float | None] = positive
    ) -> float | None:
        """Read a finite number, above 0 unless `convert` takes others; None where it is missing."""
        if key not in self.values:
            return None
        value = convert(self.values[key])
        if value is None:
            self.fail(key, expected, self.values[key])
        return value

    def span(
        self, key: str, convert: Callable[[object], _Number | None], expected: str
    ) -> tuple[_Number, _Number] | None:
        """Read a number or a pair [lowest, highest]; a single number is both."""
        if key not in self.values:
            return None
        found = self.values[key]
        pair = found if isinstance(found, list) else [found, found]
        numbers = [convert(each) for each in pair]
        if len(numbers) != 2:
            self.fail(key, expected, found)
        low, high = numbers
        if low is None or high is None or high < low:
            self.fail(key, expected, found)
        return low, high
