"""A clip that slips: what the watch gives back to the counter."""

from __future__ import annotations

import numpy as np
import pytest
from support.chunks import frames_of
from support.slips import VARIANTS, SlippedSet, slipped_set
from support.streams import Way, reps_block

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import History
from pi_service.reps.params import CounterParams
from pi_service.reps.path_fit import angle_deg_of
from pi_service.reps.pose import TILT
from pi_service.reps.signals import Pattern, best_found
from pi_service.reps.slip_search import Slip
from pi_service.reps.slips import SlipWatch, turned_pattern

PARAMS = CounterParams()


def history_of(made: SlippedSet) -> History:
    history = History()
    for frames in frames_of(made.block):
        history.append(frames)
    return history


def frame(at_s: float) -> int:
    return round(at_s * FRAME_RATE_HZ)


def learned(history: History, made: SlippedSet, reps: slice) -> Pattern:
    """The pattern of some reps of the set."""
    some = made.bout.truth.reps[reps]
    found = best_found(history, frame(some[0].start_s - 0.5), frame(some[-1].end_s + 0.5), PARAMS)
    assert found is not None
    return found


@pytest.mark.parametrize("reps", [slice(0, 5), slice(-5, None)], ids=["before", "after"])
def test_the_pattern_may_be_of_either_side(reps: slice) -> None:
    made = slipped_set(2, "pull_up")
    assert made.slip is not None
    history = history_of(made)
    pattern = learned(history, made, reps)
    now = frame(made.bout.truth.reps[-1].end_s)
    found = SlipWatch(PARAMS).look_back(history, pattern, 0, now)
    (slip,) = found.slips
    assert slip.angle_deg == pytest.approx(made.slip.angle_deg, abs=5.0)
    (told,) = found.told(now)
    assert told.at_s == now / FRAME_RATE_HZ
    assert (told.start_s, told.end_s) == (slip.begin / FRAME_RATE_HZ, slip.end / FRAME_RATE_HZ)
    assert abs(told.start_s - made.slip.start_s) < 0.5
    assert angle_deg_of(np.array(told.rotation)) == pytest.approx(told.angle_deg, abs=0.06)


def test_it_is_seen_live_once_enough_came_after_it() -> None:
    made = slipped_set(2, "pull_up")
    assert made.slip is not None
    history, watch = history_of(made), SlipWatch(PARAMS)
    pattern = learned(history, made, slice(0, 5))
    every = PARAMS.search_frames
    seen = [
        now
        for now in range(every, frame(made.bout.truth.reps[-1].end_s), every)
        if watch.look(history, pattern, 0, now) is not None
    ]
    assert 0.0 < seen[0] / FRAME_RATE_HZ - made.slip.end_s < 3.0 * pattern.period_s
    mended = watch.look(history, pattern, 0, seen[0])
    assert mended is not None
    assert watch.look(mended.history, mended.pattern, 0, seen[0] + every) is None, "it is told once"


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_a_slip_the_counter_gets_back_what_it_gave(variant: str) -> None:
    made = slipped_set(3, variant, slips=False)
    history = history_of(made)
    pattern = learned(history, made, slice(1, None))
    found = SlipWatch(PARAMS).look_back(history, pattern, 0, history.end)
    assert found.slips == ()
    assert found.told(history.end) == []
    assert found.history is history
    assert found.pattern is pattern


@pytest.mark.parametrize("way", Way)
def test_plain_sets_show_no_slip(way: Way) -> None:
    block, lifts = reps_block(way, 8)
    history = History()
    for frames in frames_of(block):
        history.append(frames)
    pattern = best_found(history, 0, frame(lifts[-1].end_s + 1.0), PARAMS)
    assert pattern is not None
    assert SlipWatch(PARAMS).look_back(history, pattern, 0, history.end).slips == ()


def test_a_pattern_turns_with_the_sensor_in_tilt_only() -> None:
    made = slipped_set(3, "pull_up", slips=False)
    pattern = learned(history_of(made), made, slice(1, None))
    turn_rad = np.array([0.2, -0.5, 0.1])
    there = Slip(10, np.array([0.5, 1.0]), turn_rad, 1.0)
    back = Slip(10, np.array([0.5, 1.0]), -turn_rad, 1.0)
    turned = turned_pattern(pattern, there)
    assert not np.allclose(turned.weights[TILT], pattern.weights[TILT])
    np.testing.assert_array_equal(turned.weights[3:], pattern.weights[3:])
    again = turned_pattern(turned, back)
    for name in ("weights", "rising", "falling"):
        np.testing.assert_allclose(getattr(again, name), getattr(pattern, name), atol=1e-12)
