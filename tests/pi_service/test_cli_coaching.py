"""Coaching on the command line: what a set was told, and the exercise files."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import Order, write_recording
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.cli import run
from pi_service.traces import TraceReader
from pi_service.traces.header import parse_header

SEED = 1004


def recorded(folder: Path, variant: str, fault: FaultKind, placement: str, *, torso: bool = False) -> Path:
    movement = find_movement(variant, placement)
    task = Task(
        movement,
        reps=6,
        faults=(Fault(fault, movement.faults[fault]),),
        walk=False,
        drink_chance=0.0,
    )
    path = folder / f"{variant}.csv"
    write_recording(path, Order(task, placement, torso=torso, seed=SEED))
    return path


def test_a_replay_says_tempo_quality_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = recorded(tmp_path, "face_pull", FaultKind.ROCK, "wrist", torso=True)
    assert run(["replay", str(trace)]) == 0
    out = capsys.readouterr().out
    assert "    tempo " in out
    assert "% right (turn_out " in out
    assert "    Ribs down: do not lean back. (torso 1" in out
    assert "at most 8 deg; measured); 0 of " in out


def test_a_recording_brings_along_how_its_sensors_sat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = recorded(tmp_path, "dead_lift", FaultKind.TILT_BAR, "bar")
    assert run(["replay", str(trace)]) == 0
    assert "Keep the bar level: pull evenly with both arms. (bar level 5" in capsys.readouterr().out
    _without_placement(trace)
    assert run(["replay", str(trace)]) == 0
    assert "Keep the bar level" not in capsys.readouterr().out


def _without_placement(trace: Path) -> None:
    """Take out of the recording how its simulated sensor sits."""
    header = TraceReader(trace).header
    x, y, z = ((a, b, c) for a, b, c in Session(SEED, Task()).person.clip("bar").T.tolist())
    assert header.sensors[0].sits == Placement((x, y, z), PlacementKind.BAR)
    sensors = tuple(dataclasses.replace(each, sits=None) for each in header.sensors)
    text = dataclasses.replace(header, sensors=sensors).to_text()
    lines = [line for line in text.splitlines() if line.startswith("#")]
    assert parse_header(trace, lines).sensors[0].sits is None
    old = trace.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(place for place, line in enumerate(old) if not line.startswith("#"))
    trace.write_text("\n".join(lines) + "\n" + "".join(old[first:]), encoding="utf-8")


def test_an_exercise_is_shown_with_its_rules_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exercises", "show", "wall slide"]) == 0
    out = capsys.readouterr().out
    assert "wall_retraction: Wall retraction, kind reps" in out
    assert "asked for: 2 sets, 15 to 25 reps" in out
    assert "forearm: at most 15 deg (own default); where it is inferred, at most 15 deg" in out
    assert "Ribs down: do not arch the low back." in out
    assert "why: " in out


def test_a_file_of_ones_own_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "curl.toml"
    good.write_text('id = "curl"\nname = "Curl"\nkind = "reps"\nplacements = ["wrist"]\n', encoding="utf-8")
    assert run(["exercises", "check", str(good)]) == 0
    assert f"{good}: curl (Curl), kind reps, 0 rules: it can be used." in capsys.readouterr().out
    assert run(["exercises", "show", str(good)]) == 0
    capsys.readouterr()
    good.write_text(good.read_text(encoding="utf-8") + "[rules.swing]\nmost = 3\n", encoding="utf-8")
    assert run(["exercises", "check", str(good)]) != 0
    assert "`rules.swing`: unknown key" in capsys.readouterr().err
