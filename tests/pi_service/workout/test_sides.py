"""Both sides of an exercise in which they alternate."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from calibration.placement_kind import Side
from pi_service.exercises.model import Sides
from pi_service.reps.found import FoundRep, RepSeen, SetReviewed
from pi_service.workout.events import RepCounted, SetEnded
from pi_service.workout.sets import Sets
from pi_service.workout.sides import SideCount, count_sides, side_words


@dataclass(frozen=True)
class Rep:
    moved: tuple[float, float]


def reps(*begin_s: float) -> list[Rep]:
    """Reps of 2 s each."""
    return [Rep((each, each + 2.0)) for each in begin_s]


@pytest.mark.parametrize(
    ("seen", "over_s", "inferred"),
    [
        (reps(0, 4, 8), None, 2),
        (reps(0, 4, 8), 20.0, 3),
        # Somebody stopped as soon as the worn side had arrived: nothing followed.
        (reps(0, 4, 8), 10.5, 2),
        # Twice the same side: a breath in between is no rep of the other.
        (reps(0, 2.3, 6.3), None, 1),
        # A long rest is no more than one rep of the other side.
        (reps(0, 9), None, 1),
        # It never alternated.
        (reps(0, 2.2, 4.4), 20.0, 0),
        (reps(0), None, 0),
        (reps(0), 20.0, 0),
    ],
)
def test_the_other_side_is_inferred_from_the_pauses(
    seen: list[Rep], over_s: float | None, inferred: int
) -> None:
    sides = count_sides(seen, Side.LEFT, over_s)
    assert (sides.worn, sides.counted, sides.inferred, sides.uncertain) == (Side.LEFT, len(seen), inferred, 1)
    assert sides.total == len(seen) + inferred


def test_nothing_seen_is_nothing_inferred() -> None:
    assert count_sides([], Side.RIGHT, 10.0) == SideCount(Side.RIGHT, 0, 0, 0)


def test_it_is_said_which_side_was_seen() -> None:
    assert side_words(SideCount(Side.RIGHT, 10, 9, 1)) == "right 10, left 9 (inferred), 19 in all"
    assert side_words(SideCount(Side.UNKNOWN, 2, 1, 1)) == ("worn side 2, other side 1 (inferred), 3 in all")


def found(start_s: float) -> FoundRep:
    return FoundRep(start_s, start_s + 0.9, start_s + 2.0, 60.0, None, 0.9)


def test_a_set_of_alternating_reps_tells_both_sides() -> None:
    sets = Sets("cross_band", sides=Sides.ALTERNATING, worn=Side.LEFT)
    starts = (10.0, 14.0, 18.0)
    events = [event for at in starts for event in sets.step(RepSeen(at + 2.2, found(at)))]
    live = [event.sides for event in events if isinstance(event, RepCounted)]
    assert live == [SideCount(Side.LEFT, n, n - 1, 1) for n in (1, 2, 3)]
    (ended,) = (
        each
        for each in sets.step(SetReviewed(30.0, tuple(found(at) for at in starts)))
        if isinstance(each, SetEnded)
    )
    assert ended.sides == SideCount(Side.LEFT, 3, 3, 1)
    assert ended.final_count == 3


def test_other_exercises_have_no_sides() -> None:
    sets = Sets("dead_lift")
    events = [*sets.step(RepSeen(12.2, found(10.0))), *sets.step(SetReviewed(30.0, (found(10.0),)))]
    assert {event.sides for event in events if isinstance(event, RepCounted | SetEnded)} == {None}
