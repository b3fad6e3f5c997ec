"""The station installed on a file system, as somebody does it: by ``make install``, or as a package."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from support.boot.machine import PROJECT, Machine, machine
from support.boot.rootfs import ROOT, rootfs

#: Where the Python packages are inside; machines here have no network.
WHEELS = "/wheels"
CONFIG = "/etc/repclip/config.toml"
#: Merged over the configuration: there is no sensor in a container.
SIMULATED = f"{CONFIG}.d/10-simulated.toml"
STATIONS = ("repclip.service", "repclip-dashboard.service")
PATIENCE_S = 400.0


@dataclass(frozen=True)
class Done:
    """How an installation went."""

    code: int
    said: str
    complained: str
    took_s: float


def this_architecture() -> str:
    """Return what Debian calls this computer's processor."""
    told = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def build_package(architecture: str) -> Path:
    """Build the package for a processor, with its Python packages for both releases."""
    done = subprocess.run(
        [ROOT / "systemd/deb/build", architecture],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (package,) = (ROOT / "dist").glob(f"repclip_*_{architecture}.deb")
    return package


def give_wheels(package: Path, to: Machine) -> None:
    """Put the Python packages of a package into a machine, as `make wheels` gathers them."""
    inside = "usr/lib/repclip/wheels"
    archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    to.path(WHEELS).mkdir()
    unpack = ["tar", "--extract", "--strip-components=5", f"--directory={to.path(WHEELS)}", f"./{inside}"]
    subprocess.run(unpack, stdin=archive.stdout, check=True, timeout=60)
    assert archive.wait(10) == 0


def make(to: Machine, *arguments: str, **environment: str) -> Done:
    """Run ``make install`` or another target in the machine, which must be running."""
    began = time.monotonic()
    done = to.run(
        *("make", "--no-print-directory", "-C", PROJECT, *arguments),
        check=False,
        timeout_s=PATIENCE_S,
        environment=environment,
    )
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


#: Long sets: between two there is a rest of a minute.
SENSOR = "sim:seed=3,reps=40"


def simulate(on: Machine, bus: str = SENSOR) -> None:
    """Give the station a simulated sensor."""
    on.write(SIMULATED, f'[sensors]\nbus = "{bus}"\n')


def installed(package: Path, folder: Path, *, simulated: bool = True) -> Path:
    """Return a copy of Debian 12 on which ``make install`` has put the station; it is off."""
    with machine(rootfs("bookworm"), folder) as made:
        give_wheels(package, made)
        if simulated:
            simulate(made)
        made.start()
        done = make(made, "install", f"WHEELS={WHEELS}")
        assert done.code == 0, done.said + done.complained
        made.switch_off()
        # The emulated machine, which has these files in its memory, is better without.
        shutil.rmtree(made.path(WHEELS))
        kept = folder / "installed"
        made.root.rename(kept)
    return kept
