"""Holds and carries through all stages: blocks, interruptions, two sensors, and which of them counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.chunks import block_sizes, cut, flag_some
from support.held import Turn, Walk, carrying, tilting
from support.streams import rest_block, without

from calibration.imu import ImuBlock
from calibration.placement_kind import Side
from calibration.step_length import USUAL, StepLength
from firmware.samples import SensorRole
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.base import StreamInfo
from pi_service.workout.counting_sensor import main_sensor
from pi_service.workout.events import Event, Movement, SamplesLost, SetEnded, SetStarted
from pi_service.workout.held import CarryTold, HoldTold

LENGTH = StepLength(0.5, 0.02, datetime(2026, 1, 1, tzinfo=UTC), 15.0, 30)
#: The walks of `carry_trace` have 1.6 steps a second.
OF_A_SLOW_WALK = dataclasses.replace(LENGTH, cadence_hz=1.5)


def hold_trace(seed: int = 0) -> ImuBlock:
    turns = [
        Turn(2.0, 70.0),
        Turn(6.0, -18.0),
        Turn(16.0, 18.0, 0.3),
        Turn(17.4, -18.0, 0.3),
        Turn(26.0, 18.0),
    ]
    return dataclasses.replace(tilting(turns, 36.0, seed=seed), sensor=SensorRole.TORSO)


def carry_trace(seed: int = 0) -> ImuBlock:
    return carrying([Walk(6.0, 16), Walk(26.0, 9)], [(2.0, 17.5), (22.5, 33.0)], 40.0, seed=seed)


def pipeline_for(exercise: str, length: StepLength = OF_A_SLOW_WALK) -> Pipeline:
    return Pipeline(find_exercise(exercise), Side.LEFT, step_length=length)


def events_of(blocks: Iterable[ImuBlock], exercise: str, length: StepLength = OF_A_SLOW_WALK) -> list[Event]:
    pipeline = pipeline_for(exercise, length)
    return [event for block in blocks for event in pipeline.step(block)] + pipeline.finish()


TRACES = {"thoracic_extension": hold_trace, "overhead_carry": carry_trace}


@pytest.mark.parametrize("exercise", TRACES)
@example(seed=0, gap=None, sizes=[1])
@example(seed=1, gap=(16.2, 1.4), sizes=[16])
@given(
    seed=st.integers(0, 40),
    gap=st.one_of(
        st.none(), st.tuples(st.sampled_from([5.0, 11.0, 16.2, 28.0]), st.sampled_from([0.4, 1.4]))
    ),
    sizes=block_sizes,
)
@settings(max_examples=6, deadline=None)
def test_any_blocks_and_any_interruption_give_the_same_events(
    exercise: str, seed: int, gap: tuple[float, float] | None, sizes: list[int]
) -> None:
    trace = flag_some(TRACES[exercise](seed), 97)
    if gap is not None:
        trace = without(trace, gap[0], gap[0] + gap[1])
    whole = events_of([trace], exercise)
    blocks = list(cut([trace], sizes))
    assert events_of(blocks, exercise) == whole
    pipeline, events, every = pipeline_for(exercise), list[Event](), max(1, len(blocks) // 12)
    for place, block in enumerate(blocks):
        if place % every == 0:
            saved, pipeline = pipeline.save(), pipeline_for(exercise)
            pipeline.restore(saved)
        events += pipeline.step(block)
    assert events + pipeline.finish() == whole
    assert all(a.at_s <= b.at_s for a, b in pairwise(whole))


def test_a_hold_is_a_set_without_reps() -> None:
    events = events_of([hold_trace()], "thoracic_extension")
    (started,) = [event for event in events if isinstance(event, SetStarted)]
    (ended,) = [event for event in events if isinstance(event, SetEnded)]
    told = [event for event in events if isinstance(event, HoldTold)]
    assert (started.set_number, ended.set_number, ended.final_count, ended.reps) == (1, 1, 0, ())
    assert ended.hold is not None
    assert ended.carry is None
    assert ended.hold.breaks == 1
    assert told[-1].held_s == pytest.approx(ended.hold.held_s, abs=0.3)
    assert {event.breaks for event in told} == {0, 1}
    # The curve shows how far the pose is from the start pose.
    extended = [
        max(event.values) for event in events if isinstance(event, Movement) and 20.0 < event.at_s < 25.0
    ]
    assert min(extended) == pytest.approx(18.0, abs=2.0)


def test_rounds_have_steps_and_a_distance_with_its_uncertainty() -> None:
    events = events_of([carry_trace()], "overhead_carry", LENGTH)
    rounds = [event.carry for event in events if isinstance(event, SetEnded)]
    assert len(rounds) == 2
    for walked, steps in zip(rounds, (16, 9), strict=True):
        assert walked is not None
        assert abs(len(walked.carry.steps_s) - steps) <= 1
        assert walked.distance.m == pytest.approx(0.5 * len(walked.carry.steps_s))
        assert 0.5 <= walked.distance.uncertainty_m < 0.1 * 0.5 * steps + 0.5
        assert walked.arm is Side.LEFT
        assert walked.step_length is LENGTH
    told = [event for event in events if isinstance(event, CarryTold)]
    assert {event.set_number for event in told} == {1, 2}


def test_the_steps_of_a_quicker_walk_are_longer_and_the_distance_grows_step_by_step() -> None:
    events = events_of([carry_trace()], "overhead_carry")
    rounds = [event.carry for event in events if isinstance(event, SetEnded) and event.carry is not None]
    for walked in rounds:
        length = walked.step_length
        assert length.length_m == pytest.approx(0.5 * (1.6 / 1.5) ** 0.5, rel=0.01)
        assert length.is_measured
        assert walked.distance.m == pytest.approx(length.length_m * len(walked.carry.steps_s))
    told = [
        [each.distance.m for each in events if isinstance(each, CarryTold) and each.set_number == number]
        for number in (1, 2)
    ]
    for walked, so_far_m in zip(rounds, told, strict=True):
        assert so_far_m[-1] == pytest.approx(walked.distance.m, abs=0.3)
        assert all(0.25 < later - now < 0.9 for now, later in pairwise(so_far_m[1:]))


@pytest.mark.parametrize("exercise", TRACES)
def test_the_other_sensor_is_only_watched_for_gaps(exercise: str) -> None:
    trace = TRACES[exercise]()
    alone = events_of([trace], exercise)
    other = SensorRole.LIMB if trace.sensor is SensorRole.TORSO else SensorRole.TORSO
    beside = without(dataclasses.replace(rest_block(40.0), sensor=other), 20.0, 23.0)
    blocks = sorted([*cut([trace], [40]), *cut([beside], [100])], key=lambda block: float(block.t_s[-1]))
    events = events_of(blocks, exercise)
    lost = [event for event in events if isinstance(event, SamplesLost)]
    assert [event.sensor for event in lost] == [other]
    assert [event for event in events if not isinstance(event, SamplesLost)] == alone


def test_the_sensor_on_the_best_place_counts() -> None:
    both, limb, torso = tuple(SensorRole), (SensorRole.LIMB,), (SensorRole.TORSO,)
    hold, carry, walk = (find_exercise(name) for name in ("thoracic_extension", "overhead_carry", "walking"))
    assert [main_sensor(hold, each) for each in (both, limb, torso)] == [*torso, *limb, *torso]
    assert [main_sensor(carry, each) for each in (both, limb, torso)] == [*limb, *limb, *limb]
    assert [main_sensor(walk, each) for each in (both, limb, torso)] == [*limb, *limb, *torso]
    assert main_sensor(find_exercise("face_pull"), torso) is SensorRole.LIMB


def test_a_hold_is_counted_by_a_limbs_sensor_that_is_clipped_on_the_torso() -> None:
    trace = dataclasses.replace(hold_trace(), sensor=SensorRole.LIMB)
    info = StreamInfo("bench", datetime.now(UTC), None, {SensorRole.LIMB: 50.0})
    pipeline = Pipeline.of_stream(find_exercise("thoracic_extension"), info)
    events = pipeline.step(trace) + pipeline.finish()
    assert any(isinstance(event, SetEnded) for event in events)


def test_the_state_of_another_step_length_is_refused() -> None:
    exercise = find_exercise("overhead_carry")
    saved = Pipeline(exercise, step_length=LENGTH).save()
    with pytest.raises(UsageError, match="start the set anew"):
        Pipeline(exercise, step_length=USUAL).restore(saved)
