"""A second set of the same exercise is known by its first repetition."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chunks import cut, frames_of
from support.streams import Tempo, Way, reps_block

from benchmarks.athlete_counts import Job, felt
from benchmarks.first_reps import IN_TIME_S, sets_told
from pi_service.athlete.movements import find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.reps.counter import RepCounter
from pi_service.reps.familiar import Familiar, familiar
from pi_service.reps.found import SetReviewed
from pi_service.reps.params import CounterParams
from pi_service.workout.events import Event, SetEnded

DEAD_LIFT = find_movement("dead_lift", "bar")


@pytest.mark.parametrize("variant", ["band_row", "lat_pulldown"])
def test_the_first_rep_of_a_later_set_is_told_as_it_ends(variant: str) -> None:
    _, sets = sets_told(Job(variant, "wrist", 1, told=True))
    first, *later = sets
    assert first.delays_s[0] > IN_TIME_S  # nothing is known yet
    assert all(max(each.delays_s) <= IN_TIME_S for each in later)
    assert [each.final for each in sets] == [each.made for each in sets]


@pytest.mark.parametrize(("reps", "final"), [(2, [8, 2]), (1, [8, 0])])
def test_a_later_set_may_have_two_reps(reps: int, final: list[int]) -> None:
    """One is told as well, and withdrawn: it may have been anything."""
    blocks = [
        felt(Job("dead_lift", "bar", 3, told=True), Session(3, Task(DEAD_LIFT, reps=made)), 1)
        for made in (8, reps)
    ]
    later_s = blocks[0].t_s[-1] + 0.01
    pipeline, events = Pipeline(find_exercise("dead_lift")), list[Event]()
    for block, begin_s in zip(blocks, (0.0, later_s), strict=True):
        events += pipeline.step(replace(block, t_s=block.t_s + begin_s))
    events += pipeline.finish()
    assert [event.final_count for event in events if isinstance(event, SetEnded)] == final


@pytest.mark.parametrize("way", [Way.TILT, Way.HEIGHT])
def test_what_is_remembered_does_not_depend_on_the_blocks(way: Way) -> None:
    """A set that is closed in the midst of a rep: what follows may have come with it."""
    block, _ = reps_block(way, 12, rate_hz=50.0, tempo=Tempo(1.0, 0.2, 1.2, 0.4), after_s=1.0)
    known: list[Familiar] = []
    for size in (5, 100_000):
        counter = RepCounter(CounterParams(longest_set_s=21.0))
        for frames in cut(frames_of(block), [size]):
            counter.step(frames)
            if counter.state.familiar is not None:
                known.append(counter.state.familiar)
                break
    one, other = known
    assert (one.takes_s, one.travel_m, one.range_deg) == (other.takes_s, other.travel_m, other.range_deg)
    assert (one.home == other.home).all()
    assert (one.turned == other.turned).all()


def test_ways_that_end_as_high_as_they_began_are_known_without_their_travel() -> None:
    """As of an arm that goes round: nothing is so many times as far."""
    block, _ = reps_block(Way.HEIGHT, 6, rate_hz=50.0)
    counter = RepCounter()
    found = [each for frames in frames_of(block) for each in counter.step(frames)]
    (reviewed,) = [each for each in found if isinstance(each, SetReviewed)]
    before, history = counter.state.familiar, counter.state.history
    assert before is not None
    assert before.travel_m is not None
    reps = []
    for rep in reviewed.reps:
        assert rep.measures is not None
        assert rep.measures.out is not None
        out = replace(rep.measures.out, mean_mps=0.0)
        reps.append(replace(rep, measures=replace(rep.measures, out=out)))
    known = familiar(history, before.pattern, reps, history.end, counter.params)
    assert known is not None
    assert known.travel_m is None
