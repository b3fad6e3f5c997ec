"""The settings in force, and where each comes from.

Defaults < file < drop-ins < environment < command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from pi_service.config.errors import ConfigError
from pi_service.config.files import Found, Given, read_files, settings_by_key, unit_of
from pi_service.config.model import Settings
from pi_service.errors import UsageError

#: Where a value comes from that nobody gave.
DEFAULT: Final = "default"

#: What was expected, by the type of pydantic's complaint.
_EXPECTED: Final = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotes",
    "path_type": "must be a path in quotes",
    "tuple_type": "must be a list of texts, in brackets",
    "finite_number": "must be a number that has an end",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings in force.

    Attributes
    ----------
    settings
        Their values.
    origins
        Where each comes from, by key: ``default``, a file and line, an environment variable, an option.
    file
        The configuration that was read; None for none.
    spoken
        What was given in the environment and on the command line.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None
    spoken: Mapping[str, Given]

    def value(self, key: str) -> Any:
        """Return the value of a setting."""
        table, _, name = key.partition(".")
        return getattr(getattr(self.settings, table), name)

    def read_again(self) -> Effective:
        """Return what is in force when the files are read again.

        Raises
        ------
        ConfigError
            They cannot be used.
        """
        return effective(self.file, self.spoken)

    def with_values_of(self, other: Effective, keys: Sequence[str]) -> Effective:
        """Return the same settings, but those of some keys as another has them."""
        changed: dict[str, dict[str, Any]] = {}
        for key in keys:
            table, _, name = key.partition(".")
            changed.setdefault(table, {})[name] = other.value(key)
        origins = {**self.origins, **{key: other.origins[key] for key in keys}}
        return replace(self, settings=_updated(self.settings, changed), origins=origins)


def effective(file: Path | None, spoken: Mapping[str, Given]) -> Effective:
    """Merge what files and what environment and command line say.

    Parameters
    ----------
    file
        The configuration; None for none.
    spoken
        What was given otherwise, by key; it goes before the files.

    Raises
    ------
    ConfigError
        A file cannot be read, or something in it or beside it cannot be right: all of that is told.
    UsageError
        There is no file, and something that was given otherwise cannot be right.
    """
    found = Found() if file is None else read_files(file)
    given = {**found.given, **spoken}
    if "broker.host" in spoken:
        # HOST:PORT was said together.
        given.pop("broker.port", None)
    values: dict[str, dict[str, Any]] = {}
    for key, each in given.items():
        table, _, name = key.partition(".")
        values.setdefault(table, {})[name] = each.value
    problems = list(found.problems)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(each, given) for each in error.errors()]
    if problems and file is None:
        # Of what was typed one mistake at a time is enough.
        raise UsageError(problems[0])
    if problems:
        raise ConfigError(problems, file)
    origins = {key: given[key].origin if key in given else DEFAULT for key in settings_by_key()}
    return Effective(_with_paths(settings, given), origins, file, dict(spoken))


def _problem(error: Any, given: Mapping[str, Given]) -> str:
    """Return one of pydantic's complaints as a sentence that says where."""
    table, name = error["loc"][:2]
    key = f"{table}.{name}"
    each = given[key]
    # An option names itself; elsewhere it is said which setting is meant.
    what = each.origin if each.origin.startswith("--") else f"{each.origin}: {key}"
    return f"{what} {_expected(error, key)}."


def _expected(error: Any, key: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    unit = unit_of(key)
    of_unit = "" if unit is None else f" ({unit})"
    if kind == "value_error":
        return (
            str(context["error"]).rstrip(".")
            if str(context["error"]).startswith("must")
            else (f"cannot be used: {str(context['error']).rstrip('.')}")
        )
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind in ("greater_than_equal", "greater_than"):
        bound = context.get("ge", context.get("gt"))
        return f"must be {bound:g} or more{of_unit}"
    if kind in ("less_than_equal", "less_than"):
        return f"must be {context.get('le', context.get('lt')):g} or less{of_unit}"
    if kind == "string_too_short":
        return "must not be empty"
    return f"{_EXPECTED.get(kind, 'cannot be used: ' + error['msg'].lower())}{of_unit}"


def _with_paths(settings: Settings, given: Mapping[str, Given]) -> Settings:
    """Return the settings with paths that are relative to the file that says them."""
    changed: dict[str, dict[str, Any]] = {}
    for key, each in given.items():
        table, _, name = key.partition(".")
        value = getattr(getattr(settings, table), name)
        if isinstance(value, Path) and each.folder is not None:
            changed.setdefault(table, {})[name] = each.folder / value.expanduser()
    return _updated(settings, changed)


def _updated(settings: Settings, changed: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Return settings with other values, by table and name."""
    tables = {table: getattr(settings, table).model_copy(update=names) for table, names in changed.items()}
    return settings.model_copy(update=tables)
