"""Dead lift from the floor: the bar goes straight up, the trunk opens with it, and the arms hang.

What is prescribed is the way of the hands and the angle of the trunk; the hips follow from them. The bar
lies at 0.225 m, half the diameter of a full plate, and ends where the hands of somebody who stands are.
"""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import BAR, TORSO, WRIST, Movement, Stage, Tempo
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose

_PLATE_M: Final = 0.225
_TRUNK_DEG: Final = 54.0


def _bottom(_: Person) -> Pose:
    return {
        "trunk_deg": _TRUNK_DEG,
        "upper_deg": -90.0,
        "upper_out_deg": 4.0,
        "fore_deg": -91.0,
        "fore_out_deg": 0.0,
        "twist_deg": 10.0,
        "hung": 1.0,
        "hand_x_m": 0.12,
        "hand_z_m": _PLATE_M,
        "held": 1.0,
    }


def _lift(person: Person) -> tuple[Stage, ...]:
    return (
        Stage(
            {
                "hand_z_m": person.reach_m - person.arm_m - 0.01,
                "trunk_deg": 2.0,
                "fore_deg": -87.0,
                "upper_deg": -88.0,
                "bar_spin_deg": 3.0,
            }
        ),
        # Round the knees: the bar comes a little nearer, once it has passed them.
        Stage({"hand_x_m": 0.10}, 0.35, 0.9),
    )


DEAD_LIFT: Final = Movement(
    exercise="dead_lift",
    variant="dead_lift",
    placements=(BAR, WRIST, TORSO),
    ready=_bottom,
    stages=_lift,
    tempo=Tempo(1.2, 0.5, 1.5, 0.9),
    steady_deg=(50.0, 54.0),
    get_ready_s=2.2,
    faults={
        FaultKind.HALF_REPS: 0.6,
        FaultKind.DROP: 0.8,
        FaultKind.HIPS_FIRST: 10.0,
        FaultKind.LEAN: 10.0,
        FaultKind.TILT_BAR: 5.0,
    },
    lands=True,
)
