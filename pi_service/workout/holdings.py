"""From findings to events: holds and the rounds of carries get the numbers of sets."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.placement_kind import Side
from calibration.step_cadence import at_cadence
from calibration.step_length import USUAL, StepLength
from pi_service.holding.found import (
    Carry,
    CarryOver,
    CarrySeen,
    Hold,
    HoldingFinding,
    HoldOver,
    HoldSeen,
    distance_of,
)
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, HoldTold, Round
from pi_service.workout.sets import OPEN_WITHOUT_REPS_S, empty_set


@dataclass(slots=True)
class HoldingsState:
    """How many sets there were, whether one runs, and since when if a person began it and nobody moved."""

    last_set: int = 0
    running: bool = False
    opened_s: float | None = None


class Holdings:
    """Keeps the books of a session of holds or carries: each hold, and each round, is a set.

    Parameters
    ----------
    exercise_id
        What the events call the exercise.
    worn
        The arm that wears the sensor.
    step_length
        How long a step is, as it was measured; each round's is told by its cadence.
    """

    def __init__(self, exercise_id: str, worn: Side = Side.UNKNOWN, step_length: StepLength = USUAL) -> None:
        self.exercise_id = exercise_id
        self._worn, self._length = worn, step_length
        self.state = HoldingsState()

    @property
    def running(self) -> bool:
        """Whether a set has been published that has not ended."""
        return self.state.running

    def open(self, at_s: float) -> list[Event]:
        """Begin a set before anything is held or carried; none may be running."""
        self.state.last_set += 1
        self.state.running, self.state.opened_s = True, at_s
        return [SetStarted(at_s, self.state.last_set, self.exercise_id, at_s)]

    def close(self, at_s: float) -> list[Event]:
        """End a set in which nothing was held or carried, if one is open."""
        start_s = self.state.opened_s
        if not self.state.running or start_s is None:
            return []
        self.state.running, self.state.opened_s = False, None
        return [empty_set(at_s, self.state.last_set, self.exercise_id, start_s)]

    def give_up(self, at_s: float) -> list[Event]:
        """End a set that a person began, and in which nothing was held or carried for too long."""
        opened_s = self.state.opened_s
        if opened_s is None or at_s - opened_s < OPEN_WITHOUT_REPS_S:
            return []
        return self.close(at_s)

    def step(self, finding: HoldingFinding) -> list[Event]:
        """Turn a finding of a counter into events."""
        events: list[Event] = []
        at_s, over = finding.at_s, isinstance(finding, HoldOver | CarryOver)
        match finding:
            case HoldSeen() | CarrySeen():
                start_s = finding.start_s
            case HoldOver():
                start_s = finding.hold.start_s
            case CarryOver():
                start_s = finding.carry.start_s
        if not self.state.running:
            self.state.running = True
            self.state.last_set += 1
            events.append(SetStarted(at_s, self.state.last_set, self.exercise_id, start_s))
        number, exercise = self.state.last_set, self.exercise_id
        match finding:
            case HoldSeen():
                events.append(
                    HoldTold(at_s, number, exercise, finding.change, start_s, finding.held_s, finding.breaks)
                )
            case CarrySeen():
                distance = distance_of(finding.steps, at_cadence(self._length, finding.cadence_hz))
                events.append(
                    CarryTold(
                        at_s, number, exercise, finding.change, start_s, finding.steps, distance, self._worn
                    )
                )
            case HoldOver():
                events.append(self._ended(at_s, finding.hold))
            case CarryOver():
                events.append(self._ended(at_s, finding.carry))
        self.state.running, self.state.opened_s = not over, None
        return events

    def _ended(self, at_s: float, done: Hold | Carry) -> SetEnded:
        hold = done if isinstance(done, Hold) else None
        walked = None
        if isinstance(done, Carry):
            length = at_cadence(self._length, done.cadence_hz)
            walked = Round(done, distance_of(len(done.steps_s), length), length, self._worn)
        return SetEnded(
            at_s=at_s,
            set_number=self.state.last_set,
            exercise=self.exercise_id,
            start_s=done.start_s,
            end_s=done.end_s,
            live_count=0,
            final_count=0,
            reps=(),
            hold=hold,
            carry=walked,
        )
