"""Both counters: any blocks, and any interruption, give the same findings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from support.chunks import Recipe, block_sizes, cut, frames_of, recipes, run, run_restored
from support.slips import slipped_set
from support.streams import Way

from pi_service.motion.frames import MotionBlock
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding, RepSeen, SetReviewed, SlipSeen
from pi_service.reps.steps import StepCounter

COUNTERS = {"reps": (RepCounter, False), "steps": (StepCounter, True)}


def step_and_finish(counter: Any, frames: MotionBlock | None) -> list[Finding]:
    """None stands for the end of the stream."""
    return counter.finish() if frames is None else counter.step(frames)


def edge_cases(test: Any) -> Any:
    recipes_ = (Recipe(gaps=((7.0, 1.5),)), Recipe(rate_hz=25.0, way=Way.HEIGHT), Recipe(jitter=0.45))
    for recipe in recipes_:
        for sizes in ([1], [7, 2, 64]):
            test = example(recipe=recipe, sizes=sizes)(test)
    return test


@pytest.mark.parametrize("name", COUNTERS)
@edge_cases
@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=10, deadline=None)
def test_any_blocks_and_any_interruption_give_the_same_findings(
    name: str, recipe: Recipe, sizes: list[int]
) -> None:
    make, walks = COUNTERS[name]
    frames = frames_of(Recipe(**{**_fields(recipe), "walk": walks}).trace())
    whole = run(make, step_and_finish, [*frames, None])
    parcels = [*cut(frames, sizes), None]
    assert run(make, step_and_finish, parcels) == whole
    assert run_restored(make, step_and_finish, parcels) == whole


def _fields(recipe: Recipe) -> dict[str, Any]:
    return {name: getattr(recipe, name) for name in Recipe.__slots__}


@pytest.mark.parametrize("name", COUNTERS)
def test_there_is_something_to_compare(name: str) -> None:
    make, walks = COUNTERS[name]
    found = run(make, step_and_finish, [*frames_of(Recipe(walk=walks).trace()), None])
    assert sum(isinstance(each, RepSeen) for each in found) >= 4
    assert any(isinstance(each, SetReviewed) and each.reps for each in found)


@pytest.mark.parametrize("name", COUNTERS)
def test_findings_are_told_in_the_order_of_time_and_never_before_they_are_over(name: str) -> None:
    make, walks = COUNTERS[name]
    trace = Recipe(walk=walks, gaps=((9.0, 2.0),)).trace()
    counter, last_s = make(), 0.0
    for frame in cut(frames_of(trace), [1]):
        for finding in counter.step(frame):
            assert last_s <= finding.at_s <= (frame.first_frame + 1) / 25.0
            last_s = finding.at_s
            assert not isinstance(finding, SlipSeen)
            reps = (finding.rep,) if isinstance(finding, RepSeen) else finding.reps
            assert all(rep.start_s <= rep.turn_s <= rep.end_s <= finding.at_s for rep in reps)
    for finding in counter.finish():
        assert finding.at_s >= last_s


@pytest.fixture(scope="module")
def slipping() -> list[MotionBlock]:
    return frames_of(slipped_set(4, "pull_up").block)


@pytest.mark.parametrize("sizes", [[1], [7, 2, 64], [400]])
def test_a_clip_that_slips_is_the_same_in_any_blocks_and_after_any_interruption(
    slipping: list[MotionBlock], sizes: list[int]
) -> None:
    whole = run(RepCounter, step_and_finish, [*slipping, None])
    (slip,) = (each for each in whole if isinstance(each, SlipSeen))
    assert slip.start_s < slip.end_s < slip.at_s
    parcels = [*cut(slipping, sizes), None]
    assert run(RepCounter, step_and_finish, parcels) == whole
    assert run_restored(RepCounter, step_and_finish, parcels) == whole
