"""On which line of a TOML text each key stands: `tomllib` does not say.

Only for a text that `tomllib` has read: what is no TOML is not noticed here.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

#: A place in what `tomllib` returns: keys of tables and indices of arrays.
Place = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")
_LONG: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""(?!")|' + r"'''.*?'''(?!')", re.DOTALL)
_PLAIN: Final = re.compile(r"[^,\]}#\r\n]*")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, counted from 1, of each key and each table's header.

    Parameters
    ----------
    text
        TOML that can be read.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Place, int] = {}
        # How many elements each array of tables has so far.
        self._elements: dict[Place, int] = {}

    def scan(self) -> dict[Place, int]:
        table: Place = ()
        while self._skip(_BLANK) < len(self._text):
            if self._next("["):
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _header(self) -> Place:
        line = self._line()
        array = self._text.startswith("[[", self._at)
        self._at += 2 if array else 1
        place = self._inside(self._key())
        self._at += 2 if array else 1
        if array:
            self._elements[place] = self._elements.get(place, -1) + 1
            place = (*place, self._elements[place])
        self._note(place, line)
        return place

    def _inside(self, key: list[str]) -> Place:
        """Return the place of a header's key: where it goes through an array, it means its last element."""
        place: Place = ()
        for number, part in enumerate(key):
            place = (*place, part)
            if number < len(key) - 1 and place in self._elements:
                place = (*place, self._elements[place])
        return place

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = (*table, *self._key())
        self._note(place, line)
        self._at += 1  # the =
        self._value(place)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            bare = _BARE.match(self._text, self._at)
            if bare is not None:
                parts.append(self._take(bare))
            else:
                quoted = _QUOTED.match(self._text, self._at)
                if quoted is None:
                    raise ValueError("this is no TOML")
                parts.append(str(tomllib.loads(f"key = {self._take(quoted)}")["key"]))
            self._skip(_SPACE)
            if not self._next("."):
                return parts
            self._at += 1

    def _value(self, place: Place) -> None:
        self._skip(_SPACE)
        for pattern in (_LONG, _QUOTED):
            if (found := pattern.match(self._text, self._at)) is not None:
                self._at = found.end()
                return
        if self._next("["):
            self._array(place)
        elif self._next("{"):
            self._inline(place)
        else:
            self._skip(_PLAIN)

    def _array(self, place: Place) -> None:
        self._at += 1
        number = 0
        while self._skip(_BLANK) < len(self._text) and not self._next("]"):
            if self._next(","):
                self._at += 1
                number += 1
            else:
                self._note((*place, number), self._line())
                self._value((*place, number))
        self._at += 1

    def _inline(self, place: Place) -> None:
        self._at += 1
        while self._skip(_BLANK) < len(self._text) and not self._next("}"):
            if self._next(","):
                self._at += 1
            else:
                self._pair(place)
        self._at += 1

    def _note(self, place: Place, line: int) -> None:
        """Take note of a place, and of those that it lies in, where they are named for the first time."""
        for end in range(1, len(place) + 1):
            self._found.setdefault(place[:end], line)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _next(self, letter: str) -> bool:
        return self._text.startswith(letter, self._at)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _take(self, found: re.Match[str]) -> str:
        self._at = found.end()
        return found[0]
