"""The filters beside scipy's, whole and value by value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, filtfilt, lfilter, lfilter_zi, sosfilt

from calibration.imu import FloatArray
from pi_service.motion.filters import Section, band_pass, high_pass, low_pass

RATE_HZ = 25.0
CORNERS_HZ = [0.025, 0.05, 0.11, 0.5, 4.0, 11.0]
SECTIONS = [("lowpass", low_pass), ("highpass", high_pass)]


def wandering(rows: int, n: int, seed: int) -> FloatArray:
    return np.cumsum(np.random.default_rng(seed).normal(size=(rows, n)), axis=1)


@pytest.mark.parametrize("corner_hz", CORNERS_HZ)
@pytest.mark.parametrize(("kind", "made"), SECTIONS)
def test_coefficients_are_those_of_scipy(kind: str, made: type[Section], corner_hz: float) -> None:
    section = made(corner_hz, RATE_HZ)
    b, a = butter(2, corner_hz, kind, fs=RATE_HZ)
    assert section.b == pytest.approx(tuple(b), abs=1e-14)
    assert (1.0, *section.a) == pytest.approx(tuple(a), abs=1e-14)
    assert section.settled == pytest.approx(tuple(lfilter_zi(b, a)), abs=1e-9)


@pytest.mark.parametrize("corner_hz", CORNERS_HZ)
@pytest.mark.parametrize(("kind", "made"), SECTIONS)
@pytest.mark.parametrize(("rows", "n"), [(1, 1), (2, 23), (1, 24), (3, 25), (2, 2304), (5, 5000)])
def test_a_window_is_filtered_as_by_scipy(
    kind: str, made: type[Section], corner_hz: float, rows: int, n: int
) -> None:
    values = wandering(rows, n, seed=n)
    b, a = butter(2, corner_hz, kind, fs=RATE_HZ)
    expected, _ = lfilter(b, a, values, zi=lfilter_zi(b, a) * values[:, :1])
    assert made(corner_hz, RATE_HZ).run(values, values[:, 0]) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 1000), st.integers(1, 60))
def test_value_by_value_is_the_same_as_the_window(seed: int, n: int) -> None:
    section = low_pass(1.0, RATE_HZ)
    (values,) = wandering(1, n, seed)
    first, second = section.settled
    memory, out = (first * values[0], second * values[0]), []
    for value in values.tolist():
        each, memory = section.next(value, memory)
        out.append(each)
    assert section.run(values[None], values[:1])[0] == pytest.approx(out, abs=1e-12)


def test_both_ways_is_filtfilt() -> None:
    values, section = wandering(2, 300, seed=5), high_pass(0.2, RATE_HZ)
    b, a = butter(2, 0.2, "highpass", fs=RATE_HZ)
    once = section.run(values, values[:, 0])
    back = section.run(once[:, ::-1], once[:, -1])[:, ::-1]
    assert back == pytest.approx(filtfilt(b, a, values, padtype=None), abs=1e-9)


@pytest.mark.parametrize("band_hz", [(1.2, 3.0), (0.5, 8.0), (0.1, 0.3)])
def test_a_band_is_filtered_as_by_scipy(band_hz: tuple[float, float]) -> None:
    (values,) = wandering(1, 500, seed=3)
    memory, out = [(0.0, 0.0), (0.0, 0.0)], []
    for value in values.tolist():
        for i, section in enumerate(band_pass(*band_hz, RATE_HZ)):
            value, memory[i] = section.next(value, memory[i])  # noqa: PLW2901
        out.append(value)
    expected = sosfilt(butter(2, band_hz, "bandpass", fs=RATE_HZ, output="sos"), values)
    assert out == pytest.approx(expected, abs=1e-9)
