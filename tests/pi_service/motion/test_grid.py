"""Cell means against integrals that are known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from support.streams import regular

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SensorRole
from pi_service.motion.grid import Grid, GridBlock, GridParams


def block_of(t_s: FloatArray, x: FloatArray, gyro: bool = True) -> ImuBlock:
    """A block whose first axis reads `x`, the others multiples of it."""
    force = np.stack([x, -2.0 * x, x + 1.0], axis=-1)
    rate = np.stack([0.1 * x, x, -x], axis=-1) if gyro else None
    return ImuBlock(SensorRole.LIMB, t_s, force, rate, np.zeros(len(t_s), np.uint8))


def irregular(duration_s: float, rate_hz: float, seed: int = 0) -> FloatArray:
    t_s = regular(duration_s, rate_hz)
    return t_s + np.random.default_rng(seed).uniform(-0.45, 0.45, len(t_s)) / rate_hz + 0.5 / rate_hz


def cells_of(block: ImuBlock, params: GridParams | None = None) -> GridBlock:
    found = Grid(params).step(block)
    assert len(found) == 1
    return found[0]


def middles_s(cells: GridBlock, rate_hz: float = 50.0) -> FloatArray:
    return (cells.first_cell + np.arange(len(cells)) + 0.5) / rate_hz


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 50.0, 100.0, 200.0, 1000.0])
@pytest.mark.parametrize("times", [regular, irregular])
def test_a_straight_line_has_its_middle_as_mean(times, rate_hz: float) -> None:
    t_s = times(4.0, rate_hz)
    cells = cells_of(block_of(t_s, 3.0 * t_s - 5.0))
    expected = 3.0 * middles_s(cells) - 5.0
    np.testing.assert_allclose(cells.specific_force_ms2[:, 0], expected, atol=1e-10)
    np.testing.assert_allclose(cells.specific_force_ms2[:, 1], -2.0 * expected, atol=1e-10)
    assert cells.angular_rate_rads is not None
    np.testing.assert_allclose(cells.angular_rate_rads[:, 2], -expected, atol=1e-10)


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 50.0, 100.0, 200.0, 333.0])
def test_every_whole_cell_inside_the_samples_is_given_out(rate_hz: float) -> None:
    t_s = irregular(4.0, rate_hz, seed=3)
    cells = cells_of(block_of(t_s, t_s))
    assert cells.first_cell == math.ceil(t_s[0] * 50.0)
    assert cells.first_cell + len(cells) == math.floor(t_s[-1] * 50.0)
    assert cells.restart


def test_a_last_cell_waits_for_the_sample_after_its_edge() -> None:
    """A sample on an edge belongs to both cells: the edge is passed with the next one."""
    t_s = regular(1.01, 100.0)
    assert t_s[-1] == 1.0
    grid = Grid()
    first = grid.step(block_of(t_s, t_s))
    assert first[0].first_cell + len(first[0]) == 49
    second = grid.step(block_of(np.array([1.005]), np.array([1.005])))
    assert (second[0].first_cell, len(second[0]), second[0].restart) == (49, 1, False)


def test_mean_times_length_is_the_integral() -> None:
    """What the samples' polygon encloses, cell by cell and in all."""
    rng = np.random.default_rng(5)
    t_s, x = irregular(3.0, 77.0, seed=5), rng.normal(size=231)
    cells = cells_of(block_of(t_s, x))
    edges_s = (cells.first_cell + np.arange(len(cells) + 1)) / 50.0
    fine_s = np.union1d(t_s, edges_s)
    polygon = np.interp(fine_s, t_s, x)
    for k, (left_s, right_s) in enumerate(pairwise(edges_s)):
        inside = (fine_s >= left_s) & (fine_s <= right_s)
        mean = np.trapezoid(polygon[inside], fine_s[inside]) * 50.0
        assert cells.specific_force_ms2[k, 0] == pytest.approx(mean, abs=1e-10)


def test_a_turn_is_kept_exactly_whatever_the_rate() -> None:
    for rate_hz in (25.0, 60.0, 200.0):
        t_s = regular(4.02, rate_hz)
        x = np.where((t_s > 1.0) & (t_s < 2.0), np.sin(math.pi * (t_s - 1.0)) ** 2, 0.0)
        cells = cells_of(block_of(t_s, x))
        assert cells.angular_rate_rads is not None
        assert cells.angular_rate_rads[:, 1].sum() / 50.0 == pytest.approx(0.5, abs=1e-6)


def test_what_is_faster_than_the_grid_is_averaged_out() -> None:
    t_s = regular(2.0, 1000.0)
    cells = cells_of(block_of(t_s, np.sin(2.0 * math.pi * 50.0 * t_s)))
    assert np.abs(cells.specific_force_ms2[:, 0]).max() < 1e-3


def test_without_a_gyroscope_there_is_no_rate() -> None:
    t_s = regular(1.0, 100.0)
    cells = cells_of(block_of(t_s, t_s, gyro=False))
    assert cells.angular_rate_rads is None
    np.testing.assert_allclose(cells.specific_force_ms2[:, 0], middles_s(cells), atol=1e-12)


def test_another_rate_of_the_grid() -> None:
    t_s = irregular(3.0, 100.0)
    cells = cells_of(block_of(t_s, 2.0 * t_s), GridParams(rate_hz=20.0))
    np.testing.assert_allclose(cells.specific_force_ms2[:, 0], 2.0 * middles_s(cells, 20.0), atol=1e-10)


class TestGaps:
    @pytest.mark.parametrize("gap_s", [0.1, 0.5, 0.99])
    def test_a_short_one_is_bridged_by_a_straight_line(self, gap_s: float) -> None:
        t_s = regular(4.0, 100.0)
        t_s = t_s[(t_s <= 1.5) | (t_s >= 1.5 + gap_s)]
        x = np.where(t_s <= 1.5, 2.0, 6.0)
        found = Grid().step(block_of(t_s, x))
        assert [cells.restart for cells in found] == [True] + [False] * (len(found) - 1)
        assert [cells.bridged for cells in found] == ([False] if gap_s < 0.17 else [False, True, False])
        cells = GridBlock(
            found[0].first_cell,
            np.concatenate([each.specific_force_ms2 for each in found]),
            None,
            restart=True,
        )
        back_s = t_s[t_s > 1.5][0]
        at_s = middles_s(cells)
        across = (at_s > 1.52) & (at_s < back_s - 0.02)
        line = 2.0 + 4.0 * (at_s - 1.5) / (back_s - 1.5)
        np.testing.assert_allclose(cells.specific_force_ms2[across, 0], line[across], atol=1e-10)
        assert across.sum() >= gap_s * 50 - 4

    def test_exactly_the_longest_is_bridged_still(self) -> None:
        t_s = np.array([0.0, 0.5, 1.5, 2.0])
        found = Grid().step(block_of(t_s, t_s))
        assert [cells.restart for cells in found] == [True, False, False]
        assert sum(map(len, found)) == 99

    @pytest.mark.parametrize("gap_s", [1.01, 3.0, 5000.0])
    def test_after_a_longer_one_the_grid_restarts(self, gap_s: float) -> None:
        t_s = regular(4.0, 100.0)
        t_s = np.where(t_s > 1.505, t_s + gap_s, t_s)
        before, after = Grid().step(block_of(t_s, 7.0 * t_s))
        assert (before.first_cell, len(before), before.restart) == (0, 75, True) or len(before) == 74
        assert after.restart
        assert after.first_cell == math.ceil(t_s[t_s > 1.505 + gap_s][0] * 50.0 - 1e-9)
        np.testing.assert_allclose(after.specific_force_ms2[:, 0], 7.0 * middles_s(after), rtol=1e-9)

    def test_samples_that_are_all_far_apart_give_nothing(self) -> None:
        t_s = np.arange(10) * 1.5
        assert Grid().step(block_of(t_s, t_s)) == []

    def test_two_restarts_in_one_block(self) -> None:
        t_s = np.concatenate((regular(1.0, 100.0), regular(1.0, 100.0) + 5.0, regular(1.0, 100.0) + 9.0))
        found = Grid().step(block_of(t_s, t_s))
        assert [cells.restart for cells in found] == [True] * 3
        assert [cells.first_cell for cells in found] == [0, 250, 450]

    def test_another_longest_bridge(self) -> None:
        t_s = np.concatenate((regular(1.0, 100.0), regular(1.0, 100.0) + 1.5))
        assert len(Grid(GridParams(longest_bridge_s=0.2)).step(block_of(t_s, t_s))) == 2


def test_nothing_in_nothing_out() -> None:
    empty = regular(0.0, 100.0)
    assert Grid().step(block_of(empty, empty)) == []


def test_a_day_into_the_stream_the_means_are_as_good() -> None:
    rng = np.random.default_rng(0)
    t_s = regular(60.0, 100.0)
    x = 9.81 + rng.normal(0.0, 0.1, len(t_s))
    early, late = cells_of(block_of(t_s, x)), cells_of(block_of(t_s + 86_400.0, x))
    np.testing.assert_allclose(
        late.specific_force_ms2[:-1], early.specific_force_ms2[: len(late) - 1], atol=1e-6
    )
