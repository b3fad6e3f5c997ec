from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chunks import part

from benchmarks.poses import RATE_HZ, TABLE, Hand, counts_of, holding, ups, whole_range
from calibration.rests import LONGEST_REST_S, SHORTEST_REST_S, Rest, RestFinder
from firmware.samples import RawBlock, SampleFlag
from firmware.sim import GRAVITY_MS2, Traits
from firmware.sim.motion import FloatArray, Motion

IDEAL = Traits.ideal(noise=1.0)


def rests_of(raw: RawBlock, cuts: Sequence[int] = ()) -> list[Rest]:
    finder = RestFinder()
    edges = [0, *sorted(cuts), len(raw)]
    found = [rest for start, end in pairwise(edges) for rest in finder.step(part(raw, start, end))]
    return found + finder.finish()


def turning(rate_dps: Callable[[FloatArray], FloatArray]) -> Motion:
    """About the horizontal x axis, from z up; the angle is summed up in steps of a millisecond."""
    fine_s = np.arange(0.0, 60.0, 1e-3)
    angle = np.cumsum(np.radians(rate_dps(fine_s))) * 1e-3

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        at = np.interp(t_s, fine_s, angle)
        force = GRAVITY_MS2 * np.column_stack([np.zeros(len(t_s)), np.sin(at), np.cos(at)])
        rate = np.radians(rate_dps(t_s))
        return force, np.column_stack([rate, np.zeros((len(t_s), 2))])

    return motion


def trembling(force_ms2: float, frequency_hz: float) -> Motion:
    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        shake = force_ms2 * np.sin(2 * math.pi * frequency_hz * t_s)
        force = np.column_stack([shake, np.zeros(len(t_s)), np.full(len(t_s), GRAVITY_MS2)])
        return force, np.zeros((len(t_s), 3))

    return motion


@cache
def by_hand(seed: int) -> RawBlock:
    rng = np.random.default_rng(seed)
    motion, seconds = holding(ups(rng, Hand(), 1), Hand(), rng, hold_s=rng.uniform(1.5, 5.0))
    raw = counts_of(whole_range(seed), motion, seconds, seed)
    keep = np.ones(len(raw), dtype=bool)
    keep[700 : 700 + 60 * (seed % 2)] = False
    flags = raw.flags.copy()
    if seed % 2:
        flags[760] |= np.uint8(SampleFlag.GAP_BEFORE)
    if seed % 3 == 0:
        flags[1234] |= np.uint8(SampleFlag.GAP_BEFORE)
    raw = replace(raw, flags=flags)
    assert raw.temperature_counts is not None
    return replace(
        raw,
        t_us=raw.t_us[keep],
        accel_counts=raw.accel_counts[keep],
        gyro_counts=raw.gyro_counts[keep],
        flags=raw.flags[keep],
        temperature_counts=raw.temperature_counts[keep],
    )


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 7),
    st.lists(st.integers(0, 3000), max_size=12),
    st.sampled_from([None, 1, 7, 10, 64]),
)
def test_any_chunking_gives_the_same_rests(seed: int, cuts: list[int], size: int | None) -> None:
    raw = by_hand(seed)
    cuts = [cut for cut in cuts if cut <= len(raw)]
    if size is not None:
        cuts += range(0, min(len(raw), 900), size)
    assert rests_of(raw, cuts) == rests_of(raw)


def test_finds_each_pose_that_a_hand_holds() -> None:
    rng = np.random.default_rng(1)
    poses = ups(rng, Hand(), 2)
    motion, seconds = holding(poses, Hand(), rng, hold_s=3.5)
    rests = rests_of(counts_of(IDEAL, motion, seconds, 1))
    assert len(rests) == len(poses)
    for rest, up in zip(rests, poses, strict=True):
        assert SHORTEST_REST_S - 0.02 <= rest.end_s - rest.start_s <= LONGEST_REST_S + 0.1
        cosine = np.dot(rest.specific_force_ms2, up) / math.hypot(*rest.specific_force_ms2)
        assert cosine > math.cos(math.radians(1.0))
        assert math.hypot(*rest.specific_force_ms2) == pytest.approx(GRAVITY_MS2, abs=0.002 * GRAVITY_MS2)
        assert math.hypot(*rest.angular_rate_rads) < math.radians(0.5)
        assert rest.temperature_c == pytest.approx(25.0, abs=0.1)
        assert not rest.clipped


def test_means_and_spread_are_those_of_the_samples() -> None:
    motion, _ = holding(ups(np.random.default_rng(0), TABLE, 1)[:1], TABLE, np.random.default_rng(0))
    raw = counts_of(whole_range(3), motion, 2.4, 3)
    (rest,) = rests_of(raw)
    force = raw.accel_counts * (8 * 9.80665 / 32768)
    rate = np.radians(raw.gyro_counts * (1000 / 32768))
    np.testing.assert_allclose(rest.specific_force_ms2, force.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(rest.angular_rate_rads, rate.mean(axis=0), rtol=1e-12)
    assert rest.force_spread_ms2 == pytest.approx(math.sqrt(force.var(axis=0).sum()), rel=1e-9)
    assert rest.rate_spread_rads == pytest.approx(math.sqrt(rate.var(axis=0).sum()), rel=1e-9)
    assert rest.samples == len(raw)
    assert (rest.start_s, rest.end_s) == (0.0, pytest.approx(2.39, abs=1e-5))


def test_lying_for_long_gives_a_rest_every_three_seconds() -> None:
    rests = rests_of(counts_of(IDEAL, turning(np.zeros_like), 31.0, 0))
    assert len(rests) == 10
    assert all(before.end_s <= after.start_s for before, after in pairwise(rests))


def test_less_than_two_seconds_is_no_rest() -> None:
    still_for_18 = turning(lambda t_s: np.where((t_s > 1.0) & (t_s < 2.8), 0.0, 60.0 * np.sin(9.0 * t_s)))
    assert rests_of(counts_of(IDEAL, still_for_18, 4.0, 0)) == []
    still_for_30 = turning(lambda t_s: np.where((t_s > 1.0) & (t_s < 4.0), 0.0, 60.0 * np.sin(9.0 * t_s)))
    (rest,) = rests_of(counts_of(IDEAL, still_for_30, 5.0, 0))
    assert rest.start_s >= 1.0
    assert rest.end_s <= 4.0


@pytest.mark.parametrize("rate_dps", [0.6, 2.0, 10.0])
def test_slow_creeping_is_no_rest(rate_dps: float) -> None:
    creeping = turning(lambda t_s: np.full(len(t_s), rate_dps))
    assert rests_of(counts_of(IDEAL, creeping, 20.0, 0)) == []


def test_what_hardly_moves_is_one() -> None:
    hardly = turning(lambda t_s: np.full(len(t_s), 0.05))
    assert len(rests_of(counts_of(IDEAL, hardly, 10.0, 0))) == 3


def test_tremor_is_accepted_up_to_the_bound_and_leaves_the_mean() -> None:
    (rest, *_) = rests_of(counts_of(IDEAL, trembling(0.4, 8.0), 4.0, 0))  # 0.28 m/s2 rms
    assert rest.force_spread_ms2 == pytest.approx(0.4 / math.sqrt(2.0), rel=0.1)
    assert math.dist(rest.specific_force_ms2, (0.0, 0.0, GRAVITY_MS2)) < 0.001 * GRAVITY_MS2
    assert rests_of(counts_of(IDEAL, trembling(0.6, 8.0), 4.0, 0)) == []


def test_a_knock_ends_a_rest() -> None:
    def knocked(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        force = np.tile([0.0, 0.0, GRAVITY_MS2], (len(t_s), 1))
        force[(t_s > 2.5) & (t_s < 2.6)] += 3.0
        return force, np.zeros((len(t_s), 3))

    first, second = rests_of(counts_of(IDEAL, knocked, 6.0, 0))
    assert first.end_s <= 2.5
    assert second.start_s >= 2.6


def test_a_gap_ends_a_rest() -> None:
    raw = counts_of(IDEAL, turning(np.zeros_like), 5.0, 0)
    flags = raw.flags.copy()
    flags[250] |= np.uint8(SampleFlag.GAP_BEFORE)
    first, second = rests_of(replace(raw, flags=flags))
    assert first.end_s <= 2.5 <= second.start_s
    later_us = raw.t_us + np.where(np.arange(len(raw)) < 250, 0, 400_000)
    assert len(rests_of(replace(raw, t_us=later_us))) == 2


def test_a_clipped_axis_is_told() -> None:
    raw = counts_of(IDEAL, turning(np.zeros_like), 2.5, 0)
    gyro = raw.gyro_counts.copy()
    gyro[:, 1] = -32768
    (rest,) = rests_of(replace(raw, gyro_counts=gyro))
    assert rest.clipped
    assert rest.clipped_axes == ("gyro y",)


def test_a_change_of_range_begins_anew() -> None:
    raw = counts_of(IDEAL, turning(np.zeros_like), 5.0, 0)
    finder = RestFinder()
    found = finder.step(part(raw, 0, 250))
    found += finder.step(replace(part(raw, 250, 500), accel_range_g=4))
    found += finder.finish()
    assert [round(rest.specific_force_ms2[2] / GRAVITY_MS2, 2) for rest in found] == [1.0, 0.5]


def test_what_is_shown_while_it_goes_on() -> None:
    motion = turning(lambda t_s: np.where((t_s < 1.0) | (t_s > 6.0), 40.0 * np.sin(9.0 * t_s), 0.0))
    raw = counts_of(IDEAL, motion, 8.0, 0)
    finder = RestFinder()
    shown = []
    for start in range(0, len(raw), 10):
        finder.step(part(raw, start, start + 10))
        shown.append((finder.stillness, finder.still_for_s, finder.rested))
    at = {second: shown[int(second * RATE_HZ / 10)] for second in (0.8, 3.0, 5.5, 7.5)}
    assert at[0.8][0] < 0.2
    assert at[3.0][0] > 0.7
    assert at[3.0][1] == pytest.approx(2.0, abs=0.4)
    assert [at[second][2] for second in at] == [False, False, True, False]
    assert at[7.5][1] == 0.0


def test_pending_changes_nothing() -> None:
    raw = counts_of(IDEAL, turning(np.zeros_like), 5.0, 0)
    finder = RestFinder()
    found = finder.step(part(raw, 0, 260))
    assert len(finder.pending()) == 1
    found += finder.step(part(raw, 260, len(raw)))
    assert found + finder.finish() == rests_of(raw)
