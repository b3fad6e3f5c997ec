"""Scripted sensors: readings as a driver would give them, and a bus that only knows whether it is open."""

from __future__ import annotations

import struct
import threading
import time
from array import array
from collections.abc import Iterable, Iterator

from firmware.chips import MPU_6050, Chip
from firmware.identity import SensorIdentity
from firmware.readings import Frames, Reading
from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole
from firmware.stats import SensorStats

RATE_HZ = 100
PERIOD_NS = 10_000_000


def frames(
    first: int,
    n: int = 5,
    role: SensorRole = SensorRole.LIMB,
    *,
    gap_before: bool = False,
    origin_ns: int = 0,
    accel: tuple[int, int, int] = (0, 0, 4096),
) -> Frames:
    """Samples `first` to `first + n` of a sensor of 100 Hz; the last word of each is its number."""
    data = b"".join(
        struct.pack(">7h", *accel, -500, 1, 2, number % 30_000) for number in range(first, first + n)
    )
    t_ns = array("q", (origin_ns + number * PERIOD_NS for number in range(first, first + n)))
    return Frames(role, data, 14, t_ns, gap_before)


class FakeBus:
    """Counts how often it was closed."""

    name = "fake:"
    number = None

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    def read(self, address: int, register: int, length: int) -> bytes:
        raise NotImplementedError

    def write(self, address: int, register: int, value: int) -> None:
        raise NotImplementedError

    def read_fifo(self, address: int, length: int) -> bytes:
        raise NotImplementedError

    def reopen(self) -> None:
        raise NotImplementedError


class ScriptedSensors:
    """Gives what it was told to give, one list a poll; then nothing, every 5 ms."""

    def __init__(
        self,
        polls: Iterable[list[Reading] | BaseException] = (),
        roles: tuple[SensorRole, ...] = (SensorRole.LIMB,),
        start_error: Exception | None = None,
        at_the_end: Iterable[Reading] = (),
    ) -> None:
        self._polls: Iterator[list[Reading] | BaseException] = iter(polls)
        self._roles = roles
        self._start_error = start_error
        self._at_the_end = list(at_the_end)
        self.samples = dict.fromkeys(roles, 0)
        self.threads: set[int] = set()
        self.script_done = threading.Event()
        self.closed = 0

    @property
    def identities(self) -> dict[SensorRole, SensorIdentity]:
        return {
            role: SensorIdentity(role, None, DEFAULT_I2C_ADDRESS[role], "MPU-6050", 0x68)
            for role in self._roles
        }

    @property
    def chips(self) -> dict[SensorRole, Chip]:
        return dict.fromkeys(self._roles, MPU_6050)

    def start(self) -> None:
        if self._start_error is not None:
            raise self._start_error

    def poll(self) -> list[Reading]:
        self.threads.add(threading.get_ident())
        readings = next(self._polls, None)
        if readings is None:
            self.script_done.set()
            time.sleep(0.005)
            return []
        if isinstance(readings, BaseException):
            raise readings
        for reading in readings:
            if isinstance(reading, Frames):
                self.samples[reading.role] += len(reading)
        return readings

    def finish(self) -> list[Reading]:
        return self._at_the_end

    def stats(self) -> dict[SensorRole, SensorStats]:
        return {role: SensorStats(n, 0, 0, 0, 0, 0, None, 31.5) for role, n in self.samples.items()}

    def close(self) -> None:
        self.closed += 1
