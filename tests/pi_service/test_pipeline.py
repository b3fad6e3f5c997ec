"""All stages in a row: blocks, interruptions, lost samples, and the order in which things are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.chunks import Recipe, block_sizes, cut, flag_some, recipes
from support.streams import Tempo, Way, reps_block, rest_block, without

from calibration.imu import ImuBlock
from calibration.placement_kind import PlacementKind, Side
from firmware.samples import SampleFlag, SensorRole
from pi_service.coaching.facts import Worn
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise
from pi_service.exercises.model import Counting, OutWay, Phases, Sides
from pi_service.pipeline import STATE_FORMAT, Pipeline
from pi_service.workout.events import (
    Event,
    Movement,
    Phase,
    PhaseChanged,
    RepCounted,
    SamplesLost,
    SetEnded,
    SetStarted,
    ZeroUnknown,
)


def events_of(blocks: Iterable[ImuBlock], exercise: str = "any") -> list[Event]:
    pipeline = Pipeline(find_exercise(exercise))
    return [event for block in blocks for event in pipeline.step(block)] + pipeline.finish()


def events_with_restores(blocks: list[ImuBlock], exercise: str) -> list[Event]:
    pipeline, events, every = Pipeline(find_exercise(exercise)), list[Event](), max(1, len(blocks) // 25)
    for place, block in enumerate(blocks):
        if place % every == 0:
            saved = pipeline.save()
            pipeline = Pipeline(find_exercise(exercise))
            pipeline.restore(saved)
        events += pipeline.step(block)
    saved = pipeline.save()
    pipeline = Pipeline(find_exercise(exercise))
    pipeline.restore(saved)
    return events + pipeline.finish()


def exercise_for(recipe: Recipe) -> str:
    return "walking" if recipe.walk else "any"


def edge_cases(test: Any) -> Any:
    for recipe in (
        Recipe(rate_hz=50.0, gaps=((7.0, 1.5),)),
        Recipe(rate_hz=25.0, gyro=False),
        Recipe(rate_hz=100.0, gaps=((6.99, 2.0),), start_s=7),
        Recipe(rate_hz=12.5, jitter=0.45),
    ):
        for sizes in ([1], [16]):
            test = example(recipe=recipe, sizes=sizes)(test)
    return test


@edge_cases
@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=12, deadline=None)
def test_any_blocks_give_the_same_events(recipe: Recipe, sizes: list[int]) -> None:
    trace = flag_some(recipe.trace(), 97)
    whole = events_of([trace], exercise_for(recipe))
    assert events_of(cut([trace], sizes), exercise_for(recipe)) == whole
    assert any(isinstance(event, Movement) for event in whole)


@edge_cases
@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=8, deadline=None)
def test_a_saved_state_goes_on_as_if_nothing_had_happened(recipe: Recipe, sizes: list[int]) -> None:
    trace = flag_some(recipe.trace(), 97)
    whole = events_of([trace], exercise_for(recipe))
    assert events_with_restores(list(cut([trace], sizes)), exercise_for(recipe)) == whole


@pytest.mark.parametrize("walk", [False, True])
def test_there_is_something_to_compare(walk: bool) -> None:
    recipe = Recipe(walk=walk)
    events = events_of([recipe.trace()], exercise_for(recipe))
    assert sum(isinstance(event, RepCounted) for event in events) >= 5
    assert {type(event) for event in events} >= {SetStarted, RepCounted, SetEnded, PhaseChanged, Movement}


@given(recipe=recipes(), every=st.integers(2, 60))
@settings(max_examples=8, deadline=None)
def test_time_never_runs_backwards(recipe: Recipe, every: int) -> None:
    trace = flag_some(recipe.trace(), every)
    pipeline = Pipeline(find_exercise(exercise_for(recipe)))
    last_s = 0.0
    for block in cut([trace], [3]):
        for event in pipeline.step(block):
            assert last_s <= event.at_s <= block.t_s[-1], event
            last_s = event.at_s
    for event in pipeline.finish():
        assert last_s <= event.at_s <= trace.t_s[-1], event


def open_set(end_s: float) -> ImuBlock:
    """A set that is being counted when the samples end."""
    block, lifts = reps_block(Way.TILT, 8)
    assert lifts[-1].end_s > end_s
    return block[: round(end_s * 100)]


def late(block: ImuBlock, first_s: float, flagged: Iterable[int] = ()) -> ImuBlock:
    """The same samples later, the first one after a gap."""
    flags = block.flags.copy()
    flags[[0, *flagged]] |= np.uint8(SampleFlag.GAP_BEFORE)
    return dataclasses.replace(block, t_s=block.t_s - block.t_s[0] + first_s, flags=flags)


@pytest.mark.parametrize("exercise", ["any", "walking"])
def test_a_set_that_a_long_gap_ends_is_told_in_its_turn(exercise: str) -> None:
    """Samples lost twice, with 0.03 s between: the set's end is known only after both."""
    recipe = Recipe(walk=True)
    before = recipe.trace()[:900] if exercise == "walking" else open_set(15.0)
    after = late(rest_block(2.0), before.t_s[-1] + 5.001, flagged=[3])
    whole = events_of([_joined(before, after)], exercise)
    one_by_one = events_of(cut([before, after], [1]), exercise)
    assert one_by_one == whole
    assert any(isinstance(event, SetEnded) for event in whole)
    assert all(a.at_s <= b.at_s for a, b in pairwise(one_by_one))


@pytest.mark.parametrize("gap_s", [0.05, 0.9, 30.0])
def test_a_stream_that_ends_just_after_a_gap_ends_after_it(gap_s: float) -> None:
    before = open_set(15.0)
    after = late(rest_block(0.02), before.t_s[-1] + gap_s)
    events = events_of([before, after])
    assert isinstance(events[-1], SetEnded)
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))


def _joined(a: ImuBlock, b: ImuBlock) -> ImuBlock:
    assert a.angular_rate_rads is not None
    assert b.angular_rate_rads is not None
    return ImuBlock(
        a.sensor,
        np.concatenate((a.t_s, b.t_s)),
        np.concatenate((a.specific_force_ms2, b.specific_force_ms2)),
        np.concatenate((a.angular_rate_rads, b.angular_rate_rads)),
        np.concatenate((a.flags, b.flags)),
    )


class TestSamplesLost:
    def test_every_flagged_sample_is_one_gap_with_its_span(self) -> None:
        trace = without(without(rest_block(10.0), 2.0, 2.5), 6.0, 9.0)
        lost = [event for event in events_of([trace]) if isinstance(event, SamplesLost)]
        assert lost == [
            SamplesLost(2.5, 1.99, 2.5, SensorRole.LIMB),
            SamplesLost(9.0, 5.99, 9.0, SensorRole.LIMB),
        ]

    @pytest.mark.parametrize("at", [200, 201, 199])
    def test_a_gap_between_two_blocks_is_the_same_gap(self, at: int) -> None:
        trace = without(rest_block(10.0), 2.0, 2.5)
        lost = [e for e in events_of([trace[:at], trace[at:]]) if isinstance(e, SamplesLost)]
        assert lost == [SamplesLost(2.5, 1.99, 2.5, SensorRole.LIMB)]

    def test_a_long_silence_is_a_loss_even_without_a_flag(self) -> None:
        trace = without(without(rest_block(12.0), 2.0, 4.0), 7.0, 7.5)
        unflagged = dataclasses.replace(trace, flags=np.zeros_like(trace.flags))
        lost = [event for event in events_of([unflagged]) if isinstance(event, SamplesLost)]
        assert lost == [SamplesLost(4.0, 1.99, 4.0, SensorRole.LIMB)]

    def test_clipping_is_no_loss(self) -> None:
        trace = rest_block(3.0)
        trace.flags[100] = SampleFlag.CLIPPED
        assert not any(isinstance(event, SamplesLost) for event in events_of([trace]))

    def test_both_sensors_are_watched_each_on_its_own(self) -> None:
        limb = without(rest_block(6.0), 2.0, 2.5)
        torso = dataclasses.replace(without(rest_block(6.0), 4.0, 4.2), sensor=SensorRole.TORSO)
        blocks = [part for pair in zip(cut([limb], [50]), cut([torso], [50]), strict=False) for part in pair]
        lost = [event for event in events_of(blocks) if isinstance(event, SamplesLost)]
        assert {(event.sensor, event.start_s, event.end_s) for event in lost} == {
            (SensorRole.LIMB, 1.99, 2.5),
            (SensorRole.TORSO, 3.99, 4.2),
        }


class TestZeroUnknown:
    """A sensor that did not rest when it began, with a gyroscope that is off."""

    def start(self, *, rest_s: float = 0.0, off_rads: float = 0.2) -> ImuBlock:
        trace, _ = reps_block(Way.TILT, 10, rest_s=rest_s)
        assert trace.angular_rate_rads is not None
        trace.angular_rate_rads[:, 1] += off_rads
        return trace

    def notices(self, events: Iterable[Event]) -> list[ZeroUnknown]:
        return [event for event in events if isinstance(event, ZeroUnknown)]

    def test_it_is_told_once_and_in_its_turn(self) -> None:
        whole = events_of([self.start()])
        (notice,) = self.notices(whole)
        assert (notice.at_s, notice.sensor, notice.at_rest) == (20.0, SensorRole.LIMB, False)
        assert notice.rate_dps == pytest.approx(np.degrees(0.2), rel=0.2)
        assert all(a.at_s <= b.at_s for a, b in pairwise(whole))

    @pytest.mark.parametrize("sizes", [[1], [333], [7, 1500]])
    def test_blocks_and_interruptions_do_not_matter(self, sizes: list[int]) -> None:
        trace = self.start()
        whole = events_of([trace])
        assert events_of(cut([trace], sizes)) == whole
        assert events_with_restores(list(cut([trace], sizes)), "any") == whole

    @pytest.mark.parametrize(("rest_s", "off_rads"), [(4.0, 0.2), (4.0, 0.0), (0.0, 0.0)])
    def test_not_after_a_rest_nor_with_a_good_zero(self, rest_s: float, off_rads: float) -> None:
        assert self.notices(events_of([self.start(rest_s=rest_s, off_rads=off_rads)])) == []


class TestTwoSensors:
    def test_the_torso_moves_no_count(self) -> None:
        limb = Recipe().trace()
        torso = dataclasses.replace(limb, sensor=SensorRole.TORSO, t_s=limb.t_s - 0.003)
        both = [part for pair in zip(cut([limb], [40]), cut([torso], [40]), strict=True) for part in pair]
        assert [e for e in events_of(both) if not isinstance(e, SamplesLost)] == events_of([limb])

    @given(size=st.integers(1, 60), other_size=st.integers(1, 60), late_s=st.floats(0.0, 1.8))
    @settings(max_examples=15, deadline=None)
    def test_how_the_sensors_alternate_does_not_matter(
        self, size: int, other_size: int, late_s: float
    ) -> None:
        limb = without(rest_block(12.0), 2.0, 2.5)
        torso = dataclasses.replace(
            without(without(rest_block(12.0), 4.0, 4.2), 2.3, 2.6), sensor=SensorRole.TORSO
        )

        def alternating(size: int, other_size: int, late_s: float) -> list[ImuBlock]:
            blocks = [(float(part.t_s[0]), part) for part in cut([limb], [size])]
            blocks += [(float(part.t_s[0]) + late_s, part) for part in cut([torso], [other_size])]
            return [part for _, part in sorted(blocks, key=lambda each: each[0])]

        expected = events_of(alternating(25, 25, 0.0))
        assert len([event for event in expected if isinstance(event, SamplesLost)]) == 3
        assert events_of(alternating(size, other_size, late_s)) == expected
        assert all(a.at_s <= b.at_s for a, b in pairwise(expected))


class TestCounts:
    @pytest.mark.parametrize("rest_s", [15.0, 25.0, 90.0])
    def test_two_sets_in_one_session(self, rest_s: float) -> None:
        first, _ = reps_block(Way.TILT, 6, seed=1, after_s=rest_s)
        second, _ = reps_block(Way.TILT, 4, seed=2)
        events = events_of([first, dataclasses.replace(second, t_s=second.t_s + first.t_s[-1] + 0.01)])
        ended = [event for event in events if isinstance(event, SetEnded)]
        assert [(event.set_number, event.live_count, event.final_count) for event in ended] == [
            (1, 6, 6),
            (2, 4, 4),
        ]
        assert all(event.exercise == "any" for event in ended)
        assert ended[0].end_s < ended[1].start_s

    def test_a_long_gap_ends_the_set_and_the_rest_is_another(self) -> None:
        trace, lifts = reps_block(Way.TILT, 10)
        cut_s = lifts[5].start_s - 0.1
        broken = without(trace, cut_s, lifts[5].end_s + 0.1)
        finals = [event.final_count for event in events_of([broken]) if isinstance(event, SetEnded)]
        assert finals == [5, 4]

    def test_a_short_gap_does_not_end_the_set(self) -> None:
        trace, lifts = reps_block(Way.TILT, 8)
        broken = without(trace, lifts[3].start_s + 0.2, lifts[3].start_s + 0.7)
        finals = [event.final_count for event in events_of([broken]) if isinstance(event, SetEnded)]
        assert finals == [8]

    def test_the_exercise_may_forbid_what_is_too_quick(self) -> None:
        trace, _ = reps_block(Way.TILT, 8, tempo=Tempo(0.5, 0.0, 0.5, 0.2))
        slow = find_exercise("any")
        slow = dataclasses.replace(slow, counting=dataclasses.replace(slow.counting, min_rep_s=3.0))
        counts = []
        for exercise in (find_exercise("any"), slow):
            pipeline = Pipeline(exercise)
            events = pipeline.step(trace) + pipeline.finish()
            counts.append(sum(isinstance(event, RepCounted) for event in events))
        assert counts[0] == 8
        assert counts[1] < 8

    def test_the_phase_goes_out_and_back_in_a_set(self) -> None:
        trace, lifts = reps_block(Way.TILT, 8)
        phases = [e for e in events_of([trace]) if isinstance(e, PhaseChanged)]
        in_set = [e.phase for e in phases if lifts[3].start_s < e.at_s < lifts[-1].end_s]
        assert in_set.count(Phase.OUT) == 5
        assert in_set.count(Phase.BACK) == 5
        assert phases[-1].phase is Phase.STILL


class TestState:
    def test_of_another_exercise_is_refused(self) -> None:
        saved = Pipeline(find_exercise("any")).save()
        with pytest.raises(UsageError, match="'walking'"):
            Pipeline(find_exercise("walking")).restore(saved)

    def test_of_other_hints_is_refused(self) -> None:
        exercise = find_exercise("any")
        saved = Pipeline(exercise).save()
        slower = dataclasses.replace(exercise, counting=Counting(min_rep_s=3.0))
        with pytest.raises(UsageError, match="'any'"):
            Pipeline(slower).restore(saved)

    def test_of_an_earlier_format_is_refused(self) -> None:
        saved = Pipeline(find_exercise("any")).save()
        assert saved.startswith(f"repclip-state {STATE_FORMAT} ".encode())
        earlier = saved.replace(f"state {STATE_FORMAT} ".encode(), f"state {STATE_FORMAT - 1} ".encode(), 1)
        with pytest.raises(UsageError, match="by this version of repclip: start the set anew"):
            Pipeline(find_exercise("any")).restore(earlier)

    def test_of_anything_else_that_was_said_is_refused(self) -> None:
        exercise = find_exercise("vertical_pull")
        saved = Pipeline(exercise).save()
        Pipeline(exercise).restore(saved)
        sits = Worn(PlacementKind.BAR)
        others = (
            Pipeline(dataclasses.replace(exercise, phases=Phases(OutWay.LOWERING))),
            Pipeline(dataclasses.replace(exercise, sides=Sides.ALTERNATING)),
            Pipeline(exercise, Side.LEFT),
            Pipeline(exercise, sits=sits),
            Pipeline(exercise, main=SensorRole.TORSO),
        )
        for other in others:
            with pytest.raises(UsageError, match="is not one of exercise 'vertical_pull'"):
                other.restore(saved)

    @given(st.data())
    @settings(max_examples=30, deadline=None)
    def test_any_byte_that_is_another_one_is_found(self, data: st.DataObject) -> None:
        """Unpickled, some would be a TypeError, some a missing module, and some would pass."""
        saved = bytearray(Pipeline(find_exercise("any")).save())
        saved[data.draw(st.integers(0, len(saved) - 1))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(UsageError, match="start the set anew"):
            Pipeline(find_exercise("any")).restore(bytes(saved))

    @pytest.mark.parametrize("damage", [lambda b: b[:0], lambda b: b[: len(b) // 2], lambda b: b"x" + b])
    def test_damaged_is_refused(self, damage: Callable[[bytes], bytes]) -> None:
        with pytest.raises(UsageError, match="start the set anew"):
            Pipeline(find_exercise("any")).restore(damage(Pipeline(find_exercise("any")).save()))

    def test_is_a_copy(self) -> None:
        trace = Recipe().trace()
        pipeline = Pipeline(find_exercise("any"))
        pipeline.step(trace[:1200])
        saved = pipeline.save()
        rest = pipeline.step(trace[1200:]) + pipeline.finish()
        again = Pipeline(find_exercise("any"))
        again.restore(saved)
        assert again.step(trace[1200:]) + again.finish() == rest

    def test_an_empty_block_is_nothing(self) -> None:
        pipeline = Pipeline(find_exercise("any"))
        assert pipeline.step(rest_block(1.0)[:0]) == []
        assert pipeline.finish() == []
