"""Runs in the emulated machine: simulated sensors behind a real /dev/i2c-7, read by the real driver.

Writes what it measured as one line; what must hold of it is said in `tests/vm/test_vm_bus.py`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from smbus2 import SMBus, i2c_msg

from firmware.decode import raw_block
from firmware.discovery import find_buses, open_bus
from firmware.driver import Sensors
from firmware.errors import BusError
from firmware.linux_bus import LinuxBus
from firmware.readings import Frames, Gap, Trouble
from firmware.registers import ACCEL_XOUT_H, FIFO_R_W, PWR_MGMT_1, WHO_AM_I
from firmware.roles import SensorRole
from firmware.samples import SampleFlag
from firmware.settings import SensorSettings
from firmware.start import identify

NODE = Path("/dev/i2c-7")
SPEC = "sim:sensors=2,motion=rocking,seed=5,clock_ppm=4000"
SERVER = [sys.executable, "-m", "firmware.sim.cuse", "--number", "7", "--bus"]
RATE_HZ = 100
SETTLED_S = 5.0
UNPLUGGED_S = 1.5
PATIENCE_S = 20.0


def said(text: str) -> None:
    sys.stdout.write(f"{time.monotonic():7.2f} s  {text}\n")
    sys.stdout.flush()


class Server:
    """The simulated sensors behind the node; ends with the block that it is used in."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([*SERVER, SPEC], stdout=subprocess.PIPE, text=True)
        self.exit_code: int | None = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def wait(self) -> str:
        """Return what it says when the node is there."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        deadline = time.monotonic() + PATIENCE_S
        while not NODE.exists():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise SystemExit(f"there is no {NODE}: {line!r}")
            time.sleep(0.02)
        return line.strip()

    def end(self) -> None:
        """Stop it as systemd would, and wait until the node is gone."""
        if self.exit_code is None:
            self._process.terminate()
            self.exit_code = self._process.wait(PATIENCE_S)
            deadline = time.monotonic() + PATIENCE_S
            while NODE.exists() and time.monotonic() < deadline:
                time.sleep(0.02)


def error_of(transfer: Any) -> list[Any]:
    try:
        transfer()
    except BusError as error:
        return [type(error).__name__, error.errno, error.consumed, str(error)]
    except OSError as error:
        return ["OSError", error.errno, None, str(error)]
    return ["none", 0, None, ""]


def median_us(transfer: Any, count: int) -> float:
    took_s = []
    for _ in range(count):
        began = time.perf_counter()
        transfer()
        took_s.append(time.perf_counter() - began)
    return statistics.median(took_s) * 1e6


def transfers(bus: LinuxBus) -> dict[str, Any]:
    """What single transfers do, and how long they take."""
    result = {
        "plain_i2c": bus.plain_i2c,
        "chips": [identify(bus, address).name for address in (0x68, 0x69)],
        "absent": error_of(lambda: bus.read(0x42, WHO_AM_I, 1)),
        "absent_fifo": error_of(lambda: bus.read_fifo(0x42, 12)),
        "burst_us": median_us(lambda: bus.read(0x68, ACCEL_XOUT_H, 14), 200),
        "fifo_1020_us": median_us(lambda: bus.read_fifo(0x68, 1020), 20),
        "fifo_8192_bytes": len(bus.read_fifo(0x68, 8192)),
    }
    with SMBus(str(NODE)) as raw:
        pair = [i2c_msg.write(0x68, [WHO_AM_I]), i2c_msg.read(0x68, 1)]
        result["two_reads"] = error_of(lambda: raw.i2c_rdwr(*pair, *pair))
        result["smbus_who_am_i"] = raw.read_byte_data(0x69, WHO_AM_I)
        result["smbus_block"] = len(raw.read_i2c_block_data(0x68, FIFO_R_W, 32))
    return result


def undisturbed(driver: Sensors, settings: dict[SensorRole, SensorSettings]) -> dict[str, Any]:
    """Let the driver run for some seconds."""
    began = time.monotonic()
    driver.start()
    started_s = time.monotonic() - began
    said(f"the driver has started after {started_s:.2f} s")
    before = driver.stats()
    cpu_s, until = time.process_time(), time.monotonic() + SETTLED_S
    frames: dict[SensorRole, list[Frames]] = {role: [] for role in SensorRole}
    gaps: dict[SensorRole, list[Gap]] = {role: [] for role in SensorRole}
    trouble: list[str] = []
    while time.monotonic() < until:
        for reading in driver.poll():
            if isinstance(reading, Frames):
                frames[reading.role].append(reading)
            elif isinstance(reading, Gap):
                gaps[reading.role].append(reading)
            else:
                trouble.append(reading.advice)
    cpu_s = time.process_time() - cpu_s
    stats = driver.stats()
    result: dict[str, Any] = {"started_s": started_s, "trouble": trouble, "roles": {}}
    for role, parts in frames.items():
        blocks = [raw_block(part, settings[role], parts[0].t_ns[0]) for part in parts]
        t_us = np.concatenate([block.t_us for block in blocks])
        after_gap = np.concatenate([block.flags for block in blocks]) & SampleFlag.GAP_BEFORE > 0
        accel_g = np.concatenate([block.accel_counts for block in blocks]) * (8 / 32768)
        steps_ms = np.diff(t_us)[~after_gap[1:]] / 1000
        fit = stats[role].clock
        result["roles"][role.value] = {
            "samples": len(t_us),
            "seconds": SETTLED_S,
            "span_s": float(t_us[-1] - t_us[0]) / 1e6,
            "step_ms": [float(steps_ms.min()), float(steps_ms.mean()), float(steps_ms.max())],
            "gaps_counted": stats[role].gaps,
            "gaps_flagged": int(after_gap[1:].sum()),
            "gaps": [[gap.cause.value, gap.lost_samples, gap.lost_s] for gap in gaps[role]],
            "bus_errors": stats[role].bus_errors,
            "restarts": stats[role].restarts - before[role].restarts,
            "rate_hz": None if fit is None else fit.rate_hz,
            "jitter_us": None if fit is None else fit.jitter_us,
            "norm_g": float(np.median(np.linalg.norm(accel_g, axis=1))),
            "spread_g": float(accel_g.std(axis=0).max()),
        }
    result["cpu_us_per_sample"] = cpu_s * 1e6 / sum(each["samples"] for each in result["roles"].values())
    return result


def unplugged(driver: Sensors, server: Server) -> dict[str, Any]:
    """Take the bus away under the driver's hands, and bring it back with chips that know nothing."""
    with LinuxBus(str(NODE)) as bystander:
        server.end()
        open_then = error_of(lambda: bystander.read(0x68, WHO_AM_I, 1))
        fifo_then = error_of(lambda: bystander.read_fifo(0x68, 12))
    result: dict[str, Any] = {
        "server_exit": server.exit_code,
        "node_gone": not NODE.exists(),
        "open_then": open_then,
        "fifo_then": fifo_then,
        "advice": [],
        "gaps": [],
    }
    until = time.monotonic() + UNPLUGGED_S
    while time.monotonic() < until:
        for reading in driver.poll():
            if isinstance(reading, Trouble):
                result["advice"].append([reading.role.value, reading.cause.value, reading.advice])
    said("the bus comes back")
    with Server() as again:
        again.wait()
        back = time.monotonic()
        samples = dict.fromkeys(SensorRole, 0)
        while time.monotonic() < back + PATIENCE_S and min(samples.values()) < RATE_HZ:
            for reading in driver.poll():
                if isinstance(reading, Gap):
                    result["gaps"].append([reading.role.value, reading.cause.value, reading.lost_s])
                    result["back_s"] = time.monotonic() - back
                elif isinstance(reading, Frames):
                    samples[reading.role] += len(reading)
        driver.close()
        asleep = [bystander_read(address) for address in (0x68, 0x69)]
    return {**result, "samples_after": min(samples.values()), "asleep": asleep}


def bystander_read(address: int) -> int:
    with SMBus(str(NODE)) as raw:
        return raw.read_byte_data(address, PWR_MGMT_1)


def main() -> int:
    said("the check begins")
    result: dict[str, Any] = {}
    with Server() as server:
        result["ready"] = server.wait()
        said(result["ready"])
        second = subprocess.run([*SERVER, "sim:"], capture_output=True, text=True, check=False, timeout=60)
        result["second_server"] = [second.returncode, second.stderr]
        result["buses"] = [[bus.number, bus.path, bus.usable] for bus in find_buses()]
        result["no_such_bus"] = error_of(lambda: open_bus("3"))
        with open_bus("7") as bus:
            result["transfers"] = transfers(bus)
            said("single transfers are done: {burst_us:.0f} us for 14 bytes".format(**result["transfers"]))
            settings = {role: SensorSettings(role, rate_hz=RATE_HZ) for role in SensorRole}
            driver = Sensors(bus, list(settings.values()))
            result["undisturbed"] = undisturbed(driver, settings)
            said("the driver has run undisturbed")
            result["unplugged"] = unplugged(driver, server)
            said("the driver is done")
    sys.stdout.write(f"VM-RESULT {json.dumps(result)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
