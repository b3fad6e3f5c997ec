"""From findings to events: sets and reps get their numbers, corrections their names."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.samples import SensorRole
from pi_service.reps.found import Finding, FoundRep, RepSeen, SlipSeen
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    Rep,
    RepCounted,
    RepsCorrected,
    SetEnded,
    SetStarted,
)


@dataclass(slots=True)
class SetsState:
    """The running set, and how many there were.

    Attributes
    ----------
    last_set
        Number of the last set that was published; 0 before the first.
    reps
        Reps of the running set that were counted live; empty when none runs.
    """

    last_set: int = 0
    reps: list[Rep] = field(default_factory=list)


class Sets:
    """Keeps the books of a session: one exercise, one set after the other.

    A set exists from its first published rep on. Its reps keep their numbers: a rep that the review
    adds gets the next free one, a number that was withdrawn is not used again.
    """

    def __init__(self, exercise_id: str) -> None:
        self.exercise_id = exercise_id
        self.state = SetsState()

    @property
    def running(self) -> bool:
        """Whether a set has been published that has not ended."""
        return bool(self.state.reps)

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
        if not state.reps:
            state.last_set += 1
            events.append(SetStarted(seen.at_s, state.last_set, self.exercise_id, seen.rep.start_s))
        rep = _numbered(seen.rep, len(state.reps) + 1, seen.at_s)
        state.reps.append(rep)
        events.append(RepCounted(seen.at_s, state.last_set, self.exercise_id, rep, len(state.reps), "live"))
        return events

    def _end(self, at_s: float, found: tuple[FoundRep, ...]) -> list[Event]:
        """Compare the reviewed reps with those counted live, and close the set."""
        state, events = self.state, list[Event]()
        live, state.reps = state.reps, []
        if not live and not found:
            return []
        if not live:
            state.last_set += 1
            events.append(SetStarted(at_s, state.last_set, self.exercise_id, found[0].start_s))
        partners = _match(live, found)
        final: list[Rep] = []
        added: list[Rep] = []
        for rep, partner in zip(found, partners, strict=True):
            if partner is None:
                final.append(_numbered(rep, len(live) + len(added) + 1, at_s))
                added.append(final[-1])
            else:
                final.append(_numbered(rep, partner.number, partner.detected_at_s))
        kept = {partner.number for partner in partners if partner is not None}
        withdrawn = tuple(rep.number for rep in live if rep.number not in kept)
        count = len(live) - len(withdrawn)
        for extra in added:
            count += 1
            events.append(RepCounted(at_s, state.last_set, self.exercise_id, extra, count, "review"))
        if added or withdrawn:
            numbers = tuple(rep.number for rep in added)
            events.append(
                RepsCorrected(at_s, state.last_set, self.exercise_id, numbers, withdrawn, len(final))
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
            )
        )
        return events


def _numbered(rep: FoundRep, number: int, detected_at_s: float) -> Rep:
    return Rep(
        number=number,
        start_s=rep.start_s,
        turn_s=rep.turn_s,
        end_s=rep.end_s,
        detected_at_s=detected_at_s,
        range_deg=rep.range_deg,
        range_m=rep.range_m,
        confidence=rep.confidence,
    )


def _match(live: list[Rep], found: tuple[FoundRep, ...]) -> list[Rep | None]:
    """Find for each reviewed rep the live rep it shares most time with; each live rep serves once.

    Both lists are in the order of time, so two pointers suffice.
    """
    partners: list[Rep | None] = []
    first = 0
    for rep in found:
        best, best_s = None, 0.0
        for place in range(first, len(live)):
            shared_s = min(rep.end_s, live[place].end_s) - max(rep.start_s, live[place].start_s)
            if shared_s > best_s:
                best, best_s = place, shared_s
            if live[place].start_s >= rep.end_s:
                break
        partners.append(None if best is None else live[best])
        if best is not None:
            first = best + 1
    return partners
