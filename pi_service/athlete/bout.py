"""One simulated set with the life around it: what its sensors feel at any moment, and what happened."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from pi_service.athlete import life
from pi_service.athlete.body import Body, Chain
from pi_service.athlete.carrying import Carried, write_carry
from pi_service.athlete.faults import FaultKind
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.holding import Held, write_hold
from pi_service.athlete.jets import Jet
from pi_service.athlete.measuring import Curves, Measure, carry_truth, hold_truth, rep_truth
from pi_service.athlete.movements.base import BAR, TORSO, Work
from pi_service.athlete.person import Person, Tissue, near
from pi_service.athlete.repetitions import Written, draft, write
from pi_service.athlete.script import Script
from pi_service.athlete.task import Task
from pi_service.athlete.tissue import Shift
from pi_service.athlete.tracks import Wave
from pi_service.athlete.truth import Truth
from pi_service.athlete.turns import Turn, felt

_WALK_M: Final = 3.0
#: A body that hangs by its hands swings like a pendulum of a bit more than a metre.
_PENDULUM_HZ: Final = (0.42, 0.52)
#: Pieces of the straps' grid of which the body is kept for the other sensor.
_BODIES_KEPT: Final = 8


class Bout:
    """A set from standing to standing; it begins and ends at rest in the same pose.

    Parameters
    ----------
    task
        What the person is asked to do.
    person
        Who it is.
    rng
        Where everything that differs from set to set comes from.

    Attributes
    ----------
    duration_s
        From standing to standing, a whole number of tenths of a second.
    """

    def __init__(self, task: Task, person: Person, rng: np.random.Generator) -> None:
        self.task, self.person = task, person
        self._script = Script(life.standing(person))
        self._chain = Chain(self._script, person)
        self._shifts: dict[str, Shift] = {}
        self._bodies: dict[tuple[int, float], Body] = {}
        ready_s, done = self._write(rng)
        bar_m = self._chain(np.array([ready_s])).bar_m.value[0]
        self._chain.rest_m = bar_m - np.array([0.0, 0.0, task.movement.rest_below_m])
        self._done = done

    @cached_property
    def truth(self) -> Truth:
        """What really happened, from the bout's beginning."""
        return self._truth(self._done)

    def curves(self, t_s: FloatArray) -> Curves:
        """Return what a trainer could see at given times."""
        return Measure(self._chain, self.task.movement).at(t_s)

    def body(self, t_s: FloatArray) -> Body:
        """Return where the parts of the person are at given times."""
        return self._chain(t_s)

    def felt(self, placement: str, t_s: FloatArray) -> WristMotion:
        """Return what an ideal sensor feels that is worn at `placement`, in the sensor's own frame."""
        motion = self._worn(placement, self._chain(t_s), t_s)
        clip = self.person.clip(placement)
        return WristMotion(
            rotation=motion.rotation @ clip.T,
            position_m=motion.position_m,
            specific_force_ms2=motion.specific_force_ms2 @ clip.T,
            angular_rate_rads=motion.angular_rate_rads @ clip.T,
        )

    def _worn(self, placement: str, body: Body, t_s: FloatArray) -> WristMotion:
        turn, position_m, tissue = _carrier(placement, body, self.person)
        if tissue is None:
            return felt(turn, position_m)
        shift = self._shift(placement, tissue)(t_s)
        x, y, z = (Jet(shift.value[:, k], shift.rate[:, k], shift.accel[:, k]) for k in range(3))
        position_m = position_m + turn.along(x, y, z)
        # The skin tilts with its shift: a sensor that sags to one side also leans to it.
        tilted = turn.about_y(z * -tissue.tilt_rad_per_m).about_z(y * tissue.tilt_rad_per_m)
        return felt(tilted, position_m)

    def _shift(self, placement: str, tissue: Tissue) -> Shift:
        if placement not in self._shifts:

            def force_ms2(t_s: FloatArray) -> FloatArray:
                turn, position_m, _ = _carrier(placement, self._on_grid(t_s), self.person)
                return felt(turn, position_m).specific_force_ms2

            self._shifts[placement] = Shift(force_ms2, tissue)
        return self._shifts[placement]

    def _on_grid(self, t_s: FloatArray) -> Body:
        """Return the body on a piece of the straps' grid, which two sensors ask for one after the other."""
        piece = len(t_s), float(t_s[0])
        if piece not in self._bodies:
            self._bodies[piece] = self._chain(t_s)
            while len(self._bodies) > _BODIES_KEPT:
                del self._bodies[next(iter(self._bodies))]
        return self._bodies[piece]

    def _write(self, rng: np.random.Generator) -> tuple[float, list[Written] | list[Held] | list[Carried]]:
        task, person, script = self.task, self.person, self._script
        movement, pace = task.movement, person.pace
        gait = life.Gait(person.step_m, person.step_hz)
        at_s = task.rest_s
        # Drawn whether it is needed or not: the same seed is then the same set, with or without it.
        drinks, thirst = bool(rng.random() < task.drink_chance), np.random.default_rng(rng.integers(2**31))
        if drinks:
            at_s = life.drink(script, thirst, at_s) + 0.6
        if task.walk:
            at_s = life.walk(script, rng, gait, at_s, -_WALK_M, 0.0).end_s + float(rng.uniform(0.5, 1.2))
        ready_s = life.take_hold(script, at_s, movement.get_ready_s * pace, movement.ready(person))
        at_s = life.adjust(script, rng, ready_s + float(rng.uniform(0.3, 0.8)))
        start_s = at_s + float(rng.uniform(1.0, 2.2))
        done: list[Written] | list[Held] | list[Carried]
        if movement.work is Work.REPS:
            done = write(script, task, person, draft(task, person, rng), rng, start_s)
            end_s = done[-1].end_s if done else start_s
            at_s = done[-1].phases[-1].end_s if done else start_s
        elif movement.work is Work.HOLD:
            done = write_hold(script, task, person, rng, start_s)
            end_s = at_s = done[-1].leave_s
        else:
            carried = write_carry(script, task, person, rng, start_s)
            done, end_s = [carried], carried.end_s
            at_s = end_s
        life.effort(script, person, rng, start_s - 0.5, end_s + 0.5)
        self._swing(rng, start_s, end_s)
        at_s += float(rng.uniform(0.6, 1.3))
        at_s = life.let_go(
            script, person, at_s, movement.get_ready_s * pace, clunk=BAR in movement.placements
        ) + float(rng.uniform(0.5, 1.0))
        if task.walk:
            at_s = life.turn_round(script, at_s, 1.6 + near(rng, 0.2)) + 0.2
            at_s = life.walk(script, rng, gait, at_s, 0.0, -_WALK_M).end_s + 0.3
            at_s = life.turn_round(script, at_s)
        # A second of rest at the end, and a whole number of tenths: that fits all usual rates.
        self.duration_s = math.ceil((at_s + 1.5) * 10.0) / 10.0
        # Straps ring on for a moment after the last of it.
        life.unrest(script, person, rng, self.duration_s - 0.3)
        return ready_s, done

    def _swing(self, rng: np.random.Generator, start_s: float, end_s: float) -> None:
        hz, phase = float(rng.uniform(*_PENDULUM_HZ)), float(rng.uniform(0.0, 2.0 * math.pi))
        natural_deg = float(rng.uniform(0.5, 2.0))
        # Whoever can swing hangs by the hands.
        if FaultKind.SWING not in self.task.movement.faults:
            return
        size_deg = self.task.size_of(FaultKind.SWING) or natural_deg
        self._script.add("swing_deg", Wave(hz, phase, size_deg / 2.0, start_s - 1.0, end_s + 0.6, 1.5))

    def _truth(self, done: list[Written] | list[Held] | list[Carried]) -> Truth:
        measure = Measure(self._chain, self.task.movement)
        side = str(self.person.side)
        reps = tuple(rep_truth(measure, each, side) for each in done if isinstance(each, Written))
        holds = tuple(hold_truth(measure, each) for each in done if isinstance(each, Held))
        carries = tuple(carry_truth(measure, each) for each in done if isinstance(each, Carried))
        spans = [(rep.start_s, rep.end_s) for rep in reps]
        spans += [(hold.start_s, hold.end_s) for hold in holds]
        spans += [(carry.start_s, carry.end_s) for carry in carries]
        return Truth(
            exercise=self.task.movement.exercise,
            variant=self.task.movement.variant,
            side=side,
            start_s=min((start for start, _ in spans), default=0.0),
            end_s=max((end for _, end in spans), default=0.0),
            reps=reps,
            holds=holds,
            carries=carries,
            faults=self.task.faults,
        )


def _carrier(placement: str, body: Body, person: Person) -> tuple[Turn, Jet, Tissue | None]:
    """Return what carries a sensor: how it is turned, where it is, and how the sensor holds to it."""
    if placement == BAR:
        return body.bar, body.bar_sensor_m, None
    if placement == TORSO:
        return body.torso, body.torso_m, person.torso_tissue
    return body.forearm, body.wrist_m, person.wrist_tissue
