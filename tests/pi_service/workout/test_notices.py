"""What a person is told of a sensor."""

from __future__ import annotations

import pytest

from firmware.samples import SensorRole
from pi_service.workout.events import PlacementChanged, ZeroUnknown
from pi_service.workout.notices import sentence

NO_TURN = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
SLIP = PlacementChanged(40.0, SensorRole.LIMB, 33.4, 35.2, 35.8, NO_TURN)


def test_a_slip_says_how_far_and_when_and_what_to_do() -> None:
    assert sentence(SLIP) == (
        "The limb sensor turned by about 33 degrees on its place at 35 s; the set is counted as it sits now."
        " Fasten it before the next set."
    )


def test_a_zero_that_is_not_known_says_how_it_gets_known() -> None:
    assert sentence(ZeroUnknown(20.0, SensorRole.TORSO, 12.3, at_rest=False)) == (
        "Put the torso sensor down still for two seconds: it has not been at rest yet, and its gyroscope is"
        " off by about 12 deg/s. Until then tilt and counts are rough."
    )


def test_a_zero_beyond_all_bounds_is_one_to_calibrate() -> None:
    assert sentence(ZeroUnknown(3.0, SensorRole.LIMB, 41.0, at_rest=True)) == (
        "The gyroscope of the limb sensor reads 41 deg/s at rest, more than a sound chip does: calibrate it,"
        " or try another one."
    )


@pytest.mark.parametrize("event", [SLIP, ZeroUnknown(20.0, SensorRole.LIMB, 5.0, at_rest=False)])
def test_it_is_one_line(event: PlacementChanged | ZeroUnknown) -> None:
    assert "\n" not in sentence(event)
    assert len(sentence(event)) < 400
