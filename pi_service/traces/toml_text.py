"""Writes the small part of TOML that a trace's header needs; the standard library only reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

Scalar = str | bool | int | float | datetime
Value = Scalar | list["Value"] | Mapping[str, "Value"]


class HexInt(int):
    """A whole number that people know in hexadecimal, such as an I2C address."""


def toml_lines(table: Mapping[str, Value], name: str = "") -> list[str]:
    """Return the lines of a table: its own values first, then the tables inside it.

    Keys must be bare keys (letters, digits, ``_`` and ``-``). A list of tables becomes an array of
    tables.
    """
    lines: list[str] = []
    inner: list[str] = []
    for key, value in table.items():
        path = f"{name}.{key}" if name else key
        if isinstance(value, Mapping):
            inner += ["", f"[{path}]", *toml_lines(value, path)]
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            for item in value:
                inner += ["", f"[[{path}]]", *toml_lines(item, path)]  # type: ignore[arg-type]
        else:
            lines.append(f"{key} = {_value(value)}")
    return lines + inner


def _value(value: Value) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, HexInt):
        return f"0x{int(value):02x}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot stand in a header")
        return repr(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return _text(value)
    raise TypeError(f"{type(value).__name__} cannot stand in a header")


def _text(value: str) -> str:
    """Return a basic string; everything that could end a line is escaped."""
    out = []
    for char in value:
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif char == "\t":
            out.append("\\t")
        elif ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029":
            out.append(f"\\u{ord(char):04X}")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'
