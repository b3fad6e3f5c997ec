"""A zero that is learned anew in the midst of a stream."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from support.asking import RATE_HZ, TEMPO, Session, joined, two_sets
from support.chunks import cut
from support.streams import Way, reps_block, rest_block

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.control import Control
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event
from pi_service.workout.zeros import ZeroLearned


def rests_then_reps(zero_dps: float) -> ImuBlock:
    """Rest for 30 s, then a set; from 8 s on the gyroscope reads `zero_dps` more: the chip got a knock."""
    rest = rest_block(30.0, rate_hz=RATE_HZ)
    reps, _ = reps_block(Way.TILT, 5, seed=3, tempo=TEMPO, rate_hz=RATE_HZ)
    trace = joined(rest, dataclasses.replace(reps, t_s=reps.t_s + 30.0))
    assert trace.angular_rate_rads is not None
    rate = trace.angular_rate_rads + np.where(trace.t_s[:, None] < 8.0, 0.0, np.radians(zero_dps))
    return dataclasses.replace(trace, angular_rate_rads=rate)


@pytest.mark.parametrize("chunk", [1, 7, 33, 250])
def test_the_zero_is_learned_anew_at_the_same_frame_whatever_the_blocks(chunk: int) -> None:
    told: list[list[Event]] = []
    for size in (chunk, 11):
        trace = rests_then_reps(1.5)
        session = Session(trace)
        asked = int(np.searchsorted(trace.t_s, 15.0))
        for part in (slice(0, asked), slice(asked, len(trace))):
            session._blocks = list(cut([trace[part]], [size]))
            session.until(1e9)
            if part.start == 0:
                session.ask(lambda control: control.re_zero())
        session.end()
        told.append(session.events)
    assert told[0] == told[1]
    (zero,) = [event for event in told[0] if isinstance(event, ZeroLearned)]
    assert zero.sensor is SensorRole.LIMB
    assert zero.end_s == pytest.approx(17.0, abs=0.1)


@pytest.mark.parametrize("sizes", [(5, 5), (40, 7)])
def test_the_zeros_of_both_sensors_are_learned_and_told(sizes: tuple[int, int]) -> None:
    limb = rest_block(30.0, rate_hz=RATE_HZ)
    torso = dataclasses.replace(rest_block(30.0, seed=4, rate_hz=RATE_HZ), sensor=SensorRole.TORSO)
    pipeline, events = Pipeline(find_exercise("any")), list[Event]()
    asked = int(np.searchsorted(limb.t_s, 10.0))
    for part in (slice(0, asked), slice(asked, len(limb))):
        blocks = [*cut([limb[part]], [sizes[0]]), *cut([torso[part]], [sizes[1]])]
        for block in sorted(blocks, key=lambda block: float(block.t_s[-1])):
            events += pipeline.step(block)
        if part.start == 0:
            Control(pipeline).re_zero()
    events += pipeline.finish()
    told = [event for event in events if isinstance(event, ZeroLearned)]
    assert {event.sensor for event in told} == {SensorRole.LIMB, SensorRole.TORSO}
    assert [event.end_s for event in told] == [11.98, 11.98]
    assert all(event.change_dps is not None and event.change_dps < 0.2 for event in told)
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))


def test_a_zero_that_was_learned_anew_is_used() -> None:
    session = Session(rests_then_reps(8.0))
    session.until(12.0)
    session.ask(lambda control: control.re_zero(SensorRole.LIMB))
    session.until(14.5)
    (zero,) = [event for event in session.events if isinstance(event, ZeroLearned)]
    assert zero.change_dps is not None
    bias = session.pipeline._sensed[SensorRole.LIMB]._tilt.state.bias.rads
    expected = np.array([0.8, -1.1, 0.5]) + 8.0
    assert np.degrees(bias) == pytest.approx(expected, abs=0.1)


def test_a_zero_is_not_learned_in_a_set_nor_of_what_moves_or_is_not_there() -> None:
    session = Session(two_sets())
    assert "has delivered anything yet" in session.refused(lambda control: control.re_zero())
    session.until(9.0)
    assert "moves" in session.refused(lambda control: control.re_zero())
    session.until(13.0)
    assert "Set 1 is running" in session.refused(lambda control: control.re_zero())
    session.until(28.0)
    assert "No torso sensor" in session.refused(lambda control: control.re_zero(SensorRole.TORSO))
    assert session.ask(lambda control: control.re_zero()) == []
