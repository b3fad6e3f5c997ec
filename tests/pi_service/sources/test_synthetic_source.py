"""The simulated athlete as a source: the same as its recording, at the pace of a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from calibration.imu import ImuBlock
from firmware.roles import SensorRole
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import EPOCH, Order, write_recording
from pi_service.athlete.task import Task
from pi_service.coaching.verdict import Basis
from pi_service.exercises import RuleName, find_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.base import Source
from pi_service.sources.replay import ReplaySource
from pi_service.sources.synthetic import SyntheticSource
from pi_service.traces import open_trace
from pi_service.workout.events import Event, RepJudged

ORDER = Order(Task(reps=1, rest_s=1.0), torso=True, seed=8, sets=2, rest_s=2.0)


def joined(blocks: list[ImuBlock], role: SensorRole) -> list[bytes]:
    names = ("t_s", "specific_force_ms2", "angular_rate_rads", "flags")
    mine = [block for block in blocks if block.sensor is role]
    return [np.concatenate([getattr(block, name) for block in mine]).tobytes() for name in names]


def test_says_that_nobody_moved() -> None:
    source: Source = SyntheticSource()
    assert source.info.simulated
    assert source.info.exercise == "vertical_pull"
    assert source.info.station == "demo"
    other = SyntheticSource(Order(Task(find_movement("face_pull"))))
    assert other.info.exercise == "face_pull"


def test_is_the_same_as_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    write_recording(path, ORDER)
    source = SyntheticSource(ORDER, speed=None)
    live = list(source.blocks())
    replay = ReplaySource(path)
    replayed = list(replay.blocks())
    for role in SensorRole:
        assert joined(live, role) == joined(replayed, role)
    assert source.labels == replay.trace.labels()


def test_verdicts_are_the_same_as_of_its_recording(tmp_path: Path) -> None:
    """Each sensor's samples alone are not enough: the torso's must come with the limb's."""
    path = tmp_path / "rock.csv"
    faults = (Fault(FaultKind.ROCK, 20.0),)
    task = Task(find_movement("barbell_row"), reps=5, faults=faults, drink_chance=0.0)
    order = Order(task, "bar", torso=True, seed=3)
    write_recording(path, order)
    live, replayed = (
        [event for event in events_of(source) if isinstance(event, RepJudged)]
        for source in (SyntheticSource(order, speed=None), ReplaySource(path))
    )
    assert live == replayed
    torso = [each for event in live for each in event.verdicts if each.rule is RuleName.TORSO]
    assert len(torso) >= 4
    assert {each.basis for each in torso} == {Basis.MEASURED}
    assert longest_lead_s(ReplaySource(path).blocks()) < 0.21
    assert longest_lead_s(SyntheticSource(order, speed=None).blocks()) < 0.21
    # However many rows are read at a time.
    assert longest_lead_s(open_trace(path).blocks(1)) < 0.11


def longest_lead_s(blocks: Iterable[ImuBlock]) -> float:
    """How far one sensor's samples are ahead of the other's at most."""
    last_s, leads_s = dict.fromkeys(SensorRole, 0.0), []
    for block in blocks:
        last_s[block.sensor] = float(block.t_s[-1])
        leads_s.append(abs(last_s[SensorRole.LIMB] - last_s[SensorRole.TORSO]))
    return max(leads_s)


def events_of(source: Source) -> list[Event]:
    pipeline = Pipeline.of_stream(find_exercise("bent_over_row"), source.info)
    return [event for block in source.blocks() for event in pipeline.step(block)] + pipeline.finish()


def test_its_session_is_that_of_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    order = replace(ORDER, sets=1, torso=False)
    write_recording(path, order, started_at=EPOCH)
    assert ReplaySource(path).info.session == SyntheticSource(order, started_at=EPOCH).info.session


def test_other_samples_are_another_session() -> None:
    others = [
        ORDER,
        replace(ORDER, task=replace(ORDER.task, reps=9)),
        replace(ORDER, task=replace(ORDER.task, slower=1.2)),
        replace(ORDER, task=Task(find_movement("lat_pulldown"), reps=1, rest_s=1.0)),
        replace(ORDER, seed=2),
        replace(ORDER, sets=3),
        replace(ORDER, rest_s=21.0),
        replace(ORDER, torso=False),
    ]
    sessions = [SyntheticSource(each, started_at=EPOCH).info.session for each in others]
    sessions.append(SyntheticSource(ORDER, started_at=EPOCH + timedelta(seconds=0.5)).info.session)
    sessions.append(SyntheticSource(ORDER, endless=True, started_at=EPOCH).info.session)
    assert len(set(sessions)) == len(others) + 2
    assert SyntheticSource(ORDER, started_at=EPOCH).info.session == sessions[0]


def test_goes_on_until_it_is_closed() -> None:
    source = SyntheticSource(replace(ORDER, torso=False), endless=True, speed=None)
    blocks = []
    for block in source.blocks():
        blocks.append(block)
        if block.t_s[-1] > 90.0:
            source.close()
    t_s = np.concatenate([block.t_s for block in blocks])
    assert 90.0 < t_s[-1] < 92.0
    np.testing.assert_allclose(np.diff(t_s), 0.01, atol=1e-9)
    assert sum(label.kind == "rep" for label in source.labels) >= 2


def test_live_pace_comes_in_small_blocks_on_time() -> None:
    now_s = [0.0]

    def wait(seconds: float) -> bool:
        now_s[0] += seconds
        return False

    source = SyntheticSource(speed=1.0, clock=lambda: now_s[0], wait=wait)
    for block in islice(source.blocks(), 100):
        assert len(block) == 5
        assert now_s[0] == pytest.approx(block.t_s[-1])
