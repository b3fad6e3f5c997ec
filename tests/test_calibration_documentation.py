"""What docs/calibration.md says is what the commands take and the files hold."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.calibrations import calibration, store

from pi_service.cli import run

TEXT = (Path(__file__).parents[1] / "docs" / "calibration.md").read_text()
COMMANDS = re.findall(r"^    repclip ([^#\n]+?)\s*(?:#.*)?$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    assert run([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words if word.startswith("--"))


def test_every_option_of_the_table_exists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # a narrower help cuts long options off
    assert run(["calibrate", "--help"]) == 0
    shown = capsys.readouterr().out
    options = [
        option
        for cell in re.findall(r"^\| (`--[^|]+)\|", TEXT, re.MULTILINE)
        for option in re.findall("--[a-z-]+", cell)
    ]
    assert len(options) == 8
    assert [option for option in options if option not in shown] == []


def test_the_keys_are_those_of_a_file(tmp_path: Path) -> None:
    path = store(tmp_path).save(calibration())
    held = set(re.findall(r"^(?:(\w+) = |(\[\w+\])$)", path.read_text().split("[sensor]")[0], re.MULTILINE))
    table = TEXT.split("| key | what |")[1]
    told = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE))))
    assert told == {name for name, _ in held}
    assert re.fullmatch(r"i2c-1-0x68-mpu-6050-\d{8}T\d{6}Z\.toml", path.name)
