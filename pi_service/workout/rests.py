"""Times the rest between two sets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pi_service.workout.asked import Pair
from pi_service.workout.events import Event, SetEnded, SetStarted
from pi_service.workout.told import RestChange, RestTold


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest that goes on.

    Attributes
    ----------
    asked
        Between what it should be (s).
    after_set, exercise
        The set before it.
    since_s
        When that was over.
    told_s
        Whole seconds that were told.
    enough, over
        Whether that was told.
    """

    asked: Pair
    after_set: int
    exercise: str
    since_s: float
    told_s: int = 0
    enough: bool = False
    over: bool = False


@dataclass(slots=True)
class RestState:
    """What is remembered.

    Attributes
    ----------
    rest
        The rest that goes on; None while nobody rests, or nobody says how long.
    before
        The one before the set that runs or, while somebody rests, before the last set: it goes on if that
        set turns out to be none.
    running
        Whether a set runs.
    """

    rest: Rest | None = None
    before: Rest | None = None
    running: bool = False


class RestTimer:
    """Tells how long the rest is, second by second, from the end of a set's last repetition.

    A set in which nothing was counted, or that a person discards, is none: the rest before it goes on. It has
    no clock of its own: time goes on with the events.
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
        state = self.state
        match event:
            case SetStarted():
                rest = state.rest
                state.rest, state.before, state.running = None, rest, True
                if rest is None:
                    return []
                return [_told(rest, event.at_s, RestChange.ENDED, max(event.start_s, rest.since_s))]
            case SetEnded():
                state.running = False
                if _is_none(event):
                    return self._go_on(event.at_s)
                if asked is None:
                    return []
                state.rest = Rest(
                    asked,
                    event.set_number,
                    event.exercise,
                    event.end_s,
                    told_s=math.floor(event.at_s - event.end_s),
                )
                return [_told(state.rest, event.at_s, RestChange.BEGUN, event.at_s)]
            case _:
                return self._pass(event.at_s)

    def discard(self, at_s: float, set_number: int) -> list[Event]:
        """Take note that a finished set was none, and return what is told of that."""
        state = self.state
        if state.before is not None and state.before.after_set == set_number:
            state.before = None
        if state.running or state.rest is None or state.rest.after_set != set_number:
            return []
        ended = [_told(state.rest, at_s, RestChange.ENDED, at_s)]
        state.rest = None
        return ended + self._go_on(at_s)

    def _go_on(self, at_s: float) -> list[Event]:
        """Let the rest before the last set go on, as if that had not been."""
        state = self.state
        if state.before is None:
            return []
        told_s = math.floor(at_s - state.before.since_s)
        state.rest, state.before = replace(state.before, told_s=told_s), None
        return [_told(state.rest, at_s, RestChange.BEGUN, at_s)]

    def _pass(self, at_s: float) -> list[Event]:
        rest = self.state.rest
        if rest is None or rest.over:
            return []
        rest_s, told = at_s - rest.since_s, list[Event]()
        least_s, most_s = rest.asked
        if rest_s >= least_s and not rest.enough:
            rest = replace(rest, enough=True)
            told.append(_told(rest, at_s, RestChange.ENOUGH, at_s))
        if rest_s >= most_s:
            rest = replace(rest, over=True)
            told.append(_told(rest, at_s, RestChange.OVER, at_s))
        seconds = math.floor(rest_s)
        if seconds > rest.told_s:
            rest = replace(rest, told_s=seconds)
            told = told or [_told(rest, at_s, RestChange.SECOND, at_s)]
        self.state.rest = rest
        return told


def _is_none(ended: SetEnded) -> bool:
    """Return whether nothing was counted in a set."""
    return not ended.final_count and ended.hold is None and ended.carry is None


def _told(rest: Rest, at_s: float, change: RestChange, until_s: float) -> RestTold:
    # A last repetition that was cut short may be foretold to end after now.
    rest_s = max(round(until_s - rest.since_s, 3), 0.0)
    return RestTold(at_s, rest.exercise, rest.after_set, change, rest_s, rest.asked)
