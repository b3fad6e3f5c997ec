"""The whole visit: the computer, then one bus after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from firmware.bus import Bus, Clock
from firmware.discovery import BusFound, I2cSetup, find_buses, i2c_switched_on, kernel_driver_at
from firmware.errors import BusError
from pi_service.doctor.checks import Check, Level, error_check, ok, problem
from pi_service.doctor.examine import Plan, examine_bus
from pi_service.doctor.host import (
    SUBJECT,
    check_host,
    check_permission,
    check_priority,
    may_be_asked,
)

#: Opens the bus that a person named, with the clock that belongs to it.
Opener = Callable[[str], tuple[Bus, Clock]]

#: Speed of the header's bus on a Pi whose configuration says nothing.
_DEFAULT_HZ = 100_000
_ROOT = Path("/")


def visit_simulated(text: str, open_bus: Opener, plan: Plan) -> Iterator[Check]:
    """Yield what there is to say about a simulated bus; the computer is not looked at."""
    bus, clock = open_bus(text)
    with closing(bus):
        yield ok(bus.name, "simulated", "Bus and sensors are simulated: nothing here is real.")
        yield from examine_bus(bus, clock, plan)


def visit_one(text: str, open_bus: Opener, plan: Plan, root: Path = _ROOT) -> Iterator[Check]:
    """Yield what there is to say about the bus that a person named.

    Raises
    ------
    SettingsError
        The text names no bus.
    """
    path = str(root / f"dev/i2c-{int(text)}") if text.isdecimal() else text
    setup = i2c_switched_on(root)
    found = next((bus for bus in find_buses(root) if bus.path == path), None)
    if found is not None:
        yield check_priority()
        yield from _visit(found, setup, open_bus, plan, root)
        return
    try:
        bus, clock = open_bus(text)
    except BusError as error:
        yield error_check(path, "bus", error)
        return
    # A device node of another name.
    with closing(bus):
        yield from examine_bus(bus, clock, plan)


def visit_all(open_bus: Opener, plan: Plan, root: Path = _ROOT) -> Iterator[Check]:
    """Yield what there is to say about the computer and every bus that it has."""
    setup, buses = i2c_switched_on(root), find_buses(root)
    yield from check_host(setup, buses)
    if buses:
        yield check_priority()
    sensors, problems = 0, 0
    for found in buses:
        if not may_be_asked(found):
            yield ok(
                found.path,
                "bus",
                f"Not searched: {found.adapter} belongs to the mainboard or the screen."
                f" Name it with --bus {found.number} to search it all the same.",
            )
            continue
        its_plan = replace(plan, required=found.is_header)
        for check in _visit(found, setup, open_bus, its_plan, root):
            sensors += check.name == "chip"
            problems += check.level is Level.PROBLEM
            yield check
    if buses and not sensors and not problems:
        yield problem(
            SUBJECT,
            "sensors",
            "No sensor answers on any bus.",
            "Connect the sensor to the header's pins 1 (3V3), 3 (SDA), 5 (SCL) and 6 (ground), and switch I2C"
            " on with dtparam=i2c_arm=on in /boot/firmware/config.txt.",
        )


def _visit(found: BusFound, setup: I2cSetup, open_bus: Opener, plan: Plan, root: Path) -> Iterator[Check]:
    permission = check_permission(found)
    yield permission
    if permission.advice is not None:
        return
    try:
        bus, clock = open_bus(found.path)
    except BusError as error:
        yield error_check(found.path, "bus", error)
        return
    with closing(bus):
        its_plan = replace(plan, asked_hz=_asked_hz(found, setup))
        yield from examine_bus(bus, clock, its_plan, partial(_driver_at, found.number, root))


def _driver_at(bus: int, root: Path, address: int) -> str | None:
    return kernel_driver_at(bus, address, root)


def _asked_hz(found: BusFound, setup: I2cSetup) -> int | None:
    """Return the speed that the system asks for, as far as it says."""
    if found.clock_hz is not None or not (found.is_header and setup.is_raspberry_pi):
        return found.clock_hz
    return setup.baudrate_hz or _DEFAULT_HZ
