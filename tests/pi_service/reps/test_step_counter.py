"""Steps of a made-up walk."""

from __future__ import annotations

import numpy as np
import pytest
from support.chunks import frames_of
from support.streams import (
    Tempo,
    Way,
    felt,
    regular,
    reps_block,
    rest_block,
    walk_block,
    walk_motion,
    without,
)

from calibration.imu import ImuBlock
from pi_service.reps.found import Finding, RepSeen, SetReviewed
from pi_service.reps.steps import StepCounter


def findings(block: ImuBlock) -> list[Finding]:
    counter, found = StepCounter(), list[Finding]()
    for frames in frames_of(block):
        found += counter.step(frames)
    return found + counter.finish()


def walks(block: ImuBlock) -> list[int]:
    return [len(each.reps) for each in findings(block) if isinstance(each, SetReviewed)]


@pytest.mark.parametrize("steps_hz", [1.5, 1.7, 1.9, 2.1, 2.4])
@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0])
def test_steps_are_exact_within_one(steps_hz: float, rate_hz: float) -> None:
    for steps in (12, 40):
        (counted,) = walks(walk_block(steps, steps_hz, rate_hz=rate_hz, seed=steps))
        assert abs(counted - steps) <= 1


def test_live_and_final_are_the_same_steps() -> None:
    found = findings(walk_block(40, 1.8))
    (walk,) = [each for each in found if isinstance(each, SetReviewed)]
    assert tuple(each.rep for each in found if isinstance(each, RepSeen)) == walk.reps


def test_steps_follow_each_other_at_the_walks_pace() -> None:
    (walk,) = [each for each in findings(walk_block(40, 2.0)) if isinstance(each, SetReviewed)]
    lengths_s = np.diff([rep.end_s for rep in walk.reps])
    assert np.median(lengths_s) == pytest.approx(0.5, abs=0.03)
    assert all(a.end_s <= b.start_s for a, b in zip(walk.reps[:-1], walk.reps[1:], strict=True))


@pytest.mark.parametrize("noise", [0.0, 1.0, 10.0])
def test_nothing_when_still(noise: float) -> None:
    assert findings(rest_block(60.0, noise=noise)) == []


def test_a_few_steps_are_shuffling_about() -> None:
    assert findings(walk_block(3, 1.8)) == []


def test_two_walks_with_a_stand_between_are_two() -> None:
    t_s = regular(45.0, 100.0)
    first, second = (walk_motion(t_s, 20, 1.8, start_s) for start_s in (3.0, 25.0))
    both = felt(t_s, first, np.random.default_rng(0))
    other = felt(t_s, second, np.random.default_rng(0))
    later = t_s >= 20.0
    both.specific_force_ms2[later] = other.specific_force_ms2[later]
    assert both.angular_rate_rads is not None
    assert other.angular_rate_rads is not None
    both.angular_rate_rads[later] = other.angular_rate_rads[later]
    counted = walks(both)
    assert len(counted) == 2
    assert all(abs(steps - 20) <= 1 for steps in counted)


def test_a_long_gap_ends_the_walk() -> None:
    counted = walks(without(walk_block(40, 2.0), 12.0, 15.0))
    assert len(counted) == 2
    assert abs(sum(counted) - 34) <= 2


def test_the_first_steps_are_told_once_it_is_a_walk() -> None:
    found = [each for each in findings(walk_block(40, 2.0)) if isinstance(each, RepSeen)]
    at_s = [each.at_s for each in found]
    assert at_s == sorted(at_s)
    assert at_s.count(at_s[0]) >= 3
    assert all(0.0 <= each.at_s - each.rep.end_s < 0.5 for each in found[8:])


@pytest.mark.parametrize(
    "tempo", [Tempo(0.5, 0.1, 0.5, 2.0), Tempo(0.7, 0.2, 0.8, 2.0), Tempo(1.0, 1.0, 1.2, 2.0)]
)
def test_lifts_with_pauses_between_them_are_no_steps(tempo: Tempo) -> None:
    lifts, _ = reps_block(Way.HEIGHT, 10, tempo=tempo)
    assert walks(lifts) == []


def test_a_step_or_two_after_a_pause_are_none() -> None:
    """Somebody walks, stands, and shifts from one foot to the other."""
    t_s = regular(30.0, 100.0)
    walk, shift = walk_motion(t_s, 20, 1.8, 3.0), walk_motion(t_s, 2, 1.8, 16.6)
    both, other = (felt(t_s, motion, np.random.default_rng(0)) for motion in (walk, shift))
    later = t_s >= 15.5
    both.specific_force_ms2[later] = other.specific_force_ms2[later]
    assert both.angular_rate_rads is not None
    assert other.angular_rate_rads is not None
    both.angular_rate_rads[later] = other.angular_rate_rads[later]
    (counted,) = walks(both)
    assert abs(counted - 20) <= 1
