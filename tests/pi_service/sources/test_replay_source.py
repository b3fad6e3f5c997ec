from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.recordings import write_pull_ups

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.athlete.recording import EPOCH
from pi_service.publish.session import session_id
from pi_service.sources.base import Source
from pi_service.sources.replay import ReplaySource
from pi_service.traces import open_trace


def joined(blocks: list[ImuBlock]) -> list[bytes]:
    names = ("t_s", "specific_force_ms2", "angular_rate_rads", "flags")
    return [np.concatenate([getattr(block, name) for block in blocks]).tobytes() for name in names]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("traces") / "two_reps.csv.gz"
    write_pull_ups(path, reps=2, seed=5)
    return path


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("traces") / "foreign.csv"
    path.write_text("t_s,ax,ay,az\n" + "".join(f"{100 + i / 50},0,0,9.81\n" for i in range(101)))
    return path


def test_tells_what_the_recording_tells(recording: Path) -> None:
    source: Source = ReplaySource(recording)
    assert source.info.station == "synthetic"
    assert source.info.started_at == EPOCH
    assert source.info.exercise == "vertical_pull"
    assert source.info.rates_hz == {SensorRole.LIMB: 100.0}
    assert source.info.simulated


def test_two_recordings_of_the_same_moment_are_two_sessions(recording: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.csv"
    write_pull_ups(twin, reps=3, seed=5)
    one, two, again = (ReplaySource(path).info for path in (recording, twin, recording))
    assert (one.started_at, one.station) == (two.started_at, two.station)
    assert session_id(one) != session_id(two)
    assert session_id(one) == session_id(again) == open_trace(recording).info.session_id


def test_a_foreign_trace_has_no_session_of_its_own(foreign: Path) -> None:
    info = ReplaySource(foreign, exercise="any").info
    assert info.session is None
    assert session_id(info).startswith(f"{info.started_at:%Y%m%d}t")


def test_the_caller_may_know_better(recording: Path) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    source = ReplaySource(recording, exercise="dead_lift", station="bay-1", started_at=at)
    assert (source.info.exercise, source.info.station, source.info.started_at) == ("dead_lift", "bay-1", at)


def test_a_foreign_trace_is_of_now_on_the_bench(foreign: Path) -> None:
    source = ReplaySource(foreign, exercise="any")
    assert source.info.station == "bench"
    assert abs(datetime.now(UTC) - source.info.started_at) < timedelta(seconds=10)
    assert source.info.rates_hz == {SensorRole.LIMB: 50.0}
    assert not source.info.simulated
    assert sum(len(block) for block in source.blocks()) == 101


@settings(deadline=None, max_examples=25)
@given(size=st.integers(1, 5000))
def test_block_sizes_do_not_change_the_samples(recording: Path, size: int) -> None:
    assert joined(list(open_trace(recording).blocks(size))) == joined(
        list(open_trace(recording).blocks(1000))
    )


@pytest.mark.parametrize("speed", [None, 1.0, 7.0])
def test_the_pace_does_not_change_the_samples(recording: Path, speed: float | None) -> None:
    now_s = [0.0]

    def wait(seconds: float) -> bool:
        now_s[0] += seconds
        return False

    source = ReplaySource(recording, speed=speed, clock=lambda: now_s[0], wait=wait)
    assert joined(list(source.blocks())) == joined(list(open_trace(recording).blocks()))


def test_blocks_come_when_they_are_due(foreign: Path) -> None:
    now_s = [50.0]

    def wait(seconds: float) -> bool:
        now_s[0] += seconds
        return False

    source = ReplaySource(foreign, speed=2.0, clock=lambda: now_s[0], wait=wait)
    for block in source.blocks():
        # The trace's clock begins at 100 s, the wall's at 50 s.
        assert now_s[0] == pytest.approx(50.0 + (block.t_s[-1] - 100.0) / 2.0)
        assert len(block) <= 5


def test_close_from_another_thread_ends_it_at_once(recording: Path) -> None:
    source = ReplaySource(recording, speed=0.01)
    got: list[ImuBlock] = []
    thread = threading.Thread(target=lambda: got.extend(source.blocks()))
    thread.start()
    time.sleep(0.05)
    begun_s = time.monotonic()
    source.close()
    thread.join(2.0)
    assert not thread.is_alive()
    assert time.monotonic() - begun_s < 0.5
    assert len(got) < 5
    assert list(source.blocks()) == []
