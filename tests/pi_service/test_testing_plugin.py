"""The fixture that users have in their own test suites."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pi_service.athlete.synthetic import write_synthetic_trace
from pi_service.errors import RepclipError
from pi_service.testing import replay


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "set.csv"
    write_synthetic_trace(path, reps=6)
    return path


def test_a_recording_is_counted(recording: Path) -> None:
    result = replay(recording, exercise="pull-up")
    assert result.final_count == 6
    assert result.final_count == sum(each.final_count for each in result.sets)
    assert result.live_count == sum(rep.live for rep in result.reps)
    assert replay(str(recording)) == result, "the recording itself says what was done"


def test_what_is_wrong_is_raised_as_a_sentence(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(RepclipError, match="There is no file"):
        replay(tmp_path / "none.csv")
    with pytest.raises(RepclipError, match="There is no exercise"):
        replay(recording, exercise="qqq")


def test_a_users_own_suite_has_the_fixture_without_an_import(recording: Path, tmp_path: Path) -> None:
    """In a process of its own, outside this project, as docs/testing.md shows it."""
    suite = tmp_path / "test_mine.py"
    suite.write_text(
        "def test_six(repclip_replay):\n"
        f"    assert repclip_replay({str(recording)!r}, exercise='vertical_pull').final_count == 6\n"
        "def test_seven(repclip_replay):\n"
        f"    assert repclip_replay({str(recording)!r}).final_count == 7\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_nothing_heavy() -> None:
    program = (
        "import sys; import pi_service.testing;"
        "print(sorted({'numpy', 'scipy', 'paho', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
