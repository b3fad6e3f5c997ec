"""Labels: what people (or a simulator) say about a recording, as comment lines among its rows.

A label is one line and may stand anywhere after the column names, so that a recorder can write it as
it happens and a person can add it later at the end of the file; no row of samples is ever touched::

    # label,rep,12.34,13.5,15.1,""

The five fields are kind, start_s, turn_s (may be empty), end_s and a text as a JSON string. A reader
leaves labels of a kind that it does not know aside; whatever follows the kind is then not looked at.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pi_service.traces.errors import TraceFormatError
from pi_service.traces.text import counted

#: How a label's line begins.
LABEL_MARK: Final = "# label,"


class LabelKind(StrEnum):
    """What a label is about."""

    REP = "rep"
    """One repetition; ``turn_s`` is where it turns, where known."""
    SET = "set"
    """One set, from its first rep's start to its last rep's end."""
    NOTE = "note"
    """Anything else that a person wrote down."""


@dataclass(frozen=True, slots=True)
class Label:
    """What was said about a part of a recording.

    Attributes
    ----------
    kind
        What it is about.
    start_s, end_s
        Half-open ``[start_s, end_s)`` on the recording's clock; a note may stand at one instant.
    turn_s
        Where a rep turns, or None.
    text
        Free text.
    """

    kind: LabelKind
    start_s: float
    end_s: float
    turn_s: float | None = None
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse an interval that is none."""
        turn_s = self.start_s if self.turn_s is None else self.turn_s
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError("a label's times must be finite")
        if self.end_s < self.start_s or (self.end_s == self.start_s and self.kind != LabelKind.NOTE):
            raise ValueError(f"a {self.kind} label ends at {self.end_s} s, not after {self.start_s} s")
        if not self.start_s <= turn_s <= self.end_s:
            raise ValueError(f"a label's turn at {turn_s} s lies outside of it")

    def to_line(self) -> str:
        """Return the label as a line of a recording, without a line break."""
        turn = "" if self.turn_s is None else repr(float(self.turn_s))
        text = json.dumps(self.text, ensure_ascii=False)
        return f"{LABEL_MARK}{self.kind},{float(self.start_s)!r},{turn},{float(self.end_s)!r},{text}"


def parse_label(path: Path, line_number: int, line: str) -> Label | None:
    """Read a line that begins with `LABEL_MARK`; None where its kind is not known.

    Raises
    ------
    TraceFormatError
        Names the line and the field.
    """
    fields = line.removeprefix(LABEL_MARK).split(",", 4)
    if fields[0].strip() not in set(LabelKind):
        return None
    if len(fields) != 5:
        raise TraceFormatError(
            path,
            f'a label has {counted(len(fields), "field")}; expected kind,start_s,turn_s,end_s,"text".',
            line=line_number,
        )
    kind, start, turn, end, text = (field.strip() for field in fields)
    start_s = _seconds(path, line_number, "start_s", start)
    turn_s = _seconds(path, line_number, "turn_s", turn) if turn else None
    end_s = _seconds(path, line_number, "end_s", end)
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, str):
        raise TraceFormatError(path, f"{text} is no text in double quotes.", line=line_number, column="text")
    try:
        return Label(LabelKind(kind), start_s, end_s, turn_s, parsed)
    except ValueError as error:
        raise TraceFormatError(path, f"{error}.", line=line_number) from error


def _seconds(path: Path, line_number: int, column: str, field: str) -> float:
    try:
        return float(field)
    except ValueError as error:
        raise TraceFormatError(
            path, f"{field!r} is no time; expected seconds.", line=line_number, column=column
        ) from error
