"""Where the sensor turned on the limb: on paths of up that are known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.history import TURN_RATE, UP, History
from pi_service.reps.order import quantile
from pi_service.reps.path_fit import angle_deg_of
from pi_service.reps.slip_search import SlipParams, find_turns

PERIOD_S = 3.0
DURATION_S = 30.0
SLIP_S = 16.0


def history_of(up: FloatArray) -> History:
    n = len(up)
    history = History()
    none = np.zeros(n)
    history.append(MotionBlock(0, True, up, none, none, none, np.zeros(n, bool)))
    return history


def reps(*, duration_s: float = DURATION_S, lean_rad: FloatArray | float = 0.0) -> FloatArray:
    """Up in the frame of a limb that goes out and back every 3 s, on a bent path."""
    t_s = np.arange(round(duration_s * FRAME_RATE_HZ)) / FRAME_RATE_HZ
    out = 0.5 - 0.5 * np.cos(2.0 * math.pi * t_s / PERIOD_S)
    tilt, roll = 0.9 * out + lean_rad, 0.35 * out**2
    up = np.stack((np.sin(tilt), -np.cos(tilt) * np.sin(roll), np.cos(tilt) * np.cos(roll)), axis=-1)
    wobble = np.random.default_rng(0).normal(scale=0.01, size=up.shape)
    up = up + wobble
    return up / np.linalg.norm(up, axis=1)[:, None]


def slipped(up: FloatArray, turn_rad: FloatArray, lasts_s: float = 0.5) -> FloatArray:
    t_s = np.arange(len(up)) / FRAME_RATE_HZ
    share = np.clip((t_s - SLIP_S) / lasts_s, 0.0, 1.0)
    return np.asarray(Rotation.from_rotvec(share[:, None] * turn_rad).apply(up))


def turned(angle_deg: float, axis: tuple[float, float, float]) -> FloatArray:
    return math.radians(angle_deg) * np.array(axis) / np.linalg.norm(axis)


@pytest.mark.parametrize("angle_deg", [15.0, 35.0, 60.0])
@pytest.mark.parametrize("axis", [(1.0, 0.2, 0.1), (0.0, 1.0, 0.5), (-0.4, 0.3, 1.0)])
@pytest.mark.parametrize("lasts_s", [0.2, 1.0])
def test_a_turn_is_found_with_its_angle_and_its_time(
    angle_deg: float, axis: tuple[float, float, float], lasts_s: float
) -> None:
    turn_rad = turned(angle_deg, axis)
    history = history_of(slipped(reps(), turn_rad, lasts_s))
    (best, *_) = find_turns(history, PERIOD_S, 0, history.end, SlipParams())
    assert best.slip.angle_deg == pytest.approx(angle_deg, abs=3.0)
    assert angle_deg_of(np.array(best.slip.rotation) @ Rotation.from_rotvec(turn_rad).as_matrix().T) < 6.0
    assert best.slip.begin / FRAME_RATE_HZ == pytest.approx(SLIP_S, abs=0.4)
    assert best.slip.end / FRAME_RATE_HZ == pytest.approx(SLIP_S + lasts_s, abs=0.4)
    assert best.novelty_deg > SlipParams().novel_deg


def test_undone_it_is_as_if_nothing_had_been() -> None:
    limb = reps()
    history = history_of(slipped(limb, turned(40.0, (0.5, 1.0, 0.2))))
    (best, *_) = find_turns(history, PERIOD_S, 0, history.end, SlipParams())
    slip = best.slip
    mended = history.as_sits_now(slip.begin, slip.rotation_rad, slip.progress)
    as_now = Rotation.from_rotvec(turned(40.0, (0.5, 1.0, 0.2))).apply(limb)
    off = np.degrees(np.arccos(np.clip(np.sum(mended.rows(0, mended.end)[:, UP] * as_now, axis=1), -1, 1)))
    assert np.quantile(off, 0.95) < 4.0
    assert np.array_equal(mended.rows(slip.end, mended.end), history.rows(slip.end, history.end))
    assert find_turns(mended, PERIOD_S, 0, mended.end, SlipParams()) == []


def test_a_set_without_a_slip_has_none() -> None:
    history = history_of(reps())
    assert find_turns(history, PERIOD_S, 0, history.end, SlipParams()) == []


def test_a_lean_that_grows_is_none() -> None:
    lean_rad = math.radians(12.0) * np.linspace(0.0, 1.0, round(DURATION_S * FRAME_RATE_HZ))
    history = history_of(reps(lean_rad=lean_rad))
    assert find_turns(history, PERIOD_S, 0, history.end, SlipParams()) == []


def test_another_movement_is_none() -> None:
    """After half the time the limb moves about another axis, twice as far, and not on a bent path."""
    up, half = reps(), round(SLIP_S * FRAME_RATE_HZ)
    t_s = np.arange(len(up) - half) / FRAME_RATE_HZ
    angle_rad = 0.8 * np.sin(2.0 * math.pi * t_s / PERIOD_S)
    round_rad = 0.8 * np.cos(2.0 * math.pi * t_s / PERIOD_S)
    other = np.stack((np.sin(angle_rad), np.sin(round_rad), np.full(len(t_s), 0.6)), axis=-1)
    up[half:] = other / np.linalg.norm(other, axis=1)[:, None]
    history = history_of(up)
    assert find_turns(history, PERIOD_S, 0, history.end, SlipParams()) == []


def test_an_arm_taken_down_is_too_far_for_a_clip() -> None:
    history = history_of(slipped(reps(), turned(130.0, (0.0, 1.0, 0.3))))
    assert find_turns(history, PERIOD_S, 0, history.end, SlipParams()) == []


@pytest.mark.parametrize("last_s", [0.0, 2.0, 5.0])
def test_too_little_is_known_to_say_anything(last_s: float) -> None:
    history = history_of(slipped(reps(), turned(40.0, (1.0, 0.0, 0.0))))
    last = round((SLIP_S + 0.5 - 5.0 + last_s) * FRAME_RATE_HZ)
    assert find_turns(history, PERIOD_S, 0, min(last, round(SLIP_S * FRAME_RATE_HZ)), SlipParams()) == []
    assert find_turns(history, PERIOD_S, last, last, SlipParams()) == []


def test_the_sensors_own_turn_is_taken_out_of_the_turn_about_the_vertical() -> None:
    """A sensor that turns about the vertical feels a rate which the limb does not have."""
    n, turn_rad = 100, np.array([0.0, 0.0, 0.6])
    up = np.tile([0.0, 0.0, 1.0], (n, 1))
    progress = (np.arange(20) + 0.5) / 20
    rate = np.zeros(n)
    # It is what the sensor feels that turns by `turn_rad`: the sensor turns the other way.
    rate[40:60] = -0.6 / 20 * FRAME_RATE_HZ
    history, none = History(), np.zeros(n)
    history.append(MotionBlock(0, True, up, rate, none, none, np.zeros(n, bool)))
    mended = history.as_sits_now(40, turn_rad, progress)
    left_rad = mended.rows(0, n)[:, TURN_RATE].sum() / FRAME_RATE_HZ
    assert abs(left_rad) < 0.05


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 57])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_the_quick_quantile_is_the_usual_one(count: int, share: float) -> None:
    values = np.random.default_rng(count).uniform(0.0, 40.0, count)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-12)
