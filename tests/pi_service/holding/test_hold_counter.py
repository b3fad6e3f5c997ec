"""Holds of a made-up sensor: entered, broken, resumed, over by itself."""

from __future__ import annotations

import numpy as np
import pytest
from support.chunks import frames_of
from support.held import Turn, tilting
from support.streams import without

from calibration.imu import ImuBlock
from pi_service.holding.found import Hold, HoldChange, HoldingFinding, HoldOver, HoldSeen
from pi_service.holding.holds import HoldCounter, HoldParams

PARAMS = HoldParams(least_deg=10.0, most_deg=45.0)


def findings(block: ImuBlock, params: HoldParams = PARAMS) -> list[HoldingFinding]:
    counter, found = HoldCounter(params), list[HoldingFinding]()
    for frames in frames_of(block):
        found += counter.step(frames)
    return found + counter.finish()


def holds(block: ImuBlock, params: HoldParams = PARAMS) -> list[Hold]:
    return [each.hold for each in findings(block, params) if isinstance(each, HoldOver)]


@pytest.mark.parametrize("deg", [13.0, 20.0, 40.0, -20.0])
@pytest.mark.parametrize("move_s", [0.6, 1.5, 3.0])
def test_a_hold_is_as_long_as_it_was(deg: float, move_s: float) -> None:
    (hold,) = holds(tilting([Turn(4.0, deg, move_s), Turn(20.0, -deg, move_s)], 28.0))
    (part,) = hold.parts
    assert hold.start_s == pytest.approx(4.0, abs=0.25)
    assert part.start_s == pytest.approx(4.0 + move_s, abs=0.35)
    assert part.end_s == pytest.approx(20.0, abs=0.35)
    assert hold.held_s == pytest.approx(16.0 - move_s, abs=0.5)
    assert hold.tilt_deg == pytest.approx(abs(deg), abs=1.0)


def test_less_than_ten_degrees_is_no_hold() -> None:
    assert holds(tilting([Turn(4.0, 8.0), Turn(20.0, -8.0)], 28.0)) == []


def test_a_moment_is_no_hold() -> None:
    assert holds(tilting([Turn(4.0, 20.0), Turn(8.0, -20.0)], 20.0)) == []


def test_what_is_far_away_is_another_start_pose() -> None:
    """Kneeling down tilts by 70 degrees; the hold begins from there."""
    turns = [Turn(3.0, 70.0), Turn(12.0, -18.0), Turn(28.0, 18.0), Turn(33.0, -70.0)]
    (hold,) = holds(tilting(turns, 42.0))
    assert hold.held_s == pytest.approx(14.5, abs=0.3)
    assert holds(tilting([Turn(3.0, 70.0), Turn(25.0, -70.0)], 34.0)) == []


@pytest.mark.parametrize(("gone_s", "parts"), [(0.7, 1), (1.4, 2), (4.0, 2)])
def test_a_break_of_less_than_a_second_does_not_end_it(gone_s: float, parts: int) -> None:
    quick = 0.3
    turns = [
        Turn(4.0, 18.0),
        Turn(16.0, -18.0, quick),
        Turn(16.0 + gone_s - quick, 18.0, quick),
        Turn(30.0, -18.0),
    ]
    found = findings(tilting(turns, 42.0))
    (hold,) = [each.hold for each in found if isinstance(each, HoldOver)]
    assert len(hold.parts) == parts
    assert hold.held_s == pytest.approx(24.5 - gone_s, abs=0.35)
    changes = [each.change for each in found if isinstance(each, HoldSeen)]
    broken = [HoldChange.LEFT, HoldChange.RESUMED] * (parts - 1)
    assert [each for each in changes if each is not HoldChange.GOING] == [
        HoldChange.ENTERED,
        *broken,
        HoldChange.LEFT,
    ]


def test_it_is_over_when_it_is_not_resumed() -> None:
    turns = [Turn(4.0, 18.0), Turn(16.0, -18.0), Turn(25.0, 18.0), Turn(40.0, -18.0)]
    found = findings(tilting(turns, 52.0))
    ends = [each for each in found if isinstance(each, HoldOver)]
    assert [len(each.hold.parts) for each in ends] == [1, 1]
    assert ends[0].at_s == pytest.approx(21.0, abs=0.5)


def test_seconds_are_told_as_they_pass() -> None:
    found = findings(tilting([Turn(4.0, 20.0), Turn(20.0, -20.0)], 28.0))
    seen = [each for each in found if isinstance(each, HoldSeen)]
    going = [each for each in seen if each.change in (HoldChange.ENTERED, HoldChange.GOING)]
    assert [int(each.held_s) for each in going] == list(range(5, 15))
    assert all(each.at_s - (5.5 + each.held_s) < 0.4 for each in going)


def test_sway_is_no_break_and_is_measured() -> None:
    (calm,) = holds(tilting([Turn(4.0, 20.0), Turn(30.0, -20.0)], 38.0, sway_deg=0.2))
    (unsteady,) = holds(tilting([Turn(4.0, 20.0), Turn(30.0, -20.0)], 38.0, sway_deg=1.2))
    assert len(unsteady.parts) == 1
    assert calm.sway is not None
    assert unsteady.sway is not None
    assert calm.sway.rms_deg == pytest.approx(0.2 / np.sqrt(2.0), abs=0.1)
    assert unsteady.sway.rms_deg == pytest.approx(1.2 / np.sqrt(2.0), abs=0.15)
    assert unsteady.sway.range_deg == pytest.approx(2.4, abs=0.3)
    assert unsteady.sway.sparc is not None
    assert unsteady.sway.sparc < 0.0


def test_a_long_gap_ends_it_where_it_was_seen_last() -> None:
    block = without(tilting([Turn(4.0, 20.0), Turn(30.0, -20.0)], 38.0), 15.0, 18.0)
    first, _ = holds(block)
    assert first.end_s == pytest.approx(15.0, abs=0.3)


def test_the_end_of_the_stream_ends_it() -> None:
    (hold,) = holds(tilting([Turn(4.0, 20.0)], 20.0))
    assert hold.end_s == pytest.approx(20.0, abs=0.3)


def test_the_start_pose_is_known_over_a_gap() -> None:
    """What is held on is another hold, and the start pose that is come back to is none."""
    trace = without(tilting([Turn(4.0, 20.0), Turn(40.0, -20.0)], 70.0), 18.0, 20.0)
    first, second = holds(trace)
    assert first.held_s == pytest.approx(12.5, abs=0.5)
    assert second.held_s == pytest.approx(20.0, abs=0.7)
    assert second.end_s == pytest.approx(40.0, abs=0.5)
