"""From findings to events: sets and reps get their numbers, corrections their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from calibration.placement_kind import Side
from firmware.samples import SensorRole
from pi_service.exercises.model import Counting, Phases, Sides
from pi_service.reps.found import Finding, FoundRep, Measures, RepSeen, SlipSeen
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    Rep,
    RepCounted,
    RepsCorrected,
    SetEnded,
    SetStarted,
)
from pi_service.workout.sides import SideCount, count_sides
from pi_service.workout.ways import Ways

#: Who began a set and then does nothing for so long has gone: it ends by itself (s).
OPEN_WITHOUT_REPS_S = 120.0


@dataclass(slots=True)
class SetsState:
    """The running set, and how many there were.

    Attributes
    ----------
    last_set
        Number of the last set that was published; 0 before the first.
    reps
        Reps of the running set that were counted live, in the order of their own time, which may differ from
        that of their numbers; empty when none runs.
    moved
        When each of them left the start pose, and when it was back.
    opened_s
        When a person said that the running set begins; None where it began with its first rep.
    """

    last_set: int = 0
    reps: list[Rep] = field(default_factory=list)
    moved: list[tuple[float, float]] = field(default_factory=list)
    opened_s: float | None = None


class Sets:
    """Keeps the books of a session: one exercise, one set after the other.

    A set exists from its first published rep on, or from when a person began it. Its reps keep their numbers:
    a rep that is found late gets the next free one, a number that was withdrawn is not used again.

    Parameters
    ----------
    exercise_id
        What the events call the exercise.
    phases, counting
        Which way of a repetition lifts, and which way the sensor goes.
    sides
        How the two sides of the body take part.
    worn
        The side that wears the sensor.
    """

    def __init__(
        self,
        exercise_id: str,
        phases: Phases | None = None,
        sides: Sides = Sides.TOGETHER,
        worn: Side = Side.UNKNOWN,
        counting: Counting | None = None,
    ) -> None:
        self.exercise_id = exercise_id
        self._ways = Ways(phases or Phases(), counting or Counting())
        self._alternating, self._worn = sides is Sides.ALTERNATING, worn
        self.state = SetsState()

    @property
    def running(self) -> bool:
        """Whether a set has been published that has not ended."""
        return bool(self.state.reps) or self.state.opened_s is not None

    def open(self, at_s: float) -> list[Event]:
        """Begin a set before its first rep; none may be running."""
        self.state.last_set += 1
        self.state.opened_s = at_s
        return [SetStarted(at_s, self.state.last_set, self.exercise_id, at_s)]

    def close(self, at_s: float) -> list[Event]:
        """End a set in which nothing was counted, if one is open."""
        start_s, self.state.opened_s = self.state.opened_s, None
        return [] if start_s is None else [empty_set(at_s, self.state.last_set, self.exercise_id, start_s)]

    def give_up(self, at_s: float) -> list[Event]:
        """End a set that a person began, and in which nothing was counted for too long."""
        opened_s = self.state.opened_s
        if opened_s is None or self.state.reps or at_s - opened_s < OPEN_WITHOUT_REPS_S:
            return []
        return self.close(at_s)

    def step(self, finding: Finding) -> list[Event]:
        """Turn a finding of the counter into events."""
        if isinstance(finding, RepSeen):
            return self._count(finding)
        if isinstance(finding, SlipSeen):
            return [
                PlacementChanged(
                    at_s=finding.at_s,
                    sensor=SensorRole.LIMB,  # the one that counts
                    angle_deg=finding.angle_deg,
                    start_s=finding.start_s,
                    end_s=finding.end_s,
                    rotation=finding.rotation,
                )
            ]
        return self._end(finding.at_s, finding.reps)

    def _count(self, seen: RepSeen) -> list[Event]:
        state, events = self.state, list[Event]()
        if not self.running:
            state.last_set += 1
            events.append(SetStarted(seen.at_s, state.last_set, self.exercise_id, _moved(seen.rep)[0]))
        place = sum(each.turn_s < seen.rep.turn_s for each in state.reps)
        rep = self._numbered(seen.rep, len(state.reps) + 1, seen.at_s, state.reps[:place])
        state.reps.insert(place, rep)
        state.moved.insert(place, _moved(seen.rep))
        events.append(
            RepCounted(
                seen.at_s,
                state.last_set,
                self.exercise_id,
                rep,
                len(state.reps),
                "live",
                self._sides(state.reps),
            )
        )
        return events

    def _sides(self, reps: Sequence[Rep], over_s: float | None = None) -> SideCount | None:
        return count_sides(reps, self._worn, over_s) if self._alternating else None

    def _numbered(self, rep: FoundRep, number: int, detected_at_s: float, before: Sequence[Rep]) -> Rep:
        """Enter a repetition that follows those `before` in its set."""
        measures = rep.measures
        if measures is not None:
            measures = replace(measures, home_pause_s=_home_pause_s(measures, before))
        start_s, end_s = _moved(rep)
        return Rep(
            number=number,
            start_s=min(before[-1].end_s, rep.turn_s) if before and not self._alternating else start_s,
            turn_s=rep.turn_s,
            end_s=end_s,
            detected_at_s=detected_at_s,
            range_deg=rep.range_deg,
            range_m=rep.range_m,
            confidence=rep.confidence,
            measures=measures,
            out_lifts=self._ways.out_lifts(rep.measures, rep.range_m),
        )

    def _end(self, at_s: float, found: tuple[FoundRep, ...]) -> list[Event]:
        """Compare the reviewed reps with those counted live, and close the set."""
        state, events = self.state, list[Event]()
        if not state.reps and not found:
            return []  # what a person opened stays open
        is_new = not self.running
        live, moved, state.reps, state.moved, state.opened_s = state.reps, state.moved, [], [], None
        if is_new:
            state.last_set += 1
            events.append(SetStarted(at_s, state.last_set, self.exercise_id, _moved(found[0])[0]))
        partners = [None if place is None else live[place] for place in _match(moved, found)]
        final: list[Rep] = []
        added: list[Rep] = []
        for rep, partner in zip(found, partners, strict=True):
            if partner is None:
                final.append(self._numbered(rep, len(live) + len(added) + 1, at_s, final))
                added.append(final[-1])
            else:
                final.append(self._numbered(rep, partner.number, partner.detected_at_s, final))
        kept = {partner.number for partner in partners if partner is not None}
        withdrawn = tuple(sorted(rep.number for rep in live if rep.number not in kept))
        count, sides = len(live) - len(withdrawn), self._sides(final, at_s)
        for extra in added:
            count += 1
            events.append(RepCounted(at_s, state.last_set, self.exercise_id, extra, count, "review", sides))
        if added or withdrawn:
            numbers = tuple(rep.number for rep in added)
            events.append(
                RepsCorrected(at_s, state.last_set, self.exercise_id, numbers, withdrawn, len(final), sides)
            )
        span = final or live
        events.append(
            SetEnded(
                at_s=at_s,
                set_number=state.last_set,
                exercise=self.exercise_id,
                start_s=span[0].start_s,
                end_s=span[-1].end_s,
                live_count=len(live),
                final_count=len(final),
                reps=tuple(final),
                sides=sides,
            )
        )
        return events


def empty_set(at_s: float, set_number: int, exercise: str, start_s: float) -> SetEnded:
    """Return the end of a set that a person opened, and in which nothing was counted."""
    return SetEnded(at_s, set_number, exercise, start_s, at_s, live_count=0, final_count=0, reps=())


def _moved(rep: FoundRep) -> tuple[float, float]:
    """Return when a repetition left the start pose and when it was back, as it was measured if it was."""
    if rep.measures is None:
        return rep.start_s, rep.end_s
    return rep.measures.leaves_s, rep.measures.arrives_s if rep.measures.back_is_over else rep.end_s


def _home_pause_s(measures: Measures, before: Sequence[Rep]) -> float | None:
    """Return how long it rested since the repetition before; None where that is not known."""
    if not before or before[-1].measures is None:
        return None
    return round(max(measures.leaves_s - before[-1].measures.arrives_s, 0.0), 3)


def _match(live: list[tuple[float, float]], found: tuple[FoundRep, ...]) -> list[int | None]:
    """Find for each reviewed rep the live rep that it shares most time with; each live rep serves once.

    Both lists are in the order of time, so two pointers suffice.
    """
    partners: list[int | None] = []
    first = 0
    for rep in found:
        best, best_s = None, 0.0
        start_s, end_s = _moved(rep)
        for place in range(first, len(live)):
            left_s, back_s = live[place]
            shared_s = min(end_s, back_s) - max(start_s, left_s)
            if shared_s > best_s:
                best, best_s = place, shared_s
            if left_s >= end_s:
                break
        partners.append(best)
        if best is not None:
            first = best + 1
    return partners
