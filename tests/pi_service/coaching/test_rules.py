"""Each rule on repetitions that were drawn with a ruler."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from calibration.imu import FloatArray
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.held_judge import HELD_CHECKS
from pi_service.coaching.judge import CHECKS
from pi_service.coaching.recent import Seen
from pi_service.coaching.rule import Rule
from pi_service.coaching.tempo import tempo_of
from pi_service.coaching.verdict import Basis, SetVerdict, Unjudged, Verdict
from pi_service.exercises import UNITS, Bound, BoundFrom, Kind, RuleName, RuleTerms, load_exercises
from pi_service.exercises.rules import RULES_OF

RATE_HZ = 25.0
ALIGNED = Placement(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), PlacementKind.WRIST)
ON_BAR = dataclasses.replace(ALIGNED, kind=PlacementKind.BAR)
TORSO = dataclasses.replace(ALIGNED, kind=PlacementKind.TORSO)


def there_and_back(t_s: FloatArray, size: float) -> FloatArray:
    """A rep from 1 s on: out in 1 s, half a second of pause, back in 2 s; rounded like a movement."""
    share = np.interp(t_s, [1.0, 2.0, 2.5, 4.5], [0.0, 1.0, 1.0, 0.0])
    return np.asarray(size * share * share * (3.0 - 2.0 * share))


def tilted(off_deg: FloatArray, toward: int = 1) -> FloatArray:
    """Up in a sensor whose x axis is so far off the vertical."""
    up = np.zeros((len(off_deg), 3))
    up[:, 0], up[:, toward] = np.cos(np.radians(off_deg)), np.sin(np.radians(off_deg))
    return up


def seen(up: FloatArray, acceleration_ms2: FloatArray | None = None, start_s: float = 0.0) -> Seen:
    rows = np.zeros((len(up), 5))
    rows[:, :3] = up
    if acceleration_ms2 is not None:
        rows[:, 3] = acceleration_ms2
    return Seen(round(start_s * RATE_HZ), rows)


def times() -> FloatArray:
    return np.arange(round(5.0 * RATE_HZ)) / RATE_HZ


def nothing() -> Seen:
    return Seen(0, np.full((len(times()), 5), np.nan))


def rep(**changes: object) -> RepFacts:
    usual = RepFacts(
        leaves_s=1.0,
        reaches_s=2.0,
        returns_s=2.5,
        arrives_s=4.5,
        out_lifts=True,
        lifting_s=1.0,
        lowering_s=2.0,
        top_pause_s=0.5,
        stretch_pause_s=0.4,
        range_deg=40.0,
        range_m=0.5,
        lifting_mps=0.5,
        limb=seen(tilted(there_and_back(times(), 10.0))),
        torso=nothing(),
        seen_until_s=4.5,
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def rule(name: str, worn: Worn | None = None, inferred: Bound | None = None, **bound: float) -> Rule:
    terms = RuleTerms(
        RuleName(name), Bound(**bound), inferred, BoundFrom.OWN_DEFAULT, "Do it better.", "It matters."
    )
    return CHECKS[terms.name](terms, worn or Worn())


def value(found: Verdict | Unjudged) -> float:
    assert isinstance(found, Verdict), found
    return found.measured


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


class TestTorso:
    def rocking(self, size_deg: float, until_s: float = 5.0) -> Seen:
        up = tilted(there_and_back(times(), size_deg), toward=2)
        up[times() >= until_s] = np.nan
        return seen(up)

    def test_the_torso_sensor_measures_it(self) -> None:
        found = rule("torso", most=10.0).check(rep(torso=self.rocking(12.5)))
        assert value(found) == pytest.approx(12.5, abs=0.2)
        assert isinstance(found, Verdict)
        assert (found.basis, found.ok) == (Basis.MEASURED, False)

    def test_a_torso_that_goes_ahead_is_seen_from_the_second_rep_on(self) -> None:
        early = rep(leaves_s=2.0, torso=self.rocking(12.0), seen_until_s=2.4)
        before = dataclasses.replace(early, arrives_s=0.0)
        assert value(rule("torso", most=10.0).check(early, [before])) > 11.0

    @pytest.mark.parametrize("torso", [None, 2.0])
    def test_without_it_motion_off_the_plane_is_what_is_left(self, torso: float | None) -> None:
        t_s = times()
        up = tilted(there_and_back(t_s, 30.0))
        up[:, 2] = np.sin(math.radians(3.0)) * np.sin(2.0 * math.pi * t_s)
        lost = nothing() if torso is None else self.rocking(12.0, until_s=torso)
        found = rule("torso", inferred=Bound(most=2.0), most=10.0).check(rep(limb=seen(up), torso=lost))
        assert value(found) == pytest.approx(6.0, abs=1.0)
        assert isinstance(found, Verdict)
        assert (found.basis, found.ok, found.bound) == (Basis.INFERRED, False, Bound(most=2.0))

    @pytest.mark.parametrize("name", ["side_bend", "lean_back"])
    def test_where_the_counting_sensor_is_on_the_torso_its_placement_holds_until_it_slips(
        self, name: str
    ) -> None:
        bends = rule(name, Worn(PlacementKind.TORSO, limb=TORSO), most=99.0)
        bent = rep(torso=self.rocking(12.0))
        assert isinstance(bends.check(bent), Verdict)
        slipped = bends.check(dataclasses.replace(bent, limb_slipped=True))
        assert isinstance(slipped, Unjudged)
        assert "placement" in slipped.reason

    @pytest.mark.parametrize("name", ["torso", "side_bend", "shrug", "lean_back", "hips_first"])
    def test_a_torso_sensor_that_failed_is_told_from_one_that_is_not_there(self, name: str) -> None:
        torso_rule = rule(name, Worn(torso=TORSO), most=10.0)
        for until_s, reason in (
            (1.6, "samples of the torso sensor are missing"),
            (0.0, "needs a torso sensor"),
        ):
            torso = self.rocking(12.0)
            torso.rows[times() >= until_s] = np.nan
            found = torso_rule.check(rep(torso=torso))
            assert isinstance(found, Unjudged)
            assert reason in found.reason

    def test_a_set_is_judged_by_what_most_of_its_reps_show(self) -> None:
        reps = [rep(torso=self.rocking(4.0))] * 4 + [rep()]
        found = rule("torso", inferred=Bound(most=2.0), most=10.0).check_set(reps)
        assert isinstance(found, SetVerdict)
        assert found.verdict.basis is Basis.MEASURED
        assert found.of_reps[-1] is None

    def test_a_bend_to_the_side_is_told_from_one_ahead(self) -> None:
        ahead, aside = rep(torso=self.rocking(12.0)), rep(torso=seen(tilted(there_and_back(times(), 3.0))))
        bends = rule("side_bend", Worn(torso=TORSO), most=2.4)
        assert value(bends.check(ahead)) == pytest.approx(0.0, abs=0.01)
        assert value(bends.check(aside)) == pytest.approx(3.0, abs=0.1)
        for worn, facts in ((Worn(), aside), (Worn(torso=TORSO), rep())):
            assert isinstance(rule("side_bend", worn, most=2.4).check(facts), Unjudged)

    @pytest.mark.parametrize("rises_m", [0.0, 0.006, 0.02])
    def test_shoulders_that_are_drawn_up_lift_the_torsos_sensor(self, rises_m: float) -> None:
        share = np.clip(times() - 1.0, 0.0, 1.0)
        way = rises_m * share**3 * (10.0 + share * (6.0 * share - 15.0))
        offset_ms2 = 0.3  # of an accelerometer that was not calibrated: it does not matter
        acceleration = np.gradient(np.gradient(way)) * RATE_HZ**2 + offset_ms2
        torso = seen(tilted(np.zeros(len(share))), acceleration)
        found = rule("shrug", most=0.011).check(rep(torso=torso))
        assert value(found) == pytest.approx(rises_m, abs=0.002)
        assert isinstance(found, Verdict)
        assert found.ok is (rises_m < 0.011)
        assert isinstance(rule("shrug", most=0.011).check(rep(torso=nothing())), Unjudged)

    @pytest.mark.parametrize("sideways_m", [0.0, 0.2, 0.4])
    def test_a_weight_that_is_swung_goes_sideways(self, sideways_m: float) -> None:
        t_s = times()
        share = np.clip(t_s - 1.0, 0.0, 1.0)
        way = share**3 * (10.0 + share * (6.0 * share - 15.0))
        acceleration = np.gradient(np.gradient(way)) * RATE_HZ**2
        up = seen(tilted(np.zeros(len(t_s))), 0.5 * acceleration)
        up.rows[:, 4] = np.hypot(0.5, sideways_m) * np.abs(acceleration)
        found = rule("sideways", most=0.3).check(rep(limb=up))
        assert value(found) == pytest.approx(sideways_m, abs=0.04)

    def test_a_weight_that_goes_ahead_before_it_rises_is_not_swung(self) -> None:
        t_s = times()
        ahead, rising = (
            np.clip((t_s - begin_s) / lasts_s, 0.0, 1.0) for begin_s, lasts_s in ((1.0, 0.4), (1.4, 0.6))
        )
        ahead_ms2, rising_ms2 = (
            np.gradient(np.gradient(size_m * share**3 * (10.0 + share * (6.0 * share - 15.0)))) * RATE_HZ**2
            for share, size_m in ((ahead, 0.3), (rising, 0.5))
        )
        up = seen(tilted(np.zeros(len(t_s))), rising_ms2)
        up.rows[:, 4] = np.hypot(rising_ms2, ahead_ms2)
        found = rule("sideways", most=0.3).check(rep(limb=up))
        assert value(found) < 0.1

    def test_a_way_that_sinks_is_no_lift_that_is_swung(self) -> None:
        sinking = np.gradient(np.gradient(-there_and_back(times(), 0.5))) * RATE_HZ**2
        up = seen(tilted(np.zeros(len(sinking))), sinking)
        up.rows[:, 4] = 2.0 * np.abs(sinking)
        assert isinstance(rule("sideways", most=0.3).check(rep(limb=up)), Unjudged)


class TestDeadLift:
    def lifting(self, torso_lag_deg: float) -> RepFacts:
        t_s = times()
        share = there_and_back(t_s, 1.0)
        acceleration = np.gradient(np.gradient(0.6 * share)) * RATE_HZ**2
        # Behind in the middle of the lifting, there again at its end.
        lag = torso_lag_deg * np.interp(t_s, [1.0, 1.4, 2.0], [0.0, 1.0, 0.0])
        torso = seen(tilted(50.0 * (1.0 - share) + lag, toward=2))
        return rep(limb=seen(tilted(np.zeros(len(t_s))), acceleration), torso=torso)

    def test_hips_first(self) -> None:
        together, hips = (
            rule("hips_first", most=8.0).check(self.lifting(lag_deg)) for lag_deg in (0.0, 12.0)
        )
        assert abs(value(together)) < 2.5
        assert value(hips) == pytest.approx(12.0, abs=2.5)

    def test_leaning_back_needs_the_torsos_placement(self) -> None:
        leaning = rep(torso=seen(tilted(-there_and_back(times(), 10.0), toward=2)))
        found = rule("lean_back", Worn(torso=TORSO), most=8.0).check(leaning)
        assert value(found) == pytest.approx(10.0, abs=0.5)
        ahead = rep(torso=seen(tilted(there_and_back(times(), 10.0), toward=2)))
        assert value(rule("lean_back", Worn(torso=TORSO), most=8.0).check(ahead)) < 0.0
        for worn, facts in ((Worn(), leaning), (Worn(torso=TORSO), rep())):
            assert isinstance(rule("lean_back", worn, most=8.0).check(facts), Unjudged)


class TestBarLevel:
    def test_a_bar_that_tips_is_told_from_one_that_rolls(self) -> None:
        t_s = times()
        tips, rolls = np.radians(there_and_back(t_s, 6.0)), np.radians(there_and_back(t_s, 30.0))
        up = np.stack((np.sin(tips), np.cos(tips) * np.sin(rolls), np.cos(tips) * np.cos(rolls)), axis=1)
        worn = Worn(PlacementKind.BAR, limb=ON_BAR)
        found = rule("bar_level", worn, most=4.0).check(rep(limb=seen(up)))
        assert value(found) == pytest.approx(6.0, abs=0.2)
        unknown = rule("bar_level", Worn(PlacementKind.BAR), most=4.0).check(rep())
        assert isinstance(unknown, Unjudged)
        assert "calibrate --placement bar" in unknown.reason


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
