"""Plans and prescriptions on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.scripted import curve, scripted_set, stream_info
from support.virtual_bus import open_virtual_bus

from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import Order, write_recording
from pi_service.athlete.task import Task
from pi_service.cli import run
from pi_service.commands import sensors
from pi_service.commands.asked_words import (
    asked_words,
    changed_words,
    compared_words,
    exercise_words,
    place_words,
    rest_words,
    target_words,
    work_words,
)
from pi_service.commands.count_view import CountView
from pi_service.exercises import find_exercise
from pi_service.workout.asked import Asked, Reach
from pi_service.workout.events import Event
from pi_service.workout.plan_file import read_plan_text
from pi_service.workout.programme import Programme
from pi_service.workout.told import RestChange, RestTold, SetAsked, SetCompared, SetCorrected, TargetTold

PLAN = """\
name = "Short"

[[step]]
exercise = "lat pulldown"
sets = 1
reps = [4, 6]
rest_s = [10, 60]

[[step]]
exercise = "face_pull"
sets = 1
side = "left"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_plan_is_checked_and_shown(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "check", str(plan)]) == 0
    said = f"{plan}: Short, 2 exercises, moves on by itself: it can be used.\n"
    assert capsys.readouterr().out == said
    assert run(["plan", "show", str(plan)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Short: moves on by itself",
        "  1. vertical_pull: 1 set of 4-6 reps, rest 0:10-1:00",
        "  2. face_pull: 1 set of 10-15 reps, rest 1:00-2:00, worn on the left arm",
    ]


@pytest.mark.parametrize(
    "command",
    [["plan", "check"], ["plan", "show"], ["run", "--bus", "sim:", "--plan"], ["replay", "t.csv", "--plan"]],
)
def test_a_wrong_plan_is_one_sentence(
    command: list[str], plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN.replace("reps = [4, 6]", "reps = 0"), encoding="utf-8")
    assert run([*command, str(plan)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"repclip: {plan}: `step[1].reps`: expected a whole number of at least 1")
    assert err.count("\n") == 1


def test_a_plan_and_an_exercise_do_not_go_together(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", "t.csv", "--plan", str(plan), "--exercise", "row"]) == 2
    assert capsys.readouterr().err == (
        "repclip: --plan says which exercises are done: leave out --exercise.\n"
    )


def test_a_recording_is_replayed_by_a_plan(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "two.csv"
    task = Task(find_movement("lat_pulldown"), reps=5, walk=False, drink_chance=0.0)
    write_recording(trace, Order(task, "wrist", sets=2, rest_s=15.0, seed=2))
    assert run(["replay", str(trace), "--plan", str(plan)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r".*two.csv: \d+ reps in 2 sets, counted by the plan 'Short'", lines[0])
    sets = [line.split(" from ")[0].rsplit(":", 1)[0] for line in lines if " from " in line]
    assert sets == ["  vertical_pull set 1", "  face_pull set 2"]
    assert "    vertical_pull set 1: 5 of 4-6 reps, target reached" in lines
    assert "    face_pull set 1: short of 10-15 reps" in lines


def test_a_plan_is_counted_live(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "open_bus", open_virtual_bus)
    assert run(["run", "--bus", "sim:reps=5", "--plan", str(plan), "--seconds", "70"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Counting by the plan 'Short': vertical_pull, face_pull; Ctrl-C ends it." in lines
    assert "Now: Vertical pull, 1 set of 4-6 reps (1 of 2 in the plan 'Short')" in lines
    assert any(line.startswith("  vertical_pull set 1: ") and "target" in line for line in lines)
    assert "  vertical_pull is done: 1 set" in lines
    assert "Now: Face pull, 1 set of 10-15 reps (2 of 2 in the plan 'Short')" in lines
    assert any(line.endswith(" s, counted by the plan 'Short'") for line in lines)


class Shown(CountView):
    """A view that keeps what it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def _show(self) -> None:
        self.lines.append(f"{self._count}{self._cue}")


def test_the_terminal_shows_place_target_rest_and_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    plan = read_plan_text(PLAN, "plan")
    programme, view = Programme(plan.steps[0].exercise, plan), Shown()
    view.begin(stream_info())
    events: list[Event] = [*programme.begin(0.0)]
    for event in [
        *scripted_set(1, 0.0, 5),
        *curve(21.4, 35.0),
        *scripted_set(2, 35.0, 3, exercise="face_pull"),
    ]:
        events += programme.step([event])
    for event in events:
        view.take([event])
    shown = "\n".join(view.lines)
    assert "vertical_pull set 1 of 1: 3 reps of 4-6 reps; lifting" in shown
    assert "vertical_pull set 1 of 1: 4 reps of 4-6 reps; lifting" in shown
    assert "vertical_pull set 1 of 1: 5 reps of 4-6 reps; target reached: 4 of 4-6 reps; lifting" in shown
    assert "\nrest 0:05 of 0:10-1:00; next is Face pull" in shown
    assert "\nrest 0:12 of 0:10-1:00, enough; next is Face pull" in shown
    assert "face_pull set 1 of 1: 1 rep of 10-15 reps" in shown
    view.take([SetCorrected(60.0, 1, "vertical_pull", 5, 6, "corrected")])
    said = capsys.readouterr().out
    assert "Now: Face pull, 1 set of 10-15 reps (2 of 2 in the plan 'Short')" in said
    assert "  vertical_pull set 1: 5 of 4-6 reps, target reached" in said
    assert "Set 1: corrected, 6 reps stay." in said


def test_words() -> None:
    asked = Asked(10, 15, "reps")
    assert asked_words(Asked(18.3, None, "m")) == "18.3 m"
    assert work_words((1, 1), Asked(30, 60, "s")) == "1 set of 30-60 s"
    assert work_words((3, 5), None) == "3-5 sets"
    assert exercise_words(find_exercise("any")) == "nothing asked for"
    assert place_words(SetAsked(0.0, 7, "any", 4, (3, 3), asked)) == "set 4, with 3 asked for"
    assert place_words(SetAsked(0.0, 7, "any", 4, (3, 5), asked)) == "set 4 of 3-5"
    assert place_words(SetAsked(0.0, 7, "any", 4, None, asked)) == "set 4"
    assert target_words(TargetTold(0.0, 1, "any", Reach.OVER, 16, asked)) == (
        "over the target: 16 of 10-15 reps"
    )
    over = SetCompared(0.0, 1, "any", 1, asked, 18.0, Reach.OVER, counts=True)
    assert compared_words(over) == "over 10-15 reps"
    carried = SetCompared(0.0, 1, "any", 1, Asked(18.3, None, "m"), 15.1, Reach.REACHED, counts=True)
    assert compared_words(carried) == "15.1 of 18.3 m, too uncertain to be called short"
    little = SetCompared(0.0, 1, "any", 1, asked, 3.0, Reach.SHORT, counts=False)
    assert compared_words(little) == "short of 10-15 reps; too little to be one of the sets asked for"
    assert rest_words(RestTold(0.0, "any", 1, RestChange.OVER, 120.2, (60.0, 120.0))) == (
        "rest 2:00 of 1:00-2:00, over"
    )
    changed = Programme(find_exercise("any")).select(0.0, find_exercise("face_pull"))[0]
    assert changed_words(changed) == "Face pull, 3 sets of 10-15 reps"  # type: ignore[arg-type]
