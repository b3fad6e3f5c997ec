"""Turning points, swings and their likeness on signals that are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.reps.swings import SHAPE_POINTS, cut_swings, likeness, turning_points


def through(levels: list[float], frames: int = 20, pause: int = 0) -> np.ndarray:
    """A signal that goes smoothly from level to level, pausing at each."""
    way = 0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)
    parts = [np.full(pause, levels[0])]
    for a, b in itertools.pairwise(levels):
        parts += [a + (b - a) * way, np.full(pause, b)]
    return np.concatenate([*parts, [levels[-1]]])


class TestTurningPoints:
    def test_of_known_levels(self) -> None:
        assert turning_points(through([0, 1, 0, 1, 0]), 0.5) == [0, 20, 40, 60, 80]

    def test_a_small_swing_is_ignored(self) -> None:
        assert turning_points(through([0, 1, 0.8, 1.2, 0]), 0.5) == [0, 60, 80]

    def test_a_threshold_decides_what_is_small(self) -> None:
        assert len(turning_points(through([0, 1, 0.8, 1.2, 0]), 0.1)) == 5

    @pytest.mark.parametrize("signal", [np.zeros(50), np.linspace(0.0, 0.3, 50)])
    def test_nothing_turns(self, signal: np.ndarray) -> None:
        assert turning_points(signal, 0.5) == []

    def test_one_way_is_a_begin_and_an_end(self) -> None:
        assert turning_points(np.linspace(0.0, 2.0, 50), 0.5) == [0, 49]

    def test_a_way_that_is_not_finished_ends_where_it_is(self) -> None:
        signal = through([0, 1, 0, 1])[:52]
        assert turning_points(signal, 0.5) == [0, 20, 40, 51]

    @given(st.lists(st.floats(-5, 5), min_size=2, max_size=60), st.floats(0.1, 3))
    def test_they_alternate_and_are_the_extremes_between_them(
        self, values: list[float], smallest: float
    ) -> None:
        signal = np.array(values)
        turns = turning_points(signal, smallest)
        assert turns == sorted(set(turns))
        change = np.diff(signal[turns])
        assert np.all(np.abs(change) >= smallest)
        assert np.all(np.sign(change[1:]) == -np.sign(change[:-1]))
        if not turns:
            assert len(turning_points(signal, np.inf)) == 0
        for a, b in itertools.pairwise(turns):
            low, high = sorted((signal[a], signal[b]))
            assert signal[a : b + 1].min() == low
            assert signal[a : b + 1].max() == high


class TestSwings:
    def path(self, signal: np.ndarray) -> np.ndarray:
        return np.column_stack((signal, 0.5 * signal))

    def test_lie_between_the_turns(self) -> None:
        signal = through([0, 1, 0, 2])
        swings = cut_swings(self.path(signal), signal, [0, 20, 40, 60])
        assert len(swings) == 3
        assert swings.begin.tolist() == [0, 20, 40]
        assert swings.end.tolist() == [20, 40, 60]
        np.testing.assert_allclose(swings.change, [1, -1, 2])
        assert swings.shapes.shape == (3, SHAPE_POINTS, 2)
        np.testing.assert_allclose(swings.shapes.mean(axis=1), 0.0, atol=1e-12)

    def test_their_pauses_are_outside(self) -> None:
        signal = through([0, 1, 0], frames=20, pause=30)
        swings = cut_swings(self.path(signal), signal, [10, 60, 120])
        assert 28 <= swings.leaves[0] <= 36
        assert 44 <= swings.arrives[0] <= 50
        assert 78 <= swings.leaves[1] <= 86
        assert 94 <= swings.arrives[1] <= 100

    def test_a_pause_does_not_change_the_shape(self) -> None:
        quick, paused = through([0, 1], pause=0), through([0, 1], pause=40)
        a = cut_swings(self.path(quick), quick, [0, len(quick) - 1])
        b = cut_swings(self.path(paused), paused, [0, len(paused) - 1])
        assert likeness(a.shapes, b.shapes)[0] > 0.98

    def test_a_slower_swing_has_the_same_shape(self) -> None:
        quick, slow = through([0, 1], frames=20), through([0, 1], frames=90)
        a = cut_swings(self.path(quick), quick, [0, 20])
        b = cut_swings(self.path(slow), slow, [0, 90])
        assert likeness(a.shapes, b.shapes)[0] > 0.95

    def test_a_piece_is_swings_again(self) -> None:
        signal = through([0, 1, 0, 1, 0])
        swings = cut_swings(self.path(signal), signal, [0, 20, 40, 60, 80])[1:3]
        assert swings.begin.tolist() == [20, 40]
        assert swings.shapes.shape == (2, SHAPE_POINTS, 2)


class TestLikeness:
    shape = np.random.default_rng(0).normal(size=(1, SHAPE_POINTS, 5))

    def test_the_same_is_one(self) -> None:
        assert likeness(self.shape, self.shape)[0] == pytest.approx(1.0)

    def test_the_opposite_is_nothing(self) -> None:
        assert likeness(self.shape, -self.shape)[0] == pytest.approx(0.0)

    @pytest.mark.parametrize(("size", "alike"), [(0.5, 2 / 3), (2.0, 2 / 3), (0.25, 0.4)])
    def test_size_counts(self, size: float, alike: float) -> None:
        assert likeness(self.shape, size * self.shape)[0] == pytest.approx(alike)

    def test_the_unrelated_is_in_between(self) -> None:
        other = np.zeros_like(self.shape)
        a, b = self.shape.copy(), other
        a[:, :, 1:], b[:, :, 1] = 0.0, a[:, :, 0]
        assert likeness(a, b)[0] == pytest.approx(1.0 - np.sqrt(0.5))

    def test_is_symmetric_and_compares_one_with_many(self) -> None:
        many = np.random.default_rng(1).normal(size=(7, SHAPE_POINTS, 5))
        np.testing.assert_allclose(likeness(many, self.shape[0]), likeness(self.shape[0], many))
        assert likeness(many, self.shape[0]).shape == (7,)
