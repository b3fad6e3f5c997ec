"""Back to the wall: the arms press up and come down, the forearms vertical, the wrists over the elbows."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import TORSO, WRIST, Movement, Stage, Tempo, bent_ahead
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose


def _low(_: Person) -> Pose:
    return {
        "trunk_deg": -1.0,
        "upper_deg": -28.0,
        "upper_out_deg": 78.0,
        "fore_deg": 88.0,
        "fore_out_deg": 0.0,
        "fore_side_deg": 3.0,
        "twist_deg": 5.0,
    }


def _press(_: Person) -> tuple[Stage, ...]:
    # Elbows stay below the shoulders' reach: the shoulder blades turn up, but are not drawn up.
    return (
        Stage({"upper_deg": 48.0, "upper_out_deg": 74.0, "fore_deg": 85.0, "fore_side_deg": 1.0}),
        Stage({"girdle_m": 0.015}, 0.3, 1.0),
    )


WALL_RETRACTION: Final = Movement(
    exercise="wall_retraction",
    variant="wall_retraction",
    placements=(WRIST, TORSO),
    ready=_low,
    stages=_press,
    tempo=Tempo(1.3, 0.3, 1.5, 0.35),
    steady_deg=(0.3, 1.8),
    faults={
        FaultKind.ROCK: 6.25,
        FaultKind.ARCH: 6.25,
        FaultKind.HALF_REPS: 0.6,
        FaultKind.BENT_FOREARM: 18.75,
        FaultKind.HIKE: 5.0,
        FaultKind.SHRUG: 5.0,
        FaultKind.DROP: 0.7,
    },
    bent=bent_ahead,
)
