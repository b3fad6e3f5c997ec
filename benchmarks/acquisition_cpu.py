"""CPU time of acquiring a sample, decoding it and bringing it into SI units, beside two packages.

Two sensors at 200 Hz. What the chips answer is recorded once on the simulated bus; what is timed answers from
that list, so that neither a chip nor a simulated one is in the figures.

    python -m benchmarks.acquisition_cpu [--seconds N] [--repeats N]
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import smbus2

from benchmarks.bus_use import table
from benchmarks.canned import CannedBus, CannedClock, Recorder, RecordingClock, canned_ioctl
from benchmarks.counting import OURS
from benchmarks.peers import (
    I2C,
    PACKAGES,
    Adafruit,
    MissingPeerError,
    MpuRaspberryPi,
    SMBus,
    require_packages,
)
from calibration.value import Calibration
from firmware import linux_bus
from firmware.bus import Bus
from firmware.decode import raw_block
from firmware.driver import Sensors
from firmware.readings import Frames
from firmware.registers import DATA_BYTES
from firmware.roles import SensorRole
from firmware.samples import RawBlock
from firmware.settings import SensorSettings
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, rocking

RATE_HZ = 200
SETTINGS = [SensorSettings(role, rate_hz=RATE_HZ) for role in SensorRole]
SAMPLES_A_SECOND = RATE_HZ * len(SETTINGS)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was answered to a driver.

    Attributes
    ----------
    answers, times_ns
        Of the bus and of the clock, in order.
    calls
        How often the driver was polled, or a sample read, once it had started.
    samples
        Samples that it gave then.
    """

    answers: list[bytes]
    times_ns: list[int]
    calls: int
    samples: int


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time (us) a sample of each part, of one run."""

    parts: dict[str, float]

    @property
    def whole_us(self) -> float:
        return sum(self.parts.values())


def _simulated() -> tuple[SimulatedBus, SimulatedClock]:
    clock = SimulatedClock()
    chips = {
        each.i2c_address: SimulatedChip(motion=rocking(), seed=number) for number, each in enumerate(SETTINGS)
    }
    return SimulatedBus(chips, clock), clock


def record_ours(seconds: float) -> Recording:
    """Let the driver run on the simulated bus and write down what it was answered."""
    bus, clock = _simulated()
    recorder, recording_clock = Recorder(bus), RecordingClock(clock)
    sensors = Sensors(recorder, SETTINGS, recording_clock)
    sensors.start()
    sensors.poll()
    end_ns, calls, samples = clock.now_ns() + round(seconds * 1e9), 0, 0
    while clock.now_ns() < end_ns:
        samples += sum(len(each) for each in sensors.poll() if isinstance(each, Frames))
        calls += 1
    return Recording(recorder.answers, recording_clock.times_ns, calls, samples)


def cost_of_ours(recording: Recording, bus: Bus) -> Cost:
    """Read, decode and calibrate once more, each for itself, and time it."""
    sensors = Sensors(bus, SETTINGS, CannedClock(recording.times_ns))
    sensors.start()
    sensors.poll()
    of_role = {each.role: each for each in SETTINGS}
    calibrations = {role: Calibration.nominal(each) for role, each in sensors.identities.items()}
    frames: list[Frames] = []
    raw: list[RawBlock] = []

    def acquire() -> None:
        for _ in range(recording.calls):
            frames.extend(each for each in sensors.poll() if isinstance(each, Frames))

    def decode() -> None:
        raw.extend(raw_block(each, of_role[each.role], 0) for each in frames)

    def calibrate() -> None:
        for each in raw:
            calibrations[each.sensor].apply(each)

    parts = {
        "acquire": _us(acquire, recording.samples),
        "decode": _us(decode, recording.samples),
        "calibrate": _us(calibrate, recording.samples),
    }
    if sum(len(each) for each in frames) != recording.samples:
        raise AssertionError("The driver did not do again what was recorded.")
    return Cost(parts)


def record_peer(name: str, samples: int) -> Recording:
    """Let a package read samples of the simulated sensors in turn and write down what it was answered."""
    bus, clock = _simulated()
    recorder = Recorder(bus)
    peers = _peers(name, recorder, clock.sleep_s)
    for number in range(samples):
        peers[number % len(peers)].read()
        clock.sleep_s(1.0 / SAMPLES_A_SECOND)
    return Recording(recorder.answers, [], samples, samples)


def _peers(name: str, bus: Any, sleep_s: Callable[[float], None], smbus: type[Any] = SMBus) -> list[Any]:
    """Return a package's sensors; `bus` is an I2C object of Blinka's where it is no `Bus`."""
    if name == PACKAGES[0]:
        return [MpuRaspberryPi(bus, each, with_temperature=True, smbus=smbus) for each in SETTINGS]
    i2c = I2C(bus) if isinstance(bus, Recorder | CannedBus) else bus
    return [Adafruit(i2c, each, sleep_s, with_temperature=True) for each in SETTINGS]


def cost_of_peer(recording: Recording, peers: list[Any]) -> Cost:
    """Read all samples once more and time it."""
    first, second = (each.read for each in peers)

    def acquire() -> None:
        for _ in range(recording.calls // 2):
            first()
            second()

    return Cost({"acquire": _us(acquire, recording.samples)})


def cost_of_unpacking(recording: Recording) -> Cost:
    """Unpack the frames that the driver read, one by one, and do nothing with them."""
    data = b"".join(each for each in recording.answers if len(each) >= DATA_BYTES)
    starts = range(0, len(data), DATA_BYTES)
    unpack = struct.Struct(">7h").unpack_from

    def decode() -> None:
        for start in starts:
            unpack(data, start)

    return Cost({"decode": _us(decode, len(starts))})


def _us(what: Callable[[], None], samples: int) -> float:
    begun_ns = time.process_time_ns()
    what()
    return (time.process_time_ns() - begun_ns) / 1e3 / samples


def _no_sleep(_: float) -> None:
    pass


@contextmanager
def _blinka(answers: list[bytes]) -> Iterator[Any]:
    """Blinka's I2C object for Linux, on a device that is none."""
    pure_io: Any = importlib.import_module("Adafruit_PureIO.smbus")
    generic: Any = importlib.import_module("adafruit_blinka.microcontroller.generic_linux.i2c")
    busio: Any = importlib.import_module("busio")
    with canned_ioctl(answers, pure_io), Path(os.devnull).open("r+b", buffering=0) as device:
        port = generic.I2C.__new__(generic.I2C)
        port._i2c_bus = pure_io.SMBus()
        port._i2c_bus._device = device
        i2c = busio.I2C.__new__(busio.I2C)
        i2c._i2c = port
        yield i2c


def on_a_list(name: str, recording: Recording) -> Cost:
    """Time a driver on a bus that answers from a list."""
    bus = CannedBus(recording.answers)
    if name == OURS:
        return cost_of_ours(recording, bus)
    return cost_of_peer(recording, _peers(name, bus, _no_sleep))


def on_a_library(name: str, recording: Recording) -> Cost:
    """Time a driver with the library that it reaches the kernel by, and a kernel that answers from a list."""
    if name == PACKAGES[1]:
        with _blinka(recording.answers) as i2c:
            return cost_of_peer(recording, _peers(name, i2c, _no_sleep))
    with canned_ioctl(recording.answers, smbus2.smbus2, linux_bus):
        if name == OURS:
            with linux_bus.LinuxBus(os.devnull) as bus:
                return cost_of_ours(recording, bus)
        return cost_of_peer(recording, _peers(name, os.devnull, _no_sleep, smbus2.SMBus))


def usual(run: Callable[[], Cost], repeats: int) -> tuple[Cost, float, float]:
    """Return the run of median cost, and the least and greatest cost (us)."""
    costs = sorted((run() for _ in range(repeats)), key=lambda each: each.whole_us)
    return costs[repeats // 2], costs[0].whole_us, costs[-1].whole_us


def _row(name: str, measured: tuple[Cost, float, float], ours_us: float) -> list[str]:
    cost, least_us, most_us = measured
    return [
        name,
        f"{cost.whole_us:.2f}",
        f"{least_us:.2f} to {most_us:.2f}",
        f"{cost.whole_us * SAMPLES_A_SECOND / 1e4:.2f}",
        f"{cost.whole_us / ours_us:.2f}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="simulated time of a run (default 20)")
    parser.add_argument("--repeats", type=int, default=9, help="runs of which the median counts (default 9)")
    arguments = parser.parse_args()
    if not arguments.seconds >= 1.0 or arguments.repeats < 1:
        parser.error("--seconds and --repeats must be 1 or more")
    try:
        require_packages()
    except MissingPeerError as error:
        print(error, file=sys.stderr)
        return 2
    begun_s = time.monotonic()
    recordings = {OURS: record_ours(arguments.seconds)}
    samples = recordings[OURS].samples // 2 * 2
    recordings |= {name: record_peer(name, samples) for name in PACKAGES}
    print(f"{len(SETTINGS)} sensors at {RATE_HZ} Hz, {samples} samples a run, median of", end=" ")
    print(f"{arguments.repeats} runs; Python {platform.python_version()} on {platform.machine()}\n")
    head = ["", "CPU a sample (us)", "least to most", f"% of a core at {SAMPLES_A_SECOND}/s", "times ours"]
    for title, run in (
        ("On a bus that answers from a list", on_a_list),
        ("With the I2C library of each, and a kernel that answers from a list", on_a_library),
    ):
        measured = {
            name: usual(partial(run, name, recording), arguments.repeats)
            for name, recording in recordings.items()
        }
        ours = measured[OURS][0]
        rows = [_row(name, each, ours.whole_us) for name, each in measured.items()]
        if run is on_a_list:
            unpacking = usual(partial(cost_of_unpacking, recordings[OURS]), arguments.repeats)
            rows.append(_row("struct.unpack of each frame and nothing else", unpacking, ours.whole_us))
        print(f"{title}\n")
        table(head, rows)
        print("Ours: " + ", ".join(f"{part} {us:.2f} us" for part, us in ours.parts.items()) + "\n")
    print(f"({time.monotonic() - begun_s:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
