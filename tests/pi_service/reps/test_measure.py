"""What is measured of whole repetitions, live and by the review, beside how they were made."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support.chunks import frames_of
from support.streams import SIZE, Lift, Tempo, Way, reps_block

from pi_service.reps.counter import RepCounter
from pi_service.reps.follow import Swing, Track
from pi_service.reps.found import FoundRep, Measures, RepSeen, SetReviewed
from pi_service.reps.measure import measure
from pi_service.reps.pose import pose_path

NORMAL, QUICK, HELD = Tempo(1.0, 0.2, 1.2, 0.4), Tempo(0.6, 0.05, 0.6, 0.1), Tempo(1.2, 1.0, 1.8, 0.8)


@cache
def counted(
    way: Way, tempo: Tempo, offset_ms2: float = 0.0, gyro: bool = True
) -> tuple[list[Lift], list[FoundRep], list[FoundRep]]:
    block, lifts = reps_block(way, 8, seed=4, tempo=tempo, mounted_anyhow=True, gyro=gyro)
    offset = np.random.default_rng(2).normal(0.0, offset_ms2, 3)
    block = replace(block, specific_force_ms2=block.specific_force_ms2 + offset)
    counter = RepCounter()
    findings = [finding for frames in frames_of(block) for finding in counter.step(frames)]
    findings += counter.finish()
    live = [each.rep for each in findings if isinstance(each, RepSeen)]
    final = [rep for each in findings if isinstance(each, SetReviewed) for rep in each.reps]
    assert len(final) == len(lifts)
    return lifts, final, live


def measures(rep: FoundRep) -> Measures:
    assert rep.measures is not None
    return rep.measures


@pytest.mark.parametrize(
    ("way", "tempo"),
    [
        *((way, tempo) for way in Way for tempo in (NORMAL, QUICK)),
        # The counter takes a height's drift in long holds for movements of their own.
        *((way, HELD) for way in (Way.TILT, Way.TURN)),
    ],
)
class TestPhases:
    def test_the_review_knows_when_it_moved(self, way: Way, tempo: Tempo) -> None:
        lifts, final, _ = counted(way, tempo)
        for lift, rep in zip(lifts, final, strict=True):
            m = measures(rep)
            assert m.back_is_over
            assert m.leaves_s == pytest.approx(lift.start_s, abs=0.06)
            assert m.out_s == pytest.approx(lift.out_s, abs=0.1)
            assert m.turn_pause_s == pytest.approx(lift.hold_s, abs=0.1)
            assert m.back_s == pytest.approx(lift.back_s, abs=0.1)
            assert m.arrives_s == pytest.approx(lift.end_s, abs=0.08)

    def test_live_it_is_known_about_as_well(self, way: Way, tempo: Tempo) -> None:
        lifts, _, live = counted(way, tempo)
        for rep in live:
            lift = next((each for each in lifts if each.start_s < rep.turn_s < each.end_s), None)
            if lift is None:
                continue
            m = measures(rep)
            assert m.out_s == pytest.approx(lift.out_s, abs=0.15)
            assert m.turn_pause_s == pytest.approx(lift.hold_s, abs=0.15)
            assert m.back_s == pytest.approx(lift.back_s, abs=0.15 + 0.15 * lift.back_s)


@pytest.mark.parametrize("tempo", [NORMAL, QUICK], ids=["normal", "quick"])
@pytest.mark.parametrize("offset_ms2", [0.0, 0.1])
class TestHeight:
    def test_range_and_velocity(self, tempo: Tempo, offset_ms2: float) -> None:
        lifts, final, live = counted(Way.HEIGHT, tempo, offset_ms2)
        for lift, rep in zip(lifts, final, strict=True):
            m, travel_m = measures(rep), lift.size * SIZE[Way.HEIGHT]
            assert rep.range_m == pytest.approx(travel_m, abs=0.03)
            assert m.range_m_uncertainty is not None
            assert 0.003 <= m.range_m_uncertainty <= 0.05
            assert m.out is not None
            assert m.back is not None
            assert m.out.mean_mps == pytest.approx(travel_m / lift.out_s, abs=0.05)
            assert m.back.mean_mps == pytest.approx(-travel_m / lift.back_s, abs=0.05)
            # The peak of a movement with the least jerk is 15/8 of its mean.
            assert m.out.peak_mps == pytest.approx(1.875 * travel_m / lift.out_s, abs=0.08)
            assert m.back.peak_mps == pytest.approx(-1.875 * travel_m / lift.back_s, abs=0.08)
        assert all(rep.range_m == pytest.approx(SIZE[Way.HEIGHT], rel=0.25) for rep in live)


def test_a_tilt_has_a_range_and_no_velocity() -> None:
    lifts, final, _ = counted(Way.TILT, NORMAL)
    for lift, rep in zip(lifts, final, strict=True):
        true_deg = np.degrees(lift.size * SIZE[Way.TILT])
        assert rep.range_deg == pytest.approx(true_deg, abs=2.0 * measures(rep).range_deg_uncertainty)
        assert (rep.range_m, measures(rep).range_m_uncertainty) == (None, None)
        assert measures(rep).out is None
        assert measures(rep).back is None


def test_without_a_gyroscope_angles_are_less_certain() -> None:
    _, with_gyro, _ = counted(Way.TILT, NORMAL)
    _, without, _ = counted(Way.TILT, NORMAL, gyro=False)
    assert measures(without[3]).range_deg_uncertainty > 3.0 * measures(with_gyro[3]).range_deg_uncertainty


@pytest.mark.parametrize("way", Way)
def test_repetitions_do_not_move_at_the_same_time(way: Way) -> None:
    _, final, _ = counted(way, NORMAL)
    for before, after in itertools.pairwise(final):
        assert measures(before).arrives_s <= measures(after).leaves_s + 0.05
        m = measures(after)
        assert m.leaves_s < m.reaches_s <= m.returns_s < m.arrives_s


def test_what_is_over_at_once_is_not_measured() -> None:
    rows = np.zeros((60, 7))
    rows[:, 2] = 1.0
    track = Track(pose_path(0, rows, 0.25), np.zeros(60), [])
    out, back = Swing(28, 30, 28, 30, True, 1.0, 0.9), Swing(30, 32, 30, 32, False, 1.0, 0.9)
    assert measure(track, np.array([1.0, 0.0, 0.0, 0.0, 0.0]), out, 30, back) is None


def test_what_does_not_go_out_and_back_is_not_measured() -> None:
    rows = np.zeros((100, 7))
    rows[:, 2] = 1.0
    track = Track(pose_path(0, rows, 0.25), np.zeros(100), [])
    out, back = Swing(28, 50, 30, 48, True, 1.0, 0.9), Swing(50, 72, 52, 70, False, 1.0, 0.9)
    assert measure(track, np.array([1.0, 0.0, 0.0, 0.0, 0.0]), out, 50, back) is None
