"""Simulated buses, worn by somebody: who moves what the sensors feel.

The athlete is imported when somebody wears a sensor: with scipy it takes most of the start-up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calibration.placement_kind import PlacementKind, Side
from firmware.roles import SensorRole
from firmware.sim import Motion, SimClock, SimSpec, SimulatedBus, build, parse_spec
from pi_service.commands.buses import PLACING
from pi_service.exercises import find_exercise, is_exercise

if TYPE_CHECKING:
    from pi_service.athlete.faults import Fault
    from pi_service.athlete.movements.base import Movement


def simulated_bus(text: str, clock: SimClock) -> tuple[SimulatedBus, str | None]:
    """Return a simulated bus, worn by the synthetic athlete unless the text names another motion.

    Returns
    -------
    SimulatedBus
        The bus.
    str or None
        What the athlete does; None where there is none.
    """
    spec = _spec(text)
    motions: dict[SensorRole, Motion] = {}
    done = None
    if spec.motion == "athlete":
        motions, done = _athlete(spec)
    elif spec.motion == "poses":
        from pi_service.athlete.poses import PosesMotion

        motions = {role: PosesMotion(2 * spec.seed + number) for number, role in enumerate(spec.roles)}
    elif spec.motion == "turn":
        from pi_service.athlete.turning import TurningMotion

        motions = {role: TurningMotion(2 * spec.seed + number) for number, role in enumerate(spec.roles)}
    elif spec.motion.startswith(PLACING):
        from pi_service.athlete.placing import PlacingMotion

        kind, side = PlacementKind(spec.motion.removeprefix(PLACING)), (Side.RIGHT, Side.LEFT)[spec.seed % 2]
        motions = {
            role: PlacingMotion(kind, 2 * spec.seed + number, side=side)
            for number, role in enumerate(spec.roles)
        }
    return build(spec, clock, motions), done


def check_simulated(text: str) -> None:
    """Look whether a simulated bus can be made of a text.

    Raises
    ------
    SettingsError, UsageError
        It cannot: one sentence says what is allowed.
    """
    spec = _spec(text)
    if spec.motion == "athlete":
        _task(spec)


def _spec(text: str) -> SimSpec:
    spec = parse_spec(text)
    return spec if "motion=" in text else replace(spec, motion="athlete")


def _task(spec: SimSpec) -> tuple[Movement, tuple[Fault, ...]]:
    """Return what an athlete does, and what is wrong with it."""
    from pi_service.athlete.movements import fault_of, find_movement

    movement = find_movement(spec.exercise or "vertical_pull", spec.placement)
    return movement, tuple(fault_of(movement, text) for text in spec.forms)


def _athlete(spec: SimSpec) -> tuple[dict[SensorRole, Motion], str]:
    """Return what the sensors of a simulated athlete feel, and the exercise that is done."""
    from pi_service.athlete.movements import default_placement
    from pi_service.athlete.movements.base import TORSO
    from pi_service.athlete.session import Session
    from pi_service.athlete.task import Task

    movement, faults = _task(spec)
    # Walks up and begins: whoever tries a command out wants to see a set soon.
    session = Session(spec.seed, Task(movement, reps=spec.reps, faults=faults, drink_chance=0.0))
    limb = spec.placement or default_placement(movement)
    worn = {SensorRole.LIMB: session.worn(limb), SensorRole.TORSO: session.worn(TORSO)}
    return dict(worn), movement.exercise


def done_on(bus: str, exercise: str) -> str:
    """Return the name of a simulated bus, on which the athlete does an exercise if there is a way to.

    Parameters
    ----------
    bus, exercise
        As a person named them: of "lat pulldown" the athlete does pulldowns, though it is one exercise with
        the pull-up.
    """
    from pi_service.athlete.movements import find_movement, is_movement

    if not is_movement(exercise):
        known = find_exercise(exercise).id if is_exercise(exercise) else None
        if known is None or not is_movement(known):
            return bus
    return f"{bus},exercise={find_movement(exercise).variant}"
