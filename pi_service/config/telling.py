"""How a setting is told beside its file: its option, its environment variable, whether it may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

#: Every environment variable of repclip's begins with it.
PREFIX: Final = "REPCLIP_"


@dataclass(frozen=True, slots=True)
class Told:
    """How a setting is told; stands in the annotation of its field.

    Attributes
    ----------
    what
        What it is for, as a sentence.
    option
        On the command line, with its other names after a space, or with what takes a flag back after a
        slash where that is not ``--no-...``; empty for a setting of files only.
    metavar
        What the help shows for the value.
    env
        Environment variable, where it is not ``REPCLIP_<TABLE>_<KEY>``.
    example
        What a file may say where there is no default.
    live
        Whether a running station takes a new value over.
    """

    what: str
    option: str = ""
    metavar: str | None = None
    env: str | None = None
    example: str | None = None
    live: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """All names on the command line."""
        return tuple(self.option.partition("/")[0].split())

    @property
    def back(self) -> str:
        """What takes a flag back."""
        return self.option.partition("/")[2] or self.option.replace("--", "--no-", 1)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes
    ----------
    table, name
        Its place in a file.
    field
        Its type, its default and what it is for.
    told
        How it is told.
    """

    table: str
    name: str
    field: FieldInfo
    told: Told

    @property
    def key(self) -> str:
        """Its whole name: ``sensors.rate_hz``."""
        return f"{self.table}.{self.name}"

    @property
    def parameter(self) -> str:
        """Its name as an argument of a command: ``sensors_rate_hz``."""
        return f"{self.table}_{self.name}"

    @property
    def env(self) -> str:
        """Its environment variable."""
        return self.told.env or f"{PREFIX}{self.table}_{self.name}".upper()

    @property
    def default(self) -> Any:
        """What it is if nobody says."""
        return self.field.get_default(call_default_factory=True)

    @property
    def what(self) -> str:
        """What it is for, as a sentence."""
        return self.told.what


def settings_of(model: type[BaseModel], tables: tuple[str, ...] | None = None) -> Iterator[Setting]:
    """Yield the settings of a model of tables, in order.

    Parameters
    ----------
    model
        Each of its fields is a table.
    tables
        Only those of these, or with these keys; None for all.
    """
    for table, field in model.model_fields.items():
        annotation = field.annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            raise TypeError(f"{table} is no table")
        for name, each in annotation.model_fields.items():
            if tables is not None and table not in tables and f"{table}.{name}" not in tables:
                continue
            told = next(found for found in each.metadata if isinstance(found, Told))
            yield Setting(table, name, each, told)
