"""Coaching in the stream: blocks, interruptions, two sensors, and when verdicts come."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chunks import block_sizes, cut

from calibration.imu import ImuBlock
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from firmware.samples import SensorRole
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.coaching.facts import Worn
from pi_service.coaching.verdict import Basis
from pi_service.exercises import RuleName, find_exercise
from pi_service.motion.frames import MotionBlock
from pi_service.pipeline import Pipeline
from pi_service.workout.coach import TORSO_WAITS_S, Coach
from pi_service.workout.events import (
    Event,
    RepCounted,
    RepJudged,
    SetEnded,
    SetJudged,
    SetStarted,
    TorsoTilted,
)

RATE_HZ = 50.0


@functools.cache
def samples(
    fault: FaultKind | None = FaultKind.ROCK, variant: str = "face_pull"
) -> dict[SensorRole, ImuBlock]:
    movement = find_movement(variant)
    faults = () if fault is None else (Fault(fault, movement.faults[fault]),)
    session = Session(1003, Task(movement, reps=6, faults=faults, walk=False, drink_chance=0.0))
    t_s = np.arange(round(session.bout(0).duration_s * RATE_HZ)) / RATE_HZ
    blocks = {}
    for role, place in ((SensorRole.LIMB, movement.placements[0]), (SensorRole.TORSO, "torso")):
        force_ms2, rate_rads = session.worn(place)(t_s)
        blocks[role] = ImuBlock(role, t_s, force_ms2, rate_rads, np.zeros(len(t_s), np.uint8))
    return blocks


def pipeline(exercise: str = "face_pull", sits: Worn | None = None) -> Pipeline:
    return Pipeline(find_exercise(exercise), sits=sits)


def events_of(blocks: Iterable[ImuBlock], counter: Pipeline | None = None) -> list[Event]:
    counter = counter or pipeline()
    return [event for block in blocks for event in counter.step(block)] + counter.finish()


def in_turn(limb: ImuBlock, torso: ImuBlock, sizes: list[int], late_s: float = 0.0) -> list[ImuBlock]:
    """Blocks of both sensors in the order in which they come, the torso's later than they might."""
    timed = [(float(block.t_s[-1]), 0, block) for block in cut([limb], sizes)]
    timed += [(float(block.t_s[-1]) + late_s, 1, block) for block in cut([torso], sizes[::-1])]
    return [block for *_, block in sorted(timed, key=lambda each: each[:2])]


@functools.cache
def usual() -> tuple[Event, ...]:
    both = samples()
    return tuple(events_of(in_turn(both[SensorRole.LIMB], both[SensorRole.TORSO], [10])))


def torso_verdicts(events: Iterable[Event]) -> list[tuple[Basis, bool]]:
    return [
        (verdict.basis, verdict.ok)
        for event in events
        if isinstance(event, RepJudged)
        for verdict in event.verdicts
        if verdict.rule is RuleName.TORSO
    ]


def test_each_rep_is_judged_within_a_second_and_the_set_with_its_end() -> None:
    events = usual()
    counted = {event.rep.number: event.at_s for event in events if isinstance(event, RepCounted)}
    judged = {event.number: event.at_s for event in events if isinstance(event, RepJudged)}
    assert len(judged) >= 4
    assert all(0.0 <= at_s - counted[number] <= 1.0 for number, at_s in judged.items())
    (ended,) = [place for place, event in enumerate(events) if isinstance(event, SetEnded)]
    after = events[ended + 1]
    assert isinstance(after, SetJudged)
    assert after.at_s == events[ended].at_s
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))


def test_the_torso_sensor_measures_a_rock() -> None:
    # Live, the way out of the first rep may have been cut, with less known.
    assert set(torso_verdicts(usual())[1:]) == {(Basis.MEASURED, False)}
    (judged,) = [event for event in usual() if isinstance(event, SetJudged)]
    torso = {each.verdict.rule: each for each in judged.judgement.verdicts}[RuleName.TORSO]
    assert not torso.verdict.ok
    assert torso.verdict.measured == pytest.approx(10.0, abs=1.5)
    assert len(torso.of_reps) == len(judged.numbers)
    quality = judged.judgement.quality
    assert quality is not None
    assert quality.percent < 100.0


def test_how_far_the_torso_is_from_its_start_pose_is_told_while_the_set_runs() -> None:
    events = usual()
    (started,) = [event for event in events if isinstance(event, SetStarted)]
    (ended,) = [event for event in events if isinstance(event, SetEnded)]
    told = [event for event in events if isinstance(event, TorsoTilted)]
    assert all(started.at_s <= event.at_s <= ended.at_s for event in told)
    apart_s = np.diff([event.at_s for event in told])
    assert apart_s.max() <= 0.2 + 1e-9
    moving = [event.tilt_deg for event in told if event.at_s < ended.end_s]
    # It rocks by ten degrees peak to peak, from a pose that it began to leave about then.
    assert 7.0 < max(moving) < 13.0
    assert min(moving) < 3.0


def test_of_a_torso_without_a_sensor_nothing_is_told() -> None:
    told = events_of(cut([samples()[SensorRole.LIMB]], [10]))
    assert any(isinstance(event, SetEnded) for event in told)
    assert not any(isinstance(event, TorsoTilted) for event in told)


@given(sizes=block_sizes, late_s=st.floats(0.0, 0.3))
@settings(max_examples=8, deadline=None)
def test_how_the_blocks_come_does_not_matter(sizes: list[int], late_s: float) -> None:
    both = samples()
    # Blocks of up to a quarter of a second, as a driver delivers them: later the torso may not come.
    sizes = [min(size, 12) for size in sizes]
    blocks = in_turn(both[SensorRole.LIMB], both[SensorRole.TORSO], sizes, late_s)
    assert tuple(events_of(blocks)) == usual()


@pytest.mark.parametrize("every", [1, 10])
def test_the_torso_may_come_as_late_as_the_coach_waits(every: int) -> None:
    both = samples()
    limb, torso = both[SensorRole.LIMB], both[SensorRole.TORSO]
    in_time = in_turn(limb, torso, [every], TORSO_WAITS_S - 0.02)
    assert tuple(events_of(in_time)) == usual()
    too_late = in_turn(limb, torso, [every], TORSO_WAITS_S + 0.4)
    assert tuple(events_of(too_late)) != usual(), "nothing is waited for that long"


def test_what_the_torso_saw_is_forgotten_though_the_other_sensor_is_gone() -> None:
    coach = Coach(find_exercise("face_pull"), Worn(), 5)
    n = 5000
    up, none = np.tile([0.0, 0.0, 1.0], (n, 1)), np.zeros(n)
    frames = MotionBlock(0, False, up, none, none, none, np.zeros(n, np.bool_))
    kept = []
    for first in range(0, 20 * n, n):
        coach.see_torso(replace(frames, first_frame=first))
        kept.append(sum(len(table) for _, table in coach.state.torso.pieces))
    assert n < max(kept) == kept[-1] < 7 * n


@pytest.mark.parametrize("every", [7, 60])
def test_a_saved_state_goes_on_as_if_nothing_had_happened(every: int) -> None:
    both = samples()
    counter, events = pipeline(), list[Event]()
    for place, block in enumerate(in_turn(both[SensorRole.LIMB], both[SensorRole.TORSO], [10])):
        if place % every == 0:
            saved = counter.save()
            counter = pipeline()
            counter.restore(saved)
        events += counter.step(block)
    assert tuple(events + counter.finish()) == usual()


def test_without_the_torso_sensor_the_rule_says_what_it_needs() -> None:
    events = events_of(cut([samples()[SensorRole.LIMB]], [10]))
    assert torso_verdicts(events) == []
    reasons = {
        unjudged.reason
        for event in events
        if isinstance(event, RepJudged)
        for unjudged in event.unjudged
        if unjudged.rule is RuleName.TORSO
    }
    assert reasons == {"it needs a torso sensor"}


def test_a_torso_sensor_that_fails_in_the_set_is_told_from_one_that_works() -> None:
    both = samples()
    torso = both[SensorRole.TORSO]
    middle = 0.5 * float(torso.t_s[-1])
    blocks = in_turn(both[SensorRole.LIMB], torso[: round(middle * RATE_HZ)], [10])
    events = events_of(blocks)
    judged = [event for event in events if isinstance(event, RepJudged)]
    with_torso = [any(each.rule is RuleName.TORSO for each in event.verdicts) for event in judged]
    assert with_torso[0]
    assert not with_torso[-1]


def test_a_clean_set_gets_no_cue() -> None:
    both = samples(None)
    events = events_of(in_turn(both[SensorRole.LIMB], both[SensorRole.TORSO], [10]))
    (judged,) = [event for event in events if isinstance(event, SetJudged)]
    assert [each.verdict.rule for each in judged.judgement.verdicts if not each.verdict.ok] == []
    assert len(judged.judgement.verdicts) == 5


def test_an_exercise_without_rules_is_not_judged() -> None:
    both = samples()
    events = events_of(cut([both[SensorRole.LIMB]], [10]), pipeline("any"))
    assert not any(isinstance(event, RepJudged | SetJudged) for event in events)
    assert any(isinstance(event, SetEnded) for event in events)


def test_a_placement_makes_the_bars_level_known() -> None:
    both = samples(FaultKind.TILT_BAR, "dead_lift")
    clip = Session(1003, Task(find_movement("dead_lift"))).person.clip("bar").T.tolist()
    x, y, z = ((a, b, c) for a, b, c in clip)
    sits = Worn(PlacementKind.BAR, Placement((x, y, z), PlacementKind.BAR))
    events = events_of(cut([both[SensorRole.LIMB]], [10]), pipeline("dead_lift", sits))
    verdicts = {
        each.verdict.rule: each.verdict
        for event in events
        if isinstance(event, SetJudged)
        for each in event.judgement.verdicts
    }
    assert verdicts[RuleName.BAR_LEVEL].measured == pytest.approx(5.0, abs=0.5)
    assert not verdicts[RuleName.BAR_LEVEL].ok


@pytest.mark.parametrize("sizes", [[1], [100_000]])
def test_one_sensors_samples_may_come_one_by_one_or_all_at_once(sizes: list[int]) -> None:
    limb = samples()[SensorRole.LIMB]
    whole = events_of(cut([limb], [10]))
    assert any(isinstance(event, RepJudged) for event in whole)
    assert events_of(cut([limb], sizes)) == whole


def test_a_cue_takes_two_reps_in_a_row() -> None:
    judged = [event for event in usual() if isinstance(event, RepJudged)]
    wrong = [not all(verdict.ok for verdict in event.verdicts) for event in judged]
    first = wrong.index(True)
    assert all(event.cue is None for event in judged[: first + 1])
    assert all(wrong[first:])
    sure = {
        event.rep.number: event.rep.confidence >= 0.8 for event in usual() if isinstance(event, RepCounted)
    }
    for place, event in enumerate(judged[first + 1 :], 1):  # all lean back
        # The second one only if it is like the others; three in a row are enough.
        assert (event.cue is not None) is (sure[event.number] or place > 1)
        assert event.cue is None or event.cue.rule is RuleName.TORSO
    assert any(event.cue for event in judged)
