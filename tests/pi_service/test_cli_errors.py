"""Whatever is wrong, a command says one sentence on stderr, exits non-zero, and shows no traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.recordings import write_pull_ups

import pi_service
from pi_service import __version__
from pi_service.cli import run

#: The same in every process that runs these tests: it is part of their names. No broker has ever been there.
NOBODY = "127.0.0.1:1"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_pull_ups(folder / "good.csv", reps=1)
    (folder / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (folder / "binary.csv").write_bytes(bytes(range(256)))
    (folder / "index.csv").write_text("file,reps\ngood.csv,1\n", encoding="utf-8")
    (folder / "malformed.csv").write_text("file,reps\ngood.csv,one\n", encoding="utf-8")
    (folder / "unreadable.csv").write_text("file,reps\nbad.csv,1\nnone.csv,1\n", encoding="utf-8")
    (folder / "unreadable_one.csv").write_text("file,reps\nbad.csv,1\n", encoding="utf-8")
    named = (folder / "good.csv").read_text(encoding="utf-8")
    (folder / "gym.csv").write_text(re.sub("station = .*", 'station = "My gym/1"', named), encoding="utf-8")
    (folder / "peaks.csv").write_text("file,rep_peaks_s\ngood.csv,soon\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope"], "No such command 'nope'"),
        (["--nope"], "No such option"),
        (["replay"], "Missing argument 'TRACE'"),
        (["replay", "none.csv"], "There is no file none.csv"),
        (["replay", "."], "is a folder"),
        (["replay", "bad.csv"], "bad.csv, line 1"),
        (["replay", "binary.csv"], "binary.csv"),
        (["replay", "good.csv", "--exercise", "facepul"], "did you mean face_pull?"),
        (["replay", "good.csv", "--speed", "3"], "Invalid value for '--speed'"),
        (["replay", "good.csv", "--expect-reps", "many"], "Invalid value for '--expect-reps'"),
        (["replay", "good.csv", "--expect-reps", "-1"], "Invalid value for '--expect-reps'"),
        (["replay", "good.csv", "--expect-reps", "999"], "Expected 999 reps, counted "),
        (["replay", "good.csv", "--broker", NOBODY], f"No MQTT broker listens on {NOBODY}"),
        (["replay", "good.csv", "--broker", "mqtt://here"], "is a URL"),
        (["replay", "good.csv", "--broker", "here:port"], "no port between"),
        (["replay", "good.csv", "--station", "My gym"], "cannot be the name of a station"),
        (["evaluate"], "Missing argument 'INDEX'"),
        (["evaluate", "none.csv"], "cannot be read"),
        (["evaluate", "."], "cannot be read"),
        (["evaluate", "good.csv"], "good.csv"),
        (["evaluate", "malformed.csv"], "malformed.csv, line 2, column reps"),
        (["evaluate", "unreadable.csv"], "None of the 2 traces could be counted"),
        (["evaluate", "unreadable_one.csv"], "The only trace could not be counted; "),
        (["replay", "good.csv", "--exercise", ""], "The name of the exercise is empty"),
        (["replay", "gym.csv", "--broker", NOBODY], "or name another one with --station."),
        (["exercises", "nope"], "No such command 'nope'"),
        (["evaluate", "index.csv", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["evaluate", "index.csv", "--by", "moon"], "Invalid value for '--by'"),
        (["evaluate", "index.csv", "--exercise", "facepul"], "did you mean face_pull?"),
        (["evaluate", "index.csv", "--out", "bad.csv"], "cannot be written there"),
        (["evaluate", "index.csv", "--peaks", "none.csv"], "cannot be read"),
        (["evaluate", "index.csv", "--peaks", "peaks.csv"], "peaks.csv, line 2, column rep_peaks_s"),
        (["dashboard"], "There is no broker to listen to"),
        (["dashboard", "--broker", NOBODY], f"No MQTT broker listens on {NOBODY}"),
        (["dashboard", "--broker", "a b"], "no usable host"),
        (["dashboard", "--broker", NOBODY, "--port", "99999"], "--port must be 65535 or less"),
        (["demo", "--trace", "none.csv"], "There is no file none.csv"),
        (["demo", "--trace", "bad.csv"], "bad.csv, line 1"),
        (["demo", "--exercise", "walking"], "The simulated athlete does no 'walking'"),
        (["demo", "--trace", "good.csv", "--exercise", "facepul"], "did you mean face_pull?"),
        (["demo", "--broker", NOBODY], f"No MQTT broker listens on {NOBODY}"),
        (["demo", "--broker", NOBODY, "--broker-port", "1883"], "leave it out"),
        (["demo", "--port", "no"], "Invalid value for '--port'"),
    ],
    ids=" ".join,
)
def test_one_sentence_and_a_non_zero_exit(
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    complaint: str,
) -> None:
    monkeypatch.chdir(files)
    code = run(arguments)
    told = capsys.readouterr().err
    assert code != 0
    assert complaint in told
    assert told.startswith("repclip: ")
    assert told.endswith(("." + "\n", "?\n"))
    assert told.count("\n") == 1, "one line"
    assert "Traceback" not in told


def test_a_wrong_count_exits_with_1_and_everything_else_with_2(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    assert run(["replay", "good.csv", "--expect-reps", "999"]) == 1
    assert run(["replay", "none.csv"]) == 2
    assert run(["replay"]) == 2


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code = run([])
    shown = capsys.readouterr()
    assert code == 2
    assert "replay" in shown.out + shown.err
    assert "repclip: " not in shown.err


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    commands = (
        ["demo"],
        ["run"],
        ["record"],
        ["replay"],
        ["evaluate"],
        ["dashboard"],
        ["exercises"],
        ["exercises", "list"],
    )
    for command in ([], *commands):
        assert run([*command, "--help"]) == 0
        shown = capsys.readouterr().out
        assert "Usage" in shown
        assert not re.search("<bool>|<path>|Path]", shown), "types of Python tell a user nothing"


def test_ctrl_c_is_no_traceback(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(files)
    monkeypatch.setattr("pi_service.evaluation.index.read_index", interrupted)
    assert run(["evaluate", "index.csv"]) == 130
    assert capsys.readouterr().err == "repclip: Interrupted.\n"


def test_the_version_comes_without_the_heavy_packages() -> None:
    program = (
        "import sys; from pi_service.cli import run; code = run(['--version']);"
        "print(sorted({'numpy', 'scipy', 'paho', 'pydantic', 'starlette', 'amqtt'} & set(sys.modules)));"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"repclip {__version__}", "[]"]
    assert done.returncode == 0


def test_a_page_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What is imported anew for this test does not stay in the package.
    monkeypatch.setattr(pi_service, "dashboard", None, raising=False)
    for name in [name for name in sys.modules if name.startswith("pi_service.dashboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert run(["dashboard", "--broker", NOBODY]) == 2
    assert "pip install 'repclip[dashboard]'" in capsys.readouterr().err
