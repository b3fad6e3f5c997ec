"""Cross-band reach, lying on the back: one straight arm goes overhead and comes back, then the other."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import TORSO, WRIST, Movement, Stage, Tempo
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose


def _supine(_: Person) -> Pose:
    return {
        "hip_z_m": 0.11,
        "trunk_deg": -90.0,
        # Above the breastbone: the centre.
        "upper_deg": 82.0,
        "upper_out_deg": 4.0,
        "fore_deg": 92.0,
        "fore_out_deg": 0.0,
        "fore_side_deg": -8.0,
        "twist_deg": 20.0,
    }


def _reach(_: Person) -> tuple[Stage, ...]:
    # Overhead is behind the vertical, towards where the head is; the arm ends a little above the floor.
    return (
        Stage({"upper_deg": 160.0, "fore_deg": 170.0, "fore_side_deg": 4.0, "twist_deg": 5.0}),
        Stage({"girdle_m": 0.03}, 0.4, 1.0),
    )


CROSS_BAND: Final = Movement(
    exercise="cross_band",
    variant="cross_band",
    placements=(WRIST, TORSO),
    ready=_supine,
    stages=_reach,
    tempo=Tempo(1.1, 0.4, 1.2, 0.3),
    steady_deg=(0.5, 2.5),
    get_ready_s=4.0,
    faults={
        FaultKind.ROCK: 6.25,
        FaultKind.ARCH: 6.25,
        FaultKind.HALF_REPS: 0.6,
        FaultKind.DROP: 0.7,
    },
    sides=True,
)
