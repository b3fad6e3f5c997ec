"""The length of a step at another cadence than that of the measured walk."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.step_cadence import at_cadence
from calibration.step_length import USUAL, StepLength, measured

MEASURED = measured(18.3, 36, datetime(2026, 3, 4, tzinfo=UTC), 1.5)


def test_at_the_same_cadence_it_is_as_measured() -> None:
    same = at_cadence(MEASURED, 1.5)
    assert same.length_m == MEASURED.length_m
    assert same.uncertainty_m == pytest.approx(MEASURED.uncertainty_m)


@pytest.mark.parametrize("length", [USUAL, measured(18.3, 36, datetime(2026, 3, 4, tzinfo=UTC))])
def test_where_a_cadence_is_not_known_nothing_changes(length: StepLength) -> None:
    assert at_cadence(length, 1.7) is length
    assert at_cadence(MEASURED, None) is MEASURED


@pytest.mark.parametrize(("cadence_hz", "times"), [(1.65, 1.1**0.5), (1.4, (1.4 / 1.5) ** 0.5)])
def test_a_quicker_walk_has_longer_steps(cadence_hz: float, times: float) -> None:
    there = at_cadence(MEASURED, cadence_hz)
    assert there.length_m == pytest.approx(MEASURED.length_m * times)
    assert there.uncertainty_m / there.length_m > MEASURED.uncertainty_m / MEASURED.length_m
    assert (there.is_measured, there.cadence_hz) == (True, cadence_hz)


def test_far_away_no_more_is_corrected_and_it_is_told() -> None:
    far, farther = at_cadence(MEASURED, 2.0), at_cadence(MEASURED, 2.4)
    assert far.length_m == farther.length_m < 1.09 * MEASURED.length_m
    # What was left out is within one standard deviation.
    assert farther.length_m + farther.uncertainty_m > MEASURED.length_m * (2.4 / 1.5) ** 0.5


@given(st.floats(0.5, 5.0), st.floats(0.5, 5.0))
def test_it_never_grows_shorter_with_the_cadence(one_hz: float, other_hz: float) -> None:
    slow, quick = sorted((one_hz, other_hz))
    assert 0.0 < at_cadence(MEASURED, slow).length_m <= at_cadence(MEASURED, quick).length_m
