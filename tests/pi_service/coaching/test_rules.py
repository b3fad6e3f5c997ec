"""Each rule on repetitions that were drawn with a ruler."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from support.drawn_reps import (
    ALIGNED,
    ON_BAR,
    RATE_HZ,
    TORSO,
    nothing,
    rep,
    rule,
    seen,
    there_and_back,
    tilted,
    times,
    value,
)

from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.held_judge import HELD_CHECKS
from pi_service.coaching.judge import CHECKS
from pi_service.coaching.recent import Seen
from pi_service.coaching.tempo import tempo_of
from pi_service.coaching.verdict import Basis, SetVerdict, Unjudged, Verdict
from pi_service.exercises import UNITS, Bound, Kind, RuleName, load_exercises
from pi_service.exercises.rules import RULES_OF


def test_every_rule_has_a_check_and_a_unit() -> None:
    assert set(CHECKS) == RULES_OF["reps"]
    assert set(HELD_CHECKS) == RULES_OF["hold"] | RULES_OF["carry"]
    assert set(CHECKS) | set(HELD_CHECKS) == set(UNITS) == set(RuleName)
    assert set(RULES_OF) == set(Kind)


class TestTempo:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [("lowering", 2.0), ("lifting", 1.0), ("top_pause", 0.5), ("stretch_pause", 0.4)],
    )
    def test_each_figure_is_judged_against_its_bound(self, name: str, expected: float) -> None:
        good, bad = rule(name, least=expected).check(rep()), rule(name, least=expected + 0.1).check(rep())
        assert value(good) == expected
        assert isinstance(good, Verdict)
        assert (good.ok, good.cue, good.unit, good.basis) == (True, None, "s", Basis.MEASURED)
        assert isinstance(bad, Verdict)
        assert (bad.ok, bad.cue) == (False, "Do it better.")

    def test_lowering_against_lifting(self) -> None:
        assert value(rule("lowering_ratio", least=1.0).check(rep())) == 2.0

    def test_the_four_figures_in_their_order(self) -> None:
        assert str(tempo_of([rep(), rep(), rep(lowering_s=9.0)])) == "2.0-0.4-1.0-0.5"
        assert str(tempo_of([rep(stretch_pause_s=None)])) == "2.0-?-1.0-0.5"
        assert tempo_of([rep(lifting_s=None, lowering_s=None)]) is None

    def test_what_is_not_known_is_not_judged_and_says_why(self) -> None:
        first = rule("stretch_pause", least=0.1).check(rep(stretch_pause_s=None))
        assert isinstance(first, Unjudged)
        assert "first rep" in first.reason
        later = rule("stretch_pause", least=0.1).check(rep(stretch_pause_s=None), [rep(range_deg=None)])
        assert isinstance(later, Unjudged)
        assert "since the rep before" in later.reason
        unnamed = rule("lowering", least=0.1).check(rep(out_lifts=None, lowering_s=None), [rep()])
        assert isinstance(unnamed, Unjudged)
        assert "which way" in unnamed.reason
        cut = rule("lowering", least=0.1).check(rep(range_deg=None))
        assert isinstance(cut, Unjudged)
        assert "not seen whole" in cut.reason


class TestKept:
    def test_the_range_is_compared_with_the_first_reps(self) -> None:
        kept, first = rule("range_kept", least=0.8), [rep(), rep(), rep()]
        assert value(kept.check(rep(range_m=0.3), first)) == pytest.approx(0.6)
        assert isinstance(kept.check(rep(range_m=0.3), first[:2]), Unjudged)

    def test_the_angle_does_where_the_height_tells_nothing_but_not_on_a_bar(self) -> None:
        first = [rep(range_m=None)] * 3
        short = rep(range_m=None, range_deg=20.0)
        assert value(rule("range_kept", least=0.8).check(short, first)) == pytest.approx(0.5)
        on_bar = rule("range_kept", Worn(PlacementKind.BAR), least=0.8).check(short, first)
        assert isinstance(on_bar, Unjudged)

    def test_a_travel_too_short_to_be_told_is_still_a_share(self) -> None:
        def lifted(height_m: float) -> Seen:
            height = there_and_back(times(), height_m)
            return seen(tilted(np.zeros(len(height))), np.gradient(np.gradient(height)) * RATE_HZ**2)

        first = [rep(limb=lifted(0.2))] * 3
        short = rep(limb=lifted(0.1), range_m=None)
        assert value(rule("range_kept", least=0.8).check(short, first)) == pytest.approx(0.5, abs=0.02)

    def test_a_set_goes_by_its_last_third(self) -> None:
        reps = [rep()] * 6 + [rep(range_m=0.3)] * 3
        found = rule("range_kept", least=0.8).check_set(reps)
        assert isinstance(found, SetVerdict)
        assert found.verdict.measured == pytest.approx(0.6)
        assert (found.reps_ok, found.reps_judged) == (3, 6)
        assert found.of_reps[:3] == (None, None, None)

    def test_the_last_third_is_a_third_and_of_a_short_set_the_last_rep(self) -> None:
        kept, usual = rule("range_kept", least=0.8), [rep()] * 3
        for ranges_m, expected in (
            ([0.5, 0.5, 0.45, 0.4, 0.3, 0.2], 0.6),  # nine: the median of 0.4, 0.3 and 0.2
            ([0.4], 0.8),
            ([0.4, 0.3], 0.6),
        ):
            found = kept.check_set([*usual, *(rep(range_m=each) for each in ranges_m)])
            assert isinstance(found, SetVerdict)
            assert found.verdict.measured == pytest.approx(expected)

    def test_a_set_may_go_on_from_another(self) -> None:
        found = rule("range_kept", least=0.8).check_set([rep(range_m=0.3)] * 3, [rep()] * 5)
        assert isinstance(found, SetVerdict)
        assert (found.verdict.ok, found.reps_ok, found.reps_judged) == (False, 0, 3)

    def test_an_overshoot_is_past_what_is_usual_in_the_set_and_once_is_none(self) -> None:
        stops, over = rule("overshoot", most=1.12), rep(range_m=0.65)
        assert value(stops.check(over, [rep()] * 4)) == pytest.approx(1.3)
        assert isinstance(stops.check(over, [rep()] * 2), Unjudged)
        for times_over, is_right in ((1, True), (2, False)):
            found = stops.check_set([rep()] * 6 + [over] * times_over)
            assert isinstance(found, SetVerdict)
            assert found.verdict.ok is is_right

    def test_on_a_bar_an_overshoot_shows_in_the_travel_alone(self) -> None:
        before, over = [rep(range_m=None)] * 3, rep(range_m=None, range_deg=60.0)
        assert value(rule("overshoot", most=1.12).check(over, before)) == pytest.approx(1.5)
        on_bar = rule("overshoot", Worn(PlacementKind.BAR), most=1.12)
        assert isinstance(on_bar.check(over, before), Unjudged)
        assert value(on_bar.check(rep(range_m=0.6), [rep()] * 3)) == pytest.approx(1.2)

    def test_velocity_loss(self) -> None:
        first = [rep()] * 3
        assert value(rule("speed_kept", least=0.65).check(rep(lifting_mps=0.3), first)) == pytest.approx(0.6)
        assert isinstance(rule("speed_kept", least=0.65).check(rep(lifting_mps=None), first), Unjudged)


class TestForearm:
    def tipped(self, start_deg: float) -> RepFacts:
        return rep(limb=seen(tilted(start_deg + there_and_back(times(), 12.0))))

    def test_with_a_placement_it_is_the_angle_off_the_vertical(self) -> None:
        found = rule("forearm", Worn(limb=ALIGNED), most=15.0).check(self.tipped(6.0))
        assert value(found) == pytest.approx(18.0, abs=0.3)
        assert isinstance(found, Verdict)
        assert (found.basis, found.ok) == (Basis.MEASURED, False)

    def test_an_arm_that_hangs_is_as_upright_as_one_that_stands(self) -> None:
        hanging = rep(limb=seen(-tilted(there_and_back(times(), 12.0))))
        found = rule("forearm", Worn(limb=ALIGNED), most=15.0).check(hanging)
        assert value(found) == pytest.approx(12.0, abs=0.3)

    @pytest.mark.parametrize("worn", [Worn(), Worn(limb=ALIGNED)])
    def test_otherwise_it_is_inferred_from_where_the_reps_begin(self, worn: Worn) -> None:
        slipped = dataclasses.replace(self.tipped(6.0), limb_slipped=True)
        found = rule("forearm", worn, inferred=Bound(most=10.0), most=99.0).check(slipped)
        assert value(found) == pytest.approx(12.0, abs=0.3)
        assert isinstance(found, Verdict)
        assert (found.basis, found.ok) == (Basis.INFERRED, False)

    def test_without_a_bound_for_it_what_is_inferred_is_not_judged(self) -> None:
        assert isinstance(rule("forearm", most=15.0).check(self.tipped(0.0)), Unjudged)

    def test_a_bar_is_no_forearm(self) -> None:
        assert isinstance(rule("forearm", Worn(PlacementKind.BAR), most=15.0).check(rep()), Unjudged)


def test_the_turn_out_is_how_far_the_forearm_rises() -> None:
    turning = rep(limb=seen(tilted(there_and_back(times(), 55.0))))
    assert value(rule("turn_out", least=40.0).check(turning)) == pytest.approx(55.0, abs=1.0)


def test_samples_that_are_missing_are_no_verdict() -> None:
    for name in CHECKS:
        found = rule(name, Worn(limb=ALIGNED, torso=TORSO), inferred=Bound(most=1.0), most=1.0).check(
            rep(limb=nothing(), lowering_s=None, lifting_s=None, top_pause_s=None, stretch_pause_s=None)
        )
        assert isinstance(found, Unjudged), name
        assert found.reason


@pytest.mark.parametrize(
    "exercise", [each for each in load_exercises().values() if each.rules and each.kind is Kind.REPS]
)
def test_every_shipped_rule_judges_where_all_is_known(exercise) -> None:
    on_bar = Worn(PlacementKind.BAR, ON_BAR, TORSO)
    on_wrist = Worn(PlacementKind.WRIST, ALIGNED, TORSO)
    acceleration = np.gradient(np.gradient(there_and_back(times(), 0.6))) * RATE_HZ**2
    limb = seen(tilted(there_and_back(times(), 10.0)), acceleration)
    reps = [rep(limb=limb, torso=seen(tilted(there_and_back(times(), 20.0), toward=2)))] * 8
    for terms in exercise.rules:
        worn = on_bar if terms.name is RuleName.BAR_LEVEL else on_wrist
        found = CHECKS[terms.name](terms, worn).check_set(reps)
        assert isinstance(found, SetVerdict), terms.name
        assert found.verdict.bound == terms.bound
        assert found.verdict.unit == terms.unit
