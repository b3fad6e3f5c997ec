"""The first way out, or the last way back, as a part of a longer movement."""

from __future__ import annotations

import pytest
from support.levels import track_of

from pi_service.reps.hidden import is_hidden_half
from pi_service.reps.swings import cut_swings, turning_points


def hidden(levels: list[float], run: list[int], at: int, aside: list[float] | None = None) -> bool:
    track = track_of(levels, aside)
    turns = turning_points(track.signal, 0.4)
    swings = cut_swings(track.path.points, track.signal, turns)
    return is_hidden_half(track.path.points, track.signal, swings, run, at)


@pytest.mark.parametrize(
    ("start", "expected"),
    [(-1.0, True), (-0.1, True), (0.1, True), (0.4, False)],
    ids=["from far below", "from home", "nearly a whole one", "half of one"],
)
def test_a_way_out_from_further_away_holds_a_first_half(start: float, expected: bool) -> None:
    assert hidden([start, 1, 0, 1, 0, 1, 0], [1, 2, 3, 4, 5], 0) is expected


@pytest.mark.parametrize(("end", "expected"), [(-1.0, True), (0.4, False)])
def test_a_way_back_to_further_away_holds_a_last_half(end: float, expected: bool) -> None:
    assert hidden([0, 1, 0, 1, 0, 1, end], [0, 1, 2, 3, 4], 5) is expected


def test_a_movement_that_turns_the_limb_elsewhere_does_not() -> None:
    aside = [6.0, 0, 0, 0, 0, 0, 0]
    assert not hidden([0, 1, 0, 1, 0, 1, 0], [1, 2, 3, 4, 5], 0, aside)


def test_one_swing_alone_says_nothing() -> None:
    assert not hidden([0, 1, 0, 1, 0], [1, 2], 0)
