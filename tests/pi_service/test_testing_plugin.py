"""The fixture that users have in their own test suites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.recordings import write_pull_ups

from pi_service.athlete.movements import default_placement, find_movement
from pi_service.athlete.recording import Order, write_recording
from pi_service.athlete.task import Task
from pi_service.errors import RepclipError
from pi_service.testing import replay


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "set.csv"
    write_pull_ups(path, reps=6)
    return path


def test_a_recording_is_counted(recording: Path) -> None:
    result = replay(recording, exercise="pull-up")
    assert result.final_count == 6
    assert result.final_count == sum(each.final_count for each in result.sets)
    assert result.live_count == sum(rep.live for rep in result.reps)
    assert replay(str(recording)) == result, "the recording itself says what was done"


@pytest.mark.parametrize("name", ["thoracic_extension", "overhead_carry", "cross_band"])
def test_a_hold_a_carry_and_both_sides_are_told(name: str, tmp_path: Path) -> None:
    movement, trace = find_movement(name), tmp_path / "set.csv.gz"
    write_recording(trace, Order(Task(movement, reps=8, drink_chance=0.0), default_placement(movement)))
    (done,) = replay(trace).sets
    told = {"thoracic_extension": done.hold, "overhead_carry": done.carry, "cross_band": done.sides}
    assert [key for key, each in told.items() if each is not None] == [name]
    if done.hold is not None:
        assert 35 < done.hold.held_s < 50
    if done.carry is not None:
        assert done.carry.distance.m == pytest.approx(18.3, abs=3 * done.carry.distance.uncertainty_m)
        assert len(done.carry.carry.steps_s) > 20
    if done.sides is not None:
        assert (done.sides.total, done.sides.counted, done.final_count) == (8, 4, 4)


def test_what_is_wrong_is_raised_as_a_sentence(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(RepclipError, match="There is no file"):
        replay(tmp_path / "none.csv")
    with pytest.raises(RepclipError, match="There is no exercise"):
        replay(recording, exercise="qqq")


SUITE = """
import pytest
from pi_service.errors import RepclipError

@pytest.fixture(scope="module")
def monday(repclip_replay):
    return repclip_replay("recordings/set.csv", exercise="pull ups")

def test_six(monday):
    assert monday.final_count == 6

def test_in_the_root(repclip_replay):
    assert repclip_replay("root/set.csv").final_count == 6

def test_absolute(repclip_replay):
    assert repclip_replay({absolute!r}).final_count == 6

def test_seven(monday):
    assert monday.final_count == 7

def test_bad(repclip_replay):
    repclip_replay("recordings/bad.csv")

def test_none(repclip_replay):
    repclip_replay("recordings/none.csv")

def test_wanted(repclip_replay):
    with pytest.raises(RepclipError, match="There is no exercise"):
        repclip_replay("recordings/set.csv", exercise="qqq")
"""


@pytest.fixture(scope="module")
def suite_output(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about a suite outside this project, in a process of its own, run from elsewhere."""
    root = tmp_path_factory.mktemp("project")
    (root / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for folder in ("root", "tests/deep/recordings"):
        (root / folder).mkdir(parents=True)
        shutil.copy(recording, root / folder / "set.csv")
    (root / "tests/deep/recordings/bad.csv").write_text("t_s,ax,ay,az\n0,0,0,zero\n", encoding="utf-8")
    suite = root / "tests/deep/test_mine.py"
    suite.write_text(SUITE.format(absolute=str(recording)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_users_own_suite_has_the_fixture_without_an_import(suite_output: str) -> None:
    """Also from a fixture of the user's own, which lives longer than a test."""
    assert "3 failed, 4 passed" in suite_output, suite_output
    assert "assert 6 == 7" in suite_output


def test_a_recording_that_cannot_be_read_is_one_sentence_at_the_users_own_line(suite_output: str) -> None:
    assert "bad.csv, line 2, column 4 (az): 'zero' is not a number." in suite_output
    assert '>       repclip_replay("recordings/bad.csv")' in suite_output
    assert "pi_service/" not in suite_output.replace("\\", "/"), "nothing of the inside of repclip is shown"


def test_a_missing_recording_is_told_where_it_was_looked_for(suite_output: str) -> None:
    (told,) = [
        line for line in suite_output.splitlines() if "There is no file" in line and line.startswith("E ")
    ]
    assert "recordings/none.csv in " in told
    assert "tests/deep or in " in told


def test_the_plugin_loads_nothing_heavy() -> None:
    program = (
        "import sys; import pi_service.testing;"
        "print(sorted({'numpy', 'scipy', 'paho', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
