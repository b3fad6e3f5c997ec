"""The counter on made-up sets: the final count is exact, the live count within one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from support.chunks import frames_of
from support.streams import Lift, Tempo, Way, reps_block, rest_block, walk_block

from calibration.imu import ImuBlock
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding, FoundRep, RepSeen, SetReviewed

NORMAL = Tempo(1.0, 0.2, 1.2, 0.4)
#: 8 s a rep, with a hold.
SLOW = Tempo(2.5, 1.5, 3.0, 1.0)
#: 1.2 s a rep.
QUICK = Tempo(0.5, 0.05, 0.55, 0.1)
RATES_HZ = (12.5, 25.0, 50.0, 100.0, 200.0)


@dataclass(frozen=True, slots=True)
class Counted:
    live: list[RepSeen]
    sets: list[SetReviewed]

    @property
    def final(self) -> list[FoundRep]:
        return [rep for each in self.sets for rep in each.reps]


def count(block: ImuBlock) -> Counted:
    counter, found = RepCounter(), list[Finding]()
    for frames in frames_of(block):
        found += counter.step(frames)
    found += counter.finish()
    return Counted(
        [each for each in found if isinstance(each, RepSeen)],
        [each for each in found if isinstance(each, SetReviewed)],
    )


def assert_counted(counted: Counted, true: int) -> None:
    assert [len(each.reps) for each in counted.sets] == [true]
    assert abs(len(counted.live) - true) <= 1


@pytest.mark.parametrize("rate_hz", RATES_HZ)
class TestEveryRate:
    @pytest.mark.parametrize("tempo", [NORMAL, SLOW, QUICK], ids=["normal", "slow", "quick"])
    def test_tilt(self, rate_hz: float, tempo: Tempo) -> None:
        block, lifts = reps_block(Way.TILT, 8, rate_hz=rate_hz, tempo=tempo, mounted_anyhow=True)
        assert_counted(count(block), len(lifts))

    @pytest.mark.parametrize("tempo", [NORMAL, QUICK], ids=["normal", "quick"])
    def test_height(self, rate_hz: float, tempo: Tempo) -> None:
        block, lifts = reps_block(Way.HEIGHT, 8, rate_hz=rate_hz, tempo=tempo, mounted_anyhow=True)
        assert_counted(count(block), len(lifts))

    @pytest.mark.parametrize("tempo", [NORMAL, QUICK], ids=["normal", "quick"])
    def test_turn(self, rate_hz: float, tempo: Tempo) -> None:
        block, lifts = reps_block(Way.TURN, 8, rate_hz=rate_hz, tempo=tempo, mounted_anyhow=True)
        assert_counted(count(block), len(lifts))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("gyro", [True, False])
def test_any_mount_with_or_without_a_gyroscope(seed: int, gyro: bool) -> None:
    block, lifts = reps_block(Way.TILT, 6, seed=seed, mounted_anyhow=True, gyro=gyro, rate_hz=50.0)
    assert_counted(count(block), len(lifts))


@pytest.mark.parametrize("reps", [3, 4, 5, 7, 12, 20])
def test_short_and_long_sets(reps: int) -> None:
    assert_counted(count(reps_block(Way.TILT, reps, rate_hz=50.0)[0]), reps)


@pytest.mark.parametrize("size", [0.1, 0.3, 1.5])
def test_small_and_large_movements(size: float) -> None:
    assert_counted(count(reps_block(Way.TILT, 8, size=size, rate_hz=50.0)[0]), 8)


def test_reps_that_get_slower_with_long_pauses_are_one_set() -> None:
    tempo = Tempo(1.0, 0.2, 1.2, 5.0, vary=0.1)
    assert_counted(count(reps_block(Way.TILT, 6, tempo=tempo, rate_hz=50.0)[0]), 6)


@pytest.mark.parametrize("tempo", [NORMAL, SLOW, QUICK], ids=["normal", "slow", "quick"])
def test_times_and_ranges_are_those_of_the_reps(tempo: Tempo) -> None:
    block, lifts = reps_block(Way.TILT, 6, tempo=tempo)
    found = count(block).final
    assert len(found) == len(lifts)
    for rep, lift in zip(found, lifts, strict=True):
        assert rep.start_s == pytest.approx(lift.start_s, abs=0.3 * lift.out_s)
        assert lift.start_s + 0.8 * lift.out_s < rep.turn_s < lift.end_s - 0.8 * lift.back_s
        assert rep.end_s == pytest.approx(lift.end_s, abs=0.3 * lift.back_s)
        # Measured from where the rep is seen to leave, a tenth of its way out.
        assert 0.85 < rep.range_deg / np.degrees(0.8 * lift.size) < 1.02
        assert rep.range_m is None
        assert 0.7 < rep.confidence <= 1.0


def test_vertical_travel_is_measured_where_nothing_tilts() -> None:
    block, lifts = reps_block(Way.HEIGHT, 8, size=0.5)
    found = count(block).final
    assert len(found) == 8
    for rep, lift in zip(found, lifts, strict=True):
        assert rep.range_m == pytest.approx(0.5 * lift.size, rel=0.15)
        assert rep.range_deg < 5.0


def test_a_rep_is_seen_soon_after_its_end() -> None:
    """Once a set is known; the first reps of a set have to wait for what repeats."""
    block, lifts = reps_block(Way.TILT, 10)
    live = count(block).live
    assert len(live) == 10
    late_s = [seen.at_s - lift.end_s for seen, lift in zip(live, lifts, strict=True)]
    assert max(late_s[3:]) < 0.5
    assert live[0].at_s < lifts[3].end_s


@pytest.mark.parametrize(
    ("way", "tempo"), [(Way.HEIGHT, NORMAL), (Way.TURN, SLOW)], ids=["height", "slow turn"]
)
def test_where_only_integrals_show_the_reps_some_sets_are_off_by_one(way: Way, tempo: Tempo) -> None:
    """Seen: 9 of 8 in one set of three, from the drift beside the set."""
    finals = []
    for seed in range(6):
        block, _ = reps_block(way, 8, seed=seed, tempo=tempo, rate_hz=50.0, mounted_anyhow=way is Way.TURN)
        finals.append(len(count(block).final))
    assert all(abs(final - 8) <= 1 for final in finals), finals
    assert finals.count(8) >= 3, finals


@pytest.mark.parametrize("after_s", [13.0, 60.0])
def test_a_set_is_closed_soon_after_its_last_rep(after_s: float) -> None:
    block, lifts = reps_block(Way.TILT, 6, seed=1, after_s=after_s)
    (reviewed,) = count(block).sets
    assert lifts[-1].end_s + 5.0 < reviewed.at_s < lifts[-1].end_s + 12.0


class TestNothing:
    @pytest.mark.parametrize("gyro", [True, False])
    @pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
    def test_at_rest(self, noise: float, gyro: bool) -> None:
        for seed in range(2):
            counted = count(rest_block(60.0, seed=seed, noise=noise, gyro=gyro, rate_hz=50.0))
            assert counted == Counted([], [])

    def test_in_a_single_movement(self) -> None:
        assert count(reps_block(Way.TILT, 1)[0]) == Counted([], [])

    @pytest.mark.parametrize("steps_hz", [1.5, 2.0, 2.4])
    def test_nothing_stays_counted_in_a_walk(self, steps_hz: float) -> None:
        """An arm's swing may be taken for reps live, up to 20 in 40 steps; the review withdraws them."""
        for seed in range(2):
            assert count(walk_block(40, steps_hz, seed=seed)).final == []


def test_lifts_are_what_they_say() -> None:
    """The truth of these tests: reps do not overlap."""
    lifts: list[Lift] = reps_block(Way.TILT, 20, tempo=QUICK)[1]
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(lifts))
