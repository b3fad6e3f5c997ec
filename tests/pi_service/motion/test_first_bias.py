"""A zero that is far off, found in the first seconds of somebody who lifts at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.chunks import still_of
from support.streams import Tempo, Way, felt, make_lifts, motion_of, out_and_back, regular

from calibration.imu import FloatArray
from pi_service.motion.grid import Grid
from pi_service.motion.tilt import TiltFilter

NONE = np.zeros(3)


def lifted(
    way: Way, seed: int, bias_rads: FloatArray, count: int = 12
) -> tuple[FloatArray, FloatArray, TiltFilter]:
    """Times, error of the tilt (degrees) and the filter after half a minute of reps from the first second."""
    rng = np.random.default_rng(seed)
    lifts = make_lifts(count, rng, Tempo(0.9, 0.1, 1.0, 0.2), first_s=0.5)
    t_s = regular(lifts[-1].end_s, 100.0)
    motion, mount = motion_of(t_s, way, out_and_back(t_s, lifts)), Rotation.random(random_state=rng)
    (cells,) = Grid().step(felt(t_s, motion, rng, mount=mount, bias_rads=tuple(bias_rads.tolist())))
    tilt = TiltFilter()
    up = tilt.step(cells, still_of([cells])[0]).up
    at_s = (cells.first_cell + np.arange(len(cells)) + 0.5) / 50.0
    true = np.einsum("ij,nj->ni", mount.as_matrix(), motion.rotation[:, 2, :])
    true = np.stack([np.interp(at_s, t_s, column) for column in true.T], axis=-1)
    cosine = np.sum(up * true, axis=1) / np.linalg.norm(true, axis=1)
    return at_s, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), tilt


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("seed", range(3))
def test_tilt_is_right_after_seconds_though_the_zero_was_unknown(way: Way, seed: int) -> None:
    bias_rads = np.radians(np.random.default_rng([seed, 9]).uniform(-20.0, 20.0, 3))
    at_s, error_deg, _ = lifted(way, seed, bias_rads)
    assert error_deg[at_s > 8.0].max() < 15.0
    assert error_deg[at_s > 15.0].max() < 8.0


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("seed", range(3))
def test_a_sensor_that_is_calibrated_is_left_alone(way: Way, seed: int) -> None:
    _, error_deg, tilt = lifted(way, seed, NONE)
    assert not tilt.state.bias.first.believed
    assert error_deg.max() < 8.0
    assert math.degrees(float(np.linalg.norm(tilt.state.bias.rads))) < 1.0


@pytest.mark.parametrize(("first_s", "is_over"), [(0.5, False), (4.0, True)])
def test_a_rest_ends_it(first_s: float, is_over: bool) -> None:
    rng = np.random.default_rng(0)
    lifts = make_lifts(4, rng, Tempo(0.9, 0.1, 1.0, 0.2), first_s=first_s)
    t_s = regular(lifts[-1].end_s, 100.0)
    course = out_and_back(t_s, lifts)
    (cells,) = Grid().step(felt(t_s, motion_of(t_s, Way.TURN, course), rng, bias_rads=(0.0, 0.0, 0.0)))
    tilt = TiltFilter()
    tilt.step(cells, still_of([cells])[0])
    assert tilt.state.bias.first.done == is_over


def test_after_half_a_minute_it_is_over() -> None:
    _, _, tilt = lifted(Way.TILT, 0, NONE, count=18)
    assert tilt.state.bias.first.done
