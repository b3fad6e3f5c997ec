"""What the service takes of a computer: CPU, memory, and the time until it is online.

    python -m benchmarks.service_use [--seconds 60]

`repclip run --config FILE` runs in a process of its own, as systemd starts it, with two sensors at 100 Hz and
a mosquitto on the loopback interface. The sensors play a recording of the simulated athlete, without the
simulation: what they cost is a few per mille of a core. CPU time is that of the process, from the kernel, and
does not depend on what else the computer does; the time until it is online does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.publish_latency import broker
from benchmarks.service_on_tape import RATE_HZ
from firmware.roles import SensorRole
from pi_service.cli import run
from pi_service.traces import TraceReader

#: What the project asks of itself.
MOST_CPU_PERCENT, MOST_MB, MOST_START_S = 3.0, 150.0, 3.0
_WARM_UP_S = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Use:
    """What a process took.

    Attributes
    ----------
    online_s, online_cpu_s
        From its start until the broker had its `online`, and the CPU time of that.
    cpu_percent
        Share of one core once it counts.
    memory_mb, most_mb
        Resident memory at the end, and the most that it ever was.
    """

    online_s: float
    online_cpu_s: float
    cpu_percent: float
    memory_mb: float
    most_mb: float


def make_tapes(folder: Path) -> None:
    """Write a tape for each sensor: three sets of the simulated athlete, as the FIFO has them."""
    trace = folder / "tape.csv.gz"
    order = ["simulate", "bent_over_row", "--torso", "--sets", "3", "--rest", "20", "--out", str(trace)]
    if run(order):
        raise SystemExit("There is no recording to play.")
    pieces: dict[SensorRole, list[bytes]] = {}
    for block in TraceReader(trace).blocks():
        warm = np.zeros((len(block), 1), dtype=np.int16)
        words = np.hstack((block.accel_counts, warm, block.gyro_counts))
        pieces.setdefault(block.sensor, []).append(words.astype(">i2").tobytes())
    for role, parts in pieces.items():
        (folder / f"{role.value}.tape").write_bytes(b"".join(parts))


def measure(folder: Path, seconds: float) -> Use:
    """Run the service and return what it took."""
    with broker(folder) as address:
        (folder / "config.toml").write_text(
            f'[station]\nexercise = "bent_over_row"\n[sensors]\nwhich = "limb,torso"\nrate_hz = {RATE_HZ}\n'
            f'[broker]\nhost = "{address}"\n[outbox]\nfolder = "{folder / "outbox"}"\n'
        )
        online = threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "measures")
        client.on_message = lambda _client, _data, message: (
            online.set() if message.payload == b"online" else None
        )
        client.connect(address.host, address.port)
        client.subscribe("repclip/bench/availability", 1)
        client.loop_start()
        with (folder / "log").open("w") as log:
            began_s = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.service_on_tape", str(folder)],
                stdout=log,
                stderr=log,
            )
            try:
                if not online.wait(120.0):
                    raise SystemExit(f"The service does not come online: {(folder / 'log').read_text()}")
                online_s, online_cpu_s = time.monotonic() - began_s, _cpu_s(process.pid)
                time.sleep(_WARM_UP_S)
                before_s, before_cpu_s = time.monotonic(), _cpu_s(process.pid)
                time.sleep(seconds)
                passed_s, cpu_s = time.monotonic() - before_s, _cpu_s(process.pid) - before_cpu_s
                memory = _memory_mb(process.pid)
            finally:
                process.terminate()
                process.wait(30)
                client.loop_stop()
    said = (folder / "log").read_text()
    if " reps " not in said or "gap (" in said or "gaps (" in said:
        raise SystemExit(f"Nothing was counted, or samples were lost: {said}")
    return Use(online_s, online_cpu_s, 100.0 * cpu_s / passed_s, *memory)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> tuple[float, ...]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return tuple(float(found[name]) / 1e3 for name in ("VmRSS", "VmHWM"))


def table(use: Use) -> str:
    """Return what was measured, as Markdown."""
    rows = [
        ("CPU, of one core", f"{use.cpu_percent:.2f} %", f"{MOST_CPU_PERCENT:g} %"),
        ("memory (RSS)", f"{use.memory_mb:.0f} MB", f"{MOST_MB:g} MB"),
        ("the most it was", f"{use.most_mb:.0f} MB", ""),
        ("online after", f"{use.online_s:.2f} s", f"{MOST_START_S:g} s"),
        ("CPU time until then", f"{use.online_cpu_s:.2f} s", ""),
    ]
    lines = [f"| {name} | {value} | {most} |" for name, value, most in rows]
    return "\n".join(
        [f"| service, two sensors at {RATE_HZ} Hz | measured | at most |", "|---|---|---|", *lines]
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and say whether it is as little as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the CPU is watched")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        make_tapes(Path(name))
        use = measure(Path(name), given.seconds)
    print(table(use))
    kept = use.cpu_percent <= MOST_CPU_PERCENT and use.memory_mb <= MOST_MB and use.online_s <= MOST_START_S
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
