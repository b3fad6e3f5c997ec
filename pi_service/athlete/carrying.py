"""A carry: a weight goes up over the head, is walked with, and comes down again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.life import Gait, Walk, walk
from pi_service.athlete.person import Person, near
from pi_service.athlete.script import Script
from pi_service.athlete.task import Task
from pi_service.athlete.tracks import Wave

#: With a weight overhead steps are shorter and slower than in free walking, and that arm does not swing.
_SHORTER, _SLOWER, _ARM = 0.75, 0.85, 0.08
#: How much steps differ in length from one to the next in slow walking, one standard deviation (3.9 of 71 %
#: of the leg's length: J. NeuroEng. Rehabil. 9:69, 2012, table 1).
_STEP_SPREAD = 0.055
#: How much the cadence differs from one walk to the next: by 2.8 % (test and retest of 40 people: jkema.org
#: 9(2):208, table 1) to 3.7 % (109 walks of 19 people, see `calibration.step_cadence`).
_CADENCE_SPREAD = 0.029
#: The mean length of the steps differs by 2.9 % from one walk to the next (the table: limits of agreement of
#: -5.8 and 5.1 cm at 68 cm), of which 2.5 % do not go with the cadence (the walks: 2.3 to 2.6 %). The rest
#: goes with it: a correlation of 0.5, and the power 0.5. That lies between the walks (0.7, and 0.8) and the
#: table (-0.5).
_REST_SPREAD, _BY_CADENCE = 0.025, 0.5
_SETTLE_S = 0.8
#: A weight that is not held firmly goes to and fro in its own time, and not in that of the steps.
_SWAY_HZ = 0.4


@dataclass(frozen=True, slots=True)
class Carried:
    """A carry as it stands in the script; see `TrueCarry`."""

    overhead_s: float
    walk: Walk
    lowered_s: float
    end_s: float


def write_carry(
    script: Script, task: Task, person: Person, rng: np.random.Generator, start_s: float
) -> Carried:
    """Write a carry into a script."""
    movement, tempo, pace = task.movement, task.movement.tempo, person.pace * task.slower
    ready = movement.ready(person)
    pose = {name: to for stage in movement.stages(person) for name, to in stage.pose.items()}
    bent_deg = task.size_of(FaultKind.BENT_FOREARM)
    if bent_deg is not None and movement.bent is not None:
        pose.update(movement.bent(bent_deg))
    overhead_s = script.go(start_s, tempo.lift_s * pace, pose)
    distance_m = task.distance_m - (task.size_of(FaultKind.EARLY_LOWERING) or 0.0)
    # Whole steps: the walk ends where the last one does.
    (draw,) = rng.spawn(1)
    longer, quicker = near(draw, _REST_SPREAD), near(draw, _CADENCE_SPREAD)
    # Who hurries under a weight makes more steps and no longer ones.
    step_hz = task.size_of(FaultKind.HURRY) or person.step_hz * _SLOWER / task.slower * (1.0 + quicker)
    usual_m = person.step_m * _SHORTER * (1.0 + longer) * (1.0 + quicker) ** _BY_CADENCE
    steps = round(distance_m / usual_m)
    gait = Gait(usual_m * (1.0 + near(draw, _STEP_SPREAD / math.sqrt(steps))), step_hz, _ARM, _STEP_SPREAD)
    done = walk(script, rng, gait, overhead_s + _SETTLE_S, 0.0, steps * gait.step_m)
    lowered_s = done.end_s + _SETTLE_S
    sway_deg = task.size_of(FaultKind.SWAY)
    if sway_deg is not None:
        script.add("fore_deg", Wave(_SWAY_HZ, 0.0, sway_deg / 2.0, done.start_s, done.end_s, 1.0))
    end_s = script.go(lowered_s, tempo.lower_s * pace, {name: ready.get(name, 0.0) for name in pose})
    return Carried(overhead_s, done, lowered_s, end_s)
