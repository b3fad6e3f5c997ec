"""Which I2C buses this machine has, whether I2C is switched on, and who holds an address.

Everything is read from the file system: nothing is sent over a bus and nothing is changed. Each function
takes the root of the file system, so that it can be tried on a made-up one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.bus_errors import ENOENT, bus_error
from firmware.errors import BusMissingError, SettingsError

if TYPE_CHECKING:
    from firmware.linux_bus import LinuxBus

#: The bus on pins 3 and 5 of a Raspberry Pi's header, on every model since 2012.
HEADER_BUS = 1

_ROOT = Path("/")
#: Raspberry Pi OS: since bookworm, and before.
_CONFIG_FILES = ("boot/firmware/config.txt", "boot/config.txt")
#: What /proc/device-tree leads to; a service that sees no more of /proc than processes can read it, too.
_MODEL_FILE = "sys/firmware/devicetree/base/model"
_OFF = frozenset({"off", "no", "false", "0"})
#: ``i2c`` and ``i2c1`` are other names of ``i2c_arm``.
_SWITCHES = frozenset({"i2c_arm", "i2c", "i2c1"})
_SPEEDS = frozenset(f"{name}_baudrate" for name in _SWITCHES)
_DRIVER_OVERLAY = "mpu6050"


@dataclass(frozen=True, slots=True)
class BusFound:
    """One ``/dev/i2c-N``.

    Attributes
    ----------
    number
        N.
    path
        Of the device node.
    readable, writable
        Whether this user may; the sensor needs both.
    group
        Name or number of the group that the node belongs to; on Raspberry Pi OS ``i2c``.
    adapter
        What the kernel calls the adapter, e.g. ``bcm2835 (i2c@7e804000)``; empty if it does not say.
    clock_hz
        Clock that the device tree asks for; None where it says nothing. What the wires do may differ.
    is_header
        Whether it is likely the one on the header's pins 3 and 5.
    """

    number: int
    path: str
    readable: bool
    writable: bool
    group: str
    adapter: str
    clock_hz: int | None
    is_header: bool

    @property
    def usable(self) -> bool:
        """Whether this user may talk to it."""
        return self.readable and self.writable


@dataclass(frozen=True, slots=True)
class I2cSetup:
    """Whether I2C is switched on, and what says so.

    Attributes
    ----------
    has_nodes
        Whether there is any ``/dev/i2c-N``.
    module_loaded
        Whether i2c-dev, which makes the nodes, is in the kernel.
    model
        What board this is, e.g. ``Raspberry Pi 5 Model B Rev 1.0``; None if it does not say.
    config_file
        Path of the Pi's config.txt; None where there is none that can be read.
    switched_on
        What config.txt says of ``i2c_arm``; None if nothing.
    baudrate_hz
        Speed of the header's bus that config.txt asks for; None if nothing (then it is 100 kHz).
    driver_overlay
        The line of config.txt that gives a sensor to a kernel driver (``dtoverlay=mpu6050``); None if none.
    """

    has_nodes: bool
    module_loaded: bool
    model: str | None
    config_file: str | None
    switched_on: bool | None
    baudrate_hz: int | None
    driver_overlay: str | None

    @property
    def is_raspberry_pi(self) -> bool:
        """Whether it is a Raspberry Pi."""
        return self.model is not None and "Raspberry Pi" in self.model

    @property
    def advice(self) -> str | None:
        """One sentence on how to get an I2C bus; None if there is one."""
        if self.has_nodes:
            return None
        if not self.is_raspberry_pi and self.config_file is None:
            return (
                "This machine has no I2C bus: use a Raspberry Pi, or plug in a USB adapter and run"
                " sudo modprobe i2c-dev; --bus sim: works without any."
            )
        if not self.switched_on:
            return (
                "I2C is switched off: run sudo raspi-config, Interface Options, I2C (or put the line"
                f" dtparam=i2c_arm=on into {self.config_file or '/boot/firmware/config.txt'}), then restart"
                " the Pi."
            )
        if not self.module_loaded:
            return (
                f"I2C is switched on in {self.config_file}, but the kernel module i2c-dev is not loaded: run"
                " sudo modprobe i2c-dev, and put i2c-dev into /etc/modules so that it stays."
            )
        return (
            f"I2C is switched on in {self.config_file}, but there is no bus yet: restart the Pi so that it"
            " takes effect."
        )


def find_buses(root: Path = _ROOT) -> list[BusFound]:
    """Return every ``/dev/i2c-N``, by number."""
    found = []
    for node in (root / "dev").glob("i2c-*"):
        number = node.name.removeprefix("i2c-")
        if not number.isdecimal():
            continue
        adapter = root / "sys/class/i2c-dev" / node.name
        found.append(
            BusFound(
                number=int(number),
                path=str(node),
                readable=os.access(node, os.R_OK),
                writable=os.access(node, os.W_OK),
                group=_group_of(node),
                adapter=(_text(adapter / "name") or "").strip(),
                clock_hz=_clock_hz(adapter / "device/of_node/clock-frequency"),
                is_header=int(number) == HEADER_BUS,
            )
        )
    return sorted(found, key=lambda bus: bus.number)


def i2c_switched_on(root: Path = _ROOT) -> I2cSetup:
    """Return whether I2C is switched on, and what says so."""
    modules = _text(root / "proc/modules") or ""
    names = {line.split(maxsplit=1)[0] for line in modules.splitlines() if line.strip()}
    model = _text(root / _MODEL_FILE)
    config = next((file for name in _CONFIG_FILES if _text(file := root / name) is not None), None)
    parameters = dict(_parameters(config)) if config else {}
    switch = parameters.get("i2c_arm")
    return I2cSetup(
        has_nodes=bool(find_buses(root)),
        # Where it is built in, or already at work, the list of modules does not matter.
        module_loaded="i2c_dev" in names or (root / "sys/class/i2c-dev").is_dir(),
        model=model.strip("\0 \n") if model else None,
        config_file=str(config) if config else None,
        switched_on=None if switch is None else switch not in _OFF,
        baudrate_hz=_number(parameters.get("i2c_arm_baudrate")),
        driver_overlay=parameters.get("overlay"),
    )


def kernel_driver_at(bus: int, address: int, root: Path = _ROOT) -> str | None:
    """Return the kernel driver that holds an address, e.g. ``inv-mpu6050-i2c``; None if none does."""
    driver = root / f"sys/bus/i2c/devices/{bus}-{address:04x}/driver"
    try:
        return driver.readlink().name
    except OSError:
        return None


def path_of_bus(text: str, root: Path = _ROOT) -> str:
    """Return the path of the bus that a person named, whether it is there or not.

    Parameters
    ----------
    text
        ``1`` or ``/dev/i2c-1``.
    root
        Root of the file system.

    Raises
    ------
    SettingsError
        The text is neither.
    """
    if re.fullmatch(r"[0-9]+", text):
        return str(root / f"dev/i2c-{int(text)}")
    if text.startswith("/"):
        return text
    raise SettingsError(
        f"{text!r} is not an I2C bus: give its number or its path, as in --bus 1 or --bus /dev/i2c-1, or"
        " use the simulated one with --bus sim: instead."
    )


def open_bus(text: str, root: Path = _ROOT) -> LinuxBus:
    """Open the bus that a person named; see `path_of_bus`.

    Raises
    ------
    SettingsError
        The text names no bus.
    BusError
        There is no such bus, or it cannot be used; the message names the buses that there are.
    """
    path = path_of_bus(text, root)
    # smbus2 is imported only by whoever opens a real bus: it takes longer than everything else here.
    from firmware.linux_bus import LinuxBus  # noqa: PLC0415

    try:
        return LinuxBus(path)
    except BusMissingError as error:
        if error.errno != ENOENT:
            raise
        raise BusMissingError(_missing(path, root), ENOENT) from error


def _missing(path: str, root: Path) -> str:
    buses = find_buses(root)
    if not buses:
        return i2c_switched_on(root).advice or str(bus_error(ENOENT, path, None))
    names = [f"{bus.path} ({bus.adapter})" if bus.adapter else bus.path for bus in buses]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    advice = f"There is no I2C bus {path}: this machine has {listed}"
    if any(bus.is_header for bus in buses):
        return f"{advice}; the sensor on the header's pins 3 and 5 is on bus {HEADER_BUS}."
    if i2c_switched_on(root).is_raspberry_pi:
        return f"{advice}; that of the header's pins 3 and 5 needs dtparam=i2c_arm=on in config.txt."
    return f"{advice}."


def _parameters(config: Path) -> Iterator[tuple[str, str]]:
    """Yield what config.txt says of the header's bus, each under one name; later lines win.

    Sections such as ``[pi4]`` are not told apart: a line that does not hold for this board is rare, and
    what is really there is seen in ``/dev``.
    """
    for raw in (_text(config) or "").splitlines():
        line = raw.partition("#")[0].strip()
        key, _, value = line.partition("=")
        if key == "dtoverlay" and value.split(",")[0] == _DRIVER_OVERLAY:
            yield "overlay", line
        if key != "dtparam":
            continue
        for parameter in value.split(","):
            name, _, setting = parameter.partition("=")
            if name.strip() in _SWITCHES:
                yield "i2c_arm", setting.strip().lower()
            elif name.strip() in _SPEEDS:
                yield "i2c_arm_baudrate", setting.strip()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text, 0)
    except ValueError:
        return None


def _clock_hz(path: Path) -> int | None:
    """Return a cell of the device tree: four bytes, big-endian."""
    try:
        cell = path.read_bytes()
    except OSError:
        return None
    return int.from_bytes(cell, "big") if len(cell) == 4 else None


def _group_of(path: Path) -> str:
    try:
        return path.group()
    except KeyError:
        return str(path.stat().st_gid)
    except OSError:
        return ""
