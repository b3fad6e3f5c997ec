"""A set of repetitions: how each of them differs from the others, and how it is written into the script."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pi_service.athlete.movements.base import Movement, Stage, Tempo
from pi_service.athlete.person import Person, near
from pi_service.athlete.script import Script
from pi_service.athlete.task import Task
from pi_service.athlete.tracks import Jolts
from pi_service.athlete.truth import Phase, PhaseKind
from pi_service.athlete.wrongs import Draft, besides, spoil

#: Scatter of durations from one repetition to the next: lifting and lowering, pauses (log of the factor).
_MOVE_SPREAD, _PAUSE_SPREAD = 0.06, 0.2
#: Scatter of the range, and of the pose that is come back to.
_RANGE_SPREAD, _BACK_DEG, _BACK_M = 0.025, 0.6, 0.003
#: Where floor and standing are the ends of the way, that much is left of the scatter.
_FIXED: Final = 0.2
#: Lowering tires less than lifting.
_LOWERING_TIRES: Final = 0.3
#: The arm that waits moves so much with the other one's repetition.
_MOVED_ALONG: Final = 0.012
#: Joints whose pose at the beginning scatters.
_SCATTERING: Final = ("upper_deg", "fore_deg", "fore_out_deg", "twist_deg")


@dataclass(frozen=True, slots=True)
class Written:
    """One repetition as it stands in the script."""

    phases: tuple[Phase, ...]
    seen: bool

    @property
    def start_s(self) -> float:
        """Leaves the pose at the beginning."""
        return self.phases[0].start_s

    @property
    def turn_s(self) -> float:
        """The middle of the pause at the top."""
        top = self.phases[1]
        return (top.start_s + top.end_s) / 2.0

    @property
    def end_s(self) -> float:
        """Is back in the pose at the beginning."""
        return self.phases[2].end_s


def draft(task: Task, person: Person, rng: np.random.Generator) -> list[Draft]:
    """Draw the repetitions of a set, then put the faults into them.

    What is drawn does not depend on the faults: the same seed with a fault is the same set, done wrong.
    """
    movement, drafts = task.movement, list[Draft]()
    trunk_deg = float(rng.uniform(*movement.steady_deg))
    stages = _with_trunk(movement, person, trunk_deg)
    for number in range(task.reps):
        tired = number / max(task.reps - 1, 1)
        pace = person.pace * task.slower
        moves = [math.exp(near(rng, _MOVE_SPREAD * person.scatter)) for _ in range(2)]
        pauses = [math.exp(near(rng, _PAUSE_SPREAD * person.scatter)) for _ in range(2)]
        usual = movement.tempo
        tempo = Tempo(
            usual.lift_s * pace * moves[0] * (1.0 + person.fatigue * tired),
            usual.top_s * pauses[0],
            usual.lower_s * pace * moves[1] * (1.0 + _LOWERING_TIRES * person.fatigue * tired),
            usual.bottom_s * pauses[1] * (1.0 + person.fatigue * tired),
        )
        shrinking, spread = person.shrinking * tired, _RANGE_SPREAD * person.scatter
        if movement.lands:
            # From the floor to standing: that is the same way each time.
            shrinking, spread = shrinking * _FIXED, spread * _FIXED
        size = (1.0 - shrinking) * (1.0 + near(rng, spread))
        skews = (near(rng, 0.15), near(rng, 0.15))
        drafts.append(Draft(tempo, size, stages, skews))
    return spoil(drafts, task, person)


def _with_trunk(movement: Movement, person: Person, trunk_deg: float) -> tuple[Stage, ...]:
    """Let the trunk move with the repetition by so much, back unless the movement says which way."""
    stages = movement.stages(person)
    if any("trunk_deg" in stage.pose for stage in stages):
        return stages
    ready_deg = movement.ready(person).get("trunk_deg", 0.0)
    return (*stages, Stage({"trunk_deg": ready_deg - trunk_deg}))


def write(
    script: Script,
    task: Task,
    person: Person,
    drafts: list[Draft],
    rng: np.random.Generator,
    start_s: float,
) -> list[Written]:
    """Write the repetitions into a script, one after the other."""
    ready, written = dict(task.movement.ready(person)), list[Written]()
    # Whose turn is first.
    first_seen = not task.movement.sides or bool(rng.random() < 0.5)
    for number, each in enumerate(drafts):
        seen = not task.movement.sides or (number % 2 == 0) == first_seen
        back = {name: to + near(rng, _BACK_DEG) for name, to in ready.items() if name in _SCATTERING}
        if "hand_x_m" in ready:
            back["hand_x_m"] = ready["hand_x_m"] + near(rng, _BACK_M) * task.movement.lands
        moving = each if seen else _of_the_other_arm(each)
        done = _write_one(script, moving, {**ready, **back}, ready, start_s, seen=seen)
        besides(script, task, done.phases)
        if task.movement.lands:
            # Plates on the floor: half a g, as much of it as passes the chip's filter.
            script.add("hand_z_m", Jolts([done.end_s - 0.08], 0.025, -0.0006))
        written.append(done)
        start_s = done.phases[-1].end_s
    return written


def _of_the_other_arm(each: Draft) -> Draft:
    return replace(each, size=each.size * _MOVED_ALONG)


def _write_one(
    script: Script,
    each: Draft,
    back: dict[str, float],
    ready: dict[str, float],
    start_s: float,
    *,
    seen: bool,
) -> Written:
    tempo = each.tempo
    top_s = start_s + tempo.lift_s
    lower_s = top_s + tempo.top_s
    end_s = lower_s + tempo.lower_s
    for name in sorted({name for stage in each.stages for name in stage.pose}):
        rest = ready.get(name, 0.0)
        # The trunk answers to either arm.
        size = 1.0 if name.startswith("trunk") and not seen else each.size
        stages = sorted(
            (stage.begin, stage.end, stage.pose[name]) for stage in each.stages if name in stage.pose
        )
        for begin, end, to in stages:
            goal = {name: rest + (to - rest) * size}
            script.go(start_s + begin * tempo.lift_s, (end - begin) * tempo.lift_s, goal, skew=each.skews[0])
        towards = [back.get(name, rest), *(rest + (to - rest) * size for *_, to in stages[:-1])]
        for (begin, end, _), to in zip(reversed(stages), reversed(towards), strict=True):
            away_s = lower_s + (1.0 - end) * tempo.lower_s
            script.go(away_s, (end - begin) * tempo.lower_s, {name: to}, skew=each.skews[1])
    phases = (
        Phase(PhaseKind.LIFTING, start_s, top_s),
        Phase(PhaseKind.TOP, top_s, lower_s),
        Phase(PhaseKind.LOWERING, lower_s, end_s),
        Phase(PhaseKind.BOTTOM, end_s, end_s + tempo.bottom_s),
    )
    return Written(phases, seen)
