"""The package on a fresh Debian 13, with a newer systemd and Python: installed, booted, upgraded, removed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.boot.installed import CONFIG, STATIONS, simulate
from support.boot.machine import Machine, machine
from support.boot.rootfs import rootfs
from support.boot.watcher import Watcher

pytestmark = [pytest.mark.boot, pytest.mark.timeout(1200)]

UNIT = "repclip.service"
INSTANCE = "repclip@bay2.service"
WORST_EXPOSURE = 2.0
PACKAGE = "/repclip.deb"


@pytest.fixture(scope="module")
def trixie(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(rootfs("trixie"), tmp_path_factory.mktemp("trixie")) as made:
        shutil.copy(package, made.path(PACKAGE))
        simulate(made)
        made.start()
        yield made


def dpkg(on: Machine, *arguments: str) -> str:
    done = on.run("dpkg", *arguments, timeout_s=400.0)
    return done.stdout + done.stderr


def test_the_package_starts_a_station(trixie: Machine, tmp_path: Path) -> None:
    watcher = Watcher(trixie.network, tmp_path)
    dpkg(trixie, "--install", PACKAGE)
    assert trixie.property_of(UNIT, "ActiveState") == "active"
    watcher.wait_for_next("rep", timeout_s=120.0)
    trixie.switch_off()
    trixie.start()
    watcher.wait_for_next("rep", timeout_s=120.0)
    assert watcher.missing() == {}
    watcher.close()


def test_a_newer_systemd_finds_nothing_wrong_with_the_units(trixie: Machine) -> None:
    done = trixie.run("systemd-analyze", "verify", "--man=no", *STATIONS, INSTANCE)
    assert [line for line in done.stderr.splitlines() if "repclip" in line] == []
    for unit in (*STATIONS, INSTANCE):
        told = trixie.says("systemd-analyze", "security", "--no-pager", unit)
        level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
        assert level, told
        print(f"{unit}: exposure {level[1]}")
        assert float(level[1]) <= WORST_EXPOSURE


def test_a_newer_systemd_waits_longer_between_restarts(trixie: Machine) -> None:
    assert trixie.property_of(UNIT, "RestartSteps") == "8"
    assert trixie.property_of(UNIT, "RestartMaxDelayUSec") == "1min"


def test_an_upgrade_keeps_the_settings(trixie: Machine) -> None:
    settings = trixie.path(CONFIG)
    settings.write_text(settings.read_text() + "# mine\n")
    pid = trixie.main_pid(UNIT)
    dpkg(trixie, "--install", PACKAGE)
    assert settings.read_text().endswith("# mine\n")
    assert trixie.main_pid(UNIT) not in (0, pid)


def test_removed_it_leaves_the_settings_and_purged_nothing(trixie: Machine) -> None:
    dpkg(trixie, "--remove", "repclip")
    assert trixie.path(CONFIG).exists()
    assert trixie.run("systemctl", "cat", UNIT, check=False).returncode != 0
    dpkg(trixie, "--purge", "repclip")
    for place in ("/etc/repclip", "/var/lib/repclip", "/opt/repclip", "/usr/lib/repclip"):
        assert not trixie.path(place).exists(), place
    assert trixie.says("systemctl", "--failed", "--plain", "--no-legend") == ""
