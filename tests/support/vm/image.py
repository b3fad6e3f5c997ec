"""The emulated machine's disk: Debian's kernel and Python, numpy and smbus2, in a folder beside the project.

``python -m support.vm.image`` makes it (about a minute, once); ``make vm-test`` does so by itself.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from support.vm.cpio import CpioWriter

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".vm"
KERNEL = FOLDER / "vmlinuz"
BASE = FOLDER / "base.cpio"
#: The kernel's modules alone, for a disk that is made of another file system.
MODULES = FOLDER / "modules"
#: Where the guest's Python finds what pip installed for it.
SITE = "opt/site"

#: What Raspberry Pi OS 12 is made of, but for the processor.
RELEASE = "bookworm"
PYTHON = "3.11"
_PLATFORM = "manylinux_2_28_x86_64"
_PACKAGES = ("python3-minimal", "libpython3-stdlib", "libstdc++6", "linux-image-cloud-amd64")
#: What of the project's dependencies the driver and the simulated chip need.
_REQUIREMENTS = ("numpy", "smbus2")
_KERNEL_NAME = re.compile(r"boot/vmlinuz-.*")
_MODULES = re.compile(r"(usr/)?lib/modules/[^/]+/kernel/fs/fuse/")
_LEFT_OUT = re.compile(
    r"boot/|dev/|var/|(usr/)?lib/(modules|udev|systemd)/|usr/share/|usr/sbin/|sbin/|usr/lib/python3\.\d+/test/"
)


def main() -> int:
    """Make the disk unless it is there; say on stderr what is missing."""
    if is_ready():
        return 0
    missing = [program for program in ("mmdebstrap", "qemu-system-x86_64") if shutil.which(program) is None]
    if missing:
        sys.stderr.write(
            f"The emulated machine needs {' and '.join(missing)}: run sudo apt-get install"
            " --no-install-recommends mmdebstrap qemu-system-x86, then make vm-test again.\n"
        )
        return 2
    FOLDER.mkdir(exist_ok=True)
    _stamp_file().unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        sys.stdout.write(
            f"Fetching Debian {RELEASE} for the emulated machine into {FOLDER} (a minute, once)\n"
        )
        sys.stdout.flush()
        tar = _debian(Path(work))
        site = _python_packages(Path(work))
        _write(tar, site)
    _stamp_file().write_text(_stamp(), encoding="utf-8")
    return 0


def is_ready() -> bool:
    """Return whether the disk is there and made as this file says."""
    return _stamp_file().is_file() and _stamp_file().read_text(encoding="utf-8") == _stamp()


def _stamp_file() -> Path:
    return FOLDER / "made-by"


def _stamp() -> str:
    """Return what the disk depends on: this file, how archives are written, the versions asked for."""
    made_by = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("image.py", "cpio.py"))
    return hashlib.sha256(made_by + "\n".join(_requirements()).encode()).hexdigest()


def _requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [each for each in project["dependencies"] if re.match(r"[\w-]+", each)[0] in _REQUIREMENTS]
    assert len(wanted) == len(_REQUIREMENTS)
    return wanted


def _debian(work: Path) -> Path:
    tar = work / "debian.tar"
    # Packages are unpacked but not configured: nothing of them runs here, and no root is needed.
    _run(
        [
            "mmdebstrap",
            "--variant=extract",
            "--architectures=amd64",
            f"--include={','.join(_PACKAGES)}",
            RELEASE,
            str(tar),
        ],
        work / "mmdebstrap.log",
    )
    return tar


def _python_packages(work: Path) -> Path:
    site = work / "site"
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--target", str(site)]
    command += ["--only-binary=:all:", "--python-version", PYTHON, "--platform", _PLATFORM]
    _run([*command, *_requirements()], work / "pip.log")
    return site


def _run(command: list[str], log: Path) -> None:
    with log.open("wb") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False, timeout=900
        )
    if done.returncode:
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
        raise SystemExit(f"{command[0]} failed: see above, check the network, and try again.")


def _write(tar: Path, site: Path) -> None:
    with tarfile.open(tar) as archive, BASE.open("wb") as out, CpioWriter(out) as cpio:
        cpio.tar(archive, lambda name: bool(_MODULES.match(name)) or not _LEFT_OUT.match(f"{name}/"))
        for folder in ("dev", "proc", "sys", "tmp", "run"):
            cpio.folder(folder)
        cpio.tree(SITE, site, lambda path: path.name not in ("tests", "bin", "include"))
        MODULES.mkdir(exist_ok=True)
        for member in archive:
            name = member.name.removeprefix("./")
            if _KERNEL_NAME.fullmatch(name):
                KERNEL.write_bytes(_content(archive, member))
            elif _MODULES.match(name) and member.isfile():
                (MODULES / Path(name).name).write_bytes(_content(archive, member))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    assert content is not None
    return content.read()


if __name__ == "__main__":
    sys.exit(main())
