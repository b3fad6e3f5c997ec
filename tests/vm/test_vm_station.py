"""The installed station in an emulated machine: a real kernel, a real /dev/i2c-1, unmodified smbus2.

One run of the machine for all tests here; `tests/vm/guest/station_check.py` is what runs in it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.boot import rootfs
from support.boot.installed import build_package, installed, this_architecture
from support.vm import image
from support.vm.machine import VmRun
from support.vm.station import run_station

pytestmark = [pytest.mark.vm, pytest.mark.timeout(3600)]

#: How many the simulated athlete does in each set; the first one or two of a set may be missed live.
REPS = 6


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> VmRun:
    assert image.is_ready(), "the emulated machine has no kernel yet: run make vm-test"
    assert rootfs.is_ready("bookworm"), "there is no file system yet: run make vm-test"
    folder = tmp_path_factory.mktemp("station")
    root = installed(build_package(this_architecture()), folder, simulated=False)
    done = run_station(root, "station_check.py", folder, timeout_s=3000.0)
    assert done.exit_code == 0, f"after {done.took_s:.0f} s:\n{done.console}"
    print("\n".join(line for line in done.console.splitlines() if " s  " in line))
    return done


@pytest.fixture
def calibrated(run: VmRun) -> dict[str, Any]:
    return run.result["calibrated"]


@pytest.fixture
def counted(run: VmRun) -> dict[str, Any]:
    return run.result["counted"]


def test_a_station_without_a_sensor_waits_and_says_so(run: VmRun) -> None:
    without = run.result["without_sensor"]
    assert (without["restarts"], without["sub"]) == ("0", "running")
    assert "sensor" in without["status"]


def test_the_rule_gives_the_node_to_the_group(calibrated: dict[str, Any]) -> None:
    assert calibrated["node"] == ["i2c", "0o660"]


def test_the_doctor_finds_the_sensor(calibrated: dict[str, Any]) -> None:
    code, out, complaints = calibrated["doctor"]
    assert code == 0, out + complaints
    (chip,) = [each for each in json.loads(out)["checks"] if each["name"] == "chip"]
    assert chip["subject"] == "limb sensor, 0x68 on /dev/i2c-1"
    assert chip["measured"]["chip"] == "MPU-6050"


def test_the_sensor_is_calibrated(calibrated: dict[str, Any]) -> None:
    code, out, complaints = calibrated["calibrate"]
    assert code == 0, out + complaints
    assert "MPU-6050" in calibrated["list"][1]


def test_a_set_is_counted(counted: dict[str, Any]) -> None:
    first = counted["sets"][0]
    assert first["simulated"] is False, "the station cannot know"
    assert abs(first["final_reps"] - REPS) <= 1


def test_the_sensor_is_read_at_real_time_priority(counted: dict[str, Any]) -> None:
    assert "SCHED_FIFO" in counted["schedulers"]
    assert "priority: 20" in counted["schedulers"]


def test_a_pulled_cable_is_told_and_the_count_goes_on_when_it_is_back(counted: dict[str, Any]) -> None:
    faults = [each["active"] for each in counted["faults"]]
    assert (faults[0], faults[-1]) == (True, False)
    assert counted["restarts"] == "0"
    assert len({each["session"] for each in counted["sets"]}) == 1
    assert abs(counted["sets"][-1]["final_reps"] - REPS) <= 1
    assert any(each["duration_s"] >= 5.0 for each in counted["gaps"])


def test_it_stops_without_a_failure_and_says_offline(run: VmRun, counted: dict[str, Any]) -> None:
    assert counted["stopped"] == "success"
    assert run.result["availability"][-1] == "offline"
