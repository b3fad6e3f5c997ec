"""A whole system in a container: Debian's own systemd starts the units as it would on a Pi.

There is no kernel of its own and so no I2C: stations in it read a simulated bus. Needs root.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.boot.rootfs import ROOT
from support.ports import wait_until

#: Where the project is inside, read-only.
PROJECT = "/src"
_numbers = itertools.count()


#: Switches the loopback interface on, as an ioctl: `ip` is not on every computer. Then waits for its end.
_KEEP_NETWORK = """
import fcntl, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
print("ready", flush=True)
sys.stdin.read()
"""


#: Where a computer whose first process is no systemd has all processes in one control group. Machines side by
#: side would share it, and systemd sends no signal to a group that holds processes of somebody else.
_SHARED_GROUPS = (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup/unified"))
#: Goes into control groups of the process's own, the first arguments up to "--", and becomes the rest.
_ENTER_GROUPS = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'


class Network:
    """A loopback network apart from this computer's; it outlives the machines that are plugged in."""

    def __init__(self) -> None:
        self._keeper = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", _KEEP_NETWORK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == b"ready\n"

    @property
    def path(self) -> str:
        return f"/proc/{self._keeper.pid}/ns/net"

    def inside(self, *command: str) -> list[str]:
        """Return a command line that runs a command of this computer in the network."""
        return ["nsenter", f"--net={self.path}", *command]

    def close(self) -> None:
        self._keeper.communicate(timeout=10)


class Machine:
    """A copy of a file system, which can be started, spoken to, and switched off or cut off."""

    def __init__(self, source: Path, folder: Path, network: Network) -> None:
        self.root = folder / "root"
        self.network = network
        self._log = folder / "console.log"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._name = f"repclip-{os.getpid()}-{next(_numbers)}"
        self._groups = [place / self._name for place in _SHARED_GROUPS if place.is_dir()]
        # cp and not shutil: device nodes, owners, links, sparse files.
        subprocess.run(["cp", "--archive", "--reflink=auto", source, self.root], check=True, timeout=120)

    def start(self, *more: str) -> float:
        """Switch it on; return how many seconds it took until all units were started.

        `more` is said to systemd-nspawn.
        """
        began = time.monotonic()
        command = [
            "systemd-nspawn",
            "--quiet",
            f"--directory={self.root}",
            f"--machine={self._name}",
            "--boot",
        ]
        command += [
            "--register=no",
            "--keep-unit",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
        ]
        command += [f"--network-namespace-path={self.network.path}", f"--bind-ro={ROOT}:{PROJECT}", *more]
        for group in self._groups:
            group.mkdir(exist_ok=True)
        command = ["sh", "-c", _ENTER_GROUPS, "sh", *map(str, self._groups), "--", *command]
        with self._log.open("ab") as log:
            self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self._has_begun, f"the machine to begin: see {self._log}", 30.0)
        self.run("systemctl", "is-system-running", "--wait", check=False, timeout_s=120.0)
        return time.monotonic() - began

    def _has_begun(self) -> bool:
        """Whether its systemd listens."""
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, self._log.read_text(encoding="utf-8", errors="replace")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        if not children:
            return False
        self._leader = int(children[0])
        with suppress(subprocess.SubprocessError):
            return (
                self.run("systemctl", "show", "--property=Version", check=False, timeout_s=5.0).returncode
                == 0
            )
        return False

    def run(
        self,
        *command: str,
        check: bool = True,
        timeout_s: float = 60.0,
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root."""
        settings = [f"{name}={value}" for name, value in (environment or {}).items()]
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
        done = subprocess.run(
            [
                "nsenter",
                f"--target={self._leader}",
                *spaces,
                "env",
                "-i",
                path,
                "HOME=/root",
                *settings,
                *command,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def says(self, *command: str) -> str:
        """Return what a command inside writes, without the last newline."""
        return self.run(*command).stdout.strip()

    def property_of(self, unit: str, name: str) -> str:
        return self.says("systemctl", "show", f"--property={name}", "--value", unit)

    def main_pid(self, unit: str) -> int:
        """Return a unit's process, by its number inside."""
        return int(self.property_of(unit, "MainPID"))

    def journal(self, unit: str) -> str:
        """Return what a unit has said since the machine was switched on."""
        return self.says("journalctl", "--boot", "--no-pager", "--output=short-monotonic", f"--unit={unit}")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file inside."""
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def path(self, path: str) -> Path:
        """Return where a file of the inside is for us."""
        return self.root / path.lstrip("/")

    def switch_off(self) -> None:
        """Shut it down properly."""
        self.run("systemctl", "poweroff", check=False)
        self._wait()

    def cut_off(self) -> None:
        """Take the power away, if it is on: every process ends at once."""
        if self._nspawn is None:
            return
        if self._leader:
            with suppress(ProcessLookupError):
                os.kill(self._leader, signal.SIGKILL)
        else:
            self._nspawn.kill()
        self._wait()

    def _wait(self) -> None:
        assert self._nspawn is not None
        try:
            self._nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait(10)
            raise
        finally:
            self._nspawn, self._leader = None, 0

    def close(self) -> None:
        """End it if it runs, and remove its files."""
        self.cut_off()
        for group in self._groups:
            # Those within first; they are folders that only rmdir takes away.
            for folder, _, _ in os.walk(group, topdown=False):
                Path(folder).rmdir()
        shutil.rmtree(self.root, ignore_errors=True)


@contextmanager
def machine(source: Path, folder: Path) -> Iterator[Machine]:
    """Give a machine that is off, on a copy of a file system and with a network of its own."""
    network = Network()
    made = Machine(source, folder, network)
    try:
        yield made
    finally:
        made.close()
        network.close()
