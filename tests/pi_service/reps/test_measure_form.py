"""Both ways fitted to all of the speed, whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.athlete.jets import step
from pi_service.reps.measure_form import fit_ways
from pi_service.reps.measure_phases import Way, moving_way

HZ = 25.0
T_S = (np.arange(400) + 0.5) / HZ
#: Out from 3 s to 4.1 s, back from 4.4 s to 6.4 s.
TRUE_S = np.array([3.0, 4.1, 4.4, 6.4])


def speed_of(*ways: tuple[float, float, float]) -> FloatArray:
    """Speed of movements with the least jerk: begin (s), duration (s), how far."""
    return np.sum([step(T_S, begin_s, lasts_s).rate * far for begin_s, lasts_s, far in ways], axis=0)


REP = speed_of((3.0, 1.1, 0.5), (4.4, 2.0, -0.5))


def crossings(speed: FloatArray, true_s: FloatArray = TRUE_S) -> tuple[Way, Way]:
    """Find both ways as they are known beforehand."""
    begin, turned, turns, end = np.round(true_s * HZ).astype(int).tolist()
    out = moving_way(speed, begin + 8, turned)
    back = moving_way(-speed, turns, end - 12)
    assert out is not None
    assert back is not None
    return out, back


def errors_s(ways: tuple[Way, Way], true_s: FloatArray = TRUE_S) -> FloatArray:
    out, back = ways
    assert out.over
    assert back.over
    return np.array([out.begin, out.end, back.begin, back.end]) / HZ - true_s


def test_movements_from_rest_to_rest_are_found_exactly() -> None:
    fitted = fit_ways(REP, *crossings(REP))
    assert np.abs(errors_s(fitted)).max() < 0.01


@pytest.mark.parametrize("skew", [-0.3, 0.3])
def test_quicker_early_or_late(skew: float) -> None:
    u = np.clip((T_S - 3.0) / 1.1, 0.0, 1.0)
    v = u + skew * u * (1.0 - u)
    out = 30.0 * (v * (1.0 - v)) ** 2 * (1.0 + skew * (1.0 - 2.0 * u)) / 1.1 * 0.5
    speed = out + speed_of((4.4, 2.0, -0.5))
    assert np.abs(errors_s(fit_ways(speed, *crossings(speed)))).max() < 0.03


def test_a_sway_is_told_from_the_way() -> None:
    """A tenth of the way back's speed, at every phase: the crossings alone are off by twice as much."""
    peak = 0.5 * 1.875 / 2.0
    off, before = [], []
    for phase in np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False):
        sway = 0.08 * peak * np.sin(2.0 * np.pi * 0.47 * T_S + phase)
        known = crossings(REP + sway)
        before.append(np.abs(errors_s(known)))
        off.append(np.abs(errors_s(fit_ways(REP + sway, *known))))
    assert np.median(off, axis=0).max() < 0.1
    assert np.max(off) < 0.35
    assert np.mean(off) < 0.6 * np.mean(before)


def test_a_sticking_point_is_part_of_its_way() -> None:
    speed = speed_of((3.0, 0.8, 0.3), (3.5, 0.9, 0.3), (4.8, 1.4, -0.6))
    true_s = np.array([3.0, 4.4, 4.8, 6.2])
    assert np.abs(errors_s(fit_ways(speed, *crossings(speed, true_s)), true_s)).max() < 0.12


def test_without_pauses_one_goes_over_into_the_other() -> None:
    speed = speed_of((2.0, 1.0, -0.5), (3.0, 1.0, 0.5), (4.0, 1.0, -0.5), (5.0, 1.0, 0.5))
    true_s = np.array([3.0, 4.0, 4.0, 5.0])
    assert np.abs(errors_s(fit_ways(speed, *crossings(speed, true_s)), true_s)).max() < 0.03


@pytest.mark.parametrize("held_s", [3.0, 6.0])
def test_a_long_hold_is_looked_at_more_coarsely(held_s: float) -> None:
    speed = speed_of((3.0, 0.9, 0.5), (3.9 + held_s, 1.3, -0.5))
    true_s = np.array([3.0, 3.9, 3.9 + held_s, 5.2 + held_s])
    assert np.abs(errors_s(fit_ways(speed, *crossings(speed, true_s)), true_s)).max() < 0.04


def test_what_takes_too_long_stays_as_it_was() -> None:
    t_s = (np.arange(800) + 0.5) / HZ
    speed = step(t_s, 3.0, 1.0).rate - step(t_s, 25.0, 1.0).rate
    known = Way(75.0, 100.0, over=True), Way(625.0, 650.0, over=True)
    assert fit_ways(speed, *known) == known


def test_a_fit_that_leads_elsewhere_is_not_believed() -> None:
    known = Way(70.0, 75.0, over=True), Way(300.0, 305.0, over=True)
    assert fit_ways(REP, *known) == known


@pytest.mark.parametrize("share", [0.0, 1e-6, 1.0])
def test_a_way_back_that_hardly_shows_stays_where_it_was(share: float) -> None:
    """The axis is that of the way out, and the limb goes back by another; or it goes on the same way."""
    speed = speed_of((3.0, 1.1, 0.5), (4.4, 2.0, 0.5 * share))
    known = Way(75.0, 102.5, over=True), Way(110.0, 160.0, over=True)
    out, back = fit_ways(speed, *known)
    assert np.abs(np.array([out.begin, out.end]) / HZ - TRUE_S[:2]).max() < 0.05
    assert (back.begin, back.end) == pytest.approx((110.0, 160.0), abs=0.5)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_moves_both_ways_have_a_begin_before_their_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    speed = np.convolve(rng.normal(0.0, 1.0, 200), np.ones(8) / 8.0, mode="same") * 10.0 ** rng.uniform(-6, 3)
    ends = np.sort(rng.uniform(-5.0, 205.0, 4)).tolist()
    out, back = fit_ways(speed, Way(ends[0], ends[1], over=True), Way(ends[2], ends[3], over=True))
    assert out.begin < out.end
    assert back.begin < back.end
    assert np.abs(np.array([out.begin, out.end, back.begin, back.end]) - ends).max() < 18.0
