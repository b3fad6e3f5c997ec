"""What can be said of the units without starting them; `tests/boot` boots them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pi_service.config.errors import ConfigError

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = ("repclip.service", "repclip@.service", "repclip-dashboard.service")
PROGRAM = "/opt/repclip/current/bin/repclip"
#: Of ten; lower is less exposed.
WORST_EXPOSURE = 2.0


def settings(unit: str) -> list[tuple[str, str, str]]:
    """Return section, key and value of each line that sets something."""
    found, section = [], ""
    for line in (SYSTEMD / unit).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{unit}: {line!r} sets nothing"
            found.append((section, key, value))
    return found


def values(unit: str, key: str) -> list[str]:
    return [value for _, each, value in settings(unit) if each == key]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units in a folder, with a program that exists here."""
    program = tmp_path / "repclip"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = (SYSTEMD / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    return tmp_path


def analyzed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
    )


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_to_complain_of(installed: Path, unit: str) -> None:
    # A template is verified as one of its instances.
    done = analyzed("verify", "--man=no", installed / unit.replace("@.", "@bay2."))
    about_ours = [line for line in done.stderr.splitlines() if "repclip" in line]
    assert (done.returncode, about_ours) == (0, [])


def test_a_mistake_in_a_unit_would_be_seen(installed: Path) -> None:
    unit = installed / "repclip.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("Restart=on-failure", "Restart=sometimes"))
    assert "restart specifier" in analyzed("verify", "--man=no", unit).stderr


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_hardly_exposed(unit: str) -> None:
    done = analyzed("security", "--offline=yes", "--no-pager", SYSTEMD / unit)
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) <= WORST_EXPOSURE


def test_further_stations_differ_in_their_names_only() -> None:
    one, several = settings("repclip.service"), settings("repclip@.service")
    assert len(one) == len(several)
    different = {key for (_, key, value), (_, _, other) in zip(one, several, strict=True) if value != other}
    assert different == {"Description", "ExecStart", "LoadCredential"}
    assert values("repclip@.service", "ExecStart") == [f"{PROGRAM} run --config /etc/repclip/%i.toml"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_configuration_that_cannot_be_used_is_not_tried_again(unit: str) -> None:
    assert values(unit, "Restart") == ["on-failure"]
    assert values(unit, "RestartPreventExitStatus") == [str(ConfigError.exit_code)]


@pytest.mark.parametrize("unit", UNITS)
def test_a_password_may_be_missing(unit: str) -> None:
    """A path must exist; a name is looked up in the credential stores, and may not be there."""
    credentials = values(unit, "LoadCredential")
    assert "repclip-broker-password" in [each.split(":")[0] for each in credentials]
    assert not [each for each in credentials if "/" in each]


def test_the_page_has_no_device_and_a_user_of_its_own() -> None:
    page = {key: value for _, key, value in settings("repclip-dashboard.service")}
    assert (page["DynamicUser"], page["PrivateDevices"], page["DevicePolicy"]) == ("yes", "yes", "closed")
    assert not {"DeviceAllow", "User"} & set(page)
    assert page["SupplementaryGroups"] == "repclip", "for its recordings, and not for a bus"


def test_no_unit_needs_a_newer_systemd_than_debian_12_has() -> None:
    newer = {"RestartSteps", "RestartMaxDelaySec", "ImportCredential", "MemoryPressureWatch"}
    used = {key for unit in UNITS for _, key, _ in settings(unit)}
    assert not newer & used
    assert "notify-reload" not in {value for unit in UNITS for value in values(unit, "Type")}
