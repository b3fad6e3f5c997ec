"""What is told at little cost agrees with what is told at full cost."""

from __future__ import annotations

import pytest
from support.chunks import frames_of
from support.streams import Way, reps_block, rest_block, walk_block

from calibration.imu import ImuBlock
from pi_service.reps.cuts import FEWEST_SWINGS, Cut, cuts, may_begin_after, run_start, that_may_repeat
from pi_service.reps.follow import follow
from pi_service.reps.history import History
from pi_service.reps.params import CounterParams, Window
from pi_service.reps.pose import PosePath, pose_path
from pi_service.reps.signals import alternating_likeness, best_found, projections
from pi_service.reps.swings import cut_swings

PARAMS = CounterParams()


def history_of(block: ImuBlock) -> History:
    history = History()
    for frames in frames_of(block):
        if frames.restart:
            history.restart(frames.first_frame)
        history.append(frames)
    return history


def path_of(block: ImuBlock, slowest_hz: float = 0.12) -> PosePath:
    history = history_of(block)
    return pose_path(history.begin, history.rows(history.begin, history.end), slowest_hz)


def all_cuts(path: PosePath) -> list[Cut]:
    return list(cuts(path, projections(path.points), PARAMS))


@pytest.mark.parametrize(
    "block", [reps_block(Way.TILT, 6)[0][:1500], walk_block(40, 1.9)], ids=["lifting", "walking"]
)
def test_a_cut_is_dropped_only_if_no_run_of_all_its_swings_reaches_the_end(block: ImuBlock) -> None:
    path = path_of(block)
    given_out = all_cuts(path)
    assert given_out
    kept = [id(turns) for _, _, turns in that_may_repeat(path.points, given_out, PARAMS)]
    for _, signal, turns in given_out:
        swings = cut_swings(path.points, signal, turns)
        alike, count = alternating_likeness(swings).tolist(), len(swings)
        runs = [last - run_start(alike, last, PARAMS.same) for last in (count, count - 1)]
        assert (id(turns) in kept) == (max(runs) >= FEWEST_SWINGS)


def test_a_sensor_that_rests_is_not_cut() -> None:
    assert not all_cuts(path_of(rest_block(20.0)))


def test_a_set_is_found_after_what_came_before_it_only() -> None:
    block, lifts = reps_block(Way.TILT, 6)
    history = history_of(block)
    now = round(lifts[-1].end_s * 25.0)
    found = best_found(history, history.begin, now, PARAMS)
    assert found is not None
    again = best_found(history, history.begin, now, PARAMS, after=found.begin - 1)
    assert again is not None
    assert (again.begin, again.end, again.quality) == (found.begin, found.end, found.quality)
    assert best_found(history, history.begin, now, PARAMS, after=now - 30) is None
    assert not may_begin_after(path_of(block), projections(path_of(block).points), history.end - 5, PARAMS)


def test_the_newest_swings_are_the_same_without_those_before() -> None:
    block, lifts = reps_block(Way.TILT, 8)
    history = history_of(block)
    now = round(lifts[-1].end_s * 25.0)
    pattern = best_found(history, history.begin, now, PARAMS)
    assert pattern is not None
    whole = [swing for run in follow(history, pattern, 0, now, PARAMS).runs for swing in run]
    since = whole[-3].begin
    newest = [swing for run in follow(history, pattern, 0, now, PARAMS, since).runs for swing in run]
    assert newest == [swing for swing in whole if swing.end >= since]


def test_a_window_in_which_the_sensor_rests_is_not_looked_at() -> None:
    history = history_of(rest_block(30.0))
    short = CounterParams(windows=(Window(10.0, 0.25),))
    assert best_found(history, history.begin, history.end, short) is None
