"""What repeats, found on paths that are written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.chunks import frames_of
from support.levels import pattern_of
from support.streams import Tempo, Way, reps_block

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.history import History
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TILT, TURN, PosePath, pose_path
from pi_service.reps.signals import Pattern, find_pattern, learn, projections
from pi_service.reps.swings import cut_swings, turning_points

PARAMS = CounterParams()


def path_of(way: Way, reps: int, *, until_s: float | None = None, tempo: Tempo | None = None) -> PosePath:
    """The path of a set from 1 s before its first rep on."""
    block, lifts = reps_block(way, reps, tempo=tempo)
    history = History()
    for frames in frames_of(block):
        history.append(frames)
    begin = round((lifts[0].start_s - 1.0) * FRAME_RATE_HZ)
    end = round((lifts[-1].end_s if until_s is None else until_s) * FRAME_RATE_HZ)
    return pose_path(begin, history.rows(begin, end), 0.12)


def lifting(pattern: Pattern, travel_m: float) -> Pattern:
    """The pattern, but that it goes up by a travel, and down again."""
    rising = pattern.rising.copy()
    rising[:, HEIGHT] = np.linspace(0.0, travel_m / HEIGHT_UNIT_M, len(rising))
    return replace(pattern, rising=rising, falling=-rising)


class TestFindPattern:
    @pytest.mark.parametrize("way", Way)
    def test_finds_what_repeats_and_its_period(self, way: Way) -> None:
        tempo = Tempo(0.9, 0.1, 1.0, 0.2, vary=0.03)
        pattern = find_pattern(path_of(way, 6, tempo=tempo), PARAMS)
        assert pattern is not None
        assert pattern.period_s == pytest.approx(2.2, rel=0.15)
        assert pattern.swings >= 9
        assert pattern.quality > 0.8
        axis = {Way.TILT: TILT, Way.HEIGHT: slice(HEIGHT, HEIGHT + 1), Way.TURN: slice(TURN, TURN + 1)}[way]
        assert np.linalg.norm(pattern.weights[axis]) > 0.9

    def test_its_period_is_that_of_both_ways_however_unlike_their_times(self) -> None:
        # Ten quick lifts of 0.4 s, and the nine slow ways down of 2.4 s between them.
        up, down = np.linspace(0.0, 1.0, 11)[1:], np.linspace(1.0, 0.0, 61)[1:]
        signal = np.concatenate(([0.0], *[up, down] * 9, up))
        points = np.zeros((len(signal), 5))
        points[:, 0] = signal
        swings = cut_swings(points, signal, turning_points(signal, 0.4))
        assert len(swings) == 19
        path = PosePath(0, points, 0.12, np.zeros((len(signal), 7)))
        assert learn(path, np.eye(5)[0], swings).period_s == pytest.approx(2.8, abs=0.05)

    def test_its_swing_is_the_size_of_the_movement(self) -> None:
        pattern = find_pattern(path_of(Way.TILT, 6), PARAMS)
        assert pattern is not None
        assert pattern.swing == pytest.approx(2 * np.sin(0.4), rel=0.1)  # chord of 0.8 rad

    def test_one_rep_is_no_repetition(self) -> None:
        assert find_pattern(path_of(Way.TILT, 1), PARAMS) is None

    def test_rest_is_none(self) -> None:
        rng = np.random.default_rng(0)
        points = np.zeros((500, 5))
        points[:, 2] = 1.0
        points[:, :2] += 1e-3 * rng.normal(size=(500, 2))
        assert find_pattern(PosePath(0, points, 0.12, np.zeros(500)), PARAMS) is None

    def test_a_random_walk_is_none(self) -> None:
        found = 0
        for seed in range(20):
            steps = np.random.default_rng(seed).normal(0.0, 0.05, size=(500, 5))
            smooth = np.apply_along_axis(np.convolve, 0, steps.cumsum(axis=0), np.ones(12) / 12, "same")
            pattern = find_pattern(PosePath(0, smooth, 0.12, np.zeros(500)), PARAMS)
            found += pattern is not None and pattern.quality > 0.8
        assert found == 0

    # The last swing's turning point wanders with the noise at rest; its arrival must not.
    def test_what_stopped_long_ago_is_none(self) -> None:
        _, lifts = reps_block(Way.TILT, 5)
        assert find_pattern(path_of(Way.TILT, 5, until_s=lifts[-1].end_s + 10.0), PARAMS) is None

    def test_every_projection_is_a_direction(self) -> None:
        for weights in projections(path_of(Way.TILT, 4).points):
            assert np.linalg.norm(weights) == pytest.approx(1.0)


class TestWhichIsRather:
    """Where an exercise lifts the sensor, what lifts it goes before what repeats better."""

    TILTS, LIFTS = pattern_of(), lifting(pattern_of(), 0.3)

    def test_a_pattern_lifts_if_it_goes_up_on_one_way_and_down_on_the_other(self) -> None:
        assert self.LIFTS.lifts(0.08)
        assert not self.LIFTS.lifts(0.4)
        assert not self.TILTS.lifts(0.08)
        assert not lifting(self.TILTS, 0.05).lifts(0.08)
        assert not replace(self.LIFTS, falling=self.LIFTS.rising).lifts(0.08)

    def test_an_exercise_that_lifts_takes_the_one_that_does(self) -> None:
        rises, worse = replace(PARAMS, out_goes_up=True), replace(self.LIFTS, quality=0.7)
        assert worse.is_before(self.TILTS, rises)
        assert not self.TILTS.is_before(worse, rises)

    def test_otherwise_what_repeats_best_is_taken(self) -> None:
        worse = replace(self.LIFTS, quality=0.7)
        assert not worse.is_before(self.TILTS, PARAMS)
        assert self.TILTS.is_before(worse, PARAMS)
        assert worse.is_before(None, PARAMS)
