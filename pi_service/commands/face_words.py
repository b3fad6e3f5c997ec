"""The six sides of a sensor as short names and small drawings; `Face.words` says how they are put up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from calibration.coverage import Face

_SHORT: Final = {"+": "up", "-": "down"}

_ON_EDGE: Final = (
    "  ┌───────┐  ",
    "  │  {arrow}  │  ",
    "  │  ▣    │  ",
    "▁▁└───────┘▁▁",
)
_CHIP_ON_TOP: Final = (
    "             ",
    "             ",
    "     ▄▄▄     ",
    "▁▁▀▀▀▀▀▀▀▀▀▁▁",
)
_CHIP_BELOW: Final = (
    "             ",
    "  ▄▄▄▄▄▄▄▄▄  ",
    "     ▀▀▀     ",
    "▁▁▁▁▁▁▁▁▁▁▁▁▁",
)

#: In the order in which they are shown and asked for.
FACES: Final = (Face.Z_UP, Face.Z_DOWN, Face.X_UP, Face.X_DOWN, Face.Y_UP, Face.Y_DOWN)


def short(face: str) -> str:
    """Return a face's short name: ``Z up``."""
    return f"{face[1].upper()} {_SHORT[face[0]]}"


def drawing(face: str) -> tuple[str, ...]:
    """Return a face as it stands on the table, four lines of thirteen characters."""
    if face[1] == "z":
        return _CHIP_ON_TOP if face[0] == "+" else _CHIP_BELOW
    arrow = f"{face[1].upper()} {'↑' if face[0] == '+' else '↓'}"
    return tuple(line.format(arrow=arrow) if "{" in line else line for line in _ON_EDGE)


def listed(faces: Sequence[str]) -> str:
    """Return faces as a list: ``X up, X down and Z up``."""
    names = [short(face) for face in faces]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
