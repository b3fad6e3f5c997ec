"""The way of a repetition that its swing alone does not show."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.athlete.jets import step
from pi_service.reps.follow import Swing, Track
from pi_service.reps.other_half import other_half
from pi_service.reps.pose import PosePath

HZ = 25.0
#: The stretch begins in this frame.
FIRST = 400
T_S = (np.arange(300) + 0.5) / HZ
#: It is turned from 4 s to 4.5 s, and is back at 6 s.
BACK = Swing(FIRST + 100, FIRST + 155, FIRST + 118, FIRST + 143, False, 1.1, 0.9)


def track_of(signal: FloatArray) -> Track:
    n = len(signal)
    return Track(PosePath(FIRST, np.zeros((n, 5)), 0.25, np.zeros((n, 7))), signal, [])


def moved(*ways: tuple[float, float, float]) -> FloatArray:
    """Movements with the least jerk: begin (s), duration (s), how far."""
    return np.sum([step(T_S, begin_s, lasts_s).value * far for begin_s, lasts_s, far in ways], axis=0)


#: The set begins at 0: a way out from 2.8 s on, the way back, and what comes after.
OUT_AND_BACK = ((2.8, 1.2, 1.0), (4.5, 1.5, -1.0))


class TestBefore:
    @pytest.mark.parametrize("from_", [0.0, -2.0], ids=["at home", "from elsewhere"])
    def test_the_way_out_lies_between_rest_and_turn(self, from_: float) -> None:
        signal = from_ + moved((0.3, 1.2, -from_), *OUT_AND_BACK)
        out = other_half(track_of(signal), BACK, before=True)
        assert out is not None
        assert (out.end, out.rising, out.size) == (BACK.begin, True, BACK.size)
        # A tenth of the way takes a quarter of the time.
        assert (out.leaves - FIRST) / HZ == pytest.approx(2.8 + 0.25 * 1.2, abs=0.08)
        assert (out.arrives - FIRST) / HZ == pytest.approx(4.0 - 0.25 * 1.2, abs=0.08)
        # The rest that belongs to it is not what came before.
        assert (1.3 if from_ else 1.0) < (out.begin - FIRST) / HZ < 2.9

    def test_what_does_not_rest_in_the_start_pose_is_no_way_out(self) -> None:
        signal = moved((2.0, 2.0, 3.0), (4.5, 1.5, -1.0))
        assert other_half(track_of(signal), BACK, before=True) is None

    def test_what_the_stream_cut_is_no_way_out(self) -> None:
        signal = moved(*OUT_AND_BACK)
        path = track_of(signal).path
        cut = Track(path[80:], signal[80:], [])  # in the middle of it
        assert other_half(cut, BACK, before=True) is None

    def test_what_goes_on_beyond_the_turn_is_another_movement(self) -> None:
        signal = moved((2.8, 0.6, 1.6), (3.4, 0.6, -0.6), (4.5, 1.5, -1.0))
        assert other_half(track_of(signal), BACK, before=True) is None

    def test_a_pause_at_another_level_is_not_home(self) -> None:
        signal = moved((1.0, 0.8, 0.5), (3.2, 0.8, 0.5), (4.5, 1.5, -1.0))
        out = other_half(track_of(signal), BACK, before=True)
        assert out is not None
        assert (out.leaves - FIRST) / HZ < 2.0


class TestAfter:
    def test_the_way_back_is_found_the_same_way(self) -> None:
        signal = moved((1.0, 1.2, 1.0), (2.8, 1.2, -1.0), (6.0, 1.5, -2.0))
        out = Swing(FIRST + 20, FIRST + 60, FIRST + 32, FIRST + 47, True, 0.9, 0.9)
        back = other_half(track_of(signal), out, before=False)
        assert back is not None
        assert (back.begin, back.rising) == (out.end, False)
        assert (back.leaves - FIRST) / HZ == pytest.approx(2.8 + 0.25 * 1.2, abs=0.08)
        assert (back.arrives - FIRST) / HZ == pytest.approx(4.0 - 0.25 * 1.2, abs=0.08)
        assert 3.8 < (back.end - FIRST) / HZ < 6.3

    def test_a_limb_that_stays_has_no_way_back(self) -> None:
        out = Swing(FIRST + 20, FIRST + 60, FIRST + 32, FIRST + 47, True, 0.9, 0.9)
        assert other_half(track_of(moved((1.0, 1.2, 1.0))), out, before=False) is None

    def test_the_weight_may_be_put_down_in_one_go(self) -> None:
        """Past the start pose without a rest: where the way ended nobody knows."""
        out = Swing(FIRST + 20, FIRST + 60, FIRST + 32, FIRST + 47, True, 0.9, 0.9)
        assert other_half(track_of(moved((1.0, 1.2, 1.0), (2.8, 2.0, -3.0))), out, before=False) is None


def test_a_swing_that_goes_nowhere_has_no_other_half() -> None:
    assert other_half(track_of(np.zeros(300)), BACK, before=True) is None
