"""What a gap hid, against what was there; and the vertical after it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.chunks import grid_of, still_of
from support.streams import Tempo, Way, felt, make_lifts, motion_of, out_and_back, regular, without

from calibration.imu import FloatArray, ImuBlock
from pi_service.motion.gaps import GapParams, RecentCells, beyond_the_line
from pi_service.motion.grid import Grid, GridParams
from pi_service.motion.tilt import TiltFilter, TiltParams

RATE_HZ = 50.0
COMPARED = 60
#: A line, whatever happened before.
LINE = GridParams(gaps=GapParams(lookback_s=0.1))


def wave(t_s: FloatArray, period_s: float, size: float = 1.0) -> FloatArray:
    """Specific force and rate of something that goes round and round."""
    phase = 2.0 * math.pi * t_s / period_s
    force = np.stack([np.sin(phase), np.cos(2.0 * phase), 9.8 + np.cos(phase)], axis=-1)
    rate = np.stack([np.cos(phase), np.sin(phase) ** 3, np.sin(phase + 1.0)], axis=-1)
    return size * np.concatenate((force, rate), axis=1)


def line(before: FloatArray, after: FloatArray, lost: int) -> FloatArray:
    part = (np.arange(1, lost + 1) / (lost + 1))[:, None]
    return before + part * (after - before)


def rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.parametrize("period_s", [0.9, 1.4, 2.5, 3.7])
@pytest.mark.parametrize("lost", [9, 25, 45])
@pytest.mark.parametrize("channels", [3, 6])
def test_what_repeats_is_put_back(period_s: float, lost: int, channels: int) -> None:
    values = wave(np.arange(500) / RATE_HZ, period_s)[:, :channels]
    values += np.random.default_rng(1).normal(0.0, 0.02, values.shape)
    n = 400
    beyond = beyond_the_line(values[:n], values[n + lost], lost, COMPARED)
    assert beyond is not None
    truth = values[n : n + lost]
    straight = line(values[n - 1], values[n + lost], lost)
    left, lost_by_line = rms(straight + beyond - truth), rms(straight - truth)
    assert left < max(0.25 * lost_by_line, 0.12)


def test_what_never_was_before_is_a_line() -> None:
    rng = np.random.default_rng(2)
    still = np.array([0.0, 0.0, 9.8, 0.0, 0.0, 0.0]) + rng.normal(0.0, 0.02, (400, 6))
    moves = still.copy()
    moves[-30:] += wave(np.arange(30) / RATE_HZ, 1.5) - wave(np.zeros(1), 1.5)
    beyond = beyond_the_line(moves, moves[-1] + 0.3, 20, COMPARED)
    assert beyond is None or rms(beyond) < 0.35 * rms(moves[-30:] - moves[-30:].mean(axis=0))


@pytest.mark.parametrize("known", [0, 1, 30, 70])
def test_too_little_is_known_for_anything_but_a_line(known: int) -> None:
    values = wave(np.arange(100) / RATE_HZ, 1.0)
    assert beyond_the_line(values[:known], values[-1], 25, COMPARED) is None


def test_a_sensor_at_rest_stays_so() -> None:
    still = np.tile([0.0, 0.0, 9.8, 0.0, 0.0, 0.0], (400, 1))
    beyond = beyond_the_line(still, still[0], 25, COMPARED)
    assert beyond is None or not beyond.any()


def test_the_newest_cells_are_the_same_however_they_came() -> None:
    cells = np.arange(2_000.0)[:, None]
    for size in (1, 7, 300, 2_000):
        recent = RecentCells()
        for begin in range(0, len(cells), size):
            recent.add(cells[begin : begin + size], 250)
        np.testing.assert_array_equal(recent.newest(250), cells[-250:])
        assert recent.length < 250 + size


def lifts(seed: int) -> tuple[ImuBlock, FloatArray, FloatArray]:
    """Two seconds a rep, and the vertical in the sensor frame: samples, their times, up."""
    rng = np.random.default_rng(seed)
    made = make_lifts(10, rng, Tempo(0.8, 0.1, 0.9, 0.2), first_s=4.0)
    t_s = regular(made[-1].end_s + 3.0, 100.0)
    motion = motion_of(t_s, Way.TILT, out_and_back(t_s, made))
    return felt(t_s, motion, rng, bias_rads=(0.0, 0.0, 0.0)), t_s, motion.rotation[:, 2, :]


def error_deg(
    block: ImuBlock, t_s: FloatArray, up: FloatArray, params: GridParams | None
) -> tuple[FloatArray, FloatArray]:
    cells = Grid(params).step(block)
    tilt = TiltFilter()
    found = [tilt.step(each, still) for each, still in zip(cells, still_of(cells), strict=True)]
    seen = np.concatenate([each.up for each in found])
    at_s = (cells[0].first_cell + np.arange(len(seen)) + 0.5) / RATE_HZ
    true = np.stack([np.interp(at_s, t_s, column) for column in up.T], axis=-1)
    cosine = np.sum(seen * true, axis=1) / np.linalg.norm(true, axis=1)
    return at_s, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


@pytest.mark.parametrize("seed", range(4))
def test_the_vertical_is_known_after_a_gap_in_a_set(seed: int) -> None:
    block, t_s, up = lifts(seed)
    begin_s = 14.0 + 0.45 * seed
    lossy = without(block, begin_s, begin_s + 0.6)
    found = {}
    for name, params in (("filled", None), ("line", LINE)):
        at_s, error = error_deg(lossy, t_s, up, params)
        after = (at_s >= begin_s) & (at_s < begin_s + 2.0)
        found[name] = rms(error[after])
    assert found["filled"] < 4.0
    assert found["filled"] < found["line"] + 0.5


@pytest.mark.parametrize(("known_s2", "at_most_deg", "at_least_deg"), [(0.1, 40.0, 0.0), (1e6, 90.0, 55.0)])
def test_a_turn_that_a_gap_hid_is_mended_soon(
    known_s2: float, at_most_deg: float, at_least_deg: float
) -> None:
    """The clip was pushed over by a right angle while nothing came."""
    block, _, _ = lifts(0)
    quiet = block[: int(np.searchsorted(block.t_s, 3.9))]
    force = quiet.specific_force_ms2.copy()
    late = quiet.t_s >= 2.5
    force[late] = force[late] @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    found = grid_of(
        without(ImuBlock(quiet.sensor, quiet.t_s, force, quiet.angular_rate_rads, quiet.flags), 2.0, 2.5)
    )
    assert [each.bridged for each in found] == [False, True, False]
    tilt, up = TiltFilter(TiltParams(known_after_gap_s2=known_s2)), np.zeros((0, 3))
    for each, still in zip(found, still_of(found), strict=True):
        up = tilt.step(each, still).up
    force = found[-1].specific_force_ms2
    cosine = np.sum(up * force, axis=1) / np.linalg.norm(force, axis=1)
    after_a_second_deg = math.degrees(math.acos(cosine[50]))
    assert at_least_deg <= after_a_second_deg < at_most_deg
