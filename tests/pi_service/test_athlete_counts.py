"""Sets of the simulated athlete from what the sensor feels to the count."""

from __future__ import annotations

import pytest

from benchmarks.athlete_counts import Job, count


@pytest.mark.parametrize("seed", [1, 2])
def test_a_lift_with_pauses_is_one_rep_live_too(seed: int) -> None:
    """A quick high pass makes three swings of it: up, sinking in the pause, and down."""
    counted = count(Job("dead_lift", "bar", seed, told=True))
    assert (counted.final, counted.live) == (counted.made, counted.made)


def test_bending_down_for_the_bar_and_standing_up_is_no_rep() -> None:
    counted = count(Job("dead_lift", "wrist", 2, told=True))
    assert counted.final == counted.made
