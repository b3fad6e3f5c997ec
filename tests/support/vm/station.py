"""The emulated machine as a Pi: Debian with systemd, mosquitto, the installed station and a real /dev/i2c-1.

The file system is that of the boot tests, installed by ``make install``; the kernel is the other machine's.
The chip behind the node is simulated, all else is what a Pi runs: unmodified smbus2, the shipped units, udev.
"""

from __future__ import annotations

import re
from pathlib import Path

from support.vm.cpio import CpioWriter
from support.vm.image import MODULES
from support.vm.machine import GUEST, VmRun, run_disk

_MEMORY_MIB = 3072
#: Time in the machine goes by the instructions it has carried out, 2 ns each: about what a small Pi does. How
#: busy this computer is then decides how long the run takes, and not what the station can do in a second.
_OWN_TIME = ("-icount", "shift=1,sleep=off")
#: What the machine does without: documentation, caches, and what only pip needs.
_LEFT_OUT = re.compile(
    r"(dev|proc|sys|run|tmp|boot|var/cache|var/lib/apt|usr/share/(doc|man|locale|info))/.|.*/(tests|pip|jedi)/$"
)

_CHECK_UNIT = """\
[Unit]
After=mosquitto.service
Wants=mosquitto.service
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /opt/check/station_check.py
ExecStopPost=/usr/bin/systemctl --no-block poweroff
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
"""
_DROP_IN = """\
[Service]
# CUSE gives each node a number of its own, so that the shipped DeviceAllow=char-i2c does not know it.
DevicePolicy=auto
DeviceAllow=
"""


def run_station(root: Path, script: str, folder: Path, timeout_s: float) -> VmRun:
    """Run a script of `tests/vm/guest` on an installed file system, of which the machine has a copy.

    Parameters
    ----------
    root
        The file system.
    script
        File name.
    folder
        For the console's log and the disk of this run.
    timeout_s
        The machine is switched off when it takes longer.
    """
    disk = folder / "station.cpio"
    with disk.open("wb") as out, CpioWriter(out) as cpio:
        cpio.copy(root, lambda name: not _LEFT_OUT.match(name))
        for module in ("fuse.ko", "cuse.ko"):
            cpio.file(f"opt/check/{module}", (MODULES / module).read_bytes())
        for name in (script, "node.py"):
            cpio.file(f"opt/check/{name}", (GUEST / name).read_bytes())
        system = "etc/systemd/system"
        cpio.file(f"{system}/check.service", _CHECK_UNIT.replace("station_check.py", script).encode())
        cpio.link(f"{system}/multi-user.target.wants/check.service", f"/{system}/check.service")
        cpio.link(f"{system}/serial-getty@ttyS0.service", "/dev/null")
        cpio.file(f"{system}/repclip.service.d/emulated.conf", _DROP_IN.encode())
    return run_disk(disk, folder, "/sbin/init", _MEMORY_MIB, timeout_s, _OWN_TIME)
