"""Bent-over row, with a band or with a bar: from the elbow up to the midline, the trunk inclined and still.

The upper arm goes from hanging to the line of the trunk and a little beyond. With a band the forearm keeps
to the line of the band and turns much; with a bar it keeps hanging, and the bar comes up by a quarter metre.
"""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import BAR, TORSO, WRIST, Movement, Stage, Tempo
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose

_FAULTS: Final = {FaultKind.ROCK: 12.5, FaultKind.DROP: 0.7, FaultKind.HALF_REPS: 0.6, FaultKind.HIKE: 5.0}


def _inclined(person: Person) -> Pose:
    return {
        "hip_z_m": 0.94 * person.hips_m,
        "trunk_deg": 60.0,
        "upper_deg": -86.0,
        "upper_out_deg": 5.0,
        "held": 1.0,
    }


def _band_ready(person: Person) -> Pose:
    # The band pulls the arm ahead and across the body.
    return {**_inclined(person), "fore_deg": -78.0, "fore_out_deg": -25.0, "twist_deg": 55.0}


def _band_pull(_: Person) -> tuple[Stage, ...]:
    return (
        Stage(
            {
                "upper_deg": -152.0,
                "upper_out_deg": -12.0,
                "fore_deg": -48.0,
                "fore_out_deg": -5.0,
                "twist_deg": 75.0,
            }
        ),
    )


def _bar_ready(person: Person) -> Pose:
    return {**_inclined(person), "fore_deg": -89.0, "fore_out_deg": 0.0, "twist_deg": 5.0}


def _bar_pull(_: Person) -> tuple[Stage, ...]:
    return (
        Stage(
            {
                "upper_deg": -158.0,
                "upper_out_deg": -15.0,
                "fore_deg": -82.0,
                "twist_deg": 10.0,
                "bar_spin_deg": 5.0,
            }
        ),
    )


BAND_ROW: Final = Movement(
    exercise="bent_over_row",
    variant="band_row",
    placements=(WRIST, TORSO),
    ready=_band_ready,
    stages=_band_pull,
    tempo=Tempo(0.95, 0.35, 1.3, 0.35),
    steady_deg=(0.8, 4.0),
    faults={**_FAULTS, FaultKind.OVERSHOOT: 1.3},
)
BARBELL_ROW: Final = Movement(
    exercise="bent_over_row",
    variant="barbell_row",
    placements=(BAR, WRIST, TORSO),
    ready=_bar_ready,
    stages=_bar_pull,
    tempo=Tempo(0.95, 0.3, 1.3, 0.35),
    steady_deg=(0.8, 4.0),
    faults={**_FAULTS, FaultKind.TILT_BAR: 6.0},
    rest_below_m=0.06,
)
