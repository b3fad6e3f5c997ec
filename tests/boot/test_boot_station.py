"""One machine from its first boot over everything that can happen to a station, with an independent listener.

The tests are the chapters of one story, in this order; the last one looks back on all of it.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.boot.installed import CONFIG, STATIONS
from support.boot.machine import Machine
from support.boot.watcher import Watcher
from support.ports import wait_until

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

UNIT = "repclip.service"
DROP_IN = f"{CONFIG}.d/20-changed.toml"
#: The shipped 30 s would be waited for. Everything else of the unit is as shipped.
QUICK_WATCHDOG = "[Service]\nWatchdogSec=10\n"
#: The athlete walks up and begins; the first three reps are told together.
PATIENCE_S = 150.0
#: Messages that wait for a broker in a rep or two.
MANY = 20


def restarts(station: Machine) -> int:
    return int(station.property_of(UNIT, "NRestarts"))


def session_of(watcher: Watcher) -> str:
    """Return the session of the last thing that was counted."""
    return str(watcher.of("rep")[-1]["session"])


def count_on(watcher: Watcher) -> str:
    """Wait for one more rep, and return its session."""
    return str(watcher.wait_for_next("rep", timeout_s=PATIENCE_S)["session"])


def owed(station: Machine, folder: Path) -> list[tuple[str, bytes]]:
    """Return what waits for the broker on the disk of a station that does not run."""
    for file in station.path("/var/lib/repclip/outbox").glob("bench.outbox*"):
        shutil.copy(file, folder)
    with closing(sqlite3.connect(folder / "bench.outbox")) as opened:
        return list(opened.execute("SELECT topic, payload FROM owed ORDER BY serial"))


def waiting(station: Machine) -> int:
    """Return how many messages wait for the broker, as the station says."""
    found = re.search(r"(\d+) messages? wait", station.property_of(UNIT, "StatusText"))
    return int(found[1]) if found else 0


def restarted(station: Machine, watcher: Watcher, harm: Callable[[], object]) -> str:
    """Do something to the station that systemd has to mend; return the session that counts then."""
    before, session = restarts(station), count_on(watcher)
    harm()
    wait_until(lambda: restarts(station) == before + 1, "systemd to start it again", PATIENCE_S)
    watcher.wait_for("another session", lambda _: session_of(watcher) != session, PATIENCE_S)
    return session_of(watcher)


def test_it_counts_after_the_first_boot(station: Machine, watcher: Watcher) -> None:
    station.write(f"/etc/systemd/system/{UNIT}.d/quick.conf", QUICK_WATCHDOG)
    booted_s = station.start()
    rep = watcher.wait_for_next("rep", timeout_s=PATIENCE_S)
    (first, *_) = (each for each in watcher.messages() if each["payload"] == "online")
    began_s = int(station.property_of(UNIT, "ExecMainStartTimestampMonotonic")) / 1e6
    print(f"booted in {booted_s:.1f} s; online {first['heard_s'] - began_s:.1f} s after the process began")
    assert rep["simulated"] is True
    assert restarts(station) == 0
    assert station.says("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_systemd_finds_nothing_wrong_with_the_units(station: Machine) -> None:
    done = station.run("systemd-analyze", "verify", "--man=no", *STATIONS, "repclip@bay2.service")
    assert [line for line in done.stderr.splitlines() if "repclip" in line] == []


def test_what_it_does_is_told_in_one_line(station: Machine) -> None:
    told = station.property_of(UNIT, "StatusText")
    assert "vertical_pull" in told
    assert "sensor" in told
    assert "broker" in told


def test_it_may_do_no_more_than_it_must(station: Machine) -> None:
    pid = station.main_pid(UNIT)
    status = station.says("cat", f"/proc/{pid}/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert station.says("stat", "--format=%U", f"/proc/{pid}") == "repclip"


def test_a_killed_station_is_started_again(station: Machine, watcher: Watcher) -> None:
    restarted(station, watcher, lambda: station.run("systemctl", "kill", "--signal=KILL", UNIT))
    # The broker said offline for it.
    assert watcher.of("availability")[-2:] == ["offline", "online"]


def test_a_station_that_hangs_is_started_again(station: Machine, watcher: Watcher) -> None:
    restarted(station, watcher, lambda: station.run("systemctl", "kill", "--signal=STOP", UNIT))
    assert "Watchdog timeout" in station.journal(UNIT)


def test_a_broker_that_restarts_is_no_reason_to(station: Machine, watcher: Watcher) -> None:
    before, session = restarts(station), count_on(watcher)
    station.run("systemctl", "restart", "mosquitto.service")
    assert count_on(watcher) == session
    assert restarts(station) == before


def test_a_changed_setting_is_taken_while_it_counts(station: Machine, watcher: Watcher) -> None:
    pid, session = station.main_pid(UNIT), count_on(watcher)
    station.write(DROP_IN, "[home_assistant]\nenabled = true\n")
    station.run("systemctl", "reload", UNIT)
    watcher.wait_for(
        "Home Assistant to be told",
        lambda heard: [each for each in heard if each["topic"].startswith("homeassistant/device/")],
    )
    assert count_on(watcher) == session
    assert station.main_pid(UNIT) == pid


def test_a_broken_setting_is_told_and_changes_nothing(station: Machine, watcher: Watcher) -> None:
    pid, session = station.main_pid(UNIT), count_on(watcher)
    station.write(DROP_IN, "[home_assistant]\nenabeld = true\n")
    station.run("systemctl", "reload", UNIT)
    wait_until(lambda: "enabeld" in station.journal(UNIT), "the mistake to be told")
    assert count_on(watcher) == session
    assert station.main_pid(UNIT) == pid
    station.path(DROP_IN).unlink()


def test_a_stop_says_offline_and_is_no_failure(station: Machine, watcher: Watcher, tmp_path: Path) -> None:
    count_on(watcher)
    station.run("systemctl", "stop", UNIT)
    watcher.wait_for("offline", lambda _: watcher.of("availability")[-1] == "offline")
    assert station.property_of(UNIT, "Result") == "success"
    assert station.property_of(UNIT, "ActiveState") == "inactive"
    # The set that was running is over, and reviewed.
    assert watcher.of("state")[-1]["active"] is False
    assert owed(station, tmp_path) == []


def test_what_it_owed_the_broker_at_a_power_cut_is_sent_after_it(
    station: Machine, watcher: Watcher, tmp_path: Path
) -> None:
    station.run("systemctl", "start", UNIT)
    session = count_on(watcher)
    station.run("systemctl", "stop", "mosquitto.service")
    wait_until(lambda: waiting(station) > MANY, "events to wait", PATIENCE_S)
    station.cut_off()
    events = [
        json.loads(payload)
        for topic, payload in owed(station, tmp_path)
        if topic.endswith(("/rep", "/set", "/verdict", "/workout"))
    ]
    assert len(events) >= 2
    station.start()
    watcher.wait_for("another session", lambda _: session_of(watcher) != session, PATIENCE_S)
    heard = [each["payload"] for each in watcher.messages()]
    assert [event for event in events if event not in heard] == []
    assert watcher.of("availability")[-1] == "online"


def test_a_machine_that_is_shut_down_says_offline(station: Machine, watcher: Watcher) -> None:
    count_on(watcher)
    station.switch_off()
    station.start()
    count_on(watcher)
    assert watcher.of("availability")[-2:] == ["offline", "online"]


def test_nothing_was_lost_over_all_of_it(station: Machine, watcher: Watcher, tmp_path: Path) -> None:
    station.run("systemctl", "stop", UNIT)
    watcher.wait_for("offline", lambda _: watcher.of("availability")[-1] == "offline")
    sessions = {each["session"] for each in watcher.of("rep")}
    print(f"{len(watcher.messages())} messages, {len(watcher.of('rep'))} reps, {len(sessions)} sessions")
    assert len(sessions) >= 6
    assert watcher.missing() == {}
    assert owed(station, tmp_path) == []
