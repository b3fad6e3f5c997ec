"""Steps a second, off the times of the steps."""

from __future__ import annotations

from itertools import accumulate

import pytest

from pi_service.holding.cadence import cadence_of
from pi_service.motion.frames import FRAME_RATE_HZ


def steps(*intervals_s: float) -> list[float]:
    return list(accumulate(intervals_s, initial=3.0))


def test_one_step_has_none() -> None:
    assert cadence_of([]) is None
    assert cadence_of(steps()) is None
    assert cadence_of(steps(0.5)) == pytest.approx(2.0)


@pytest.mark.parametrize("cadence_hz", [1.31, 1.47, 1.55, 1.83])
def test_whole_frames_do_not_spoil_it(cadence_hz: float) -> None:
    told = [round(k / cadence_hz * FRAME_RATE_HZ) / FRAME_RATE_HZ for k in range(30)]
    assert cadence_of(told) == pytest.approx(cadence_hz, rel=0.003)


def test_a_slow_first_step_a_halt_and_a_missed_step_are_left_out() -> None:
    assert cadence_of(steps(1.2, *[0.6] * 9, 2.8, *[0.6] * 9, 1.2)) == pytest.approx(1.0 / 0.6)
    assert cadence_of(steps(0.6, 1.2)) == pytest.approx(1.0 / 0.6)
