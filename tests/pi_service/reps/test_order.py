"""The same figures as numpy's, at less cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.reps.order import deviation, mean, median, quantile, quantiles_apart

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80)


@given(values=numbers, share=st.floats(0.0, 1.0))
def test_a_quantile_is_that_of_numpy(values: list[float], share: float) -> None:
    assert quantile(np.array(values), share) == pytest.approx(np.quantile(values, share), abs=1e-6)


@given(values=numbers)
def test_two_quantiles_are_as_far_apart_as_those_of_numpy(values: list[float]) -> None:
    apart = float(np.subtract(*np.percentile(values, (97, 3))))
    assert quantiles_apart(np.array(values), 0.03, 0.97) == pytest.approx(apart, abs=1e-6)


@given(values=numbers)
def test_median_mean_and_deviation_are_those_of_numpy(values: list[float]) -> None:
    assert median(values) == np.median(values)
    assert mean(values) == pytest.approx(np.mean(values), abs=1e-6)
    assert deviation(values) == pytest.approx(np.std(values), abs=1e-4)
