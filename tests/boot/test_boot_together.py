"""What is beside a station: the page, a second station on the computer, a broker that wants passwords."""

from __future__ import annotations

import pytest
from support.boot.machine import Machine
from support.boot.page import page_says, wait_for_page
from support.boot.watcher import Watcher
from support.ports import wait_until

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

PAGE = "repclip-dashboard.service"
INSTANCE = "repclip@bay2.service"
BAY2 = """\
[station]
name = "bay2"
[sensors]
bus = "sim:seed=9,exercise=row"
[broker]
host = "localhost"
[dashboard]
port = 8081
"""


def test_the_page_shows_the_station(station: Machine, watcher: Watcher) -> None:
    station.start()
    watcher.wait_for_next("rep", timeout_s=120.0)
    wait_for_page(station)
    assert "<html" in page_says(station, "/")


def test_the_page_has_a_user_of_its_own_and_no_device(station: Machine) -> None:
    pid = station.main_pid(PAGE)
    owner = station.says("stat", "--format=%U", f"/proc/{pid}")
    assert owner not in ("root", "repclip")
    devices = station.says("ls", f"/proc/{pid}/root/dev").split()
    assert "null" in devices
    assert not [name for name in devices if name.startswith(("i2c", "sd", "mmc", "vd", "kmsg", "mem"))]


def test_a_killed_page_is_started_again(station: Machine) -> None:
    station.run("systemctl", "kill", "--signal=KILL", PAGE)
    wait_until(lambda: station.property_of(PAGE, "NRestarts") == "1", "systemd to start it again", 30)
    wait_for_page(station)


def test_two_stations_on_one_computer_do_not_mind_each_other(station: Machine, watcher: Watcher) -> None:
    station.write("/etc/repclip/bay2.toml", BAY2)
    station.run("systemctl", "start", INSTANCE)
    watcher.wait_for_next("rep", "bay2", timeout_s=120.0)
    watcher.wait_for_next("rep", "bench", timeout_s=120.0)
    outboxes = {path.name for path in station.path("/var/lib/repclip/outbox").glob("*.outbox")}
    assert outboxes == {"bench.outbox", "bay2.outbox"}
    assert (
        station.property_of("repclip.service", "NRestarts")
        == station.property_of(INSTANCE, "NRestarts")
        == "0"
    )
    assert watcher.missing() == {}


def test_a_station_without_its_file_says_what_is_missing(station: Machine) -> None:
    assert station.run("systemctl", "start", "repclip@bay9.service", check=False).returncode != 0
    assert "There is no configuration /etc/repclip/bay9.toml" in station.journal("repclip@bay9.service")
    # It is not tried again: somebody has to write the file first.
    assert station.property_of("repclip@bay9.service", "ActiveState") == "failed"
    assert station.property_of("repclip@bay9.service", "ExecMainStatus") == "78"


def test_passwords_come_from_the_credential_store(station: Machine) -> None:
    """Each from its own file, which only root can read."""
    passwords = "/etc/mosquitto/passwords"
    station.write(passwords, "".join(f"{user}:{user}!\n" for user in ("bench", "bay2", "page")))
    station.run("mosquitto_passwd", "-U", passwords)
    station.run("chown", "mosquitto", passwords)
    station.write(
        "/etc/mosquitto/conf.d/repclip.conf",
        f"listener 1883 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n",
    )
    store = "/etc/credstore"
    station.write(f"{store}/repclip-broker-password", "bench!\n", 0o600)
    station.write(f"{store}/repclip-broker-password.bay2", "bay2!\n", 0o600)
    station.write(f"{store}/repclip-dashboard-broker-password", "page!\n", 0o600)
    station.write("/etc/repclip/config.toml.d/40-user.toml", '[broker]\nuser = "bench"\n')
    station.write("/etc/repclip/bay2.toml.d/40-user.toml", '[broker]\nuser = "bay2"\n')
    environment = "[Service]\nEnvironment=REPCLIP_BROKER_USER=page\n"
    station.write(f"/etc/systemd/system/{PAGE}.d/user.conf", environment)
    station.run("systemctl", "daemon-reload")
    station.run("systemctl", "restart", "mosquitto.service")
    station.run("systemctl", "restart", "repclip.service", INSTANCE, PAGE)
    wait_for_page(station)
    for unit in ("repclip.service", INSTANCE):
        wait_until(lambda unit=unit: "away" not in station.property_of(unit, "StatusText"), unit, 30)
