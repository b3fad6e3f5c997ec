"""The computer: is I2C switched on, which buses are there, and may this user use them."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Iterator, Sequence

from firmware.discovery import BusFound, I2cSetup
from pi_service.doctor.checks import Check, Measured, ok, parted, problem, warning
from pi_service.sources.priority import RAISED_TO, raise_priority

SUBJECT = "computer"

#: Names of adapters that belong to a PC's mainboard or graphics. At 0x69 such a bus may have the clock
#: generator of the mainboard: nobody asks there without being told to.
_NOT_OURS = ("smbus", "i915", "amdgpu", "nvidia", "nvkm", "radeon", "dpddc", "aux", "ddc", "hdmi")


def check_host(setup: I2cSetup, buses: Sequence[BusFound]) -> Iterator[Check]:
    """Yield what there is to say of the computer.

    Parameters
    ----------
    setup
        Whether I2C is switched on.
    buses
        The buses that there are.
    """
    if not buses:
        found, advice = parted(setup.advice or "There is no I2C bus: restart the computer, then try again.")
        yield problem(SUBJECT, "I2C", found, advice, model=setup.model, buses=[])
        return
    listed = ", ".join(_described(bus) for bus in buses)
    yield ok(SUBJECT, "I2C", f"I2C buses: {listed}.", model=setup.model, buses=[bus.path for bus in buses])
    if setup.is_raspberry_pi and not any(bus.is_header for bus in buses):
        yield problem(
            SUBJECT,
            "header bus",
            "The bus on the header's pins 3 and 5 is not there, only others.",
            "Put the line dtparam=i2c_arm=on into /boot/firmware/config.txt, then restart the Pi.",
        )
    if setup.driver_overlay is not None:
        yield warning(
            SUBJECT,
            "overlay",
            f"{setup.config_file} gives a sensor to a kernel driver ({setup.driver_overlay}).",
            "Take that line out and restart the Pi: repclip reads the sensor itself.",
            overlay=setup.driver_overlay,
        )


def check_priority() -> Check:
    """Return whether this user may read the sensors at real-time priority."""
    got: list[str] = []
    # In a thread of its own: only that one's priority is raised.
    thread = threading.Thread(target=lambda: got.append(raise_priority()))
    thread.start()
    thread.join()
    (priority,) = got
    found = f"The sensors are read at {priority} priority."
    if priority == RAISED_TO:
        return ok(SUBJECT, "priority", found, priority=priority)
    return warning(
        SUBJECT,
        "priority",
        found,
        "Samples may be lost while the computer is busy. To allow real-time priority, put the line"
        f" '{_user()} - rtprio 20' into /etc/security/limits.d/repclip.conf, then log out and in again; a"
        " service needs LimitRTPRIO=20 instead.",
        priority=priority,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def check_permission(bus: BusFound) -> Check:
    """Return whether this user may use a bus."""
    measured: dict[str, Measured] = {"readable": bus.readable, "writable": bus.writable, "group": bus.group}
    if bus.usable:
        return ok(bus.path, "permission", "This user may read and write it.", **measured)
    # Whoever joins the group root to reach a bus has more rights than a station should have.
    advice = (
        f"Run sudo usermod -aG {bus.group} $USER, then log out and in again."
        if bus.group not in ("root", "0")
        else (
            f"{bus.path} belongs to root alone: install the udev rule of Raspberry Pi OS (the package"
            " raspberrypi-sys-mods), which gives it to the group i2c, and join that group with"
            " sudo usermod -aG i2c $USER."
        )
    )
    return problem(bus.path, "permission", f"This user may not use {bus.path}.", advice, **measured)


def may_be_asked(bus: BusFound) -> bool:
    """Return whether a bus may be searched for sensors without having been named."""
    adapter = bus.adapter.lower()
    return bus.is_header or not any(name in adapter for name in _NOT_OURS)


def _described(bus: BusFound) -> str:
    return f"{bus.path} ({bus.adapter})" if bus.adapter else bus.path
