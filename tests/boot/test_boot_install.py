"""``make install`` on a fresh Debian 12: once, again as an upgrade, with mistakes, and taken away again.

The tests are the chapters of one story, in this order.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.boot.installed import CONFIG, SIMULATED, WHEELS, Done, give_wheels, make, simulate
from support.boot.machine import Machine, machine
from support.boot.rootfs import rootfs
from support.boot.watcher import Watcher

pytestmark = [pytest.mark.boot, pytest.mark.timeout(1200)]

UNIT = "repclip.service"
CALIBRATION = "/etc/repclip/calibration/kept.toml"
#: Of the page, which has a user that systemd makes up.
HISTORY = "/var/lib/private/repclip-dashboard/history"
#: A Raspberry Pi, as far as the installation looks.
PI = {"MODEL_FILE": "/pi/model", "BOOT_FOLDER": "/pi/firmware"}
#: Where an installation may leave something.
WATCHED = ("etc", "opt", "usr", "var/lib")


@pytest.fixture(scope="module")
def fresh(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(rootfs("bookworm"), tmp_path_factory.mktemp("fresh")) as made:
        give_wheels(package, made)
        made.write(PI["MODEL_FILE"], "Raspberry Pi Zero 2 W Rev 1.0\0")
        made.write(f"{PI['BOOT_FOLDER']}/config.txt", "arm_64bit=1\n#dtparam=i2c_arm=on\n")
        made.start()
        yield made


@pytest.fixture(scope="module")
def before(fresh: Machine) -> set[str]:
    return files(fresh)


def files(on: Machine) -> set[str]:
    """Return all files of a machine where an installation may leave some."""
    return {
        path.relative_to(on.root).as_posix()
        for place in WATCHED
        for path in on.path(place).rglob("*")
        # What every start and every change of users writes.
        if not path.relative_to(on.root).as_posix().startswith(("var/lib/systemd", "var/lib/mosquitto"))
        and not path.name.endswith(("-", ".lock", ".pyc", "__pycache__"))
    }


def release(on: Machine) -> str:
    return on.says("readlink", "/opt/repclip/current")


def releases(on: Machine) -> list[str]:
    return [f"releases/{path.name}" for path in on.path("/opt/repclip/releases").iterdir()]


def install(on: Machine, wheels: str = WHEELS) -> Done:
    return make(on, "install", f"WHEELS={wheels}", **PI)


def test_a_folder_without_packages_is_told_and_changes_nothing(fresh: Machine, before: set[str]) -> None:
    done = install(fresh, "/pi")
    assert done.code != 0
    assert "repclip: There is no repclip in /pi: make wheels makes a folder" in done.complained
    assert files(fresh) == before


def test_the_first_installation_starts_a_station(fresh: Machine) -> None:
    done = install(fresh)
    assert done.code == 0, done.said + done.complained
    print(f"installed in {done.took_s:.0f} s")
    assert "I2C is switched on" in done.said
    assert fresh.property_of(UNIT, "ActiveState") == "active"
    assert fresh.property_of("repclip-dashboard.service", "ActiveState") == "active"
    assert fresh.says("systemctl", "is-enabled", UNIT, "repclip-dashboard.service").split() == ["enabled"] * 2
    assert "i2c" in fresh.says("id", "--groups", "--name", "repclip").split()
    assert fresh.says("repclip", "--version").startswith("repclip ")
    # There is no sensor: it waits, and says what to do.
    assert "sensor" in fresh.property_of(UNIT, "StatusText")
    # No part of the system has anything to complain of.
    assert fresh.says("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_i2c_is_switched_on_by_a_line_of_its_own(fresh: Machine) -> None:
    lines = fresh.path(f"{PI['BOOT_FOLDER']}/config.txt").read_text().splitlines()
    assert lines[:2] == ["arm_64bit=1", "#dtparam=i2c_arm=on"]
    assert lines.count("dtparam=i2c_arm=on") == 1
    assert lines[lines.index("dtparam=i2c_arm=on") - 1] == "[all]"


def test_the_broker_is_for_this_computer_only(fresh: Machine) -> None:
    sockets = fresh.says("cat", "/proc/net/tcp").splitlines()
    # Port 1883 in hexadecimal, on 127.0.0.1 and nowhere else.
    listening = [line.split()[1] for line in sockets if ":075B" in line]
    assert "0100007F:075B" in listening
    assert "00000000:075B" not in listening


def test_an_upgrade_keeps_what_is_the_owners(fresh: Machine, tmp_path: Path) -> None:
    watcher = Watcher(fresh.network, tmp_path)
    simulate(fresh)
    settings = fresh.path(CONFIG)
    settings.write_text(settings.read_text() + "# mine\n")
    fresh.write(CALIBRATION, "# mine\n")
    fresh.run("systemctl", "restart", UNIT)
    watcher.wait_for_next("rep", timeout_s=120.0)
    fresh.run("systemctl", "stop", "mosquitto.service")
    kept, was = settings.read_bytes(), release(fresh)
    history = {path.name for path in fresh.path(HISTORY).iterdir()}
    assert history
    done = install(fresh)
    assert done.code == 0, done.said + done.complained
    fresh.run("systemctl", "start", "mosquitto.service")
    assert settings.read_bytes() == kept
    assert fresh.path(CALIBRATION).read_text() == "# mine\n"
    assert fresh.path(SIMULATED).exists()
    assert history <= {path.name for path in fresh.path(HISTORY).iterdir()}
    assert release(fresh) != was
    assert releases(fresh) == [release(fresh)]
    # What was counted while there was no broker was on the disk, and is sent by the new version.
    sessions = {each["session"] for each in watcher.of("rep")}
    watcher.wait_for(
        "reps of the new version",
        lambda _: {each["session"] for each in watcher.of("rep")} - sessions,
        timeout_s=120.0,
    )
    assert watcher.missing() == {}
    watcher.close()


def test_what_somebody_has_switched_off_stays_off_in_an_upgrade(fresh: Machine) -> None:
    fresh.run("systemctl", "disable", "--now", UNIT)
    done = install(fresh)
    assert done.code == 0, done.said + done.complained
    assert fresh.property_of(UNIT, "UnitFileState") == "disabled"
    assert fresh.property_of(UNIT, "ActiveState") == "inactive"
    assert fresh.property_of("repclip-dashboard.service", "ActiveState") == "active"
    fresh.run("systemctl", "enable", "--now", UNIT)


def test_settings_that_a_new_version_does_not_take_stop_it_before_anything_changes(fresh: Machine) -> None:
    was, pid = release(fresh), fresh.main_pid(UNIT)
    fresh.write(f"{CONFIG}.d/30-wrong.toml", "[sensors]\nrate_khz = 1\n")
    done = install(fresh)
    fresh.path(f"{CONFIG}.d/30-wrong.toml").unlink()
    assert done.code != 0
    assert "30-wrong.toml line 2" in done.complained
    assert "repclip: Nothing was changed: mend what is said above, then try again." in done.complained
    assert (release(fresh), fresh.main_pid(UNIT)) == (was, pid)
    assert releases(fresh) == [was]


def test_a_new_version_that_does_not_start_gives_way_to_the_one_before(fresh: Machine) -> None:
    was = release(fresh)
    shutil.copytree(fresh.path(WHEELS), fresh.path("/broken"))
    (wheel,) = fresh.path("/broken").glob("repclip-*.whl")
    with zipfile.ZipFile(wheel) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts["pi_service/commands/service.py"] += (
        b"\n\ndef serve(*_: object) -> None:\n    raise SystemExit(3)\n"
    )
    with zipfile.ZipFile(wheel, "w") as broken:
        for name, part in parts.items():
            broken.writestr(name, part)
    done = install(fresh, "/broken")
    assert done.code != 0
    assert (
        "repclip.service does not start with the new version, so the one before runs again" in done.complained
    )
    assert release(fresh) == was
    assert fresh.property_of(UNIT, "ActiveState") == "active"


def test_taken_away_it_leaves_what_is_the_owners(fresh: Machine) -> None:
    done = make(fresh, "uninstall")
    assert done.code == 0, done.said + done.complained
    assert fresh.path(CONFIG).exists()
    assert fresh.path(CALIBRATION).exists()
    assert fresh.path("/var/lib/repclip/outbox").exists()
    assert fresh.path(HISTORY).exists()
    assert not fresh.path("/opt/repclip").exists()
    assert fresh.run("systemctl", "cat", UNIT, check=False).returncode != 0
    assert fresh.says("systemctl", "is-active", "mosquitto.service") == "active"


def test_purged_it_leaves_nothing(fresh: Machine, before: set[str]) -> None:
    done = make(fresh, "uninstall", "PURGE=1")
    assert done.code == 0, done.said + done.complained
    # Of another owner: the group i2c, and where credentials are, for example.
    assert files(fresh) - before <= {"etc/credstore"}
    assert fresh.run("id", "repclip", check=False).returncode != 0
    assert fresh.says("systemctl", "--failed", "--plain", "--no-legend") == ""
