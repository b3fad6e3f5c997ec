"""What a sensor sits on, and on which side; light, for the commands."""

from __future__ import annotations

from enum import StrEnum


class PlacementKind(StrEnum):
    """What a sensor sits on."""

    WRIST = "wrist"
    BAR = "bar"
    TORSO = "torso"


class Side(StrEnum):
    """Which arm it is; unknown where there is no such thing."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"
