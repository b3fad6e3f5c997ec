"""Times the rest between two sets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pi_service.workout.asked import Pair
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.told import RestChange, RestTold


@dataclass(slots=True)
class RestState:
    """The rest that goes on.

    Attributes
    ----------
    asked
        Between what it should be (s); None while nobody rests, or nobody says how long.
    after_set, exercise
        The set before it.
    since_s
        When that was over.
    told_s
        Whole seconds that were told.
    enough, over
        Whether that was told.
    """

    asked: Pair | None = None
    after_set: int = 0
    exercise: str = ""
    since_s: float = 0.0
    told_s: int = 0
    enough: bool = False
    over: bool = False


class RestTimer:
    """Tells how long the rest is, second by second, from the end of a set's last repetition.

    It has no clock of its own: time goes on with the events.
    """

    def __init__(self) -> None:
        self.state = RestState()

    def step(self, event: Event, asked: Pair | None) -> list[Event]:
        """Return what is told after an event.

        Parameters
        ----------
        event
            What happened, or that time has passed.
        asked
            How long the rest after a set should be that ends now.
        """
        match event:
            case SetStarted():
                ended = self._told(event.at_s, RestChange.ENDED, max(event.start_s, self.state.since_s))
                self.state = RestState()
                return ended
            case SetEnded():
                self.state = RestState(asked, event.set_number, event.exercise, event.end_s)
                self.state.told_s = math.floor(event.at_s - event.end_s)
                return self._told(event.at_s, RestChange.BEGUN, event.at_s)
            case _:
                return self._pass(event.at_s)

    def _pass(self, at_s: float) -> list[Event]:
        state = self.state
        if state.asked is None or state.over:
            return []
        rest_s = at_s - state.since_s
        least_s, most_s = state.asked
        told: list[Event] = []
        if rest_s >= least_s and not state.enough:
            state.enough = True
            told += self._told(at_s, RestChange.ENOUGH, at_s)
        if rest_s >= most_s:
            state.over = True
            told += self._told(at_s, RestChange.OVER, at_s)
        seconds = math.floor(rest_s)
        if seconds > state.told_s:
            state.told_s = seconds
            told = told or self._told(at_s, RestChange.SECOND, at_s)
        return told

    def _told(self, at_s: float, change: RestChange, until_s: float) -> list[Event]:
        state = self.state
        if state.asked is None:
            return []
        rest_s = round(until_s - state.since_s, 3)
        return [RestTold(at_s, state.exercise, state.after_set, change, rest_s, state.asked)]
