"""A station as a service: what begins a session anew, and what waits until the workout is over."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.ports import wait_until
from support.station import WORKS, RunningStation

from pi_service.commands.second_sensor import SecondSensor
from pi_service.commands.serving import _Again
from pi_service.process.clock_watch import ClockWatch
from pi_service.traces import TraceReader


def test_a_clock_that_is_set_before_the_first_set_begins_a_new_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jumps = [3_600.0]
    working = threading.Event()
    monkeypatch.setattr(ClockWatch, "jumped_s", lambda _: jumps.pop() if working.is_set() and jumps else None)
    recordings = f'[recordings]\nalways = true\nfolder = "{tmp_path / "recordings"}"'
    text = f'[sensors]\nbus = "sim:motion=still"\n{recordings}'
    with RunningStation(tmp_path, text) as station:
        station.wait_for(WORKS)
        working.set()
        wait_until(lambda: len(list((tmp_path / "recordings").glob("*.csv.gz"))) == 2, "a second session", 60)
    assert "The clock was set by 3600 s: a new session begins." in [each.message for each in caplog.records]
    for each in (tmp_path / "recordings").glob("*.csv.gz"):
        assert sum(len(block) for block in TraceReader(each).blocks()) >= 0, "both can be read"


def test_a_clock_that_is_set_while_the_sensor_is_looked_for_begins_no_second_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    set_by_s = [0.0]
    wall = lambda: time.time() + set_by_s[0]  # noqa: E731
    monkeypatch.setattr("pi_service.commands.serving.ClockWatch", lambda: ClockWatch(wall=wall))
    with RunningStation(tmp_path, '[sensors]\nbus = "sim:motion=still,fault=absent@0+4"') as station:
        station.wait_for("waiting for a sensor")
        set_by_s[0] = 3_600.0
        station.wait_for(WORKS)
        set_by_s[0] += 60.0
        wait_until(lambda: "The clock was set" in caplog.text, "the clock to be looked at", 30)
    told = [each.message for each in caplog.records if "The clock was set" in each.message]
    assert told == ["The clock was set by 60 s: a new session begins."]


def test_a_torso_sensor_that_comes_before_the_first_set_is_read_in_a_new_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    came = threading.Event()
    monkeypatch.setattr(SecondSensor, "came", lambda _: came.is_set() and came.clear() is None)
    recordings = f'[recordings]\nalways = true\nfolder = "{tmp_path / "recordings"}"'
    with RunningStation(tmp_path, f'[sensors]\nbus = "sim:motion=still"\n{recordings}') as station:
        station.wait_for(WORKS)
        came.set()
        wait_until(lambda: len(list((tmp_path / "recordings").glob("*.csv.gz"))) == 2, "a second session", 60)
    assert "A torso sensor answers: a new session begins." in [each.message for each in caplog.records]


class Work:
    """Stands for what counts, after a set."""

    running, last_set = False, 1


@pytest.mark.parametrize(
    ("idle_s", "follows_plan", "begins"), [(599, False, False), (600, False, True), (600, True, False)]
)
def test_a_torso_sensor_that_comes_in_a_workout_waits_for_its_end(
    idle_s: float,
    follows_plan: bool,
    begins: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s, closed = [1000.0], []
    monkeypatch.setattr("pi_service.commands.serving.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    counting: Any = SimpleNamespace(pipeline=SimpleNamespace(work=Work), follows_plan=follows_plan)
    source: Any = SimpleNamespace(close=lambda: closed.append(True))
    never: Any = SimpleNamespace(jumped_s=lambda: None)
    second: Any = SimpleNamespace(came=lambda: True)
    again = _Again(source, counting, never, second)
    again.look()
    now_s[0] += idle_s
    again.look()
    assert (again.wanted, closed) == (begins, [True] * begins)
    told = [each.message for each in caplog.records]
    assert told[0] == "A torso sensor answers: it is read when this workout is over."
    assert told[1:] == ["A torso sensor answers: a new session begins."] * begins
