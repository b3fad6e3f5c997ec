"""The athlete as a function of time: the same movement whatever is asked for, and the truth of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.imu import ImuBlock
from calibration.value import STANDARD_GRAVITY_MS2
from firmware.samples import SensorRole
from pi_service.athlete.pullup import SetPlan, Variant
from pi_service.athlete.sensor_motion import AthleteMotion, TorsoMotion
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import SetEnded


def short_sets(seed: int = 3) -> AthleteMotion:
    return AthleteMotion(seed, reps=1, rest_s=1.0)


@given(st.lists(st.floats(-2.0, 150.0), min_size=1, max_size=40), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_any_order_and_any_parcels_give_the_same(times: list[float], parcel: int) -> None:
    t_s = np.array(times)
    whole_force, whole_rate = short_sets()(t_s)
    motion = short_sets()
    parts = [motion(t_s[start : start + parcel]) for start in range(0, len(t_s), parcel)]
    np.testing.assert_allclose(
        np.concatenate([force for force, _ in parts]), whole_force, rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(
        np.concatenate([rate for _, rate in parts]), whole_rate, rtol=1e-12, atol=1e-12
    )


def test_looking_back_a_few_sets_is_possible_and_keeps_few_of_them() -> None:
    motion = AthleteMotion(2, reps=0, rest_s=0.5)
    soon = np.array([3.0, 4.0, 5.0])
    first = motion(soon)
    for at_s in range(0, 1200, 7):
        motion(np.array([float(at_s)]))
    assert len(motion._kept) <= 4
    for one, other in zip(motion(soon), first, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_times_are_no_samples() -> None:
    force, rate = short_sets()(np.empty(0))
    assert force.shape == rate.shape == (0, 3)


def test_sets_join_without_a_jump() -> None:
    motion = AthleteMotion(5, reps=1, rest_s=1.0, plan=SetPlan(variant=Variant.LAT_PULLDOWN))
    motion(np.array([100.0]))
    joins_s = np.array(motion._begin_s[1:-1])
    assert len(joins_s) >= 2
    (force, rate), (force_before, rate_before) = motion(joins_s), motion(joins_s - 1e-6)
    np.testing.assert_allclose(force, force_before, atol=0.02)
    np.testing.assert_allclose(rate, rate_before, atol=1e-3)


def test_stands_still_before_it_begins() -> None:
    force, rate = short_sets()(np.linspace(-5.0, -0.1, 20))
    np.testing.assert_allclose(np.linalg.norm(force, axis=1), STANDARD_GRAVITY_MS2, atol=0.01)
    assert np.abs(rate).max() < 0.01


def test_the_truth_grows_with_the_sets_begun() -> None:
    motion = AthleteMotion(1, reps=4, rest_s=3.0)
    first = motion.labels
    assert [label.kind for label in first] == ["rep"] * 4 + ["set"]
    motion(np.array([first[-1].end_s + 30.0]))
    assert motion.labels[:5] == first
    assert len(motion.labels) == 10
    assert motion.labels[5].start_s > first[-1].end_s + 8.0


@pytest.mark.parametrize("seed", [1, 2])
def test_the_pipeline_counts_it(seed: int) -> None:
    motion = AthleteMotion(seed, reps=6, rest_s=5.0)
    t_s = np.arange(0.0, 110.0, 0.01)
    force, rate = motion(t_s)
    block = ImuBlock(SensorRole.LIMB, t_s, force, rate, np.zeros(len(t_s), np.uint8))
    pipeline = Pipeline(find_exercise("vertical_pull"))
    ended = [e for e in [*pipeline.step(block), *pipeline.finish()] if isinstance(e, SetEnded)]
    true_sets = [label for label in motion.labels if label.kind == "set" and label.end_s < 100.0]
    assert [e.final_count for e in ended][: len(true_sets)] == [6] * len(true_sets)
    assert len(true_sets) == 2
    for event, label in zip(ended, true_sets, strict=False):
        assert event.start_s == pytest.approx(label.start_s, abs=0.7)


def test_the_torso_sways_a_little_and_exactly() -> None:
    motion = TorsoMotion(4)
    t_s = np.arange(0.0, 60.0, 0.001)
    force, rate = motion(t_s)
    assert 0.001 < np.abs(rate).max() < 0.15
    np.testing.assert_allclose(np.linalg.norm(force, axis=1), STANDARD_GRAVITY_MS2, atol=0.1)
    lean_deg = np.degrees(np.arccos(force[:, 0] / np.linalg.norm(force, axis=1)))
    assert 3.0 < lean_deg.mean() < 9.0
    assert 0.5 < np.ptp(lean_deg) < 5.0
    # Gravity turns in the sensor frame as the rate says: d(up)/dt = -rate x up.
    up = force / STANDARD_GRAVITY_MS2
    turned = (up[2:] - up[:-2]) / 0.002
    np.testing.assert_allclose(turned, -np.cross(rate[1:-1], up[1:-1]), atol=0.02)
    other, _ = TorsoMotion(5)(t_s)
    assert np.abs(other - force).max() > 0.01
