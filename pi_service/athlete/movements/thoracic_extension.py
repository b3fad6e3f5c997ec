"""Thoracic extension: kneeling, the elbows on a bench, the chest sinks and the upper back extends."""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import TORSO, Movement, Stage, Tempo, Work
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose


def _kneeling(_: Person) -> Pose:
    return {
        "hip_z_m": 0.48,
        "hip_x_m": -0.12,
        "trunk_deg": 60.0,
        "thorax_deg": 12.0,
        "upper_deg": 15.0,
        "upper_out_deg": 5.0,
        "fore_deg": 55.0,
        "fore_out_deg": 0.0,
        "twist_deg": 80.0,
    }


def _extend(_: Person) -> tuple[Stage, ...]:
    # The hips go back and the trunk sinks a little; what counts is the bend between lower and upper back.
    return (Stage({"thorax_deg": -11.0, "trunk_deg": 64.0, "hip_x_m": -0.16}),)


THORACIC_EXTENSION: Final = Movement(
    exercise="thoracic_extension",
    variant="thoracic_extension",
    placements=(TORSO,),
    ready=_kneeling,
    stages=_extend,
    tempo=Tempo(2.0, 45.0, 1.8, 3.0),
    work=Work.HOLD,
    get_ready_s=3.5,
    faults={
        FaultKind.BROKEN_HOLD: 1.25,
        FaultKind.SHORT_HOLD: 22.5,
        FaultKind.LONG_HOLD: 75.0,
        FaultKind.SWAY: 3.5,
        FaultKind.SHAKE: 2.5,
    },
)
