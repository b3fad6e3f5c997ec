"""What the torso and the bar do in a repetition, drawn with a ruler."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from support.drawn_reps import (
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
from pi_service.coaching.recent import Seen
from pi_service.coaching.verdict import Basis, SetVerdict, Unjudged, Verdict
from pi_service.exercises import Bound


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
