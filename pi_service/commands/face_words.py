"""The six sides of a sensor in words and as small drawings: what a person is to put up next."""

from __future__ import annotations

from typing import Final

#: What points up, by the axis that reads +1 g.
_SIDE: Final = {
    "+z": "flat, with the chip on top",
    "-z": "flat, with the chip underneath",
    "+x": "on edge, with the X arrow pointing up",
    "-x": "on edge, with the X arrow pointing down",
    "+y": "on edge, with the Y arrow pointing up",
    "-y": "on edge, with the Y arrow pointing down",
}
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
FACES: Final = tuple(_SIDE)


def side(face: str) -> str:
    """Return how a face is put up: ``flat, with the chip on top``."""
    return _SIDE[face]


def short(face: str) -> str:
    """Return a face's short name: ``Z up``."""
    return f"{face[1].upper()} {_SHORT[face[0]]}"


def drawing(face: str) -> tuple[str, ...]:
    """Return a face as it stands on the table, four lines of thirteen characters."""
    if face[1] == "z":
        return _CHIP_ON_TOP if face[0] == "+" else _CHIP_BELOW
    arrow = f"{face[1].upper()} {'↑' if face[0] == '+' else '↓'}"
    return tuple(line.format(arrow=arrow) if "{" in line else line for line in _ON_EDGE)


def listed(faces: list[str]) -> str:
    """Return faces as a list: ``X up, X down and Z up``."""
    names = [short(face) for face in faces]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
