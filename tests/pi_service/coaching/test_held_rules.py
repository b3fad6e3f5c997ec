"""Each rule of holds and carries on values that were made with a ruler."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from calibration.imu import FloatArray
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import Worn
from pi_service.coaching.held_facts import HeldFacts, Steadiness, Walked
from pi_service.coaching.held_judge import HELD_CHECKS, HeldJudge
from pi_service.coaching.verdict import Basis, SetVerdict, Unjudged, Verdict
from pi_service.coaching.words import judgement_lines
from pi_service.exercises import Bound, BoundFrom, RuleName, RuleTerms, load_exercises

ALIGNED = Placement(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), PlacementKind.WRIST)
HOLD = HeldFacts(held_s=40.0, breaks=0, steadiness=Steadiness(0.5, 2.0, 0.3))


def pose(off_deg: float, frames: int = 500) -> FloatArray:
    """Up in a sensor whose x axis is so far off the vertical, and bounces a little with the steps."""
    off = np.radians(off_deg + 2.0 * np.sin(2.0 * math.pi * 1.5 * np.arange(frames) / 25.0))
    return np.stack((np.cos(off), np.sin(off), np.zeros(frames)), axis=1)


def carried(off_deg: float = 3.0, walked: Walked | None = None, hang: FloatArray | None = None) -> HeldFacts:
    walked = walked or Walked(18.3, 1.0, is_measured=True, cadence_hz=1.5)
    return HeldFacts(walked=walked, steadiness=Steadiness(1.0, 4.0, 9.0), up=pose(off_deg), hang=hang)


def check(
    name: str, facts: HeldFacts, worn: Worn | None = None, inferred: Bound | None = None, **bound: float
) -> Verdict | Unjudged:
    terms = RuleTerms(
        RuleName(name), Bound(**bound), inferred, BoundFrom.OWN_DEFAULT, "Do it better.", "It matters."
    )
    found = HELD_CHECKS[terms.name](terms, worn or Worn()).check(facts)
    return found.verdict if isinstance(found, SetVerdict) else found


@pytest.mark.parametrize(
    ("name", "facts", "value"),
    [
        ("hold_time", HOLD, 40.0),
        ("breaks", HOLD, 0.0),
        ("sway", HOLD, 0.5),
        ("sway_range", HOLD, 2.0),
        ("shake", HOLD, 0.3),
        ("cadence", carried(), 1.5),
        ("distance", carried(), 18.3),
    ],
)
def test_each_value_is_judged_against_its_bound(name: str, facts: HeldFacts, value: float) -> None:
    good, bad = check(name, facts, most=value), check(name, facts, least=value + 3.0)
    assert isinstance(good, Verdict)
    assert isinstance(bad, Verdict)
    assert (good.measured, good.ok, good.cue, good.basis) == (value, True, None, Basis.MEASURED)
    assert (bad.ok, bad.cue) == (False, "Do it better.")


def test_a_distance_is_short_only_if_it_surely_is() -> None:
    found = [
        check("distance", carried(walked=Walked(m, 1.0, is_measured=True, cadence_hz=1.5)), least=18.3)
        for m in (17.4, 17.2)
    ]
    assert [each.ok for each in found if isinstance(each, Verdict)] == [True, False]


@pytest.mark.parametrize(("held_s", "ok"), [(29.4, False), (29.6, True), (60.4, True), (60.6, False)])
def test_a_hold_is_short_or_long_only_if_it_surely_is(held_s: float, ok: bool) -> None:
    facts = dataclasses.replace(HOLD, held_s=held_s, unsure_s=0.5)
    found = check("hold_time", facts, least=30.0, most=60.0)
    assert isinstance(found, Verdict)
    assert (found.measured, found.ok) == (held_s, ok)


def test_by_the_usual_step_a_distance_is_inferred() -> None:
    facts = carried(walked=Walked(14.0, 4.6, is_measured=False, cadence_hz=1.5))
    found = check("distance", facts, inferred=Bound(least=18.3), least=18.3)
    assert isinstance(found, Verdict)
    assert (found.basis, found.ok) == (Basis.INFERRED, True)
    assert isinstance(check("distance", facts, least=18.3), Unjudged)


def test_a_weight_off_the_vertical_is_measured_with_a_placement() -> None:
    worn = Worn(limb=ALIGNED)
    found = [check("forearm", carried(off_deg), worn, most=15.0) for off_deg in (3.0, 19.0)]
    assert [each.measured for each in found if isinstance(each, Verdict)] == pytest.approx(
        [3.0, 19.0], abs=0.5
    )
    assert [each.ok for each in found if isinstance(each, Verdict)] == [True, False]


def test_and_a_stumble_is_not_judged_but_a_tenth_of_the_way_is() -> None:
    worn, facts = Worn(limb=ALIGNED), carried(3.0)
    for frames, is_right in ((30, True), (90, False)):
        up = facts.up.copy()
        up[200 : 200 + frames] = pose(25.0, frames)
        found = check("forearm", dataclasses.replace(facts, up=up), worn, most=15.0)
        assert isinstance(found, Verdict)
        assert found.ok is is_right


def test_otherwise_it_is_compared_with_the_hanging_arm() -> None:
    hanging = -pose(12.0)[0]
    found = check("forearm", carried(19.0, hang=hanging), inferred=Bound(most=5.0), most=15.0)
    assert isinstance(found, Verdict)
    assert found.measured == pytest.approx(7.0, abs=1.0)
    assert (found.basis, found.ok) == (Basis.INFERRED, False)


@pytest.mark.parametrize(
    ("name", "facts", "worn", "reason"),
    [
        ("forearm", carried(), Worn(PlacementKind.BAR), "not on the forearm"),
        ("forearm", carried(), Worn(), "how the arm hangs"),
        ("forearm", HeldFacts(), Worn(limb=ALIGNED), "too short"),
        ("sway", HeldFacts(held_s=3.0), Worn(), "too short"),
        ("cadence", HeldFacts(), Worn(), "more than one step"),
        ("distance", HOLD, Worn(), "nothing was carried"),
        ("hold_time", carried(), Worn(), "nothing was held"),
    ],
)
def test_what_is_not_known_is_not_judged_and_says_why(
    name: str, facts: HeldFacts, worn: Worn, reason: str
) -> None:
    found = check(name, facts, worn, inferred=Bound(most=5.0), most=15.0)
    assert isinstance(found, Unjudged)
    assert reason in found.reason


def test_the_shipped_hold_is_judged_in_words() -> None:
    judge = HeldJudge(load_exercises()["thoracic_extension"], Worn())
    good = judge.judge(HOLD)
    assert good.unjudged == ()
    assert judgement_lines(good) == ["100 % right (hold_time 100 %, breaks 100 %, sway 100 %, shake 100 %)"]
    short = judge.judge(dataclasses.replace(HOLD, held_s=22.0, breaks=1))
    assert judgement_lines(short) == [
        "50 % right (hold_time 0 %, breaks 0 %, sway 100 %, shake 100 %)",
        "Hold it longer. (hold time 22.0 s, at least 30 s and at most 60 s; measured)",
        "Stay in it: breathe, and do not come up in between. (breaks 1, at most 0; measured)",
    ]
    long = judge.judge(dataclasses.replace(HOLD, held_s=75.0))
    assert "come out of it slowly" in judgement_lines(long)[1]


def test_the_shipped_carry_is_judged() -> None:
    judge = HeldJudge(load_exercises()["overhead_carry"], Worn(limb=ALIGNED))
    assert all(each.verdict.ok for each in judge.judge(carried()).verdicts)
    wrong = judge.judge(carried(20.0, Walked(13.0, 1.0, is_measured=True, cadence_hz=2.2)))
    assert [each.verdict.rule for each in wrong.verdicts if not each.verdict.ok] == [
        RuleName.DISTANCE,
        RuleName.FOREARM,
        RuleName.CADENCE,
    ]
    assert "at least 18.3 m" in judgement_lines(wrong)[1]
