"""Overhead carry: a weight is pressed up and walked with, slowly, the arm in line with the ear."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import TORSO, WRIST, Movement, Stage, Tempo, Work, bent_ahead
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose


def _rack(_: Person) -> Pose:
    return {
        "trunk_deg": 0.0,
        "upper_deg": -62.0,
        "upper_out_deg": 25.0,
        "fore_deg": 80.0,
        "fore_out_deg": 0.0,
        "fore_side_deg": 2.0,
        "twist_deg": 25.0,
    }


def _press(_: Person) -> tuple[Stage, ...]:
    return (
        Stage(
            {
                "upper_deg": 86.0,
                "upper_out_deg": 15.0,
                "fore_deg": 88.0,
                "girdle_m": 0.025,
                "trunk_deg": -1.0,
            }
        ),
    )


OVERHEAD_CARRY: Final = Movement(
    exercise="overhead_carry",
    variant="overhead_carry",
    placements=(WRIST, TORSO),
    ready=_rack,
    stages=_press,
    tempo=Tempo(1.4, 1.0, 1.6, 1.0),
    work=Work.CARRY,
    get_ready_s=2.5,
    faults={
        FaultKind.BENT_FOREARM: 18.75,
        FaultKind.EARLY_LOWERING: 4.6,
        FaultKind.HURRY: 2.25,
        FaultKind.SWAY: 10.0,
    },
    bent=bent_ahead,
)
