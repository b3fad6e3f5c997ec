"""Gathers a stream's events into its reps and sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pi_service.holding.found import Hold
from pi_service.reps.found import Measures
from pi_service.workout.events import Event, Rep, RepCounted, SetEnded
from pi_service.workout.held import Round
from pi_service.workout.sides import SideCount


@dataclass(frozen=True, slots=True)
class CountedRep:
    """A rep that was ever published.

    Attributes
    ----------
    set_number, number
        Its set, and its identity within the set.
    start_s, turn_s, end_s
        Half-open ``[start_s, end_s)`` and the turning point, on the stream's clock: as reviewed for a
        final rep, as published for one that was withdrawn.
    detected_at_s
        Time on the stream's clock at which it was published. The review may since have moved `end_s`
        beyond it.
    published_end_s
        The end with which it was published then.
    live
        Whether it was published as it ended.
    final
        Whether it is among the set's final reps.
    range_deg, range_m, measures, out_lifts
        What was measured of it, as in `pi_service.workout.events.Rep`: by the review for a final rep.
    """

    set_number: int
    number: int
    start_s: float
    turn_s: float
    end_s: float
    detected_at_s: float
    published_end_s: float
    live: bool
    final: bool
    range_deg: float | None = None
    range_m: float | None = None
    measures: Measures | None = None
    out_lifts: bool | None = None

    @property
    def delay_s(self) -> float:
        """How long after its end, as it was published, it was published."""
        return self.detected_at_s - self.published_end_s


@dataclass(frozen=True, slots=True)
class CountedSet:
    """A set and its two counts; ``[start_s, end_s)`` on the stream's clock."""

    set_number: int
    start_s: float
    end_s: float
    live_count: int
    final_count: int
    hold: Hold | None = None
    carry: Round | None = None
    sides: SideCount | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a stream was counted to."""

    reps: tuple[CountedRep, ...] = ()
    """Every rep that was ever published, by set and then in the order of time."""
    sets: tuple[CountedSet, ...] = ()

    @property
    def final_count(self) -> int:
        """Reps of all sets after their reviews."""
        return sum(each.final for each in self.reps)

    @property
    def live_count(self) -> int:
        """Reps of all sets as they were counted while the sets ran."""
        return sum(each.live for each in self.reps)


NOTHING_COUNTED = Counts()


class Tally:
    """Collects events as they come; `counts` may be asked at any time."""

    def __init__(self) -> None:
        self._published: dict[tuple[int, int], tuple[Rep, float, bool]] = {}
        self._final: dict[tuple[int, int], Rep] = {}
        self._sets: list[CountedSet] = []

    def add(self, events: Iterable[Event]) -> None:
        """Take the next events of the stream."""
        for event in events:
            if isinstance(event, RepCounted):
                key = event.set_number, event.rep.number
                self._published.setdefault(key, (event.rep, event.at_s, event.source == "live"))
            elif isinstance(event, SetEnded):
                self._final.update({(event.set_number, rep.number): rep for rep in event.reps})
                self._sets.append(
                    CountedSet(
                        event.set_number,
                        event.start_s,
                        event.end_s,
                        event.live_count,
                        event.final_count,
                        event.hold,
                        event.carry,
                        event.sides,
                    )
                )

    def counts(self) -> Counts:
        """Return what has been counted so far."""
        keys = self._published.keys() | self._final.keys()
        reps = [self._rep(key) for key in keys]
        reps.sort(key=lambda rep: (rep.set_number, rep.turn_s, rep.number))
        return Counts(tuple(reps), tuple(self._sets))

    def _rep(self, key: tuple[int, int]) -> CountedRep:
        if key in self._published:
            published, detected_at_s, live = self._published[key]
            rep = self._final.get(key, published)
        else:
            rep = published = self._final[key]
            detected_at_s, live = rep.detected_at_s, False
        return CountedRep(
            set_number=key[0],
            number=key[1],
            start_s=rep.start_s,
            turn_s=rep.turn_s,
            end_s=rep.end_s,
            detected_at_s=detected_at_s,
            published_end_s=published.end_s,
            live=live,
            final=key in self._final,
            range_deg=rep.range_deg,
            range_m=rep.range_m,
            measures=rep.measures,
            out_lifts=rep.out_lifts,
        )
