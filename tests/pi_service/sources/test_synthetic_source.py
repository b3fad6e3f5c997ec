from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.imu import ImuBlock
from pi_service.athlete.pullup import SetPlan
from pi_service.athlete.synthetic import EPOCH, write_synthetic_trace
from pi_service.sources.base import Source
from pi_service.sources.replay import ReplaySource
from pi_service.sources.synthetic import SyntheticSource


def joined(blocks: list[ImuBlock]) -> list[bytes]:
    names = ("t_s", "specific_force_ms2", "angular_rate_rads", "flags")
    return [np.concatenate([getattr(block, name) for block in blocks]).tobytes() for name in names]


def test_says_that_nobody_moved() -> None:
    source: Source = SyntheticSource()
    assert source.info.simulated
    assert source.info.exercise == "vertical_pull"
    assert source.info.station == "demo"


def test_is_the_same_as_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    labels = write_synthetic_trace(path, reps=3, seed=8, sets=2, rest_s=4.0)
    source = SyntheticSource(reps=3, seed=8, sets=2, rest_s=4.0, speed=None)
    live = list(source.blocks())
    replay = ReplaySource(path)
    assert joined(live) == joined(list(replay.blocks()))
    assert source.labels == labels == replay.trace.labels()


def test_its_session_is_that_of_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_synthetic_trace(path, reps=1, seed=8, started_at=EPOCH)
    assert ReplaySource(path).info.session == SyntheticSource(reps=1, seed=8, started_at=EPOCH).info.session


def test_other_samples_are_another_session() -> None:
    others: list[dict[str, Any]] = [
        {},
        {"reps": 9},
        {"seed": 2},
        {"sets": 2},
        {"rest_s": 21.0},
        {"plan": SetPlan(lift_s=1.3)},
        {"started_at": EPOCH + timedelta(seconds=0.5)},
    ]
    sessions = [SyntheticSource(**{"started_at": EPOCH, **each}).info.session for each in others]
    assert len(set(sessions)) == len(others)
    assert SyntheticSource(started_at=EPOCH).info.session == sessions[0]


def test_goes_on_until_it_is_closed() -> None:
    source = SyntheticSource(reps=2, sets=None, rest_s=1.0, speed=None)
    blocks = []
    for block in source.blocks():
        blocks.append(block)
        if block.t_s[-1] > 120.0:
            source.close()
    t_s = np.concatenate([block.t_s for block in blocks])
    assert 120.0 < t_s[-1] < 122.0
    np.testing.assert_allclose(np.diff(t_s), 0.01, atol=1e-9)
    assert sum(label.kind == "rep" for label in source.labels) >= 6


def test_live_pace_comes_in_small_blocks_on_time() -> None:
    now_s = [0.0]

    def wait(seconds: float) -> bool:
        now_s[0] += seconds
        return False

    source = SyntheticSource(speed=1.0, clock=lambda: now_s[0], wait=wait)
    for block in islice(source.blocks(), 100):
        assert len(block) == 5
        assert now_s[0] == pytest.approx(block.t_s[-1])
