"""What is asked for now, and what comes after it: prescription and plan follow the events of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from calibration.placement_kind import Side
from pi_service.errors import UsageError
from pi_service.exercises.model import Exercise
from pi_service.workout.asked import asked_of
from pi_service.workout.events import Event, SetEnded, SetJudged, SetStarted
from pi_service.workout.plan import Plan
from pi_service.workout.rests import RestState, RestTimer
from pi_service.workout.targets import Targets, TargetsState
from pi_service.workout.told import ExerciseChanged, ExerciseDone, PlanDone


@dataclass(slots=True)
class ProgrammeState:
    """Where the session is.

    Attributes
    ----------
    exercise
        What is done, with its prescription.
    side
        The arm that wears the sensor, where the plan or a person says so.
    plan, index
        The plan and the step in it, from 0.
    spell
        Number of the stretch of one exercise, from 0.
    is_running
        Whether a set runs.
    is_begun
        Whether a plan's first exercise has been told.
    is_done, is_plan_done
        Whether that was told.
    """

    exercise: Exercise
    side: Side | None = None
    plan: Plan | None = None
    index: int = 0
    spell: int = 0
    is_running: bool = False
    is_begun: bool = False
    is_done: bool = False
    is_plan_done: bool = False
    targets: TargetsState = field(default_factory=TargetsState)
    rest: RestState = field(default_factory=RestState)


class Programme:
    """Adds to the events of a session what the prescription and the plan say of them.

    It says which exercise is to be counted, by `ExerciseChanged`; whoever counts has to follow.

    Parameters
    ----------
    exercise
        What is done, where there is no plan.
    plan
        What is done, one exercise after the other.
    """

    def __init__(self, exercise: Exercise, plan: Plan | None = None) -> None:
        self._targets, self._rest = Targets(), RestTimer()
        first = None if plan is None else plan.steps[0]
        self._state = ProgrammeState(
            exercise if first is None else first.exercise, None if first is None else first.side, plan
        )

    @property
    def state(self) -> ProgrammeState:
        """What it remembers, with the sets and the rest."""
        self._state.targets, self._state.rest = self._targets.state, self._rest.state
        return self._state

    @state.setter
    def state(self, state: ProgrammeState) -> None:
        self._state, self._targets.state, self._rest.state = state, state.targets, state.rest

    @property
    def exercise(self) -> Exercise:
        """What is to be counted now."""
        return self._state.exercise

    @property
    def sets_done(self) -> int:
        """Sets of it that are done, of those that are asked for."""
        return self._targets.sets_done(self._state.spell)

    def begin(self, at_s: float) -> list[Event]:
        """Tell the first exercise of a plan, once."""
        if self._state.plan is None or self._state.is_begun:
            return []
        return [self._changed(at_s, "plan")]

    def step(self, events: Sequence[Event], *, may_move: bool = True) -> list[Event]:
        """Return the events with what follows from each of them after it.

        Parameters
        ----------
        events
            What happened at one moment, in order. Where the last set of an exercise ended, what comes last is
            the next exercise.
        may_move
            Whether a plan may go on by itself.
        """
        state, told, late = self._state, list[Event](), list[Event]()
        for event in events:
            if not isinstance(event, SetJudged):
                told += late
                late = []
            told.append(event)
            more = self._targets.step(event, state.exercise, state.spell)
            more += self._rest.step(event, state.exercise.prescription.rest_s)
            if isinstance(event, SetStarted):
                state.is_running = True
            if isinstance(event, SetEnded):  # its verdict follows at once, and belongs to it
                state.is_running = False
                late = more
            else:
                told += more
        told += late
        if any(isinstance(event, SetEnded) for event in events):
            told += self._move_on(events[-1].at_s, may_move=may_move)
        return told

    def correct(self, at_s: float, set_number: int, count: int) -> list[Event]:
        """Take another count for a finished set; see `Targets.correct`."""
        return [*self._targets.correct(at_s, set_number, count), *self._move_on(at_s)]

    def discard(self, at_s: float, set_number: int) -> list[Event]:
        """Take note that a finished set was none; see `Targets.discard`."""
        discarded = self._targets.discard(at_s, set_number)
        return [*discarded, *self._rest.discard(at_s, set_number), *self._move_on(at_s)]

    def check_next(self) -> None:
        """Refuse to go on where nothing follows.

        Raises
        ------
        UsageError
            There is no plan, or its last exercise is the one that is done.
        """
        state = self._state
        if state.plan is None:
            raise UsageError("There is no plan to go on in: load one, or select an exercise.")
        if state.index + 1 >= len(state.plan.steps):
            raise UsageError(
                f"{state.exercise.id} is the last exercise of the plan {state.plan.name!r}:"
                " select another exercise, or load a plan."
            )

    def next_exercise(self, at_s: float, by: Literal["plan", "user"] = "user") -> list[Event]:
        """Go on to the plan's next exercise; `check_next` says whether there is one."""
        self.check_next()
        state = self._state
        assert state.plan is not None  # noqa: S101 - checked
        state.index += 1
        return [self._do(at_s, state.plan.steps[state.index].exercise, by)]

    def select(self, at_s: float, exercise: Exercise, side: Side | None = None) -> list[Event]:
        """Do an exercise that a person chose, without a plan."""
        state = self._state
        state.plan, state.index, state.is_plan_done = None, 0, False
        changed = self._do(at_s, exercise, "user")
        state.side = side
        return [changed]

    def load(self, at_s: float, plan: Plan) -> list[Event]:
        """Do what a plan says, from its first exercise on."""
        state = self._state
        state.plan, state.index, state.is_plan_done = plan, 0, False
        return [self._do(at_s, plan.steps[0].exercise, "user")]

    def _do(self, at_s: float, exercise: Exercise, by: Literal["plan", "user"]) -> ExerciseChanged:
        state = self._state
        state.exercise, state.spell, state.is_done = exercise, state.spell + 1, False
        state.side = None if state.plan is None else state.plan.steps[state.index].side
        return self._changed(at_s, by)

    def _changed(self, at_s: float, by: Literal["plan", "user"]) -> ExerciseChanged:
        state, exercise = self._state, self._state.exercise
        state.is_begun = True
        return ExerciseChanged(
            at_s,
            exercise.id,
            exercise.name,
            exercise.kind.value,
            by,
            exercise.prescription.sets,
            asked_of(exercise),
            exercise.prescription.rest_s,
            None if state.plan is None else state.plan.place(state.index),
        )

    def _move_on(self, at_s: float, *, may_move: bool = True) -> list[Event]:
        """Tell that the exercise is done, if it is now, and go on in a plan that does so by itself."""
        state, told = self._state, list[Event]()
        sets, done = state.exercise.prescription.sets, self.sets_done
        if sets is None or done < sets[0]:
            state.is_done = False
            return []
        if not state.is_done:
            state.is_done = True
            told.append(ExerciseDone(at_s, state.exercise.id, done))
        if state.plan is None or state.is_running:
            return told
        if state.index + 1 == len(state.plan.steps):
            if not state.is_plan_done:
                state.is_plan_done = True
                told.append(PlanDone(at_s, state.plan.name, len(state.plan.steps)))
        elif state.plan.moves_on_by_itself and may_move:
            told += self.next_exercise(at_s, "plan")
        return told
