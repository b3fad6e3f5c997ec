"""Was the rest at the start one? Told once, if the zero matters, and never after a quiet start."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.chunks import cut, grid_of, still_of
from support.sessions import WarmUp, make_session
from support.streams import SMALL_BIAS_RADS, Way, felt, make_lifts, motion_of, out_and_back, regular, without

from calibration.imu import ImuBlock
from pi_service.motion.start_rest import StartRest, ZeroMissing

LARGE_BIAS_RADS = (math.radians(9.0), math.radians(-6.0), math.radians(7.0))
#: Nothing is said before this.
WITHIN_S = 20.0


def told(block: ImuBlock) -> list[ZeroMissing]:
    stage, found = StartRest(), []
    cells = grid_of(block)
    for each, still in zip(cells, still_of(cells), strict=True):
        missing = stage.step(each, still)
        found += [] if missing is None else [missing]
    return found


def reps(
    bias_rads: tuple[float, float, float], *, rest_s: float = 0.0, way: Way = Way.TILT, gyro: bool = True
) -> ImuBlock:
    """Somebody who begins with reps, after a rest of so long."""
    rng = np.random.default_rng(1)
    lifts = make_lifts(14, rng, first_s=rest_s)
    t_s = regular(lifts[-1].end_s, 100.0)
    motion = motion_of(t_s, way, out_and_back(t_s, lifts))
    return felt(t_s, motion, rng, bias_rads=bias_rads, gyro=gyro)


@pytest.mark.parametrize("way", Way)
def test_a_start_in_motion_with_a_zero_that_is_off_is_told_once(way: Way) -> None:
    (missing,) = told(reps(LARGE_BIAS_RADS, way=way))
    assert missing.at_s == WITHIN_S
    assert not missing.at_rest
    # What turns about the vertical does not show: it is the rest of the bias that drifts.
    assert 0.3 < missing.rate_rads / float(np.linalg.norm(LARGE_BIAS_RADS)) <= 1.05


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("bias_rads", [SMALL_BIAS_RADS, (0.0, 0.0, 0.0)], ids=["small", "none"])
def test_a_start_in_motion_with_a_good_zero_is_not(way: Way, bias_rads: tuple[float, float, float]) -> None:
    assert told(reps(bias_rads, way=way)) == []


@pytest.mark.parametrize("rest_s", [3.0, 8.0])
@pytest.mark.parametrize("bias_rads", [SMALL_BIAS_RADS, LARGE_BIAS_RADS], ids=["small", "large"])
def test_a_quiet_start_is_not(rest_s: float, bias_rads: tuple[float, float, float]) -> None:
    assert told(reps(bias_rads, rest_s=rest_s)) == []


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_person_who_stands_and_hangs_from_a_bar(seed: int) -> None:
    """Quiet for a person, but never at rest (the one of seed 0 stands still enough for that)."""
    (missing,) = told(make_session(30.0, seed, WarmUp(), still_s=0.0).block[:3000])
    assert missing.rate_rads > math.radians(7.0)
    assert told(make_session(30.0, seed, WarmUp(zero_dps=0.5), still_s=0.0).block[:3000]) == []
    assert told(make_session(30.0, seed, WarmUp(), still_s=4.0).block[:3000]) == []


def test_a_rest_with_a_zero_beyond_the_data_sheet_is_told_as_such() -> None:
    t_s = regular(10.0, 100.0)
    motion = motion_of(t_s, Way.TILT, out_and_back(t_s, []))
    off = (math.radians(40.0), 0.0, math.radians(5.0))
    (missing,) = told(felt(t_s, motion, np.random.default_rng(0), bias_rads=off))
    assert missing.at_rest
    assert missing.at_s == 3.0
    assert missing.rate_rads == pytest.approx(np.linalg.norm(off), rel=0.05)


def test_nothing_can_be_off_without_a_gyroscope() -> None:
    assert told(reps(LARGE_BIAS_RADS, gyro=False)) == []


def test_a_stream_that_is_over_before_is_not_judged() -> None:
    assert told(reps(LARGE_BIAS_RADS)[:1900]) == []


def test_after_a_long_gap_it_begins_anew() -> None:
    block = reps(LARGE_BIAS_RADS)
    (missing,) = told(without(block, 10.0, 12.0))
    assert missing.at_s == pytest.approx(12.0 + WITHIN_S, abs=0.02)


@pytest.mark.parametrize("size", [1, 7, 333])
def test_it_is_the_same_in_any_parcels(size: int) -> None:
    block = reps(LARGE_BIAS_RADS)
    (cells,) = grid_of(block)
    (still,) = still_of([cells])
    stage, found = StartRest(), []
    for part in cut([cells], [size]):
        at = part.first_cell - cells.first_cell
        found.append(stage.step(part, still[at : at + len(part)]))
    assert [each for each in found if each is not None] == told(block)
