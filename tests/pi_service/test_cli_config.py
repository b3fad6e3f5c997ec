"""`repclip config`, and options that are settings: what the commands take from where."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pi_service.cli import run
from pi_service.config.files import settings_by_key
from pi_service.config.telling import Setting

WITH_OPTION = [each.key for each in settings_by_key().values() if each.told.option]

#: EX_CONFIG of sysexits.h.
UNUSABLE = 78


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (*(setting.env for setting in settings_by_key().values()), "REPCLIP_CONFIG"):
        monkeypatch.delenv(each, raising=False)


def other(setting: Setting) -> tuple[str, Any]:
    """Return a value that is not the default, as text and as the file has it."""
    others = {
        "station.name": "rack3",
        "sensors.bus": "3",
        "sensors.which": "limb",
        "sensors.limb_address": "0x69",
        "sensors.torso_address": "0x68",
        "sensors.rate_hz": 200,
        "sensors.accel_range_g": 4,
        "sensors.gyro_range_dps": 500,
        "broker.mqtt": "5",
        "broker.topic_root": "gym/repclip",
        "dashboard.host": "0.0.0.0",  # noqa: S104 - only told
        "dashboard.port": 8081,
        "recordings.keep_mb": 500,
        "dashboard.keep_days": 30,
        "dashboard.keep_curves_days": 7,
        "dashboard.names": ["gym.local"],
        "log.level": "debug",
    }
    other = not setting.default if isinstance(setting.default, bool) else setting.told.example
    value = others.get(setting.key, other)
    return " ".join(value) if isinstance(value, list) else str(value), value


def shown(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what `config show` printed: the values, and where each comes from."""
    text = capsys.readouterr().out
    origins, table = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif line:
            name, _, rest = line.lstrip("#").partition(" =")
            origins[f"{table}.{name}"] = rest.rpartition("  # ")[2]
    values = tomllib.loads(text)
    return {
        f"{table}.{name}": value for table, pairs in values.items() for name, value in pairs.items()
    }, origins


@pytest.mark.parametrize("key", WITH_OPTION)
def test_the_command_line_says_each_setting(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    setting = settings_by_key()[key]
    text, value = other(setting)
    option = setting.told.options[0]
    arguments = [option, text]
    if isinstance(value, bool):
        arguments = [option if value else setting.told.back]
    assert run(["config", "show", *arguments]) == 0
    values, origins = shown(capsys)
    assert values[key] == value
    assert origins[key] == option
    assert [each for each, origin in origins.items() if origin != "default"] == [key]


@pytest.mark.parametrize("key", WITH_OPTION)
def test_the_environment_says_each_setting_and_goes_before_the_file(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = settings_by_key()[key]
    text, value = other(setting)
    file = tmp_path / "config.toml"
    run(["config", "init", str(file)])
    capsys.readouterr()
    monkeypatch.setenv(setting.env, str(int(value)) if isinstance(value, bool) else text)
    assert run(["config", "show", str(file)]) == 0
    values, origins = shown(capsys)
    assert (values[key], origins[key]) == (value, setting.env)


def test_a_flag_can_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[home_assistant]\nenabled = true\n[broker]\ntls = true\n")
    monkeypatch.setenv("REPCLIP_BROKER_TLS", "0")
    assert run(["config", "show", str(file), "--no-home-assistant"]) == 0
    values, origins = shown(capsys)
    assert values["home_assistant.enabled"] is False
    assert values["broker.tls"] is False
    assert origins["broker.tls"] == "REPCLIP_BROKER_TLS"


def test_a_file_is_made_checked_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.toml"
    assert run(["config", "init", str(file)]) == 0
    assert f"repclip config check {file}" in capsys.readouterr().out
    before = file.read_bytes()
    assert run(["config", "init", str(file)]) == 2
    assert file.read_bytes() == before
    assert "is there already: move it away" in capsys.readouterr().err
    assert run(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 0 settings; it can be used.\n"
    assert run(["config", "init", str(tmp_path / "nowhere" / "config.toml")]) == 2
    assert "cannot be written (no such file or directory)" in capsys.readouterr().err


def test_drop_ins_are_checked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, folder = tmp_path / "config.toml", tmp_path / "config.toml.d"
    file.write_text('[station]\nname = "a"\n')
    folder.mkdir()
    (folder / "10.toml").write_text("[sensors]\nrate_hz = 200\n")
    assert run(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file} with 1 drop-in: 2 settings; it can be used.\n"
    (folder / "20.toml").write_text("[sensors]\nrate_hz = 1\n")
    assert run(["config", "check", str(file)]) == UNUSABLE
    assert capsys.readouterr().err.startswith(
        f"repclip: {folder / '20.toml'} line 2: sensors.rate_hz must be"
    )


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        (
            "[sensors]\nrate_khz = 1\n[log]\nlevel = 1\n",
            ["line 2: [sensors] has no", "line 4: log.level must be"],
        ),
        (
            '[station]\nexercise = "facepul"\n',
            ["config.toml line 2: There is no exercise 'facepul'; did you"],
        ),
        ('[station]\nplan = "none.toml"\n', ["none.toml: the plan cannot be read"]),
        ('[station]\nplan = "a.toml"\nexercise = "face_pull"\n', ["line 2: --plan says"]),
        ('[sensors]\nbus = "i2c1"\n', ["config.toml line 2: 'i2c1' is not an I2C bus"]),
        ('[sensors]\nbus = "sim:seeds=3"\n', ["line 2: A simulated bus knows nothing of 'seeds=3'"]),
        ('[sensors]\nbus = "sim:exercise=chess"\n', ["config.toml line 2: "]),
        ('[sensors]\nbus = "sim:form=whatever"\n', ["config.toml line 2: "]),
        (
            '[sensors]\nwhich = "limb,torso"\ntorso_address = "0x68"\n',
            ["config.toml line 3: Both sensors cannot have one address"],
        ),
        (
            '[station]\nexercise = "facepul"\n[sensors]\nbus = "one"\n[broker]\nuser = "me"\n',
            ["line 2: There is no exercise", "line 4: 'one' is not", "There is no broker to speak to"],
        ),
        ('[broker]\nuser = "me"\n', ["There is no broker to speak to"]),
        ('[broker]\nhost = "a"\npassword_file = "none"\n', ["password cannot be read"]),
        ('[broker]\nhost = "a"\nca = "none.pem"\n', ["holds no certificates"]),
    ],
)
def test_all_that_is_wrong_is_a_sentence_each(
    text: str, complaints: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    assert run(["config", "check", str(file)]) == UNUSABLE
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(complaints)
    for line, complaint in zip(lines, complaints, strict=True):
        assert line.startswith("repclip: ")
        assert complaint in line


def test_the_file_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[sensors]\nrate_hz = 99\n")
    monkeypatch.setenv("REPCLIP_CONFIG", str(file))
    for command in (["config", "check"], ["config", "show"], ["run"], ["dashboard"]):
        assert run(command) == UNUSABLE, command
        assert f"{file} line 2: sensors.rate_hz must be one of" in capsys.readouterr().err


def test_no_secret_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    file = tmp_path / "config.toml"
    file.write_text('[broker]\nhost = "localhost"\nuser = "me"\npassword_file = "password"\n')
    assert run(["config", "check", str(file)]) == 0
    assert run(["config", "show", str(file)]) == 0
    everything = capsys.readouterr()
    assert "hunter2" not in everything.out + everything.err
    assert str(secret) in everything.out


@pytest.mark.parametrize("command", ["run", "dashboard"])
def test_a_file_that_cannot_be_used_ends_the_command_with_a_sentence(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pi_service.cli", command, "--config", str(tmp_path / "none.toml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == UNUSABLE
    assert done.stderr.startswith("repclip: There is no configuration ")
    assert done.stdout == ""
