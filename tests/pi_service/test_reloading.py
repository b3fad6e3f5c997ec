"""A configuration that is read again while a set runs: the set is counted to its end first."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.station import Manager

from pi_service.cli import run
from pi_service.commands.reloading import Reloading
from pi_service.commands.wanted import Wanted
from pi_service.config.effective import effective
from pi_service.exercises import Exercise
from pi_service.process.logs import ServiceLog


class Counted:
    """Stands for what counts: notes what is asked of it."""

    def __init__(self) -> None:
        self.running = True
        self.asked: list[str] = []
        self.pipeline = SimpleNamespace(work=self)
        self.control = self

    def select(self, exercise: Exercise, side: object) -> list[str]:
        self.asked.append(f"select {exercise.id} {side}")
        return ["selected"]

    def load(self, plan: Any) -> list[str]:
        self.asked.append(f"load {plan.name}")
        return ["loaded"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "config.toml"
    found.write_text('[station]\nexercise = "face_pull"\n')
    return found


@pytest.fixture
def asked() -> threading.Event:
    return threading.Event()


@pytest.fixture
def reloading(file: Path, asked: threading.Event) -> Reloading:
    config = effective(file, {})
    return Reloading(config, Wanted.of(config), asked, Manager(), ServiceLog("info"), None)


def test_what_is_counted_changes_after_the_set_that_runs(
    reloading: Reloading, file: Path, asked: threading.Event
) -> None:
    counted, delivered = Counted(), []
    reloading.count_with(counted, delivered.extend)  # type: ignore[arg-type]
    file.write_text('[station]\nexercise = "bent_over_row"\nside = "left"\n')
    asked.set()
    reloading.look()
    reloading.look()
    assert counted.asked == []
    assert reloading.wanted.exercise is not None
    assert reloading.wanted.exercise.id == "bent_over_row"
    counted.running = False
    reloading.look()
    reloading.look()
    assert counted.asked == ["select bent_over_row left"]
    assert delivered == ["selected"]


def test_a_plan_is_loaded(reloading: Reloading, file: Path, asked: threading.Event) -> None:
    counted = Counted()
    counted.running = False
    reloading.count_with(counted, lambda _: None)  # type: ignore[arg-type]
    (file.parent / "plan.toml").write_text('name = "Mondays"\n[[step]]\nexercise = "face_pull"\n')
    file.write_text('[station]\nplan = "plan.toml"\n')
    asked.set()
    reloading.look()
    assert counted.asked == ["load Mondays"]


def test_a_plan_that_was_edited_where_it_is_is_loaded_again(
    reloading: Reloading, file: Path, asked: threading.Event
) -> None:
    counted = Counted()
    counted.running = False
    reloading.count_with(counted, lambda _: None)  # type: ignore[arg-type]
    file.write_text('[station]\nplan = "plan.toml"\n')
    for name in ("Mondays", "Mondays", "Tuesdays"):
        (file.parent / "plan.toml").write_text(f'name = "{name}"\n[[step]]\nexercise = "face_pull"\n')
        asked.set()
        reloading.look()
    assert counted.asked == ["load Mondays", "load Tuesdays"]


def test_an_exercise_file_that_was_edited_where_it_is_is_taken(
    reloading: Reloading, file: Path, asked: threading.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = Counted()
    counted.running = False
    reloading.count_with(counted, lambda _: None)  # type: ignore[arg-type]
    assert run(["exercises", "template"]) == 0
    own, text = file.parent / "own.toml", capsys.readouterr().out
    file.write_text(f'[station]\nexercise = "{own}"\n')
    for name in ("My", "My", "Your"):
        own.write_text(text.replace('name = "', f'name = "{name} ', 1))
        asked.set()
        reloading.look()
    assert len(counted.asked) == 2


def test_without_a_session_the_next_one_has_it(
    reloading: Reloading, file: Path, asked: threading.Event
) -> None:
    file.write_text("")
    asked.set()
    reloading.look()
    assert reloading.wanted.exercise is None


def test_a_file_that_cannot_be_used_changes_nothing(
    reloading: Reloading, file: Path, asked: threading.Event
) -> None:
    counted = Counted()
    counted.running = False
    reloading.count_with(counted, lambda _: None)  # type: ignore[arg-type]
    for text in ('[station]\nexercise = "facepul"\n', "[station\n", "[sensors]\nrate_hz = 3\n"):
        file.write_text(text)
        asked.set()
        reloading.look()
    file.unlink()
    asked.set()
    reloading.look()
    assert counted.asked == []
    assert reloading.wanted.exercise is not None
    assert reloading.wanted.exercise.id == "face_pull"
