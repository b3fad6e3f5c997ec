from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.poses import (
    FACES,
    TABLE,
    Hand,
    any_direction,
    counts_of,
    errors_of,
    holding,
    ups,
    whole_range,
)
from calibration.accel_fit import (
    FULL_MODEL_POSES,
    G,
    distinct_poses,
    fit_accelerometer,
    square_faces,
)
from calibration.errors import CalibrationError, ClippedError, CoverageError, MovedError
from calibration.rests import Rest, RestFinder
from firmware.sim import Traits
from firmware.sim.motion import FloatArray
from firmware.sim.traits import REFERENCE_C


def rests_at(traits: Traits, poses: FloatArray) -> list[Rest]:
    """What a chip without noise reads at its reference temperature."""
    nominal = (poses @ np.array(traits.accel_matrix).T + np.array(traits.accel_offset_g)) * G
    return [
        Rest(5.0 * number, 5.0 * number + 3.0, tuple(force), (0.0, 0.0, 0.0), 0.05, 0.001, 25.0)
        for number, force in enumerate(nominal.tolist())
    ]


def symmetric_truth(traits: Traits) -> FloatArray:
    """The symmetric matrix that makes a sphere of what the chip reads."""
    _, sizes, right = np.linalg.svd(np.linalg.inv(np.array(traits.accel_matrix)))
    return np.asarray(right.T @ np.diag(sizes) @ right)


@pytest.mark.parametrize("seed", range(8))
def test_gets_back_what_was_put_in_but_for_a_rotation(seed: int) -> None:
    traits = whole_range(seed)
    rng = np.random.default_rng(seed)
    fit = fit_accelerometer(rests_at(traits, np.concatenate([any_direction(rng, 18), FACES])))
    assert fit.parameters == 9
    np.testing.assert_allclose(fit.offset_ms2, np.array(traits.accel_offset_g) * G, atol=0.0002 * G)
    np.testing.assert_allclose(fit.matrix, symmetric_truth(traits), atol=2e-4)
    np.testing.assert_array_equal(fit.matrix, np.array(fit.matrix).T)
    assert fit.residual_ms2 < 0.0001 * G
    errors = errors_of(fit.matrix, fit.offset_ms2, traits, REFERENCE_C, any_direction(rng, 50))
    assert np.abs(errors.length_mg).max() < 0.3
    assert errors.tilt_deg.max() < 0.03


@pytest.mark.parametrize("seed", range(8))
def test_square_faces_tell_the_rotation_too(seed: int) -> None:
    traits = whole_range(seed)
    fit = fit_accelerometer(rests_at(traits, FACES))
    assert fit.parameters == 12
    np.testing.assert_allclose(fit.matrix, np.linalg.inv(np.array(traits.accel_matrix)), atol=3e-4)
    np.testing.assert_allclose(fit.offset_ms2, np.array(traits.accel_offset_g) * G, atol=0.0003 * G)
    errors = errors_of(
        fit.matrix, fit.offset_ms2, traits, REFERENCE_C, any_direction(np.random.default_rng(0), 50)
    )
    assert errors.printed_deg.max() < 0.05


def test_poses_held_by_hand_do_not_pass_for_square_ones() -> None:
    for seed in range(200):
        poses = ups(np.random.default_rng(seed), Hand((0.5, 3.0)), 1)
        assert square_faces(rests_at(whole_range(seed), poses)) is None
    assert square_faces(rests_at(whole_range(0), FACES)) is not None
    assert square_faces(rests_at(whole_range(0), FACES[:5])) is None


@pytest.mark.parametrize("seed", range(8))
def test_what_is_propped_up_after_square_faces_takes_nothing_away(seed: int) -> None:
    """The wizard asks for the six sides, then for tilted ones."""
    traits = whole_range(seed)
    leaning = ups(np.random.default_rng(seed), Hand((10.0, 10.0)), 1)
    fit = fit_accelerometer(rests_at(traits, np.concatenate([FACES, FACES[:2], leaning])))
    assert fit.parameters == 12
    errors = errors_of(
        fit.matrix, fit.offset_ms2, traits, REFERENCE_C, any_direction(np.random.default_rng(0), 50)
    )
    assert errors.printed_deg.max() < 0.05
    tilted_first = np.concatenate([leaning, FACES])
    assert square_faces(rests_at(traits, tilted_first)) is None


def test_six_tilted_poses_give_offsets_and_scales_only() -> None:
    traits = replace(whole_range(4), accel_matrix=((1.02, 0, 0), (0, 0.98, 0), (0, 0, 1.01)))
    poses = ups(np.random.default_rng(4), Hand(), 1)
    assert len(poses) < FULL_MODEL_POSES
    fit = fit_accelerometer(rests_at(traits, poses))
    assert fit.parameters == 6
    np.testing.assert_array_equal(np.array(fit.matrix)[~np.eye(3, dtype=bool)], 0.0)
    np.testing.assert_allclose(np.diag(fit.matrix), [1 / 1.02, 1 / 0.98, 1 / 1.01], atol=2e-3)
    np.testing.assert_allclose(fit.offset_ms2, np.array(traits.accel_offset_g) * G, atol=0.002 * G)
    assert fit.tilt_error_after_deg > 0.5, "it says that the skewness is not known"


def test_says_how_far_off_it_was_and_is() -> None:
    traits = replace(Traits.ideal(), accel_offset_g=(0.05, 0.0, 0.0))
    poses = np.concatenate([FACES, any_direction(np.random.default_rng(0), 18)])
    fit = fit_accelerometer(rests_at(traits, poses))
    assert fit.tilt_error_before_deg == pytest.approx(math.degrees(math.atan(0.05)), abs=0.02)
    assert 0.01 < fit.tilt_error_after_deg < 0.2
    assert fit.offset_sigma_ms2 < 0.0005 * G
    assert fit.matrix_sigma < 0.001
    assert (fit.rests, fit.poses, fit.left_out) == (24, len(distinct_poses(rests_at(traits, poses))), ())


def test_lying_on_one_face_for_minutes_weighs_no_more() -> None:
    traits = whole_range(2)
    poses = ups(np.random.default_rng(2), Hand(), 2)
    rests = rests_at(traits, poses)
    often = fit_accelerometer([*rests, *[rests[0]] * 40])
    np.testing.assert_allclose(often.matrix, fit_accelerometer(rests).matrix, atol=1e-3)
    assert often.poses == len(distinct_poses(rests))


def test_missing_faces_are_named() -> None:
    rests = rests_at(Traits.ideal(), FACES)
    with pytest.raises(
        CoverageError,
        match=r"^1 of 6 faces is missing.*: flat, with the chip underneath\.$",
    ):
        fit_accelerometer(rests[:5])
    with pytest.raises(
        CoverageError,
        match=r"X arrow pointing down; .* Y arrow pointing up; .* Y arrow pointing down\.$",
    ):
        fit_accelerometer([rests[0], rests[4], rests[5]])
    with pytest.raises(CoverageError, match="6 of 6"):
        fit_accelerometer([])


def test_a_clipped_axis_is_refused() -> None:
    rests = rests_at(Traits.ideal(), FACES)
    rests[2] = replace(rests[2], clipped_axes=("accelerometer y",))
    with pytest.raises(ClippedError, match=r"rest at 10\.0 s the accelerometer y axis"):
        fit_accelerometer(rests)


def test_one_rest_in_which_it_was_pushed_is_left_out() -> None:
    traits = whole_range(5)
    rests = rests_at(traits, ups(np.random.default_rng(5), Hand(), 3))
    x, y, z = rests[7].specific_force_ms2
    pushed = replace(rests[7], specific_force_ms2=(x * 1.06, y * 1.06, z * 1.06))
    fit = fit_accelerometer([*rests[:7], pushed, *rests[8:]])
    assert fit.left_out == (pushed,)
    np.testing.assert_allclose(fit.offset_ms2, np.array(traits.accel_offset_g) * G, atol=0.001 * G)


def test_rests_that_contradict_each_other_are_refused() -> None:
    rng = np.random.default_rng(6)
    rests = [
        replace(rest, specific_force_ms2=tuple(np.array(rest.specific_force_ms2) * rng.uniform(0.8, 1.2)))
        for rest in rests_at(Traits.ideal(), ups(rng, Hand(), 3))
    ]
    with pytest.raises(MovedError, match="contradict each other"):
        fit_accelerometer(rests)


@pytest.mark.parametrize(
    "traits",
    [
        replace(Traits.ideal(), accel_matrix=((1.15, 0, 0), (0, 1, 0), (0, 0, 1))),
        replace(Traits.ideal(), accel_matrix=((1, 0.1, 0), (0.1, 1, 0), (0, 0, 1))),
        replace(Traits.ideal(), accel_offset_g=(0.0, 0.3, 0.0)),
    ],
)
def test_what_no_sensor_can_have_is_refused(traits: Traits) -> None:
    rests = rests_at(traits, np.concatenate([FACES, any_direction(np.random.default_rng(0), 18)]))
    with pytest.raises(CalibrationError, match=r"No accelerometer is as far off|missing"):
        fit_accelerometer(rests)


def test_a_table_and_a_square_housing_with_noise() -> None:
    traits = whole_range(9)
    rng = np.random.default_rng(9)
    motion, seconds = holding(ups(rng, TABLE, 1), TABLE, rng)
    finder = RestFinder()
    rests = finder.step(counts_of(traits, motion, seconds, 9)) + finder.finish()
    assert fit_accelerometer(rests).parameters == 12
