"""An exercise file of one's own: a recording keeps it, and replay goes by it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from support.virtual_bus import use_virtual_time

from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import Order, write_recording
from pi_service.athlete.task import Task
from pi_service.cli import run
from pi_service.exercises import ExerciseError, find_exercise, load_exercises, read_exercise
from pi_service.sources.exercise import exercise_of, is_unknown
from pi_service.sources.replay import ReplaySource
from pi_service.traces import TraceReader
from pi_service.traces.rewriting import write_under_header

OWN = """\
id = "{id}"
name = "Mine — \\"so\\""   # not the shipped one
kind = "reps"
placements = ["wrist"]

[phases]
out = "lifting"

[rules.lowering]
least = 9.5
bound_from = "own default"
cue = "Slower by far."
why = "To see that it is this file."
"""


@pytest.fixture(params=["curl", "vertical_pull"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with an id of its own, and one with the id of an exercise that comes with repclip."""
    path = tmp_path / "mine.toml"
    path.write_text(OWN.format(id=request.param), encoding="utf-8")
    return path


def recorded(folder: Path, own: Path | None, exercise: str = "") -> Path:
    """Pull-ups, recorded as that exercise."""
    path = folder / "set.csv"
    task = Task(find_movement("pull_up"), reps=4, rest_s=2.0, drink_chance=0.0)
    write_recording(path, Order(task, seed=2), overwrite=True)
    header = TraceReader(path).header
    if own is None:
        header = dataclasses.replace(header, exercise=exercise)
    else:
        mine = read_exercise(own)
        header = dataclasses.replace(header, exercise=mine.id, exercise_file=mine.text)
    write_under_header(path, header, path, overwrite=True)
    return path


@pytest.mark.parametrize("command", ["run", "record"])
def test_a_recording_keeps_the_file(
    command: str, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / "live.csv"
    to = ["--record", str(out)] if command == "run" else [str(out)]
    assert run([command, "--bus", "sim:", "--exercise", str(own), "--seconds", "1", *to]) == 0
    header = TraceReader(out).header
    assert header.exercise_file == own.read_text(encoding="utf-8")
    assert exercise_of(ReplaySource(out).info) == read_exercise(own)


def test_of_an_exercise_that_comes_with_repclip_it_keeps_the_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / "live.csv"
    assert run(["record", str(out), "--bus", "sim:", "--exercise", "pulldown", "--seconds", "1"]) == 0
    assert TraceReader(out).header.exercise_file is None
    assert all(each.text is None for each in load_exercises().values())


def test_replay_judges_by_it(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace, mine = recorded(tmp_path, own), read_exercise(own).id
    own.unlink()
    assert run(["replay", str(trace)]) == 0
    shown = capsys.readouterr()
    assert f"counted as {mine}" in shown.out
    assert "Slower by far." in shown.out
    assert shown.err == ""
    # Who names another one means that.
    assert run(["replay", str(trace), "--exercise", "vertical_pull"]) == 0
    shown = capsys.readouterr()
    assert "counted as vertical_pull" in shown.out
    assert "Slower by far." not in shown.out


def test_a_file_in_a_recording_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN.format(id="curl"), encoding="utf-8")
    trace = recorded(tmp_path, path)
    trace.write_text(
        trace.read_text(encoding="utf-8").replace("least = 9.5", "leest = 9.5"), encoding="utf-8"
    )
    assert run(["replay", str(trace)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "The exercise file of 'curl' in the recording" in line
    assert "`rules.lowering.leest`: unknown key" in line
    assert run(["replay", str(trace), "--exercise", "any"]) == 0
    with pytest.raises(ExerciseError):
        exercise_of(ReplaySource(trace).info)


def test_an_exercise_that_nobody_knows_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = recorded(tmp_path, None, "curl")
    assert is_unknown(ReplaySource(trace).info)
    assert run(["replay", str(trace)]) == 0
    shown = capsys.readouterr()
    assert "counted as any" in shown.out
    assert "says that 'curl' was done, which repclip does not know" in shown.err
    assert run(["replay", str(trace), "--exercise", "pull_up"]) == 0
    assert capsys.readouterr().err == ""
    assert exercise_of(ReplaySource(recorded(tmp_path, None, "pull_up")).info) == find_exercise("pull_up")


def test_a_recording_without_the_sensor_that_counts_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "torso.csv"
    write_recording(trace, Order(Task(find_movement("pull_up"), reps=3, drink_chance=0.0), "torso"))
    assert run(["replay", str(trace)]) == 0
    out = capsys.readouterr().out
    assert "vertical_pull is counted by the limb sensor, and it is not in this recording" in out
    assert "three repetitions" not in out
