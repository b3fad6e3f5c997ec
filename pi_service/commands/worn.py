"""The option that says which arm wears the sensor, and what is known of it without."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calibration.placement import Placement
    from calibration.placement_kind import Side
    from pi_service.exercises import Exercise


class Arm(StrEnum):
    """Which arm."""

    LEFT = "left"
    RIGHT = "right"


WornOption = Annotated[
    Arm | None,
    typer.Option(
        "--side",
        help="Which arm wears the sensor, for exercises in which the arms alternate and carries;"
        " otherwise what its stored placement says, if there is one.",
    ),
]
ReplayedWornOption = Annotated[
    Arm | None,
    typer.Option("--side", help="Which arm wore the sensor, where the arms alternate and for carries."),
]


def _matters(exercise: Exercise) -> bool:
    """Whether it makes a difference which arm wears the sensor."""
    from pi_service.exercises import Kind, Sides

    return exercise.sides is Sides.ALTERNATING or exercise.kind is Kind.CARRY


def worn_side(
    arm: Arm | None,
    exercises: Sequence[Exercise],
    placement: Callable[[], Placement | None] | None = None,
) -> Side:
    """Return the side that wears the sensor; unknown where nobody said and no placement tells.

    Parameters
    ----------
    arm
        What was said.
    exercises
        What is done: only where it matters for one of them is a stored placement asked for.
    placement
        Looks for the newest stored placement of the sensor on a wrist.
    """
    from calibration.errors import CalibrationError
    from calibration.placement_kind import Side

    if arm is not None:
        return Side(arm.value)
    if placement is None or not any(_matters(each) for each in exercises):
        return Side.UNKNOWN
    try:
        known = placement()
    except CalibrationError as error:
        typer.echo(f"repclip: {error}", err=True)
        return Side.UNKNOWN
    return Side.UNKNOWN if known is None else known.side
