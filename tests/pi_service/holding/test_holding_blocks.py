"""Both counters: any blocks, and any interruption, give the same findings, in the order of time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.chunks import block_sizes, cut, frames_of, run, run_restored
from support.held import Turn, Walk, carrying, tilting
from support.streams import without

from calibration.imu import ImuBlock
from pi_service.holding.carries import CarryCounter
from pi_service.holding.found import CarryOver, HoldingFinding, HoldOver
from pi_service.holding.holds import HoldCounter, HoldParams
from pi_service.motion.frames import MotionBlock

Gap = tuple[float, float] | None


def hold_block(seed: int, gap: Gap) -> ImuBlock:
    turns = [
        Turn(2.0, 70.0),
        Turn(6.0, -18.0),
        Turn(16.0, 18.0, 0.3),
        Turn(17.2, -18.0, 0.3),
        Turn(26.0, 18.0),
    ]
    return _gapped(tilting(turns, 36.0, seed=seed), gap)


def carry_block(seed: int, gap: Gap) -> ImuBlock:
    return _gapped(
        carrying([Walk(6.0, 16), Walk(26.0, 8)], [(2.0, 18.0), (22.5, 32.0)], 38.0, seed=seed), gap
    )


def _gapped(block: ImuBlock, gap: Gap) -> ImuBlock:
    return block if gap is None else without(block, gap[0], gap[0] + gap[1])


def make_hold() -> HoldCounter:
    return HoldCounter(HoldParams(most_deg=45.0))


COUNTERS = {"hold": (make_hold, hold_block), "carry": (CarryCounter, carry_block)}
gaps = st.one_of(
    st.none(), st.tuples(st.sampled_from([5.9, 9.0, 16.1, 27.0]), st.sampled_from([0.3, 1.5, 6.0]))
)


def step_and_finish(counter: Any, frames: MotionBlock | None) -> list[HoldingFinding]:
    """None stands for the end of the stream."""
    return counter.finish() if frames is None else counter.step(frames)


@pytest.mark.parametrize("name", COUNTERS)
@example(seed=0, gap=None, sizes=[1])
@example(seed=1, gap=(16.1, 1.5), sizes=[1])
@given(seed=st.integers(0, 50), gap=gaps, sizes=block_sizes)
@settings(max_examples=8, deadline=None)
def test_any_blocks_and_any_interruption_give_the_same_findings(
    name: str, seed: int, gap: Gap, sizes: list[int]
) -> None:
    make, block_of = COUNTERS[name]
    frames = frames_of(block_of(seed, gap))
    whole = run(make, step_and_finish, [*frames, None])
    parcels = [*cut(frames, sizes), None]
    assert run(make, step_and_finish, parcels) == whole
    assert run_restored(make, step_and_finish, parcels) == whole


@pytest.mark.parametrize("name", COUNTERS)
def test_there_is_something_to_compare(name: str) -> None:
    make, block_of = COUNTERS[name]
    found = run(make, step_and_finish, [*frames_of(block_of(0, None)), None])
    assert any(isinstance(each, HoldOver | CarryOver) for each in found)
    assert len(found) > 8


@pytest.mark.parametrize("gap", [None, (9.0, 1.5), (27.0, 6.0)])
@pytest.mark.parametrize("name", COUNTERS)
def test_findings_are_told_in_the_order_of_time(name: str, gap: Gap) -> None:
    make, block_of = COUNTERS[name]
    counter, last_s = make(), 0.0
    for frame in cut(frames_of(block_of(0, gap)), [1]):
        for finding in counter.step(frame):
            now_s = (frame.first_frame + 1) / 25.0
            assert finding.at_s <= now_s
            # What a gap ended is known at its end, but was seen before.
            assert finding.at_s >= last_s
            last_s = finding.at_s
    for finding in counter.finish():
        assert finding.at_s >= last_s - 0.2
