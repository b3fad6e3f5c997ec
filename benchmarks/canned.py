"""A bus that answers from a list: what a driver costs without what the simulated chip costs.

`Recorder` and `RecordingClock` stand between a driver and the simulation and write down every answer and
every time. `CannedBus` and `CannedClock` give them again in the same order, and the driver does the same with
them as before. `canned_ioctl` gives them one level deeper, where the I2C libraries call the kernel.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

from firmware.sim import SimulatedBus, SimulatedClock

_I2C_FUNCS, _I2C_RDWR, _I2C_SMBUS = 0x0705, 0x0707, 0x0720
#: I2C_FUNC_I2C and I2C_FUNC_SMBUS_READ_I2C_BLOCK.
_ABLE = 0x0400_0001


class Recorder:
    """A simulated bus that writes down what it answers."""

    name, number = "recorded", None

    def __init__(self, bus: SimulatedBus) -> None:
        self._bus = bus
        self.answers: list[bytes] = []

    def read(self, address: int, register: int, length: int) -> bytes:
        self.answers.append(self._bus.read(address, register, length))
        return self.answers[-1]

    def read_fifo(self, address: int, length: int) -> bytes:
        self.answers.append(self._bus.read_fifo(address, length))
        return self.answers[-1]

    def write(self, address: int, register: int, value: int) -> None:
        self._bus.write(address, register, value)

    def reopen(self) -> None:
        self._bus.reopen()

    def close(self) -> None:
        self._bus.close()


class RecordingClock:
    """A simulated clock that writes down what it said."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self.times_ns: list[int] = []

    def now_ns(self) -> int:
        self.times_ns.append(self._clock.now_ns())
        return self.times_ns[-1]

    def sleep_until_ns(self, at_ns: int) -> None:
        self._clock.sleep_until_ns(at_ns)


class CannedBus:
    """Gives recorded answers, whatever it is asked."""

    name, number = "canned", None

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._next = iter(answers).__next__

    def read(self, address: int, register: int, length: int) -> bytes:  # noqa: ARG002
        return self._next()

    def read_fifo(self, address: int, length: int) -> bytes:  # noqa: ARG002
        return self._next()

    def write(self, address: int, register: int, value: int) -> None:
        pass

    def reopen(self) -> None:
        pass

    def close(self) -> None:
        pass


class CannedClock:
    """Says recorded times; nobody sleeps."""

    def __init__(self, times_ns: Sequence[int]) -> None:
        self._next = iter(times_ns).__next__

    def now_ns(self) -> int:
        return self._next()

    def sleep_until_ns(self, at_ns: int) -> None:
        pass


@contextmanager
def canned_ioctl(answers: Sequence[bytes], *modules: ModuleType) -> Iterator[None]:
    """Let the `ioctl` of some modules answer from a list instead of asking the kernel."""
    following = iter(answers).__next__

    def ioctl(_: int, request: int, argument: Any = 0) -> int:
        if request == _I2C_RDWR:
            if argument.nmsgs == 2:
                data = following()
                ctypes.memmove(argument.msgs[1].buf, data, len(data))
        elif request == _I2C_SMBUS:
            if argument.read_write:
                argument.data.contents.byte = following()[0]
        elif request == _I2C_FUNCS:
            argument.value = _ABLE
        return 0

    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch.object(module, "ioctl", ioctl))
        yield
