"""In which direction a way shows best."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.athlete.jets import step
from pi_service.reps.measure_axis import clearest_axis
from pi_service.reps.measure_phases import Way

HZ = 25.0
T_S = (np.arange(150) + 0.5) / HZ
OUT, BACK = Way(50.0, 75.0, over=True), Way(80.0, 115.0, over=True)
SPEED = step(T_S, 2.0, 1.0).rate - step(T_S, 3.2, 1.4).rate
#: The way goes in two coordinates alike.
WAY = np.array([1.0, 0.0, 0.0, 1.0, 0.0]) / np.sqrt(2.0)
SWAY = np.sin(2.0 * np.pi * 0.9 * T_S)


def test_where_nothing_sways_it_is_the_way_itself() -> None:
    assert clearest_axis(np.outer(SPEED, WAY), WAY, OUT, BACK) == pytest.approx(WAY)


def test_what_sways_in_the_pauses_counts_less() -> None:
    rates = np.outer(SPEED, WAY)
    rates[:, 0] += 0.25 * SWAY
    axis = clearest_axis(rates, WAY, OUT, BACK)
    assert np.linalg.norm(axis) == pytest.approx(1.0)
    assert axis[3] > 1.3 * axis[0] > 0.0

    def sway_against_way(direction: np.ndarray) -> float:
        return abs(0.25 * direction[0]) / float(direction @ WAY)

    assert sway_against_way(axis) < 0.8 * sway_against_way(WAY)


def test_a_sway_in_a_coordinate_that_the_way_does_not_use_changes_nothing() -> None:
    rates = np.outer(SPEED, WAY)
    rates[:, 2] += 0.2 * SWAY
    assert clearest_axis(rates, WAY, OUT, BACK) == pytest.approx(WAY, abs=0.01)


def test_the_repetitions_around_it_are_no_sway() -> None:
    rates = np.outer(SPEED, WAY)
    before = np.array([1.0, 0.0, 0.1, 0.8, 0.0])
    rates[:40] -= np.outer(step(T_S[:40], 0.4, 1.2).rate, before)  # its way back
    assert clearest_axis(rates, WAY, OUT, BACK) == pytest.approx(WAY, abs=0.05)
