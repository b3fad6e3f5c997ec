from __future__ import annotations

import numpy as np
import pytest

from firmware.errors import SettingsError
from firmware.sim import GRAVITY_MS2, rocking, still


def test_still_feels_gravity_upwards():
    force, rate = still((0, 0, -2))(np.array([0.0, 1.0]))
    assert force == pytest.approx(np.array([[0, 0, -GRAVITY_MS2]] * 2))
    assert not rate.any()


@pytest.mark.parametrize("up", [(0, 0, 0), (1, 2), (float("nan"), 0, 0)])
def test_a_direction_has_to_be_one(up):
    with pytest.raises(SettingsError):
        still(up)


def test_rocking_is_the_second_derivative_of_its_path():
    amplitude, frequency, arm = np.radians(35.0), 0.7, 0.4
    motion = rocking(amplitude_deg=35.0, frequency_hz=0.7, lever_arm_m=0.4, centre_deg=10.0)
    t_s = np.linspace(0.0, 3.0, 400)
    h = 1e-4

    def elevation(t):
        return np.radians(10.0) + amplitude * np.sin(2 * np.pi * frequency * t)

    def place(t):
        return arm * np.stack([np.cos(elevation(t)), 0 * t, np.sin(elevation(t))], axis=1)

    world = (place(t_s + h) - 2 * place(t_s) + place(t_s - h)) / h**2 + [0, 0, GRAVITY_MS2]
    angle = elevation(t_s)
    x = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=1)
    z = np.stack([-np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    force, rate = motion(t_s)
    assert force[:, 0] == pytest.approx((world * x).sum(axis=1), abs=1e-5)
    assert force[:, 2] == pytest.approx((world * z).sum(axis=1), abs=1e-5)
    # x changes as omega cross x says, in the world's frame (the sensor's y is the world's).
    change = (elevation(t_s + h) - elevation(t_s - h)) / (2 * h)
    assert rate[:, 1] == pytest.approx(-change, abs=1e-6)
    turned = np.cross(np.stack([0 * t_s, rate[:, 1], 0 * t_s], axis=1), x)
    assert turned == pytest.approx(change[:, None] * z, abs=1e-6)
