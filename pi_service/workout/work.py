"""One exercise at work: its counter, its books and its coach."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from calibration.placement_kind import Side
from calibration.step_length import StepLength
from pi_service.coaching.facts import Worn
from pi_service.exercises.model import Exercise, Kind, Way
from pi_service.holding.carries import CarryCounter
from pi_service.holding.found import HoldingFinding
from pi_service.holding.holds import HoldCounter, HoldParams
from pi_service.motion.frames import MotionBlock
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding
from pi_service.reps.params import CounterParams
from pi_service.reps.steps import StepCounter
from pi_service.workout.coach import Coach, CoachState
from pi_service.workout.events import Event, PlacementChanged
from pi_service.workout.holdings import Holdings
from pi_service.workout.sets import Sets


class _Counts(Protocol):
    """What is asked of a counter."""

    state: Any

    def step(self, frames: MotionBlock) -> list[Any]: ...

    def finish(self) -> list[Any]: ...


class _Books(Protocol):
    """What is asked of whoever numbers what a counter found."""

    state: Any

    @property
    def running(self) -> bool: ...

    def step(self, finding: Any) -> list[Event]: ...

    def open(self, at_s: float) -> list[Event]: ...

    def close(self, at_s: float) -> list[Event]: ...

    def give_up(self, at_s: float) -> list[Event]: ...


@dataclass(slots=True)
class WorkState:
    """The states of counter, books and coach."""

    counter: Any
    books: Any
    coach: CoachState


class Work:
    """Counts and judges one exercise from the frames of the counting sensor.

    Parameters
    ----------
    exercise
        What is counted.
    side
        The arm that wears the sensor.
    sits
        How the sensors sit.
    step_length
        How long a step is.
    piece_frames
        Frames in a piece of the curve that people watch.
    before
        What was done before in the same session: set numbers go on.

    Attributes
    ----------
    frames_a_look
        Something may be told at multiples of so many frames only.
    """

    def __init__(
        self,
        exercise: Exercise,
        side: Side,
        sits: Worn,
        step_length: StepLength,
        piece_frames: int,
        before: Work | None = None,
    ) -> None:
        self.exercise = exercise
        self.frames_a_look = 1
        self._counter: _Counts
        self._books: _Books = Sets(exercise.id, exercise.phases, exercise.sides, side, exercise.counting)
        match exercise.kind:
            case Kind.STEPS:
                self._counter = StepCounter()
            case Kind.HOLD:
                holding = exercise.holding
                self._counter = HoldCounter(HoldParams(holding.least_deg, holding.most_deg))
                self._books = Holdings(exercise.id)
            case Kind.CARRY:
                self._counter = CarryCounter()
                self._books = Holdings(exercise.id, side, step_length)
            case Kind.REPS:
                params = _counter_params(exercise)
                self._counter = RepCounter(params)
                self.frames_a_look = math.gcd(params.hop_frames, piece_frames)
        self.coach = Coach(exercise, sits, self.frames_a_look)
        if before is not None:
            self._books.state.last_set = before._books.state.last_set
            self.coach.state.slipped = before.coach.state.slipped

    @property
    def running(self) -> bool:
        """Whether a set has been published that has not ended."""
        return self._books.running

    @property
    def last_set(self) -> int:
        """Number of that set, or of the last one."""
        number: int = self._books.state.last_set
        return number

    @property
    def state(self) -> WorkState:
        """What counter, books and coach remember."""
        return WorkState(self._counter.state, self._books.state, self.coach.state)

    @state.setter
    def state(self, state: WorkState) -> None:
        self._counter.state, self._books.state, self.coach.state = state.counter, state.books, state.coach

    def step(self, frames: MotionBlock, known_s: float) -> list[Event]:
        """Take frames of which only the last may tell something.

        Parameters
        ----------
        frames
            Consecutive ones.
        known_s
            Nothing is told as known before that time.
        """
        self.coach.see_limb(frames)
        booked = self._book(self._counter.step(frames), known_s)
        booked += self._books.give_up(known_s)
        return self._judge(booked, frames.first_frame + len(frames))

    def finish(self, known_s: float) -> list[Event]:
        """End the stream: a set that is still open is reviewed and closed."""
        events = self._book(self._counter.finish(), known_s)
        return self._judge(events + self._books.close(known_s), None)

    def start_set(self, at_s: float, end: int) -> list[Event]:
        """Begin a set now; none may be running. `end` is the index just after the last frame."""
        self._begin_anew(end)
        return self._judge(self._books.open(at_s), None)

    def end_set(self, at_s: float, end: int) -> list[Event]:
        """End what goes on now, as `finish` does, and count on; nothing changes if nothing went on.

        The last frames of it are no part of what follows.
        """
        # A finished counter may have forgotten what it thought to be the beginning of a set.
        before = copy.deepcopy(self._counter.state)
        events = self.finish(at_s)
        if events:
            self._begin_anew(end)
        else:
            self._counter.state = before
        return events

    def _begin_anew(self, end: int) -> None:
        """Let nothing that was seen before the frame `end` be part of a set."""
        if isinstance(self._counter, RepCounter):
            state = self._counter.state
            state.current, state.floor = None, max(state.floor, end)
        elif isinstance(self._counter, HoldCounter):
            # Whoever still holds has to come back to the start pose first.
            self._counter.state.over = True
        elif isinstance(self._counter, CarryCounter):
            # Whoever still has the weight overhead has to take it down first.
            self._counter.state.round, self._counter.state.over = None, True
        elif isinstance(self._counter, StepCounter):
            self._counter.state.walk, self._counter.state.waiting = [], []

    def _judge(self, events: Sequence[Event], now_frame: int | None) -> list[Event]:
        """Add the verdicts that are due."""
        for event in events:
            if isinstance(event, PlacementChanged):
                self.coach.turn(event)
        return self.coach.step(events, now_frame)

    def _book(self, findings: list[Finding | HoldingFinding], known_s: float) -> list[Event]:
        """Enter findings in the books, none as known before the time that showed it.

        After a gap a counter looks back to where it began; samples lost since then have been told.
        """
        return [
            event
            for finding in findings
            for event in self._books.step(replace(finding, at_s=max(finding.at_s, known_s)))
        ]


def _counter_params(exercise: Exercise) -> CounterParams:
    params, hints = CounterParams(), exercise.counting
    return replace(
        params,
        shortest_rep_s=params.shortest_rep_s if hints.min_rep_s is None else hints.min_rep_s,
        longest_rep_s=params.longest_rep_s if hints.max_rep_s is None else hints.max_rep_s,
        out_goes_up=None if hints.out_goes is None else hints.out_goes is Way.UP,
        lift_m=params.lift_m if hints.out_goes_from_m is None else hints.out_goes_from_m,
    )
