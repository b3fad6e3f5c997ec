"""Reading TOML that anybody may have written: whatever is wrong with the text is told in one way."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

#: What TOML promises of whole numbers, and what can safely become a float or be printed.
_LARGEST: Final = 2**63 - 1


class NotTomlError(ValueError):
    """A text is no TOML that can be used; the message says why, without a full stop."""

    @property
    def line(self) -> int | None:
        """The line, counted from 1, where that is known."""
        found = re.search(r"at line (\d+)", str(self))
        return int(found[1]) if found else None


def read_toml(text: str) -> dict[str, Any]:
    """Return the table of a text.

    Raises
    ------
    NotTomlError
        It is no TOML, is nested too deep, or holds a whole number that does not fit into 64 bits.
    """
    try:
        table = tomllib.loads(text)
        _require_numbers(table)
    except tomllib.TOMLDecodeError as error:
        raise NotTomlError(str(error)) from error
    except RecursionError as error:
        raise NotTomlError("its brackets are nested too deep") from error
    except NotTomlError:
        raise
    except ValueError as error:
        # Python refuses to read a whole number of thousands of digits.
        raise NotTomlError("it holds a whole number that is too large") from error
    return table


def _require_numbers(value: object) -> None:
    if isinstance(value, dict):
        for each in value.values():
            _require_numbers(each)
    elif isinstance(value, list):
        for each in value:
            _require_numbers(each)
    elif isinstance(value, int) and abs(value) > _LARGEST:
        raise NotTomlError("it holds a whole number that is too large")
