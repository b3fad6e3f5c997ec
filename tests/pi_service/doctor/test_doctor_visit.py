"""The computer and its buses, on a made-up file system with simulated sensors behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.bus import Bus, Clock
from firmware.bus_errors import EACCES, bus_error
from firmware.discovery import BusFound, I2cSetup
from firmware.errors import SettingsError
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, still
from pi_service.doctor.checks import Check, Level
from pi_service.doctor.examine import Plan
from pi_service.doctor.host import check_host, check_permission, may_be_asked
from pi_service.doctor.visit import visit_all, visit_one
from pi_service.sources.priority import RAISED_TO

PLAN = Plan(seconds=1.0)


@pytest.fixture(autouse=True)
def priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this user be allowed everything, whoever it is."""
    monkeypatch.setattr("pi_service.doctor.host.raise_priority", lambda: RAISED_TO)


def add_bus(
    root: Path, number: int, adapter: str = "bcm2835 (i2c@7e804000)", clock_hz: int | None = None
) -> Path:
    node = root / f"dev/i2c-{number}"
    node.parent.mkdir(exist_ok=True)
    node.touch()
    described = root / f"sys/class/i2c-dev/i2c-{number}"
    described.mkdir(parents=True)
    (described / "name").write_text(adapter + "\n")
    if clock_hz is not None:
        (described / "device/of_node").mkdir(parents=True)
        (described / "device/of_node/clock-frequency").write_bytes(clock_hz.to_bytes(4, "big"))
    return node


def make_pi(root: Path, config: str = "") -> None:
    (root / "sys/firmware/devicetree/base").mkdir(parents=True)
    (root / "sys/firmware/devicetree/base/model").write_text("Raspberry Pi 4 Model B Rev 1.5\0")
    (root / "boot/firmware").mkdir(parents=True)
    (root / "boot/firmware/config.txt").write_text(config)


def opener(*with_sensor: Path) -> Callable[[str], tuple[Bus, Clock]]:
    """Return what opens a simulated bus for each path, with a sensor on some of them."""

    def open_bus(text: str) -> tuple[Bus, Clock]:
        clock = SimulatedClock()
        chips = {0x68: SimulatedChip(motion=still())} if Path(text) in with_sensor else {}
        return SimulatedBus(chips, clock, name=text), clock

    return open_bus


def told(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def levels(checks: list[Check]) -> set[Level]:
    return {check.level for check in checks}


def test_no_bus_at_all_says_how_to_switch_i2c_on(tmp_path: Path) -> None:
    make_pi(tmp_path)
    checks = list(visit_all(opener(), PLAN, tmp_path))
    assert [(check.name, check.level) for check in checks] == [("I2C", Level.PROBLEM)]
    assert "sudo raspi-config" in str(checks[0].advice)
    assert checks[0].measured["model"] == "Raspberry Pi 4 Model B Rev 1.5"


def test_a_machine_without_i2c_is_offered_the_simulated_one(tmp_path: Path) -> None:
    (check,) = visit_all(opener(), PLAN, tmp_path)
    assert check.level is Level.PROBLEM
    assert "--bus sim:" in str(check.advice)


def test_a_sensor_on_the_header_is_well(tmp_path: Path) -> None:
    make_pi(tmp_path, "dtparam=i2c_arm=on,i2c_arm_baudrate=400000\n")
    node = add_bus(tmp_path, 1)
    checks = list(visit_all(opener(node), PLAN, tmp_path))
    assert levels(checks) == {Level.OK}
    assert "bcm2835" in told(checks, "I2C").found
    assert told(checks, "permission").subject == str(node)
    assert told(checks, "bus speed").measured["asked_hz"] == 400_000
    assert told(checks, "self-test").measured["result"] == "passed"


@pytest.mark.parametrize(
    ("config", "clock_hz", "asked_hz"),
    [("", None, 100_000), ("dtparam=i2c_arm_baudrate=50000\n", None, 50_000), ("", 400_000, 400_000)],
)
def test_the_speed_is_compared_with_what_the_system_asks_for(
    tmp_path: Path, config: str, clock_hz: int | None, asked_hz: int
) -> None:
    make_pi(tmp_path, config)
    node = add_bus(tmp_path, 1, clock_hz=clock_hz)
    checks = list(visit_one("1", opener(node), PLAN, tmp_path))
    assert told(checks, "bus speed").measured["asked_hz"] == asked_hz


def test_an_empty_header_is_a_problem_and_an_empty_other_bus_is_not(tmp_path: Path) -> None:
    make_pi(tmp_path)
    header, other = add_bus(tmp_path, 1), add_bus(tmp_path, 3)
    checks = list(visit_all(opener(other), PLAN, tmp_path))
    assert [c.level for c in checks if c.subject == str(header) and c.name == "sensors"] == [Level.PROBLEM]
    assert told(checks, "chip").level is Level.OK
    checks = list(visit_all(opener(header), PLAN, tmp_path))
    assert levels(checks) == {Level.OK}
    assert [c.found for c in checks if c.subject == str(other) and c.name == "sensors"] == [
        "No sensor answers here."
    ]


def test_no_sensor_on_any_bus_is_a_problem(tmp_path: Path) -> None:
    add_bus(tmp_path, 7, "USB adapter")
    checks = list(visit_all(opener(), PLAN, tmp_path))
    assert checks[-1].level is Level.PROBLEM
    assert checks[-1].found == "No sensor answers on any bus."


def test_the_buses_of_a_mainboard_are_searched_only_when_named(tmp_path: Path) -> None:
    node = add_bus(tmp_path, 7, "SMBus I801 adapter at efa0")
    asked: list[str] = []

    def open_bus(text: str) -> tuple[Bus, Clock]:
        asked.append(text)
        return opener(node)(text)

    checks = list(visit_all(open_bus, PLAN, tmp_path))
    assert asked == []
    assert "--bus 7" in told(checks, "bus").found
    assert Level.PROBLEM not in levels(list(visit_one("7", open_bus, PLAN, tmp_path)))
    assert asked == [str(node)]


def test_only_other_buses_on_a_pi(tmp_path: Path) -> None:
    make_pi(tmp_path)
    add_bus(tmp_path, 20, "fef04500.i2c")
    checks = list(visit_all(opener(), PLAN, tmp_path))
    assert told(checks, "header bus").level is Level.PROBLEM
    assert "dtparam=i2c_arm=on" in str(told(checks, "header bus").advice)


def test_an_overlay_that_takes_the_sensor_is_told(tmp_path: Path) -> None:
    make_pi(tmp_path, "dtparam=i2c_arm=on\ndtoverlay=mpu6050,addr=0x68\n")
    node = add_bus(tmp_path, 1)
    check = told(list(visit_all(opener(node), PLAN, tmp_path)), "overlay")
    assert check.level is Level.WARNING
    assert "dtoverlay=mpu6050,addr=0x68" in check.found


def found_bus(*, readable: bool = True, writable: bool = True, group: str = "i2c") -> BusFound:
    return BusFound(1, "/dev/i2c-1", readable, writable, group, "bcm2835", None, True)


@pytest.mark.parametrize(("readable", "writable"), [(False, False), (True, False), (False, True)])
def test_a_user_who_may_not_is_told_of_the_group(readable: bool, writable: bool) -> None:
    check = check_permission(found_bus(readable=readable, writable=writable))
    assert check.level is Level.PROBLEM
    assert "sudo usermod -aG i2c $USER" in str(check.advice)
    assert check_permission(found_bus()).level is Level.OK


def test_nobody_is_told_to_join_the_group_root() -> None:
    check = check_permission(found_bus(readable=False, group="root"))
    assert "-aG root" not in str(check.advice)
    assert "udev rule" in str(check.advice)


def test_a_bus_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    add_bus(tmp_path, 1)

    def open_bus(text: str) -> tuple[Bus, Clock]:
        raise bus_error(EACCES, text, None)

    checks = list(visit_one("1", open_bus, PLAN, tmp_path))
    assert told(checks, "bus").level is Level.PROBLEM
    assert "usermod" in str(told(checks, "bus").advice)
    (check,) = visit_one("5", open_bus, PLAN, tmp_path)
    assert check.subject == str(tmp_path / "dev/i2c-5"), "as --bus /dev/i2c-5 would be called"
    assert check.level is Level.PROBLEM


def test_a_name_that_is_no_bus_is_not_a_finding(tmp_path: Path) -> None:
    def open_bus(text: str) -> tuple[Bus, Clock]:
        raise SettingsError(f"{text!r} is not an I2C bus.")

    with pytest.raises(SettingsError):
        list(visit_one("garage", open_bus, PLAN, tmp_path))


def test_a_device_node_of_another_name_is_examined(tmp_path: Path) -> None:
    node = tmp_path / "dev/gym-sensors"
    checks = list(visit_one(str(node), opener(node), PLAN, tmp_path))
    assert told(checks, "chip").level is Level.OK


def test_what_is_asked_without_being_named() -> None:
    setup = I2cSetup(True, True, None, None, None, None, None)
    assert [check.level for check in check_host(setup, [found_bus()])] == [Level.OK]
    assert may_be_asked(found_bus())
    other = BusFound(4, "/dev/i2c-4", True, True, "i2c", "i915 gmbus dpb", None, False)
    assert not may_be_asked(other)


def test_who_may_not_read_at_real_time_priority_is_told_how_to_allow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pi(tmp_path)
    node = add_bus(tmp_path, 1)
    for visit in (visit_all(opener(node), PLAN, tmp_path), visit_one("1", opener(node), PLAN, tmp_path)):
        assert told(list(visit), "priority").level is Level.OK
    asked: list[int] = []

    def ordinary() -> str:
        asked.append(threading.get_ident())
        return "ordinary"

    monkeypatch.setattr("pi_service.doctor.host.raise_priority", ordinary)
    check = told(list(visit_one("1", opener(node), PLAN, tmp_path)), "priority")
    assert check.level is Level.WARNING
    assert "rtprio 20" in str(check.advice)
    assert "LimitRTPRIO=20" in str(check.advice)
    assert asked != [threading.get_ident()], "the doctor itself goes on as it was"


def test_that_there_is_no_bus_is_said_once(tmp_path: Path) -> None:
    (check,) = visit_all(opener(), PLAN, tmp_path)
    assert check.found == "This machine has no I2C bus."
    assert "no I2C bus" not in str(check.advice)
