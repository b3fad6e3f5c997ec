"""Pull-up and lat pulldown.

In a pull-up the hands stay and the body rises by about half a metre; the forearm tilts by some 12 deg as the
elbows come down to the ribs, and the wrist comes a little nearer to the bar as the fingers' hook closes. In a
pulldown the thighs are under a pad, the hands travel and the forearm turns past the vertical.
"""

from __future__ import annotations

from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import BAR, TORSO, WRIST, Movement, Mover, Stage, Tempo, bent_ahead
from pi_service.athlete.person import Person
from pi_service.athlete.script import Pose

#: The feet of somebody who hangs are so far above the floor.
_CLEAR_M: Final = 0.12
_SEAT_M: Final = 0.50


def _hang(person: Person) -> Pose:
    return {
        "trunk_deg": -2.0,
        "upper_deg": 83.0,
        "upper_out_deg": 20.0,
        "fore_deg": 88.0,
        "fore_out_deg": 0.0,
        "fore_side_deg": 3.0,
        "twist_deg": 0.0,
        "girdle_m": 0.03,  # a passive hang draws the shoulders up to the ears
        "hung": 1.0,
        "hand_x_m": 0.15,
        "hand_z_m": person.reach_m + person.arm_m + _CLEAR_M,
    }


def _pull_up(_: Person) -> tuple[Stage, ...]:
    return (
        # The shoulder blades go first: down, before the elbows bend much.
        Stage({"girdle_m": -0.01}, 0.0, 0.6),
        Stage(
            {
                "upper_deg": -38.0,
                "upper_out_deg": 32.0,
                "fore_deg": 76.0,
                "twist_deg": 8.0,
                "slide_m": 0.025,
                "trunk_deg": -10.0,
            }
        ),
    )


PULL_UP: Final = Movement(
    exercise="vertical_pull",
    variant="pull_up",
    placements=(WRIST, TORSO),
    ready=_hang,
    stages=_pull_up,
    tempo=Tempo(1.15, 0.25, 2.1, 0.6),
    steady_deg=(6.0, 10.0),
    faults={
        FaultKind.DROP: 1.2,
        FaultKind.HALF_REPS: 0.6,
        FaultKind.BENT_FOREARM: 25.0,
        FaultKind.HIKE: 5.0,
        FaultKind.SWING: 15.0,
    },
    bent=bent_ahead,
    mover=Mover.BODY,
)


def _seated(_: Person) -> Pose:
    return {
        "hip_z_m": _SEAT_M,
        "trunk_deg": -8.0,
        "upper_deg": 72.0,
        "upper_out_deg": 25.0,
        "fore_deg": 96.0,
        "fore_out_deg": 0.0,
        "fore_side_deg": 4.0,
        "twist_deg": 0.0,
        "girdle_m": 0.02,
        "held": 1.0,
        "bar_spin_deg": 0.0,
    }


def _pulldown(_: Person) -> tuple[Stage, ...]:
    return (
        Stage({"girdle_m": -0.01}, 0.0, 0.6),
        Stage(
            {
                "upper_deg": -40.0,
                "upper_out_deg": 40.0,
                "fore_deg": 75.0,
                "twist_deg": 6.0,
                "trunk_deg": -12.0,
                # The hands roll the bar with them.
                "bar_spin_deg": 14.0,
            }
        ),
    )


LAT_PULLDOWN: Final = Movement(
    exercise="vertical_pull",
    variant="lat_pulldown",
    placements=(WRIST, BAR, TORSO),
    ready=_seated,
    stages=_pulldown,
    tempo=Tempo(1.1, 0.3, 2.0, 0.4),
    steady_deg=(1.5, 5.0),
    get_ready_s=2.4,
    faults={
        FaultKind.DROP: 1.2,
        FaultKind.HALF_REPS: 0.6,
        FaultKind.BENT_FOREARM: 25.0,
        FaultKind.HIKE: 5.0,
        FaultKind.ROCK: 15.0,
        FaultKind.TILT_BAR: 6.0,
    },
    bent=bent_ahead,
)
