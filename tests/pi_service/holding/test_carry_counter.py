"""Rounds of a made-up carry: the forearm goes overhead, somebody walks, the weight comes down."""

from __future__ import annotations

import itertools

import pytest
from support.chunks import frames_of
from support.held import Walk, carrying
from support.streams import without

from calibration.imu import ImuBlock
from pi_service.holding.carries import CarryCounter
from pi_service.holding.found import Carry, CarryChange, CarryOver, CarrySeen, HoldingFinding


def findings(block: ImuBlock) -> list[HoldingFinding]:
    counter, found = CarryCounter(), list[HoldingFinding]()
    for frames in frames_of(block):
        found += counter.step(frames)
    return found + counter.finish()


def rounds(block: ImuBlock) -> list[Carry]:
    return [each.carry for each in findings(block) if isinstance(each, CarryOver)]


def one_round(steps: int = 24, steps_hz: float = 1.6) -> ImuBlock:
    walk = Walk(8.0, steps, steps_hz)
    return carrying([walk], [(4.0, walk.end_s + 1.5)], walk.end_s + 8.0)


@pytest.mark.parametrize("steps_hz", [1.4, 1.6, 1.9])
def test_steps_of_a_round_are_exact_within_one(steps_hz: float) -> None:
    (carry,) = rounds(one_round(24, steps_hz))
    assert abs(len(carry.steps_s) - 24) <= 1
    assert carry.cadence_hz == pytest.approx(steps_hz, rel=0.05)
    assert 4.0 < carry.start_s < 7.0
    assert carry.end_s == pytest.approx(8.0 + 24 / steps_hz + 1.5, abs=0.8)
    assert carry.sway is not None
    assert carry.sway.rms_deg < 3.0


def test_walking_with_a_hanging_arm_is_no_carry() -> None:
    assert rounds(carrying([Walk(3.0, 24)], [], 25.0, swing_deg=15.0)) == []
    assert rounds(carrying([Walk(3.0, 24)], [], 25.0)) == []


def test_an_arm_that_is_overhead_without_a_walk_is_no_carry() -> None:
    assert rounds(carrying([Walk(20.0, 20)], [(4.0, 14.0)], 40.0)) == []


def test_each_time_overhead_is_a_round() -> None:
    walks = [Walk(8.0, 16), Walk(32.0, 12)]
    found = rounds(carrying(walks, [(4.0, 19.5), (28.0, 41.0)], 50.0))
    assert [abs(len(each.steps_s) - walk.steps) <= 1 for each, walk in zip(found, walks, strict=True)] == [
        True,
        True,
    ]


def test_steps_are_told_as_they_come() -> None:
    seen = [each for each in findings(one_round()) if isinstance(each, CarrySeen)]
    assert seen[0].change is CarryChange.STARTED
    told = [each.steps for each in seen if each.change is CarryChange.STEP]
    assert told == list(range(told[0], told[-1] + 1))
    assert all(0.0 <= later.at_s - earlier.at_s < 1.0 for earlier, later in itertools.pairwise(seen[1:]))


def test_a_round_begins_anew_after_a_long_gap() -> None:
    walk = Walk(8.0, 40)
    block = without(carrying([walk], [(4.0, walk.end_s + 1.5)], walk.end_s + 8.0), 20.0, 22.0)
    first, second = rounds(block)
    assert first.end_s == pytest.approx(20.0, abs=0.3)
    assert len(first.steps_s) + len(second.steps_s) == pytest.approx(40 - 3, abs=3)


def test_who_swings_the_arm_lets_it_hang_whatever_it_did_before() -> None:
    """The stream begins with the arm overhead; walking with an arm that swings tells better."""
    walks = [Walk(10.0, 20), Walk(36.0, 20)]
    parts = carrying(walks, [(-3.0, 4.0), (28.0, 50.5)], 60.0, swing_deg=13.0)
    assert rounds(parts) == []
    swings = Walk(10.0, 20)
    quiet = carrying([swings], [(-3.0, 4.0)], 30.0, swing_deg=13.0)
    assert rounds(quiet) == []
