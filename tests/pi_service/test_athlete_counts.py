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


@pytest.mark.parametrize(
    ("variant", "placement", "seed"),
    [("barbell_row", "wrist", 4), ("band_row", "wrist", 1), ("lat_pulldown", "wrist", 3)],
    ids=["turning round twice", "steps before and after", "reaching for the handle"],
)
def test_what_comes_before_and_after_a_set_is_no_rep(variant: str, placement: str, seed: int) -> None:
    counted = count(Job(variant, placement, seed, told=True))
    assert counted.final == counted.made


@pytest.mark.parametrize(
    ("variant", "placement", "seed"), [("band_row", "wrist", 16), ("dead_lift", "wrist", 21)]
)
def test_what_follows_the_last_rep_after_a_pause_and_is_unlike_the_set_is_not_told(
    variant: str, placement: str, seed: int
) -> None:
    counted = count(Job(variant, placement, seed, told=True))
    assert (counted.final, counted.live) == (counted.made, counted.made)


def test_what_was_told_before_a_set_that_is_like_it_is_withdrawn_while_the_set_goes_on() -> None:
    """Moving the arms and settling into the start pose pass for two reps, of another set than the real."""
    counted = count(Job("band_row", "wrist", 1, told=True))
    assert (counted.final, counted.live) == (counted.made, 2 + counted.made)
