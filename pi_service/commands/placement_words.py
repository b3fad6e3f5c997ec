"""How a sensor sits, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from calibration.imu import Vector
from calibration.placement import Placement, PlacementKind, Side
from calibration.placement_store import Placed
from pi_service.sources.stored_calibrations import age_words

#: What the first axis of the limb's frame is.
_ALONG: Final = {
    PlacementKind.WRIST: "towards the hand",
    PlacementKind.BAR: "towards the right end of the bar",
    PlacementKind.TORSO: "up the spine",
}
#: Confidence from which a movement was good, and from which it will do.
GOOD: Final = 0.55
FAIR: Final = 0.3


def where(placement: Placement) -> str:
    """Return what it sits on: ``the right wrist``."""
    side = "" if placement.side is Side.UNKNOWN else f"{placement.side} "
    return f"the {side}{placement.kind}"


def worth(placement: Placement) -> str:
    """Return what the guided movement was worth."""
    percent = f"{100 * placement.confidence:.0f} %"
    if placement.confidence >= GOOD:
        return f"good ({percent})"
    if placement.confidence >= FAIR:
        return f"fair ({percent})"
    return f"poor ({percent}): make the movement again"


def learned(placement: Placement) -> Iterator[str]:
    """Yield what was learned, as lines."""
    x, y, z = placement.along
    yield (
        f"The sensor sits on {where(placement)}: {_ALONG[placement.kind]} is {_nearest(placement.along)}"
        f" (x {x:+.2f}, y {y:+.2f}, z {z:+.2f})."
    )
    quality = placement.quality
    line = f"The movement was {worth(placement)}"
    if quality is not None:
        line += (
            f": it turned by {quality.turned_deg:.0f} degrees, {100 * quality.one_axis:.0f} % of it about one"
            " axis"
        )
    yield f"{line}."


def shown(placed: Placed, path: Path, *, in_use: bool = True) -> Iterator[str]:
    """Yield everything about a placement, as lines."""
    placement = placed.placement
    yield f"Placement of the {placed.sensor}" + ("" if in_use else " (not in use)")
    if placement.made_at is not None:
        yield f"  Learned {placement.made_at:%Y-%m-%d %H:%M} UTC, {age_words(placement.made_at)}."
    for line in learned(placement):
        yield f"  {line}"
    yield f"  File: {path}"


def listed_as(placed: Placed) -> tuple[str, ...]:
    """Return what a list tells of a placement: date, age, sensor, chip, where, worth."""
    placement, sensor = placed.placement, placed.sensor
    made = placement.made_at
    return (
        "?" if made is None else f"{made:%Y-%m-%d %H:%M}",
        "?" if made is None else age_words(made),
        str(sensor.role),
        sensor.chip,
        where(placement),
        worth(placement),
    )


#: What the columns of `listed_as` are.
COLUMNS: Final = ("learned (UTC)", "", "sensor", "chip", "placement", "movement")


def _nearest(axis: Vector) -> str:
    """Return which arrow of the board is nearest: ``nearest to the X arrow backwards``."""
    number = max(range(3), key=lambda each: abs(axis[each]))
    way = "" if axis[number] > 0.0 else " backwards"
    return f"nearest to the {'XYZ'[number]} arrow{way}"
