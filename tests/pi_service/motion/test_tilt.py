"""The vertical, against rotations and movements that are known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.chunks import grid_of, still_of
from support.streams import (
    SMALL_BIAS_RADS,
    Way,
    felt,
    make_lifts,
    motion_of,
    out_and_back,
    regular,
    rest_block,
)

from calibration.imu import FloatArray, ImuBlock
from pi_service.athlete.forearm import ForearmPath, WristMotion, wrist_motion
from pi_service.athlete.jets import constant, step, wave
from pi_service.motion.tilt import TiltBlock, TiltFilter

CELL_S = 0.02


def tilt_of(block: ImuBlock) -> TiltBlock:
    (cells,) = grid_of(block)
    return TiltFilter().step(cells, still_of([cells])[0])


def at_cells(t_s: FloatArray, values: FloatArray, cells: TiltBlock, place: float = 0.5) -> FloatArray:
    """A known quantity at one place of each cell; by default in its middle."""
    middles_s = (cells.first_cell + np.arange(len(cells)) + place) * CELL_S
    if values.ndim == 1:
        return np.interp(middles_s, t_s, values)
    return np.stack([np.interp(middles_s, t_s, column) for column in values.T], axis=-1)


def error_deg(up: FloatArray, true_up: FloatArray) -> FloatArray:
    cosine = np.sum(up * true_up, axis=1) / np.linalg.norm(true_up, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def true_up(motion: WristMotion, mount: Rotation | None = None) -> FloatArray:
    """The world's up in the sensor frame."""
    up = motion.rotation[:, 2, :]
    return up if mount is None else np.einsum("ij,nj->ni", mount.as_matrix(), up)


def rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def turning_all_ways(t_s: FloatArray) -> WristMotion:
    """After 4 s of rest the sensor turns about all axes at once, by up to 60 deg, for a minute."""
    moving = step(t_s, 4.0, 1.0)
    return wrist_motion(
        ForearmPath(
            hand_m=(constant(t_s, 0.0),) * 3,
            heading_rad=moving * wave(t_s, 0.21, 0.4) * 1.0,
            elevation_rad=moving * wave(t_s, 0.37, 0.0) * 0.8 + 0.3,
            twist_rad=moving * wave(t_s, 0.53, 1.0) * 0.9,
        ),
        hand_to_sensor_m=0.0,
    )


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0])
@pytest.mark.parametrize("seed", range(3))
def test_tilt_is_within_half_a_degree_with_noise_and_a_bias_learned_at_rest(
    rate_hz: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    t_s, mount = regular(64.0, rate_hz), Rotation.random(random_state=rng)
    motion = turning_all_ways(t_s)
    tilt = tilt_of(felt(t_s, motion, rng, mount=mount, bias_rads=SMALL_BIAS_RADS))
    # Somewhere in the cell: see the next test for where.
    truths = [at_cells(t_s, true_up(motion, mount), tilt, place) for place in (0.5, 1.0)]
    assert min(rms(error_deg(tilt.up, truth)[200:]) for truth in truths) < 0.5
    np.testing.assert_allclose(np.linalg.norm(tilt.up, axis=1), 1.0, atol=1e-12)


def test_tilt_and_force_belong_to_the_same_moment() -> None:
    """At the 2 rad/s of this movement half a cell is more than a degree."""
    t_s = regular(64.0, 100.0)
    motion = turning_all_ways(t_s)
    tilt = tilt_of(felt(t_s, motion, np.random.default_rng(0)))
    assert rms(error_deg(tilt.up, at_cells(t_s, true_up(motion), tilt))[200:]) < 0.5
    assert rms(tilt.acceleration_ms2[200:]) < 0.12  # it turns on the spot: nothing accelerates


def test_the_bias_would_matter() -> None:
    """The same movement without the rest before it is worse: the check above can fail."""
    t_s = regular(64.0, 100.0)
    motion = turning_all_ways(t_s)
    block = felt(t_s, motion, np.random.default_rng(0), bias_rads=tuple(3 * b for b in SMALL_BIAS_RADS))
    (cells,) = grid_of(block)
    with_rest = TiltFilter().step(cells, still_of([cells])[0])
    without_rest = TiltFilter().step(cells, np.zeros(len(cells), bool))
    truth = at_cells(t_s, true_up(motion), with_rest)
    error, worse = (rms(error_deg(tilt.up, truth)[750:]) for tilt in (with_rest, without_rest))
    assert error < 1.7
    assert worse > error + 0.7


def test_lifting_does_not_tilt() -> None:
    """Strong vertical accelerations leave the direction where it is."""
    rng = np.random.default_rng(1)
    lifts = make_lifts(10, rng)
    t_s = regular(lifts[-1].end_s + 3.0, 100.0)
    motion = motion_of(t_s, Way.HEIGHT, out_and_back(t_s, lifts), size=0.6)
    tilt = tilt_of(felt(t_s, motion, rng))
    assert rms(error_deg(tilt.up, at_cells(t_s, true_up(motion), tilt))) < 1.0


def test_rate_about_the_vertical_is_without_bias_whatever_the_mount() -> None:
    rng = np.random.default_rng(2)
    lifts = make_lifts(6, rng, first_s=5.0)
    t_s = regular(lifts[-1].end_s + 3.0, 100.0)
    course = out_and_back(t_s, lifts)
    tilt = tilt_of(felt(t_s, motion_of(t_s, Way.TURN, course), rng, mount=Rotation.random(random_state=rng)))
    error = tilt.turn_rate_rads - at_cells(t_s, course.rate, tilt)
    assert np.degrees(rms(error[200:])) < 0.5


@pytest.mark.parametrize("mounted", [False, True])
def test_vertical_acceleration_is_that_of_a_known_lift(mounted: bool) -> None:
    rng = np.random.default_rng(3)
    lifts = make_lifts(8, rng)
    t_s = regular(lifts[-1].end_s + 3.0, 100.0)
    course = out_and_back(t_s, lifts)
    mount = Rotation.random(random_state=rng) if mounted else None
    tilt = tilt_of(felt(t_s, motion_of(t_s, Way.HEIGHT, course, size=0.6), rng, mount=mount))
    known = at_cells(t_s, 0.6 * course.accel, tilt)
    assert known.max() > 2.0
    assert rms(tilt.vertical_acceleration_ms2 - known) < 0.06
    assert rms(tilt.acceleration_ms2 - np.abs(known)) < 0.15


def test_vertical_acceleration_is_that_of_a_lift_while_the_sensor_turns() -> None:
    rng = np.random.default_rng(4)
    lifts = make_lifts(8, rng)
    t_s = regular(lifts[-1].end_s + 3.0, 100.0)
    course = out_and_back(t_s, lifts)
    none = constant(t_s, 0.0)
    motion = wrist_motion(ForearmPath((none, none, course * 0.5), none, course * 0.7 + 0.2, none), 0.0)
    tilt = tilt_of(felt(t_s, motion, rng))
    assert rms(tilt.vertical_acceleration_ms2 - at_cells(t_s, 0.5 * course.accel, tilt)) < 0.1


def test_at_rest_nothing_accelerates() -> None:
    tilt = tilt_of(rest_block(20.0))
    assert abs(tilt.vertical_acceleration_ms2.mean()) < 0.01
    assert rms(tilt.vertical_acceleration_ms2) < 0.05
    assert tilt.still[100:].all()


class TestWithoutGyroscope:
    def test_rest_is_exact_at_once(self) -> None:
        tilt = tilt_of(rest_block(5.0, gyro=False))
        assert error_deg(tilt.up, np.broadcast_to(tilt.up.mean(axis=0), tilt.up.shape)).max() < 1.0
        assert not tilt.turn_rate_rads.any()

    def test_a_slow_tilt_is_followed(self) -> None:
        rng = np.random.default_rng(5)
        t_s = regular(30.0, 100.0)
        motion = motion_of(t_s, Way.TILT, wave(t_s, 0.1, 0.0), size=0.7)
        mount = Rotation.random(random_state=rng)
        tilt = tilt_of(felt(t_s, motion, rng, mount=mount, gyro=False))
        error = error_deg(tilt.up, at_cells(t_s, true_up(motion, mount), tilt))
        # Two low passes of 0.15 s each come about 0.3 s late: 0.7 rad * 2 pi 0.1 Hz * 0.3 s.
        assert rms(error) < math.degrees(0.7 * 2 * math.pi * 0.1 * 0.3)
        assert rms(error) > 1.0

    def test_a_lift_shows_in_the_vertical(self) -> None:
        rng = np.random.default_rng(6)
        lifts = make_lifts(6, rng)
        t_s = regular(lifts[-1].end_s + 3.0, 100.0)
        course = out_and_back(t_s, lifts)
        tilt = tilt_of(felt(t_s, motion_of(t_s, Way.HEIGHT, course, size=0.6), rng, gyro=False))
        assert rms(tilt.vertical_acceleration_ms2 - at_cells(t_s, 0.6 * course.accel, tilt)) < 0.06


def test_a_restart_keeps_the_bias_and_forgets_the_pose() -> None:
    """In the gap the sensor was turned over; its bias is the same chip's."""
    rng = np.random.default_rng(7)
    bias = tuple(5 * b for b in SMALL_BIAS_RADS)
    t_s = regular(10.0, 100.0)
    motion = motion_of(t_s, Way.TILT, wave(t_s, 0.2, 0.0), size=0.5)
    before = felt(t_s, motion_of(t_s, Way.TILT, constant(t_s, 0.0)), rng, bias_rads=bias)
    turned = Rotation.from_euler("x", 180, degrees=True)
    after = felt(t_s, motion, rng, mount=turned, bias_rads=bias)
    tilt = TiltFilter()
    (cells,) = grid_of(before)
    tilt.step(cells, still_of([cells])[0])
    learned = np.array(tilt.state.bias.rads)
    np.testing.assert_allclose(learned, bias, atol=math.radians(0.05))
    (cells,) = grid_of(after)
    out = tilt.step(cells, np.zeros(len(cells), bool))
    np.testing.assert_array_equal(tilt.state.bias.rads, learned)
    assert rms(error_deg(out.up, at_cells(t_s, true_up(motion, turned), out))[25:]) < 1.0
