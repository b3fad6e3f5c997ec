from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.poses import FACES, RATE_HZ, block_of, counts_of, whole_range
from calibration.accel_fit import G
from calibration.errors import CoverageError, MovedError
from calibration.gyro_fit import LINE_SPAN_C, Turn, fit_gyro, measure_turn, scale_from_turn
from calibration.rests import Rest, RestFinder
from firmware.sim.motion import FloatArray, Motion
from firmware.sim.traits import Traits


def rest(rate_dps: Sequence[float], temperature_c: float | None, number: int = 0) -> Rest:
    rate = tuple(np.radians(rate_dps).tolist())
    force = tuple((FACES[number % 6] * G).tolist())
    return Rest(4.0 * number, 4.0 * number + 3.0, force, rate, 0.05, math.radians(0.07), temperature_c)


def test_the_offset_is_the_mean_of_the_rests() -> None:
    fit = fit_gyro([rest((10, -15, 3), None, number) for number in range(3)])
    np.testing.assert_allclose(np.degrees(fit.offset_rads), [10, -15, 3], atol=0.01)
    assert fit.slope_rads_per_c == (0.0, 0.0, 0.0)
    assert fit.temperature_c is None
    assert fit.span_c == 0.0
    assert fit.residual_rads < 1e-3


@pytest.mark.parametrize(("span_c", "line"), [(4.9, False), (5.1, True), (15.0, True)])
def test_a_line_against_the_temperature_when_it_spans_more_than_5_degrees(span_c: float, line: bool) -> None:
    slope = np.array([0.1, -0.05, 0.0])
    warm = np.linspace(0.0, span_c, 18)
    rests = [rest(np.array([5, 5, 5]) + slope * t, 30.0 + t, number) for number, t in enumerate(warm)]
    fit = fit_gyro(rests)
    assert fit.span_c == pytest.approx(span_c)
    assert (span_c > LINE_SPAN_C) is line
    assert fit.temperature_c == pytest.approx(30.0 + span_c / 2.0)
    np.testing.assert_allclose(np.degrees(fit.offset_rads), 5 + slope * span_c / 2.0, atol=0.02)
    if line:
        np.testing.assert_allclose(np.degrees(fit.slope_rads_per_c), slope, atol=0.003)
        assert fit.residual_rads < math.radians(0.02)
    else:
        assert fit.slope_rads_per_c == (0.0, 0.0, 0.0)
        assert fit.residual_rads > math.radians(0.1)


def test_poses_do_not_pass_for_temperature() -> None:
    """One round of the faces while it warms; gravity adds 0.1 deg/s for each g on each axis."""
    slope = np.array([0.1, 0.1, 0.1])
    rests = [
        rest(np.array([2, 2, 2]) + slope * t + 0.1 * FACES[number % 6], 30.0 + t, number)
        for number, t in enumerate(np.linspace(0.0, 8.0, 12))
    ]
    fit = fit_gyro(rests)
    np.testing.assert_allclose(np.degrees(fit.slope_rads_per_c), slope, atol=0.01)
    np.testing.assert_allclose(np.degrees(fit.offset_rads), 2.4, atol=0.02)


def test_a_slow_turn_is_left_out() -> None:
    rests = [rest((1, 2, 3), 30.0, number) for number in range(5)]
    turning = rest((1, 2, 5.5), 30.0, 5)
    fit = fit_gyro([*rests, turning])
    assert fit.left_out == (turning,)
    np.testing.assert_allclose(np.degrees(fit.offset_rads), [1, 2, 3], atol=0.01)


def test_rests_that_disagree_are_refused() -> None:
    with pytest.raises(MovedError, match="turning slowly"):
        fit_gyro([rest((0, 0, 0), None, 0), rest((5, 0, 0), None, 0)])
    with pytest.raises(MovedError, match="70 deg/s"):
        fit_gyro([rest((0, 0, 70), None, 0)])
    with pytest.raises(CoverageError):
        fit_gyro([])


def on_a_table(face: int, angle_rad: float) -> Motion:
    """A turn about the vertical, with that face up, from 3 s to 7 s, smooth from rest to rest."""
    up = FACES[face]

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        way = np.clip((t_s - 3.0) / 4.0, 0.0, 1.0)
        speed = angle_rad / 4.0 * 30.0 * way**2 * (1.0 - way) ** 2
        return np.tile(up * G, (len(t_s), 1)), speed[:, None] * up

    return motion


def turn_of(traits: Traits, face: int, angle_rad: float, claimed_rad: float) -> Turn:
    raw = counts_of(traits, on_a_table(face, angle_rad), 11.0, face)
    finder = RestFinder()
    before, after = (finder.step(raw) + finder.finish())[:2]
    return measure_turn(raw, before, after, tuple(FACES[face].tolist()), claimed_rad)


@pytest.mark.parametrize("seed", [1, 2])
def test_one_full_turn_about_each_axis_tells_the_whole_matrix(seed: int) -> None:
    traits = whole_range(seed)
    turns = [turn_of(traits, face, 2 * math.pi, 2 * math.pi) for face in (0, 3, 4)]
    np.testing.assert_allclose(
        scale_from_turn(*turns), np.linalg.inv(np.array(traits.gyro_matrix)), atol=4e-4
    )


def test_one_turn_tells_the_scale_about_its_axis() -> None:
    traits = whole_range(3)
    turn = turn_of(traits, 4, -2 * math.pi, -2 * math.pi)
    matrix = np.array(scale_from_turn(turn))
    np.testing.assert_allclose(matrix @ turn.measured_rads, [0.0, 0.0, -2 * math.pi], atol=1e-9)
    across = np.cross(turn.measured_rads, (1.0, 0.0, 0.0))
    np.testing.assert_allclose(matrix @ across, across, atol=1e-9)


def test_another_turn_than_was_said_is_refused() -> None:
    with pytest.raises(MovedError, match=r"measured 3\d\d degrees where .* 720"):
        scale_from_turn(turn_of(whole_range(1), 4, 2 * math.pi, 4 * math.pi))
    with pytest.raises(MovedError):
        scale_from_turn(turn_of(whole_range(1), 4, 2 * math.pi, -2 * math.pi))
    with pytest.raises(CoverageError):
        scale_from_turn()


def test_a_turn_with_missing_samples_is_refused() -> None:
    raw = counts_of(whole_range(1), on_a_table(4, 2 * math.pi), 11.0, 4)
    finder = RestFinder()
    before, after = (finder.step(raw) + finder.finish())[:2]
    keep = (raw.t_us < 4_000_000) | (raw.t_us > 4_200_000)
    assert raw.temperature_counts is not None
    words = np.column_stack([raw.accel_counts, raw.temperature_counts, raw.gyro_counts])
    assert len(words) == 11 * RATE_HZ
    with pytest.raises(MovedError, match="missing"):
        measure_turn(block_of(raw.t_us[keep], words[keep]), before, after, (0, 0, 1), 2 * math.pi)
