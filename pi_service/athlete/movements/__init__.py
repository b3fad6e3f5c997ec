"""How each exercise moves, one file for each."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import Fault, parse_fault
from pi_service.athlete.movements.base import TORSO, Movement
from pi_service.athlete.movements.bent_over_row import BAND_ROW, BARBELL_ROW
from pi_service.athlete.movements.cross_band import CROSS_BAND
from pi_service.athlete.movements.dead_lift import DEAD_LIFT
from pi_service.athlete.movements.face_pull import FACE_PULL
from pi_service.athlete.movements.overhead_carry import OVERHEAD_CARRY
from pi_service.athlete.movements.thoracic_extension import THORACIC_EXTENSION
from pi_service.athlete.movements.vertical_pull import LAT_PULLDOWN, PULL_UP
from pi_service.athlete.movements.wall_retraction import WALL_RETRACTION
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise, is_exercise

#: All of them; of several of one exercise the first is meant where nothing else is said.
MOVEMENTS: Final = (
    THORACIC_EXTENSION,
    CROSS_BAND,
    WALL_RETRACTION,
    DEAD_LIFT,
    BAND_ROW,
    BARBELL_ROW,
    PULL_UP,
    LAT_PULLDOWN,
    FACE_PULL,
    OVERHEAD_CARRY,
)

_LEAST_LETTERS: Final = 6


def is_movement(name: str) -> bool:
    """Return whether there is a movement of that name."""
    return any(_plain(name) in (each.exercise, each.variant) for each in MOVEMENTS)


def default_placement(movement: Movement) -> str:
    """Return where the one sensor usually sits; on the torso where nothing else sees the work."""
    return next((place for place in movement.placements if place != TORSO), TORSO)


def fault_of(movement: Movement, text: str) -> Fault:
    """Return a fault of a movement: ``rock``, or ``rock:15`` with a size.

    Raises
    ------
    UsageError
        See `parse_fault`.
    """
    return parse_fault(text, movement.faults, movement.variant)


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _squeezed(name: str) -> str:
    """Return "Lat pull-downs" as "latpulldown"."""
    return _plain(name).replace("_", "").removesuffix("s")


def _variant(name: str) -> str | None:
    """Return the variant that a name of its exercise means: of "pulldown" the lat pulldown."""
    wanted, exercise = _squeezed(name), find_exercise(name).id
    found = (each.variant for each in MOVEMENTS if each.exercise == exercise)
    # The end of a variant's name will do if it is long enough to mean that one: "row" is any row.
    enough = len(wanted) >= _LEAST_LETTERS
    return next(
        (
            each
            for each in found
            if _squeezed(each) == wanted or (enough and _squeezed(each).endswith(wanted))
        ),
        None,
    )


def find_movement(name: str, placement: str | None = None) -> Movement:
    """Return a movement by the id of its exercise or by the name of its variant.

    Parameters
    ----------
    name
        ``dead_lift``, ``vertical_pull``, ``lat_pulldown`` ..., or any other name of the exercise.
    placement
        Where the sensor shall sit: of the variants of an exercise the first that has it.

    Raises
    ------
    UsageError
        There is none, or no sensor can sit there.
    """
    wanted = _plain(name)
    if not is_movement(name) and is_exercise(name):
        wanted = _variant(name) or find_exercise(name).id
    found = [each for each in MOVEMENTS if wanted in (each.exercise, each.variant)]
    if not found:
        listed = ", ".join(dict.fromkeys(each.exercise for each in MOVEMENTS))
        raise UsageError(f"The simulated athlete does no {name!r}: choose one of {listed}.")
    fitting = [each for each in found if placement is None or placement in each.placements]
    if not fitting:
        allowed = ", ".join(dict.fromkeys(place for each in found for place in each.placements))
        raise UsageError(f"For {name} no sensor sits on {placement!r}: choose one of {allowed}.")
    return fitting[0]
