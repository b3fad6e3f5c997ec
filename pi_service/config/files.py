"""Reading a configuration: a file and its drop-ins, each value with its file and line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from calibration.toml_reading import NotTomlError, read_toml
from pi_service.config.errors import ConfigError
from pi_service.config.model import Settings
from pi_service.config.telling import Setting, settings_of
from pi_service.config.toml_lines import Place, lines_of

#: How units are said that stand at the end of a name.
_UNITS: Final = {
    "hz": "Hz",
    "g": "g",
    "dps": "deg/s",
    "s": "seconds",
    "mb": "megabytes",
    "days": "days",
    "m": "metres",
    "c": "degrees Celsius",
}
_BY_KEY: Final[Mapping[str, Setting]] = {each.key: each for each in settings_of(Settings)}
_TABLES: Final = tuple(Settings.model_fields)


@dataclass(frozen=True, slots=True)
class Given:
    """A value that somebody gave, and where: ``/etc/repclip/config.toml line 12``, ``--rate``."""

    value: Any
    origin: str
    folder: Path | None = None
    """What a path is relative to; None for the present folder."""


@dataclass(slots=True)
class Found:
    """What files say.

    Attributes
    ----------
    given
        By the key of the setting; of several files the last one counts.
    problems
        What is wrong, one sentence each.
    files
        Those that were read, in order.
    """

    given: dict[str, Given] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def read_files(file: Path) -> Found:
    """Read a configuration and its drop-ins, ``FILE.d/*.toml`` in the order of their names.

    Raises
    ------
    ConfigError
        A file cannot be read or is no TOML.
    """
    found = Found()
    for path in (file, *drop_ins(file)):
        _read(path, found)
    return found


def drop_ins(file: Path) -> list[Path]:
    """Return the files that are merged over a configuration."""
    try:
        return sorted(file.with_name(f"{file.name}.d").glob("*.toml"))
    except OSError as error:
        raise ConfigError([f"{file}.d cannot be read ({_reason(error)})."]) from error


def _read(path: Path, found: Found) -> None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        hint = f"repclip config init {path} writes one with every setting"
        raise ConfigError([f"There is no configuration {path}: {hint}."]) from error
    except OSError as error:
        raise ConfigError([f"{path} cannot be read ({_reason(error)})."]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path} is no UTF-8 text: save it as one."]) from error
    try:
        tables = read_toml(text)
    except NotTomlError as error:
        raise ConfigError([f"{path} is no TOML: {error}."]) from error
    found.files.append(path)
    lines = lines_of(text)
    for table, content in tables.items():
        where = f"{path} line {lines[(table,)]}"
        if table not in _TABLES or not isinstance(content, dict):
            found.problems.append(f"{where}: {_wrong_table(table, content)}")
            continue
        _take(path, table, content, lines, found)


def _take(path: Path, table: str, content: dict[str, Any], lines: dict[Place, int], found: Found) -> None:
    for name, value in content.items():
        where = f"{path} line {lines[(table, name)]}"
        key = f"{table}.{name}"
        if key in _BY_KEY:
            found.given[key] = Given(value, where, path.parent)
        else:
            found.problems.append(f"{where}: {_unknown(table, name)}")


def _wrong_table(name: str, content: object) -> str:
    shown = _shown(name)
    if name in _TABLES:
        return f"{shown} is a table: write [{name}] and its settings on the lines below."
    if not isinstance(content, dict):
        tables = [each.table for each in _BY_KEY.values() if each.name == name]
        if tables:
            return f"{shown} stands in no table: write it below [{tables[0]}]."
        return f"{shown} is no setting, and it stands in no table: repclip config init shows all of them."
    near = difflib.get_close_matches(name, _TABLES, n=1)
    hint = f"did you mean [{near[0]}]?" if near else f"there are {', '.join(_TABLES)}."
    return f"There is no table [{shown}]: {hint}"


def _unknown(table: str, name: str) -> str:
    shown = f"[{table}] has no setting {_shown(name)}"
    known = [each.name for each in _BY_KEY.values() if each.table == table]
    for each in known:
        stem, _, unit = each.rpartition("_")
        # Another unit, or none: rate_khz or rate for rate_hz.
        if unit in _UNITS and name != each and re.fullmatch(rf"{re.escape(stem)}(_[a-z0-9]+)?", name.lower()):
            return f"{shown}: it is {each}, in {_UNITS[unit]}."
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"{shown}: did you mean {near[0]}?"
    elsewhere = next((each for each in _BY_KEY.values() if each.name == name), None)
    if elsewhere is not None:
        return f"{shown}: it belongs to [{elsewhere.table}]."
    return f"{shown}: it has {', '.join(known)}."


def unit_of(name: str) -> str | None:
    """Return the unit that stands at the end of a setting's name, in words."""
    return _UNITS.get(name.rpartition("_")[2]) if "_" in name else None


def settings_by_key() -> Mapping[str, Setting]:
    """Return all settings by their keys, in order."""
    return _BY_KEY


def tables() -> Iterator[str]:
    """Yield the names of all tables, in order."""
    yield from _TABLES


def _shown(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= 40 else f"{printable[:40]}..."


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
