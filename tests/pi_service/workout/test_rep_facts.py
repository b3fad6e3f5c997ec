"""From a counted rep to what it is judged by."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pi_service.coaching.recent import Recent
from pi_service.exercises import Way
from pi_service.motion.frames import MotionBlock
from pi_service.reps.found import Measures, Velocity
from pi_service.workout.events import Rep
from pi_service.workout.rep_facts import facts_of


def rep(out_mps: float, *, uncertainty_mps: float = 0.03) -> Rep:
    measures = Measures(
        leaves_s=1.0,
        reaches_s=2.0,
        returns_s=2.5,
        arrives_s=4.5,
        back_is_over=True,
        range_deg_uncertainty=0.5,
        range_m_uncertainty=0.01,
        out=Velocity(out_mps, 2 * out_mps, uncertainty_mps, uncertainty_mps),
        back=Velocity(-out_mps / 2, -out_mps, uncertainty_mps, uncertainty_mps),
        home_pause_s=0.4,
    )
    return Rep(1, 1.1, 2.2, 4.4, 4.6, 20.0, 0.5, 0.9, measures, out_lifts=True)


def tempo(out_mps: float, out_goes: Way | None, uncertainty_mps: float = 0.03) -> tuple[float | None, ...]:
    counted = rep(out_mps, uncertainty_mps=uncertainty_mps)
    facts = facts_of(counted, Recent(), Recent(), torso_until_s=9.0, out_goes=out_goes)
    return facts.lowering_s, facts.stretch_pause_s, facts.lifting_s, facts.top_pause_s


@pytest.mark.parametrize("out_goes", [None, Way.DOWN])
def test_a_rep_as_the_exercise_wants_it_keeps_its_figures(out_goes: Way | None) -> None:
    assert tempo(-0.5, out_goes) == (2.0, 0.4, 1.0, 0.5)


def test_a_rep_that_was_counted_from_its_turning_point_is_turned_round() -> None:
    assert tempo(0.5, Way.DOWN) == (1.0, 0.5, 2.0, 0.4)
    facts = facts_of(rep(0.5), Recent(), Recent(), torso_until_s=9.0, out_goes=Way.DOWN)
    assert (facts.lifts_from_s, facts.lifts_until_s) == (2.5, 4.5)


def test_a_travel_that_is_short_turns_nothing_round_where_it_must_be_far() -> None:
    for least_m, lowering_s in ((0.2, 1.0), (0.6, 2.0)):
        facts = facts_of(rep(0.5), Recent(), Recent(), torso_until_s=9.0, out_goes=Way.DOWN, least_m=least_m)
        assert facts.lowering_s == lowering_s


@pytest.mark.parametrize(("rise_m", "lowering_s"), [(-0.4, 1.0), (0.4, 2.0), (-0.1, 2.0), (None, 2.0)])
def test_a_torso_that_is_lifted_says_which_way_lifts(rise_m: float | None, lowering_s: float) -> None:
    torso = Recent()
    if rise_m is not None:
        share = np.clip(np.arange(125) / 25.0 - 1.0, 0.0, 1.0)  # up, or down, on the way out from 1 to 2 s
        way = rise_m * share**3 * (10.0 + share * (6.0 * share - 15.0))
        acceleration, none = np.gradient(np.gradient(way)) * 25.0**2, np.zeros(125)
        up = np.tile((1.0, 0.0, 0.0), (125, 1))
        torso.step(MotionBlock(0, True, up, none, acceleration, np.abs(acceleration), none > 0.0))
    pull_up = dataclasses.replace(rep(0.02), range_m=None)
    for by_torso, expected in ((True, lowering_s), (False, 2.0)):
        facts = facts_of(pull_up, Recent(), torso, torso_until_s=9.0, by_torso=by_torso)
        assert facts.lowering_s == expected


def test_a_velocity_that_is_not_clear_turns_nothing_round() -> None:
    assert tempo(0.1, Way.DOWN, uncertainty_mps=0.05) == (2.0, 0.4, 1.0, 0.5)
