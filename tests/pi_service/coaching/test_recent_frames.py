"""What is kept of a sensor's recent frames."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pi_service.coaching.recent import UP, Recent
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock


def frames(first: int, count: int) -> MotionBlock:
    number = np.arange(first, first + count, dtype=float)
    up = np.stack((number, np.zeros(count), np.ones(count)), axis=1)
    zeros = np.zeros(count)
    return MotionBlock(first, False, up, zeros, zeros, zeros, zeros > 0)


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_what_was_taken_is_found_again_however_it_came(sizes: list[int]) -> None:
    recent, first = Recent(), 100
    for size in sizes:
        recent.step(frames(first, size))
        first += size
    found = recent.seen(100 / 25, first / 25)
    assert found.rows[:, 0].tolist() == list(range(100, first))


def test_a_gap_is_a_hole() -> None:
    recent = Recent()
    recent.step(frames(0, 50))
    recent.step(frames(75, 50))
    found = recent.seen(0.0, 6.0)
    assert np.isnan(found.rows[50:75]).all()
    assert np.isnan(found.rows[125:]).all()
    assert len(found.up_between(1.0, 4.0)) == 50
    assert found.known_share(1.0, 3.0) == 0.5


def test_old_pieces_are_forgotten_and_the_others_stay() -> None:
    recent = Recent()
    for first in range(0, 2500, 25):
        recent.step(frames(first, 25))
    recent.forget_before(60.0)
    assert not np.isnan(recent.seen(60.0, 100.0).rows).any()
    assert recent.state.pieces[0][0] > 0


def test_what_was_before_a_slip_is_turned() -> None:
    recent = Recent()
    recent.step(frames(0, 50))
    quarter = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    recent.turn_before(quarter, 1.0)
    up = recent.seen(0.0, 2.0).rows[:, UP]
    assert np.allclose(up[:25, 0], 1.0)
    assert np.allclose(up[:25, 2], -np.arange(25))
    assert np.allclose(up[25:, 2], 1.0)


def test_up_is_told_at_any_time_also_half_way_between_two_frames() -> None:
    recent = Recent()
    recent.step(frames(100, 10))
    for half_frames in range(202, 218):
        assert recent.up_at(half_frames / 2.0 / FRAME_RATE_HZ).shape == (3,)
        assert not np.isnan(recent.up_at(half_frames / 2.0 / FRAME_RATE_HZ)).any()
    assert np.isnan(recent.up_at(99.0 / FRAME_RATE_HZ)).all()
    assert np.isnan(recent.up_at(110.0 / FRAME_RATE_HZ)).all()


def test_what_is_looked_at_later_keeps_its_times() -> None:
    recent = Recent()
    recent.step(frames(100, 100))
    found = recent.seen(5.0, 7.0)
    assert found.up_between(5.2, 5.4)[:, 0].tolist() == list(range(130, 135))
    assert found.known_share(6.0, 8.0) == 0.5
    assert len(found.between(0.0, 4.0)) == 0


def test_of_later_pieces_only_what_was_before_a_slip_is_turned() -> None:
    recent = Recent()
    recent.step(frames(100, 50))
    recent.step(frames(200, 50))
    recent.turn_before(np.diag([-1.0, 1.0, -1.0]), 5.0)
    up = recent.seen(4.0, 10.0).rows[:, UP]
    assert np.allclose(up[:25, 2], -1.0)
    assert np.allclose(up[25:50, 2], 1.0)
    assert np.allclose(up[100:, 2], 1.0)
