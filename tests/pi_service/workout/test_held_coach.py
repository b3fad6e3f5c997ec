"""Holds and carries are judged when they are over, and spoken of meanwhile where that helps."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import pytest
from support.chunks import cut
from support.held import Turn, Walk, carrying, tilting

from calibration.imu import FloatArray, ImuBlock
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind, Side
from calibration.step_length import StepLength
from firmware.samples import SensorRole
from pi_service.coaching.facts import Worn
from pi_service.coaching.recent import Recent
from pi_service.coaching.verdict import Basis, Verdict
from pi_service.exercises import Prescription, RuleName, find_exercise
from pi_service.holding.found import HOLD_UNSURE_S, CarryChange, HeldPart, Hold, distance_of
from pi_service.motion.frames import MotionBlock
from pi_service.pipeline import Pipeline
from pi_service.workout.asked import Asked, Reach, asked_of
from pi_service.workout.events import Event, RepJudged, SetEnded, SetJudged, SetStarted
from pi_service.workout.held import CarryTold
from pi_service.workout.held_coach import HeldCoach

LENGTH = StepLength(0.5, 0.02, datetime(2026, 1, 1, tzinfo=UTC), 15.0, 30)
#: Overhead, from 3.5 s until the weight comes down.
UP_S, DOWN_S = 4.0, 30.0


@functools.cache
def carry_trace() -> ImuBlock:
    return carrying([Walk(6.0, 36)], [(2.0, DOWN_S)], 36.0)


def worn_off_by(off_deg: float) -> Worn:
    """A placement by which the forearm is so far off the vertical while it is overhead."""
    trace = carry_trace()
    still = (trace.t_s > UP_S) & (trace.t_s < 5.5)
    up: FloatArray = trace.specific_force_ms2[still].mean(axis=0)
    up /= np.linalg.norm(up)
    aside = np.cross(up, (1.0, 0.0, 0.0))
    aside /= np.linalg.norm(aside)
    off = math.radians(off_deg)
    x = math.cos(off) * up + math.sin(off) * aside
    z = np.cross(x, up) if off_deg else np.cross(x, aside)
    z /= np.linalg.norm(z)
    rows = tuple((float(a), float(b), float(c)) for a, b, c in (x, np.cross(z, x), z))
    return Worn(limb=Placement((rows[0], rows[1], rows[2]), PlacementKind.WRIST))


def carry_events(sits: Worn | None, size: int = 20) -> list[Event]:
    pipeline = Pipeline(find_exercise("overhead_carry"), Side.LEFT, sits, step_length=LENGTH)
    blocks = cut([carry_trace()], [size])
    return [event for block in blocks for event in pipeline.step(block)] + pipeline.finish()


def verdicts_of(events: Iterable[Event]) -> dict[RuleName, Verdict]:
    (judged,) = [event for event in events if isinstance(event, SetJudged)]
    return {each.verdict.rule: each.verdict for each in judged.judgement.verdicts}


def cues_of(events: Iterable[Event]) -> list[RepJudged]:
    return [event for event in events if isinstance(event, RepJudged)]


def test_a_round_is_judged_with_its_end() -> None:
    events = carry_events(worn_off_by(0.0))
    (place,) = [place for place, event in enumerate(events) if isinstance(event, SetEnded)]
    assert isinstance(events[place + 1], SetJudged)
    verdicts = verdicts_of(events)
    assert all(each.ok for each in verdicts.values())
    assert verdicts[RuleName.DISTANCE].measured == pytest.approx(18.0, abs=0.6)
    assert verdicts[RuleName.CADENCE].measured == pytest.approx(1.6, abs=0.05)
    assert verdicts[RuleName.FOREARM].basis is Basis.MEASURED
    assert not cues_of(events)


def test_a_weight_that_leaves_the_vertical_is_told_once_while_it_is_walked_with() -> None:
    events = carry_events(worn_off_by(20.0))
    (cue,) = cues_of(events)
    assert (cue.number, cue.set_number, cue.unjudged) == (None, 1, ())
    assert cue.cue is not None
    assert (cue.cue.rule, cue.cue.ok) == (RuleName.FOREARM, False)
    assert cue.cue.measured == pytest.approx(20.0, abs=2.0)
    assert UP_S < cue.at_s < DOWN_S - 10.0
    assert not verdicts_of(events)[RuleName.FOREARM].ok


def test_that_it_has_come_back_is_told_too() -> None:
    exercise, worn, limb = find_exercise("overhead_carry"), worn_off_by(0.0), Recent()
    coach, axis = HeldCoach(exercise, worn, limb), np.array(worn.limb_axis(0))
    aside = np.array(worn.limb_axis(1))
    told: list[Event] = []
    begun = CarryTold(4.0, 1, exercise.id, CarryChange.STARTED, 1.0, 6, distance_of(6, LENGTH), Side.LEFT)
    for frame in range(100, 500):
        off = math.radians(20.0 if 200 <= frame < 300 else 13.0 if 300 <= frame < 350 else 3.0)
        up = (math.cos(off) * axis + math.sin(off) * aside)[None]
        none = np.zeros(1)
        limb.step(MotionBlock(frame, False, up, none, none, none, none > 0.0))
        events: list[Event] = []
        if frame == 100:
            events = [SetStarted(4.0, 1, exercise.id, 1.0), begun]
        told += [event for event in coach.step(events, frame + 1) if isinstance(event, RepJudged)]
    off_line, back = (event for event in told if isinstance(event, RepJudged))
    assert off_line.cue is not None
    assert 9.0 < off_line.at_s < 10.5
    # Not at 13 degrees, which is nearly off again.
    assert back.cue is None
    assert 14.8 < back.at_s < 16.5
    assert [each.ok for each in back.verdicts] == [True]


def test_lowering_the_weight_is_no_fault() -> None:
    for off_deg in (0.0, 8.0):
        assert not cues_of(carry_events(worn_off_by(off_deg)))


def test_without_a_placement_it_is_inferred_and_not_told_live() -> None:
    events = carry_events(None)
    forearm = verdicts_of(events)[RuleName.FOREARM]
    assert forearm.basis is Basis.INFERRED
    # The arm hung at 80 degrees and is at 85 now, on the other side.
    assert forearm.measured == pytest.approx(15.0, abs=2.0)
    assert not cues_of(events)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_any_blocks_and_a_state_that_was_saved_give_the_same(size: int) -> None:
    whole = carry_events(worn_off_by(20.0))
    assert carry_events(worn_off_by(20.0), size) == whole
    pipeline, events = None, list[Event]()
    for number, block in enumerate(cut([carry_trace()], [50])):
        fresh = Pipeline(find_exercise("overhead_carry"), Side.LEFT, worn_off_by(20.0), step_length=LENGTH)
        if pipeline is not None and number % 3 == 0:
            fresh.restore(pipeline.save())
            pipeline = fresh
        pipeline = pipeline or fresh
        events += pipeline.step(block)
    assert pipeline is not None
    assert events + pipeline.finish() == whole


def test_a_hold_that_is_long_enough_is_told_when_it_passes_that() -> None:
    made = tilting([Turn(2.0, 70.0), Turn(6.0, -18.0), Turn(75.0, 18.0)], 84.0)
    trace = dataclasses.replace(made, sensor=SensorRole.TORSO)
    pipeline = Pipeline(find_exercise("thoracic_extension"))
    events = [event for block in cut([trace], [50]) for event in pipeline.step(block)] + pipeline.finish()
    (cue,) = cues_of(events)
    assert cue.cue is not None
    assert cue.cue.rule is RuleName.HOLD_TIME
    assert cue.cue.cue == "That is long enough: come out of it slowly."
    assert 60.0 < cue.cue.measured < 61.5
    verdict = verdicts_of(events)[RuleName.HOLD_TIME]
    assert (verdict.ok, verdict.cue) == (False, cue.cue.cue)
    assert verdicts_of(events)[RuleName.BREAKS].measured == 0.0


@pytest.mark.parametrize("held_s", [29.3, 29.7, 40.0, 60.4, 61.2])
def test_a_hold_is_judged_as_it_is_compared_with_what_is_asked_for(held_s: float) -> None:
    exercise = find_exercise("thoracic_extension")
    hold = Hold(9.0, (HeldPart(10.0, 10.0 + held_s, held_s),), 20.0, None)
    events: list[Event] = [
        SetStarted(15.0, 1, exercise.id, 9.0),
        SetEnded(95.0, 1, exercise.id, 9.0, 10.0 + held_s, 0, 0, (), hold=hold),
    ]
    verdict = verdicts_of(HeldCoach(exercise, Worn(), Recent()).step(events, None))[RuleName.HOLD_TIME]
    asked = asked_of(exercise)
    assert asked is not None
    assert verdict.ok is (asked.reach(held_s, HOLD_UNSURE_S) is Reach.REACHED)


def test_a_hold_of_a_single_number_is_over_by_none() -> None:
    usual = find_exercise("thoracic_extension")
    exercise = dataclasses.replace(usual, prescription=Prescription(hold_s=(30.0, 30.0)))
    assert asked_of(exercise) == Asked(30.0, None, "s")
