"""Face pull: the elbows go out to the sides, then the forearms turn open, thumbs back."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import TORSO, WRIST, Movement, Stage, Tempo
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose

#: The turn-out begins when so much of the pull is done, with the forearm at this angle, and goes so far.
TURN_OUT_FROM: Final = 0.6
CLOSED_DEG: Final = 12.0
TURN_OUT_DEG: Final = 60.0


def _ready(_: Person) -> Pose:
    return {
        "trunk_deg": -3.0,
        "upper_deg": 2.0,
        "upper_out_deg": 6.0,
        "fore_deg": 8.0,
        "fore_out_deg": -3.0,
        "twist_deg": 10.0,
        "held": 1.0,
    }


def _pull(_: Person) -> tuple[Stage, ...]:
    return (
        Stage({"upper_deg": 6.0, "upper_out_deg": 80.0}, 0.0, 0.85),
        Stage({"fore_deg": CLOSED_DEG, "fore_out_deg": -8.0}, 0.0, TURN_OUT_FROM),
        Stage({"fore_deg": CLOSED_DEG + TURN_OUT_DEG, "fore_out_deg": 5.0, "twist_deg": -5.0}, TURN_OUT_FROM),
    )


FACE_PULL: Final = Movement(
    exercise="face_pull",
    variant="face_pull",
    placements=(WRIST, TORSO),
    ready=_ready,
    stages=_pull,
    tempo=Tempo(1.3, 0.9, 1.5, 0.35),
    steady_deg=(0.8, 3.5),
    opens_from=TURN_OUT_FROM,
    faults={
        FaultKind.ROCK: 10.0,
        FaultKind.SHORT_TURN: 32.0,
        FaultKind.SHORT_PAUSE: 0.25,
        FaultKind.HALF_REPS: 0.6,
        FaultKind.DROP: 0.7,
        FaultKind.HIKE: 5.0,
    },
)
