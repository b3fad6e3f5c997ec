"""A hold: into the pose, still in it, out of it again; a broken one is given up for a moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.person import Person, near
from pi_service.athlete.script import Script
from pi_service.athlete.task import Task
from pi_service.athlete.tracks import Wave

#: Going into the pose and out of it in the middle of a hold is quicker.
_BREAK_MOVE_S = 0.7
#: How quickly somebody sways who is not at ease, and trembles who is at the end of the strength.
_SWAY_HZ, _SHAKE_HZ = 0.3, 4.0


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as it stands in the script; see `TrueHold`."""

    enter_s: float
    start_s: float
    end_s: float
    leave_s: float


def write_hold(
    script: Script, task: Task, person: Person, rng: np.random.Generator, start_s: float
) -> list[Held]:
    """Write a hold into a script; return it, or its parts where it is broken."""
    movement, tempo = task.movement, task.movement.tempo
    size = 1.0 + near(rng, 0.08)
    break_at = float(rng.uniform(0.4, 0.6))
    ready = movement.ready(person)
    pose = {
        name: ready.get(name, 0.0) + (to - ready.get(name, 0.0)) * size
        for stage in movement.stages(person)
        for name, to in stage.pose.items()
    }
    back = {name: ready.get(name, 0.0) for name in pose}
    pace = person.pace * task.slower
    there_s = script.go(start_s, tempo.lift_s * pace, pose)
    hold_s = task.size_of(FaultKind.SHORT_HOLD) or task.size_of(FaultKind.LONG_HOLD) or task.hold_s
    done, enter_s, held_from_s, until_s = list[Held](), start_s, there_s, there_s + hold_s
    broken_s = task.size_of(FaultKind.BROKEN_HOLD)
    if broken_s is not None:
        # Given up for so long: from leaving the pose to being in it again.
        leave_s = held_from_s + break_at * hold_s
        move_s = min(_BREAK_MOVE_S, 0.45 * broken_s)
        down_s = script.go(leave_s, move_s, back)
        done.append(Held(enter_s, held_from_s, leave_s, down_s))
        enter_s = leave_s + broken_s - move_s
        held_from_s = script.go(enter_s, move_s, pose)
        until_s += broken_s
    sway_deg = task.size_of(FaultKind.SWAY)
    if sway_deg is not None:
        script.add("thorax_deg", Wave(_SWAY_HZ, 0.0, sway_deg / 2.0, there_s + 0.5, until_s - 0.5, 1.5))
    jerk_ms3 = task.size_of(FaultKind.SHAKE)
    if jerk_ms3 is not None:
        size_m = jerk_ms3 * math.sqrt(2.0) / (2.0 * math.pi * _SHAKE_HZ) ** 3
        script.add("hip_z_m", Wave(_SHAKE_HZ, 0.0, size_m, there_s + 0.5, until_s - 0.5, 1.0))
    out_s = script.go(until_s, tempo.lower_s * pace, back)
    done.append(Held(enter_s, held_from_s, until_s, out_s))
    return done
