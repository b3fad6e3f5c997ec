"""The gyroscope's bias, followed at rest and in motion; tilt over a session in which the chip warms up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.chunks import grid_of, still_of
from support.sessions import Session, WarmUp, make_session
from support.streams import Way, felt, make_lifts, motion_of, out_and_back, regular

from calibration.imu import FloatArray
from pi_service.motion.bias import BiasTracker
from pi_service.motion.tilt import TiltFilter

CELL_S = 0.02
#: An uncalibrated chip at the edge of the data sheet, and what a calibration leaves of it.
UNCALIBRATED = WarmUp(zero_dps=20.0, slope_dps_per_c=0.05)
CALIBRATED = WarmUp(zero_dps=0.1, slope_dps_per_c=0.01)


def tilt_error_deg(session: Session) -> FloatArray:
    """How far up is off in the sets, cell by cell."""
    (cells,) = grid_of(session.block)
    tilt = TiltFilter().step(cells, still_of([cells])[0])
    middles_s = (tilt.first_cell + np.arange(len(tilt)) + 0.5) * CELL_S
    true = np.stack([np.interp(middles_s, session.block.t_s, column) for column in session.up.T], axis=-1)
    cosine = np.sum(tilt.up * true, axis=1) / np.linalg.norm(true, axis=1)
    in_set = np.interp(middles_s, session.block.t_s, session.in_set.astype(float)) > 0.5
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))[in_set]


def rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.parametrize(
    ("warm_up", "bound_deg"), [(UNCALIBRATED, 0.9), (CALIBRATED, 0.4)], ids=["uncalibrated", "calibrated"]
)
@pytest.mark.parametrize("seed", range(3))
def test_tilt_in_the_sets_of_ten_minutes_while_the_chip_warms_up_quickly(
    seed: int, warm_up: WarmUp, bound_deg: float
) -> None:
    quick = WarmUp(warm_up.zero_dps, warm_up.slope_dps_per_c, warm_up.rise_c, time_constant_s=60.0)
    error_deg = tilt_error_deg(make_session(600.0, seed, quick, rest_s=(20.0, 40.0)))
    assert len(error_deg) * CELL_S > 120.0
    assert rms(error_deg) < bound_deg
    assert error_deg.max() < 2.0


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("warm_up", [UNCALIBRATED, CALIBRATED], ids=["uncalibrated", "calibrated"])
def test_tilt_in_the_sets_of_half_an_hour(seed: int, warm_up: WarmUp) -> None:
    error_deg = tilt_error_deg(make_session(1800.0, seed, warm_up))
    print(f"seed {seed}: {rms(error_deg):.2f} deg rms, at most {error_deg.max():.2f} deg")
    assert rms(error_deg) < 1.0


def test_a_rest_gives_the_bias_itself() -> None:
    bias_rads = np.radians([15.0, -20.0, 8.0])
    tracker = BiasTracker(CELL_S, 3.0)
    for _ in range(10):  # two seconds
        tracker.state.rest_sum, tracker.state.rest_cells = tuple(30 * bias_rads), 30
        found = tracker.look((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 9.8))
    np.testing.assert_allclose(found, bias_rads, atol=math.radians(0.1))
    assert tracker.state.rested


def test_a_change_of_the_bias_is_followed_while_somebody_moves() -> None:
    """Known at a rest, it is then off by a degree per second, and there is no rest any more."""
    rng = np.random.default_rng(2)
    lifts = make_lifts(150, rng, first_s=4.0)
    t_s = regular(lifts[-1].end_s, 100.0)
    assert t_s[-1] > 350.0
    block = felt(t_s, motion_of(t_s, Way.TILT, out_and_back(t_s, lifts)), rng, bias_rads=(0.0, 0.0, 0.0))
    drift_rads = math.radians(1.0) * np.clip((t_s - 10.0) / 60.0, 0.0, 1.0)
    assert block.angular_rate_rads is not None
    block.angular_rate_rads[:, :2] += drift_rads[:, None]
    (cells,) = grid_of(block)
    tilt = TiltFilter()
    tilt.step(cells, still_of([cells])[0])
    assert math.degrees(tilt.state.bias.rads[1]) == pytest.approx(1.0, abs=0.35)


@pytest.mark.parametrize("seed", range(4))
def test_a_short_rest_after_a_set_is_enough(seed: int) -> None:
    """Who began without a rest is told to make one; what was integrated before must not pass for news."""
    rng = np.random.default_rng(seed)
    zero_rads = np.radians(np.random.default_rng(seed + 50).uniform(-20.0, 20.0, 3))
    before = make_lifts(8, rng, first_s=0.5)
    lifts = [*before, *make_lifts(8, rng, first_s=before[-1].end_s + 4.0)]
    t_s = regular(lifts[-1].end_s, 100.0)
    motion = motion_of(t_s, Way.TILT, out_and_back(t_s, lifts))
    cells = grid_of(felt(t_s, motion, rng, bias_rads=tuple(zero_rads.tolist())))
    (still,) = still_of(cells)
    assert 0.5 < still.sum() * CELL_S < 3.0
    tilt = TiltFilter()
    tilt.step(cells[0], still)
    np.testing.assert_allclose(tilt.state.bias.rads, zero_rads, atol=math.radians(0.1))


def test_a_restart_keeps_what_is_known() -> None:
    tracker = BiasTracker(CELL_S, 3.0)
    tracker.state.rest_sum, tracker.state.rest_cells = (0.3, 0.2, 0.1), 30
    known = tracker.look((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 9.8))
    covariance = tracker.state.covariance
    tracker.restart()
    assert tracker.state.rads == known != (0.0, 0.0, 0.0)
    assert tracker.state.covariance is covariance
    assert (tracker.state.looks, tracker.state.begin, tracker.state.rested) == (0, None, True)
