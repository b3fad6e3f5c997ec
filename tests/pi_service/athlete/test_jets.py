from __future__ import annotations

import numpy as np
import pytest

from pi_service.athlete.jets import Jet, constant, cos, sin, step, wave, window

T_S = np.linspace(-1.0, 5.0, 60_001)


@pytest.mark.parametrize(
    "jet",
    [
        step(T_S, 0.5, 1.7),
        window(T_S, 0.0, 4.0, 0.8),
        wave(T_S, 0.7, 0.4),
        sin(step(T_S, 0.0, 2.0) * 3.0),
        cos(step(T_S, 0.0, 2.0) * 3.0 + 0.3),
        window(T_S, 0.0, 4.0, 1.0) * wave(T_S, 0.9, 0.0) * 2.0 - constant(T_S, 1.0),
    ],
    ids=["step", "window", "wave", "sin", "cos", "product"],
)
def test_derivatives_are_those_of_the_value(jet: Jet) -> None:
    middle = slice(2, -2)
    np.testing.assert_allclose(np.gradient(jet.value, T_S)[middle], jet.rate[middle], atol=2e-6)
    np.testing.assert_allclose(np.gradient(jet.rate, T_S)[middle], jet.accel[middle], atol=5e-3)


def test_a_step_is_still_before_and_after() -> None:
    jet = step(np.array([-1.0, 0.0, 0.5, 1.0, 9.0]), 0.0, 1.0)
    assert jet.value.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert jet.rate[[0, 1, 3, 4]].tolist() == [0.0] * 4
    assert np.abs(jet.accel[[0, 1, 3, 4]]).max() == 0.0
