"""One run of the emulated machine: it starts, runs a script of `tests/vm/guest` and switches itself off."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.vm.cpio import CpioWriter
from support.vm.image import BASE, KERNEL, ROOT

GUEST = ROOT / "tests/vm/guest"
#: What the guest's first process writes at the very end, and what a script writes as its result.
_EXIT, _RESULT = "VM-EXIT ", "VM-RESULT "
_MEMORY_MIB = 1024


@dataclass(frozen=True)
class VmRun:
    """What a run left: its console, the script's exit code and result, and how long it took."""

    console: str
    exit_code: int | None
    result: dict[str, Any]
    took_s: float


def run_in_vm(script: str, folder: Path, timeout_s: float = 240.0) -> VmRun:
    """Run one script of `tests/vm/guest` in a fresh machine that has nothing but Python.

    Parameters
    ----------
    script
        File name.
    folder
        For the console's log and the disk of this run.
    timeout_s
        The machine is switched off when it takes longer.
    """
    disk = folder / "disk.cpio"
    _write_disk(disk, script)
    return run_disk(disk, folder, "/init", _MEMORY_MIB, timeout_s)


def run_disk(
    disk: Path, folder: Path, first: str, memory_mib: int, timeout_s: float, more: Sequence[str] = ()
) -> VmRun:
    """Run a machine on a disk, which is removed afterwards; `first` is its first process.

    Plain emulation, without KVM: slower, but the same everywhere. `more` is said to the emulator.
    """
    qemu = shutil.which("qemu-system-x86_64")
    assert qemu is not None, "qemu-system-x86 is missing: run make vm-test"
    log = folder / "console.log"
    # One processor: on a busy host two of them wait for each other ten times as long.
    command = [qemu, "-machine", "pc,accel=tcg", "-cpu", "max", "-smp", "1", "-m", str(memory_mib)]
    command += ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"]
    command += more
    command += ["-kernel", str(KERNEL), "-initrd", str(disk)]
    command += ["-append", f"console=ttyS0 quiet panic=-1 mitigations=off rdinit={first}"]
    began = time.monotonic()
    with log.open("wb") as console:
        machine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            machine.wait(timeout_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if machine.poll() is None:
                machine.kill()
                machine.wait(10)
    took_s = time.monotonic() - began
    disk.unlink()
    text = log.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    return VmRun(text, _exit_code(text), _result(text), took_s)


def _write_disk(disk: Path, script: str) -> None:
    with disk.open("wb") as out:
        with BASE.open("rb") as base:
            shutil.copyfileobj(base, out, 1 << 20)
        with CpioWriter(out) as cpio:
            cpio.file("init", (GUEST / "init.py").read_bytes(), 0o755)
            cpio.file("check.py", (GUEST / script).read_bytes())
            for package in ("firmware", "calibration"):
                cpio.tree(f"opt/repclip/{package}", ROOT / package, lambda path: path.name != "__pycache__")


def _exit_code(text: str) -> int | None:
    codes = [line.removeprefix(_EXIT) for line in text.splitlines() if line.startswith(_EXIT)]
    return int(codes[-1]) if codes else None


def _result(text: str) -> dict[str, Any]:
    results = [line.removeprefix(_RESULT) for line in text.splitlines() if line.startswith(_RESULT)]
    return json.loads(results[-1]) if results else {}
