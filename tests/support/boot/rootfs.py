"""Root file systems of Debian 12 and 13, on which the station is installed and started as on a Pi.

``python -m support.boot.rootfs`` makes those that are missing (half a minute each, once, as root);
``make boot-test`` does so by itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".vm"
#: Raspberry Pi OS 12 and 13 are made of these, but for the processor.
RELEASES = ("bookworm", "trixie")

#: What Raspberry Pi OS has from the start, and what `make install` would fetch itself if it had a network.
_PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "udev",
    "kmod",
    "make",
    "mosquitto",
    "mosquitto-clients",
    "procps",
    "python3",
    "python3-venv",
)


def rootfs(release: str) -> Path:
    """Return the folder of a release's file system."""
    return FOLDER / f"root-{release}"


def main() -> int:
    """Make what is missing; say on stderr what is needed for it."""
    wanted = [release for release in RELEASES if not is_ready(release)]
    if not wanted:
        return 0
    if os.geteuid() != 0:
        sys.stderr.write("Only root can make and start whole systems: run sudo make boot-test.\n")
        return 2
    if shutil.which("mmdebstrap") is None:
        sys.stderr.write(
            "mmdebstrap is missing: run sudo apt-get install mmdebstrap, then make boot-test again.\n"
        )
        return 2
    FOLDER.mkdir(exist_ok=True)
    for release in wanted:
        _make(release)
    return 0


def is_ready(release: str) -> bool:
    """Return whether a release's file system is there and made as this file says."""
    stamp = _stamp_file(release)
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp()


def _stamp_file(release: str) -> Path:
    return FOLDER / f"root-{release}.made-by"


def _stamp() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _make(release: str) -> None:
    folder, log = rootfs(release), FOLDER / f"root-{release}.log"
    sys.stdout.write(f"Fetching Debian {release} into {folder} (half a minute, once)\n")
    sys.stdout.flush()
    _stamp_file(release).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", release, str(folder)]
    with log.open("wb") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False, timeout=900
        )
    if done.returncode:
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
        raise SystemExit(f"Debian {release} could not be made: see above, check the network, and try again.")
    log.unlink()
    (folder / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="utf-8")
    (folder / "etc/hostname").write_text("gym\n", encoding="utf-8")
    _stamp_file(release).write_text(_stamp(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
