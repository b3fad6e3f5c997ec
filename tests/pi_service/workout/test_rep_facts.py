"""From a counted rep to what it is judged by."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pi_service.coaching.recent import Recent
from pi_service.motion.frames import MotionBlock
from pi_service.reps.found import Measures, Velocity
from pi_service.workout.events import Rep
from pi_service.workout.rep_facts import facts_of


def rep(out_mps: float) -> Rep:
    measures = Measures(
        leaves_s=1.0,
        reaches_s=2.0,
        returns_s=2.5,
        arrives_s=4.5,
        back_is_over=True,
        range_deg_uncertainty=0.5,
        range_m_uncertainty=0.01,
        out=Velocity(out_mps, 2 * out_mps, 0.03, 0.03),
        back=Velocity(-out_mps / 2, -out_mps, 0.03, 0.03),
        home_pause_s=0.4,
    )
    return Rep(1, 1.1, 2.2, 4.4, 4.6, 20.0, 0.5, 0.9, measures, out_lifts=True)


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


def test_what_lifts_begins_and_ends_on_its_own_way() -> None:
    out, back = (
        facts_of(dataclasses.replace(rep(0.5), out_lifts=lifts), Recent(), Recent(), torso_until_s=9.0)
        for lifts in (True, False)
    )
    assert (out.lifts_from_s, out.lifts_until_s, out.lifting_s, out.top_pause_s) == (1.0, 2.0, 1.0, 0.5)
    assert (back.lifts_from_s, back.lifts_until_s, back.lifting_s, back.top_pause_s) == (2.5, 4.5, 2.0, 0.4)
