"""Samples wait for the next moment at which something may be told, and not a block longer."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from support.chunks import block_sizes, cut
from support.streams import Way, reps_block, rest_block

from calibration.imu import ImuBlock
from pi_service.exercises import find_exercise
from pi_service.motion.parcels import Parcels
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event


def parcels_of(blocks: list[ImuBlock], frames: int = 5) -> list[ImuBlock | None]:
    parcels = Parcels(frames)
    return [parcels.step(block, at_once=False) for block in blocks]


def test_blocks_of_a_driver_wait_for_a_fifth_of_a_second() -> None:
    blocks = list(cut([rest_block(2.0)], [5]))
    given_out = [index for index, parcel in enumerate(parcels_of(blocks)) if parcel is not None]
    # The first at once, the second too, since nothing was passed before it; then each 0.2 s.
    assert np.diff(given_out).tolist()[-5:] == [4] * 5


def test_every_sample_is_given_out_once_and_in_order() -> None:
    trace = rest_block(3.0)
    parcels = Parcels(5)
    out = [parcels.step(block, at_once=False) for block in cut([trace], [3, 1, 7])]
    parts = [part for part in [*out, parcels.rest()] if part is not None]
    np.testing.assert_array_equal(np.concatenate([part.t_s for part in parts]), trace.t_s)
    forces = np.concatenate([part.specific_force_ms2 for part in parts])
    np.testing.assert_array_equal(forces, trace.specific_force_ms2)
    assert parcels.rest() is None


def test_nothing_waits_when_something_may_be_told_at_any_frame() -> None:
    blocks = list(cut([rest_block(1.0)], [1]))
    parcels = Parcels(5)
    out = [parcels.step(block, at_once=index == 50) for index, block in enumerate(blocks)]
    assert all(parcel is not None for parcel in out[50:60])
    assert any(parcel is None for parcel in out[65:])


def test_a_recording_without_a_gyroscope_stays_one() -> None:
    whole = rest_block(1.0)
    mute = ImuBlock(whole.sensor, whole.t_s, whole.specific_force_ms2, None, whole.flags)
    parts = [part for part in parcels_of(list(cut([mute], [2]))) if part is not None]
    assert parts
    assert all(part.angular_rate_rads is None for part in parts)


@given(sizes=block_sizes)
@settings(max_examples=10, deadline=None)
def test_nothing_is_told_later_than_by_the_block_that_shows_it(sizes: list[int]) -> None:
    trace, _ = reps_block(Way.TILT, 5)
    pipeline, before_s, told = Pipeline(find_exercise("any")), -1.0, list[Event]()
    for block in cut([trace], sizes):
        events = pipeline.step(block)
        # An event of a time that earlier samples had passed would have been kept back.
        assert all(event.at_s >= before_s for event in events)
        before_s, told = float(block.t_s[-1]), told + events
    assert told
