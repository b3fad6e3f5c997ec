"""Follows what is asked for of each set: which set it is, whether it reaches its target, what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pi_service.errors import UsageError
from pi_service.exercises.model import Exercise, Kind
from pi_service.holding.found import HOLD_UNSURE_S
from pi_service.workout.asked import Asked, Reach, asked_of
from pi_service.workout.events import Event, RepCounted, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, HoldTold
from pi_service.workout.sides import SideCount
from pi_service.workout.told import SetAsked, SetCompared, SetCorrected, TargetTold

#: So many finished sets can be corrected, the newest ones.
SETS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class DoneSet:
    """A finished set.

    Attributes
    ----------
    spell
        Number of the stretch in which its exercise was done.
    place
        It was set number so much of this stretch.
    count
        Its repetitions; None for a hold or a round.
    amount, unsure
        What it came to in the unit of what was asked for, with the standard deviation.
    asked
        How much was asked for.
    sides
        Both sides, where they alternate.
    """

    set_number: int
    exercise: str
    spell: int
    place: int
    count: int | None
    amount: float
    unsure: float
    asked: Asked | None
    is_discarded: bool = False
    sides: SideCount | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one of the sets that are asked for."""
        if self.is_discarded or not self.amount:
            return False
        return self.asked is None or self.asked.counts(self.amount)

    def compared(self, at_s: float) -> list[Event]:
        """Return how it compares with what was asked for; one in which nothing was counted is no set."""
        if self.asked is None or self.is_discarded or not self.amount:
            return []
        reach = self.asked.reach(self.amount, self.unsure)
        return [
            SetCompared(
                at_s,
                self.set_number,
                self.exercise,
                self.place,
                self.asked,
                self.amount,
                reach,
                self.counts,
            )
        ]


@dataclass(slots=True)
class TargetsState:
    """What is remembered of the session.

    Attributes
    ----------
    done
        Finished sets in order, the newest.
    running
        Number of the set that runs.
    told
        How far it has come, as far as that was told.
    """

    done: list[DoneSet] = field(default_factory=list)
    running: int | None = None
    told: Reach = Reach.SHORT


class Targets:
    """Compares sets with a prescription, and takes corrections of finished ones.

    It is told for each event what is asked for at that time, since a plan changes that.
    """

    def __init__(self) -> None:
        self.state = TargetsState()

    def sets_done(self, spell: int) -> int:
        """Return how many of the sets that are asked for are done in a stretch of one exercise."""
        return sum(each.counts for each in self.state.done if each.spell == spell)

    def step(self, event: Event, exercise: Exercise, spell: int) -> list[Event]:
        """Return what is told after an event."""
        asked, state = asked_of(exercise), self.state
        match event:
            case SetStarted():
                state.running, state.told = event.set_number, Reach.SHORT
                place, sets = self.sets_done(spell) + 1, exercise.prescription.sets
                if asked is None and sets is None:
                    return []
                return [SetAsked(event.at_s, event.set_number, event.exercise, place, sets, asked)]
            case RepCounted(source="live"):
                amount = event.count if event.sides is None else event.sides.total
                return self._reached(event, asked, amount)
            case HoldTold():
                return self._reached(event, asked, event.held_s, HOLD_UNSURE_S)
            case CarryTold():
                return self._reached(event, asked, event.distance.m)
            case SetEnded():
                # One before it may have been discarded, or corrected, since it began.
                place = self.sets_done(spell) + 1
                done = _done(event, exercise.kind, spell, place, asked)
                state.done.append(done)
                del state.done[:-SETS_KEPT]
                state.running = None
                return done.compared(event.at_s)
            case _:
                return []

    def _reached(
        self,
        event: RepCounted | HoldTold | CarryTold,
        asked: Asked | None,
        amount: float,
        unsure: float = 0.0,
    ) -> list[Event]:
        """Tell the moment at which a target is reached, and that at which it is exceeded."""
        if asked is None or amount < asked.least:
            return []
        reach, told = asked.reach(amount, unsure), self.state.told
        reaches = [each for each in (Reach.REACHED, Reach.OVER) if _RANK[told] < _RANK[each] <= _RANK[reach]]
        self.state.told = reaches[-1] if reaches else told
        return [
            TargetTold(event.at_s, event.set_number, event.exercise, each, amount, asked) for each in reaches
        ]

    def correct(self, at_s: float, set_number: int, count: int) -> list[Event]:
        """Take another count for a finished set.

        Raises
        ------
        UsageError
            There is no such set, or it has no count.
        """
        place, done = self._finished(set_number)
        if done.count is None:
            raise UsageError(f"Set {set_number} has no repetitions to correct; it can be discarded.")
        if count < 1:
            raise UsageError(f"A set has at least one repetition: discard set {set_number} if it was none.")
        sides, amount = None, float(count)
        if done.sides is not None:
            # Whoever alternates has done as many more, or fewer, on the side that nobody saw.
            inferred = max(done.sides.inferred + count - done.count, 0)
            sides = replace(done.sides, counted=count, inferred=inferred)
            amount = float(sides.total)
        other = replace(done, count=count, amount=amount, sides=sides)
        self.state.done[place] = other
        event = SetCorrected(at_s, set_number, done.exercise, done.count, count, "corrected", sides)
        return [event, *other.compared(at_s)]

    def discard(self, at_s: float, set_number: int) -> list[Event]:
        """Take note that a finished set was none.

        Raises
        ------
        UsageError
            There is no such set.
        """
        place, done = self._finished(set_number)
        self.state.done[place] = replace(done, is_discarded=True)
        sides = None if done.sides is None else replace(done.sides, counted=0, inferred=0, uncertain=0)
        return [SetCorrected(at_s, set_number, done.exercise, done.count or 0, 0, "discarded", sides)]

    def _finished(self, set_number: int) -> tuple[int, DoneSet]:
        if set_number == self.state.running:
            raise UsageError(f"Set {set_number} is still running: end it first.")
        for place, done in enumerate(self.state.done):
            if done.set_number == set_number:
                if done.is_discarded:
                    raise UsageError(f"Set {set_number} was discarded.")
                return place, done
        raise UsageError(f"There is no set {set_number}; {_known(self.state.done)}.")


_RANK = {Reach.SHORT: 0, Reach.REACHED: 1, Reach.OVER: 2}


def _known(done: Sequence[DoneSet]) -> str:
    numbers = [each.set_number for each in done if not each.is_discarded]
    if not numbers:
        return "no set has ended yet"
    return f"finished sets are {', '.join(map(str, numbers[-10:]))}"


def _done(ended: SetEnded, kind: Kind, spell: int, place: int, asked: Asked | None) -> DoneSet:
    if ended.hold is not None:
        amount, unsure = ended.hold.held_s, HOLD_UNSURE_S
    elif ended.carry is not None:
        amount, unsure = ended.carry.distance.m, ended.carry.distance.uncertainty_m
    else:
        amount, unsure = float(ended.final_count if ended.sides is None else ended.sides.total), 0.0
    count = None if kind in (Kind.HOLD, Kind.CARRY) else ended.final_count
    return DoneSet(
        ended.set_number, ended.exercise, spell, place, count, amount, unsure, asked, sides=ended.sides
    )
