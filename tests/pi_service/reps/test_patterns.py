"""What repeats, and how its swings become reps: on paths and runs that are written down."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from support.chunks import frames_of
from support.streams import Tempo, Way, reps_block

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track
from pi_service.reps.history import History
from pi_service.reps.pairs import StreamEdges, pair_up
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, TILT, TURN, PosePath, pose_path
from pi_service.reps.signals import Pattern, find_pattern, projections

PARAMS = CounterParams()
INSIDE = StreamEdges(None, None)
WAY_FRAMES = 25


def path_of(way: Way, reps: int, *, until_s: float | None = None, tempo: Tempo | None = None) -> PosePath:
    """The path of a set from 1 s before its first rep on."""
    block, lifts = reps_block(way, reps, tempo=tempo)
    history = History()
    for frames in frames_of(block):
        history.append(frames)
    begin = round((lifts[0].start_s - 1.0) * FRAME_RATE_HZ)
    end = round((lifts[-1].end_s if until_s is None else until_s) * FRAME_RATE_HZ)
    return pose_path(begin, history.rows(begin, end), 0.12)


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


def track_of(levels: list[float]) -> Track:
    """A tilt that goes from level to level (rad) in a second each."""
    way = 0.5 - 0.5 * np.cos(np.pi * np.arange(WAY_FRAMES) / WAY_FRAMES)
    parts = [a + (b - a) * way for a, b in itertools.pairwise(levels)]
    signal = np.concatenate([*parts, [levels[-1]]])
    points = np.zeros((len(signal), 5))
    points[:, 0], points[:, 2] = np.sin(signal), np.cos(signal)
    return Track(PosePath(0, points, 0.12, np.zeros(len(signal))), signal, [])


def run_of(levels: list[float], first: int, last: int) -> list[Swing]:
    """The swings from turning point `first` to turning point `last`."""
    swings = []
    for k in range(first, last):
        begin, end = k * WAY_FRAMES, (k + 1) * WAY_FRAMES
        size = abs(levels[k + 1] - levels[k])
        swings.append(Swing(begin, end, begin + 2, end - 2, levels[k + 1] > levels[k], size, 0.9))
    return swings


def pattern_of() -> Pattern:
    weights = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    shape = np.zeros((16, 5))
    return Pattern(weights, 0.12, shape, -shape, 1.0, 2.0, 0, 100, 0.9, 4)


def paired(levels: list[float], *runs: tuple[int, int], edges: StreamEdges = INSIDE):
    swings = [run_of(levels, first, last) for first, last in runs]
    return pair_up(swings, track_of(levels), pattern_of(), edges)


class TestPairUp:
    def test_an_even_run_is_all_pairs(self) -> None:
        reps = paired([0, 1, 0, 1, 0, 1, 0], (0, 6))
        assert [rep.start_s for rep in reps] == pytest.approx([0.08, 2.08, 4.08])
        assert [rep.end_s for rep in reps] == pytest.approx([1.96, 3.96, 5.96])
        assert [rep.turn_s for rep in reps] == pytest.approx([1.02, 3.02, 5.02])
        assert [rep.range_deg for rep in reps] == pytest.approx([57.3] * 3, abs=2.0)
        assert [rep.confidence for rep in reps] == [0.9] * 3
        assert all(rep.range_m is None for rep in reps)

    def test_an_odd_run_on_level_counts_the_half_that_is_not_alike(self) -> None:
        assert len(paired([0, 1, 0, 1, 0, 1], (0, 5))) == 3

    @pytest.mark.parametrize("levels", [[3.0, 0, 1, 0], [-2.5, 0, -1, 0]])
    def test_an_odd_run_off_level_at_its_begin_drops_the_first(self, levels: list[float]) -> None:
        (rep,) = paired(levels, (0, 3))
        assert rep.start_s > 1.0

    def test_an_odd_run_off_level_at_its_end_drops_the_last(self) -> None:
        (rep,) = paired([0, 1, 0, 3.0], (0, 3))
        assert rep.end_s < 2.0

    def test_a_single_swing_is_none(self) -> None:
        assert paired([0, 1, 0], (0, 1)) == []

    def test_runs_are_paired_each_for_itself(self) -> None:
        reps = paired([0, 1, 0, 0.1, 0, 1, 0], (0, 2), (4, 6))
        assert len(reps) == 2
        assert reps[1].start_s > 4.0

    def test_a_stream_that_cuts_both_ends_has_one_more(self) -> None:
        levels = [0.6, 0, 1, 0, 0.6]  # begins and ends in the middle of a movement
        edges = StreamEdges(0, 4 * WAY_FRAMES)
        assert len(paired(levels, (1, 3), edges=edges)) == 2
        assert len(paired(levels, (1, 3))) == 1

    def test_a_stream_that_cuts_one_end_does_not(self) -> None:
        levels = [0.0, 0, 1, 0, 0.6]
        assert len(paired(levels, (1, 3), edges=StreamEdges(0, 4 * WAY_FRAMES))) == 1

    def test_reps_are_in_order_and_inside_the_track(self) -> None:
        reps = paired([0, 1, 0, 1, 0, 1], (0, 5))
        assert all(rep.start_s <= rep.turn_s <= rep.end_s for rep in reps)
        assert all(a.end_s <= b.start_s + 0.1 for a, b in itertools.pairwise(reps))
