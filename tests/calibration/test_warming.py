"""A chip that warms up is noticed within ten seconds, and one that is warm is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.calibrations import LIMB

from benchmarks.poses import counts_of, whole_range
from calibration.warming import RISING_C_PER_MIN, Thermometer
from firmware.sim.motion import still


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start_s", [0.0, 600.0])
def test_cold_and_warm_chips(seed: int, start_s: float) -> None:
    traits = replace(whole_range(seed), warming_c=7.0, warming_tau_s=180.0)
    raw = counts_of(traits, still((0.0, 0.0, 1.0)), 12.0, seed, start_s=start_s)
    thermometer = Thermometer(LIMB)
    for start in range(0, len(raw), 30):
        cut = slice(start, start + 30)
        assert raw.temperature_counts is not None
        thermometer.step(replace(raw, t_us=raw.t_us[cut], temperature_counts=raw.temperature_counts[cut]))
        if start < 900:
            assert thermometer.rise_c_per_min is None
            assert not thermometer.warming
    assert thermometer.rise_c_per_min == pytest.approx(
        60.0 * 7.0 / 180.0 * np.exp(-(start_s + 6.0) / 180.0), abs=0.25
    )
    assert thermometer.warming is (start_s == 0.0)
    assert (thermometer.rise_c_per_min > RISING_C_PER_MIN) is thermometer.warming


def test_without_a_thermometer_nothing_is_said() -> None:
    raw = counts_of(whole_range(1), still((0.0, 0.0, 1.0)), 12.0, 1)
    thermometer = Thermometer(LIMB)
    thermometer.step(replace(raw, temperature_counts=None))
    assert (thermometer.temperature_c, thermometer.rise_c_per_min, thermometer.warming) == (None, None, False)
