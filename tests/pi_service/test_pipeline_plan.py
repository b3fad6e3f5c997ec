"""A plan in the stream: the counter changes at the end of a set, whatever the blocks and interruptions."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.chunks import block_sizes, cut, flag_some
from support.held import Turn, tilting
from support.streams import Tempo, Way, reps_block, rest_block, walk_block, without

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, Movement, RepCounted, SamplesLost, SetEnded, SetStarted
from pi_service.workout.plan import Plan
from pi_service.workout.plan_file import read_plan_text
from pi_service.workout.told import ExerciseChanged, ExerciseDone, PlanDone, RestTold, SetAsked

PLAN = """\
name = "Three"

[[step]]
exercise = "vertical_pull"
sets = 1
reps = [3, 4]
rest_s = [5, 12]

[[step]]
exercise = "thoracic_extension"
hold_s = [8, 30]

[[step]]
exercise = "any"
sets = 2
reps = 6
"""


def plan(text: str = PLAN) -> Plan:
    return read_plan_text(text, "plan.toml")


#: No rule needs the torso's samples in time.
PLAIN = PLAN.replace('"vertical_pull"', '"any"')


def pipeline(the_plan: Plan | None = None) -> Pipeline:
    the_plan = the_plan or plan()
    return Pipeline(the_plan.steps[0].exercise, plan=the_plan)


def joined(sensor: SensorRole, blocks: Sequence[ImuBlock]) -> ImuBlock:
    """Blocks of one rate, one after the other on one clock, without a gap between them."""
    starts = np.cumsum([0.0] + [float(each.t_s[-1] - each.t_s[0]) + 0.02 for each in blocks])
    rates = [each.angular_rate_rads for each in blocks]
    assert all(each is not None for each in rates)
    return ImuBlock(
        sensor,
        np.concatenate([each.t_s - each.t_s[0] + at_s for each, at_s in zip(blocks, starts, strict=False)]),
        np.concatenate([each.specific_force_ms2 for each in blocks]),
        np.concatenate([each for each in rates if each is not None]),
        np.concatenate([each.flags for each in blocks]),
    )


TEMPO = Tempo(0.8, 0.1, 0.9, 0.2)
RATE_HZ = 50.0


@functools.cache
def traces(seed: int = 0) -> dict[SensorRole, ImuBlock]:
    """Pulls with the limb, a hold with the torso, then two sets of something with the limb."""
    first, _ = reps_block(Way.TILT, 5, seed=seed, tempo=TEMPO, rate_hz=RATE_HZ)
    second, _ = reps_block(Way.TILT, 6, seed=seed + 1, tempo=TEMPO, rate_hz=RATE_HZ)
    third, _ = reps_block(Way.TILT, 7, seed=seed + 2, tempo=TEMPO, rate_hz=RATE_HZ)
    begin_s, hold_s = float(first.t_s[-1]), 30.0
    limb = joined(SensorRole.LIMB, [first, rest_block(hold_s, rate_hz=RATE_HZ), second, third])
    turns = [Turn(begin_s + 2.0, 70.0), Turn(begin_s + 6.0, -18.0), Turn(begin_s + 20.0, 18.0)]
    torso = tilting(turns, float(limb.t_s[-1]), seed=seed, rate_hz=RATE_HZ)
    return {
        SensorRole.LIMB: flag_some(limb, 171),
        SensorRole.TORSO: flag_some(dataclasses.replace(torso, sensor=SensorRole.TORSO), 133),
    }


def in_turn(both: dict[SensorRole, ImuBlock], sizes: Sequence[int], late_s: float = 0.0) -> list[ImuBlock]:
    """Blocks of both sensors in the order in which they come, the torso's later than they might."""
    timed = [(float(block.t_s[-1]), 0, block) for block in cut([both[SensorRole.LIMB]], sizes)]
    timed += [
        (float(block.t_s[-1]) + late_s, 1, block) for block in cut([both[SensorRole.TORSO]], sizes[::-1])
    ]
    return [block for *_, block in sorted(timed, key=lambda each: each[:2])]


def events_of(blocks: Iterable[ImuBlock], counter: Pipeline | None = None) -> list[Event]:
    counter = counter or pipeline()
    return [event for block in blocks for event in counter.step(block)] + counter.finish()


@functools.cache
def usual(seed: int = 0, text: str = PLAN) -> tuple[Event, ...]:
    return tuple(events_of(in_turn(traces(seed), [5]), pipeline(plan(text))))


def ended(events: Iterable[Event]) -> list[tuple[int, str, int]]:
    return [(e.set_number, e.exercise, e.final_count) for e in events if isinstance(e, SetEnded)]


def changes(events: Iterable[Event]) -> list[str]:
    return [event.exercise for event in events if isinstance(event, ExerciseChanged)]


def test_a_plan_is_walked_through_by_itself() -> None:
    events = usual()
    assert ended(events) == [
        (1, "vertical_pull", 5),
        (2, "thoracic_extension", 0),
        (3, "any", 6),
        (4, "any", 7),
    ]
    assert changes(events) == ["vertical_pull", "thoracic_extension", "any"]
    asked = [(e.set_number, e.place, e.sets) for e in events if isinstance(e, SetAsked)]
    assert asked == [(1, 1, (1, 1)), (2, 1, (1, 1)), (3, 1, (2, 2)), (4, 2, (2, 2))]
    assert [e.exercise for e in events if isinstance(e, ExerciseDone)] == changes(events)
    (done,) = [e for e in events if isinstance(e, PlanDone)]
    assert (done.plan, done.steps) == ("Three", 3)
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))


def test_an_exercise_changes_right_after_the_end_of_the_set_before() -> None:
    events = usual()
    for place, event in enumerate(events):
        if isinstance(event, ExerciseChanged) and event.step is not None and event.step.number > 1:
            assert isinstance(events[place - 1], ExerciseDone)
            ends = [each for each in events[:place] if isinstance(each, SetEnded)]
            assert ends[-1].at_s == event.at_s


@example(sizes=[1], late_s=0.0, seed=0)
@given(sizes=block_sizes, late_s=st.floats(0.0, 0.3), seed=st.integers(0, 1))
@settings(max_examples=4, deadline=None)
def test_how_the_blocks_come_does_not_matter(sizes: list[int], late_s: float, seed: int) -> None:
    # Blocks of up to a quarter of a second: later the torso may not come where it is judged.
    sizes = [min(size, 12) for size in sizes]
    assert tuple(events_of(in_turn(traces(seed), sizes, late_s))) == usual(seed)


@example(sizes=[100], late_s=0.0, seed=0)
@example(sizes=[40, 1, 7], late_s=1.5, seed=1)
@example(sizes=[1], late_s=-2.3, seed=2)
@given(sizes=block_sizes, late_s=st.floats(-0.5, 0.5), seed=st.integers(0, 2))
@settings(max_examples=3, deadline=None)
def test_neither_sensor_has_to_come_first(sizes: list[int], late_s: float, seed: int) -> None:
    # No sensor may be further ahead than two seconds and a half.
    sizes = [min(size, 95) for size in sizes]
    counter = pipeline(plan(PLAIN))
    assert tuple(events_of(in_turn(traces(seed), sizes, late_s), counter)) == usual(seed, PLAIN)


@example(every=3, size=1)
@given(every=st.integers(3, 60), size=st.sampled_from([5, 16]))
@settings(max_examples=3, deadline=None)
def test_a_saved_state_goes_on_as_if_nothing_had_happened(every: int, size: int) -> None:
    blocks = in_turn(traces(), [size])
    counter, events = pipeline(), list[Event]()
    for place, block in enumerate(blocks):
        if place % (every * 50 // size) == 0:
            saved = counter.save()
            counter = pipeline()
            counter.restore(saved)
        events += counter.step(block)
    assert tuple(events + counter.finish()) == usual()


@pytest.mark.parametrize("at_s", [20.0, 23.0, 26.0, 45.0, 60.0])
def test_gaps_about_a_change_of_the_sensor_are_told_once_and_in_order(at_s: float) -> None:
    limb, torso = (trace[: round((at_s + 20.0) * RATE_HZ)] for trace in traces().values())
    both = {
        SensorRole.LIMB: without(limb, at_s, at_s + 0.6),
        SensorRole.TORSO: without(torso, at_s + 0.3, at_s + 2.0),
    }
    whole = events_of(in_turn(both, [4]), pipeline(plan(PLAIN)))
    for late_s in (-1.2, 1.2):
        assert events_of(in_turn(both, [10], late_s), pipeline(plan(PLAIN))) == whole
    assert all(a.at_s <= b.at_s for a, b in pairwise(whole))
    lost = [event for event in whole if isinstance(event, SamplesLost)]
    assert sum(event.end_s - event.start_s > 0.5 for event in lost) == 2
    assert len({(event.sensor, event.end_s) for event in lost}) == len(lost)


def test_whoever_begins_the_next_exercise_at_once_loses_no_repetition() -> None:
    """The next exercise begins before it is known that the set is over."""
    quick = plan(
        'name = "Quick"\n[[step]]\nexercise = "vertical_pull"\nsets = 1\nreps = 5\n'
        '[[step]]\nexercise = "any"\nsets = 1\nreps = 8'
    )
    first, lifts = reps_block(Way.TILT, 5, seed=3, tempo=TEMPO, rate_hz=RATE_HZ)
    other, _ = reps_block(Way.HEIGHT, 8, seed=4, tempo=Tempo(1.2, 0.1, 1.3, 0.2), rate_hz=RATE_HZ, rest_s=6.5)
    until = round((lifts[-1].end_s + 1.0) * RATE_HZ)
    limb = joined(SensorRole.LIMB, [first[:until], other])
    events = events_of(cut([limb], [5]), pipeline(quick))
    (changed,) = [event for event in events if isinstance(event, ExerciseChanged)][1:]
    began = [event for event in events if isinstance(event, SetStarted)][-1]
    assert began.start_s < changed.at_s
    assert ended(events) == [(1, "vertical_pull", 5), (2, "any", 8)]
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))
    for size in (1, 37, 5000):
        assert events_of(cut([limb], [size]), pipeline(quick)) == events


def test_the_curve_goes_on_over_a_change() -> None:
    pieces = [event for event in usual() if isinstance(event, Movement)]
    times = [event.at_s for event in pieces]
    assert times == sorted(set(times))
    assert max(b - a for a, b in pairwise(times)) < 0.3


def test_the_rest_is_timed_between_sets_of_two_exercises() -> None:
    rests = [event for event in usual() if isinstance(event, RestTold) and event.after_set == 1]
    assert [event.change.value for event in rests[:2]] == ["begun", "enough"] or rests[0].rest_s >= 5.0
    assert rests[-1].change.value == "ended"
    seconds = [event.rest_s for event in rests if event.change.value == "second"]
    assert all(b - a == pytest.approx(1.0, abs=0.21) for a, b in pairwise(seconds))


def test_a_state_of_another_plan_is_refused() -> None:
    saved = pipeline().save()
    with pytest.raises(UsageError, match="start the set anew"):
        Pipeline(find_exercise("vertical_pull")).restore(saved)
    other = plan(PLAN.replace("sets = 2", "sets = 3"))
    with pytest.raises(UsageError, match="start the set anew"):
        pipeline(other).restore(saved)


def test_steps_follow_repetitions_with_one_sensor() -> None:
    text = (
        'name = "Walk"\n[[step]]\nexercise = "any"\nsets = 1\nreps = 5\n'
        '[[step]]\nexercise = "walking"\nsets = 1\nreps = 20'
    )
    first, _ = reps_block(Way.TILT, 5, seed=5, tempo=TEMPO, rate_hz=RATE_HZ)
    # The arm hangs when it walks: nobody saw how it came there.
    walk = walk_block(24, 2.0, rate_hz=RATE_HZ)
    walk = dataclasses.replace(walk, t_s=walk.t_s + float(first.t_s[-1]) + 1.5)
    limb = joined(SensorRole.LIMB, [first])
    events = events_of(cut([limb, walk], [7]), pipeline(plan(text)))
    assert [number for number, *_ in ended(events)] == [1, 2]
    assert [name for _, name, _ in ended(events)] == ["any", "walking"]
    assert ended(events)[1][2] == pytest.approx(24, abs=2)
    assert sum(isinstance(event, RepCounted) and event.exercise == "any" for event in events) == 5


def test_a_plan_on_request_stays() -> None:
    on_request = dataclasses.replace(plan(), moves_on_by_itself=False)
    events = events_of(in_turn(traces(), [10]), pipeline(on_request))
    assert changes(events) == ["vertical_pull"]
    assert sum(isinstance(event, ExerciseDone) for event in events) == 1
