"""What was looked at, what was found, and what to do: small values that any command can show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.errors import SensorError, UnknownChipError

#: The colon before the advice.
_COLON = re.compile(r": ")

#: A measured value in the JSON output; its key names the unit.
Measured = bool | int | float | str | list[float] | list[str] | None


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but something may be better or may come to harm."""
    PROBLEM = "problem"
    """Counting will not work, or not reliably."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    subject
        What it belongs to: the computer, a bus, a sensor.
    name
        What was looked at, in a word or two; the same in every release.
    level
        How bad it is.
    found
        What was found, in a sentence.
    advice
        What to do, in a sentence; None where nothing need be done.
    measured
        The values behind it, units in their keys.
    """

    subject: str
    name: str
    level: Level
    found: str
    advice: str | None = None
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return it as values that JSON has."""
        return {
            "subject": self.subject,
            "name": self.name,
            "level": self.level.value,
            "found": self.found,
            "advice": self.advice,
            "measured": dict(self.measured),
        }


def ok(subject: str, name: str, found: str, **measured: Measured) -> Check:
    """Return a check that went well."""
    return Check(subject, name, Level.OK, found, None, measured)


def warning(subject: str, name: str, found: str, advice: str | None, **measured: Measured) -> Check:
    """Return a check that may be better."""
    return Check(subject, name, Level.WARNING, found, advice, measured)


def problem(subject: str, name: str, found: str, advice: str | None, **measured: Measured) -> Check:
    """Return a check that keeps the counting from working."""
    return Check(subject, name, Level.PROBLEM, found, advice, measured)


def error_check(subject: str, name: str, error: SensorError) -> Check:
    """Return the problem that an error of the driver stands for."""
    found, advice = told(error)
    unknown = _unknown_chip(error)
    if unknown is not None:
        return problem(subject, name, found, advice, who_am_i=unknown.who_am_i)
    return problem(subject, name, found, advice)


def told(error: SensorError) -> tuple[str, str | None]:
    """Return what an error says that was found, and what it says is to be done."""
    unknown = _unknown_chip(error)
    if unknown is not None:
        _, _, said = str(unknown).partition("; ")
        return f"WHO_AM_I is 0x{unknown.who_am_i:02x}, which is no chip that repclip knows.", _what_to_do(
            said
        )
    return parted(str(error))


def _unknown_chip(error: SensorError) -> UnknownChipError | None:
    """Return the answer of an unknown chip that an error is, or comes from."""
    return next((each for each in (error, error.__cause__) if isinstance(each, UnknownChipError)), None)


def parted(words: str) -> tuple[str, str | None]:
    """Part what the driver says, "what is wrong: what to do.", into two sentences."""
    found, *advice = _COLON.split(words, maxsplit=1)
    return _sentence(found) or "", _sentence("".join(advice))


def _what_to_do(said: str) -> str | None:
    """Leave out what the finding has said already."""
    return _sentence(said.removeprefix("it is none of the chips that repclip knows: "))


def _sentence(text: str) -> str | None:
    stripped = text.strip().rstrip(".")
    return f"{stripped[:1].upper()}{stripped[1:]}." if stripped else None


def worst(checks: Iterable[Check]) -> Level:
    """Return the worst level of some checks."""
    levels = {check.level for check in checks}
    return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)
