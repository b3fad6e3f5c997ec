"""Noise by the data sheet's own figures."""

from __future__ import annotations

import pytest

from firmware.noise import accel_noise_g, gyro_noise_dps


def test_the_figures_of_the_data_sheet():
    assert gyro_noise_dps(100.0) == pytest.approx(0.05), "PS-MPU-6000A-00 6.1, filter of 100 Hz"
    assert accel_noise_g(44.0) == pytest.approx(0.0033, rel=0.01)


def test_another_density_and_bandwidth():
    assert gyro_noise_dps(25.0, density=0.01) == pytest.approx(0.05)
    assert accel_noise_g(11.0, density=800e-6) == pytest.approx(0.0033, rel=0.01)
