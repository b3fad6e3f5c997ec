"""A fake ``/dev/i2c-N``: the real smbus2 runs, only the system calls below it are replaced.

What the ioctls point to is read out of memory by the kernel's own layouts (``linux/i2c-dev.h``), not by the
structures of smbus2, so that a test sees what a kernel would see.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from firmware import linux_bus
from firmware.bus import Bus
from firmware.bus_errors import ENOTTY, EOPNOTSUPP, bus_error
from firmware.errors import BusError
from firmware.sim.transfers import FUNCS, Message, Transfers

I2C_SLAVE = 0x0703
I2C_FUNCS = 0x0705
I2C_RDWR = 0x0707
I2C_SMBUS = 0x0720
I2C_M_RD = 0x0001

PLAIN_I2C_BIT = 0x00000001
READ_I2C_BLOCK_BIT = 0x04000000

_RDWR = struct.Struct("@PI")
_MESSAGE = struct.Struct("@HHHP")
_SMBUS = struct.Struct("@BBIP")


class DictBus:
    """The smallest `Bus`: chips as dicts of registers, FIFOs as bytes; notes what it is asked."""

    name = "dict:"
    number = None

    def __init__(self, *addresses: int) -> None:
        self.registers = {address: {0x75: 0x68} for address in addresses}
        self.fifo = {address: bytes(index & 0xFF for index in range(9000)) for address in addresses}
        self.asked: list[tuple[object, ...]] = []
        #: Raised by the transfers that are still to come, one each; None lets one through.
        self.failures: list[int | None] = []

    def read(self, address: int, register: int, length: int) -> bytes:
        self._ask("read", address, register, length)
        return bytes(self.registers[address].get(register + index, 0) for index in range(length))

    def write(self, address: int, register: int, value: int) -> None:
        self._ask("write", address, register, value)
        self.registers[address][register] = value

    def read_fifo(self, address: int, length: int) -> bytes:
        self._ask("read_fifo", address, length)
        given, self.fifo[address] = self.fifo[address][:length], self.fifo[address][length:]
        return given

    def reopen(self) -> None:
        self._ask("reopen", None)

    def close(self) -> None:
        self._ask("close", None)

    def _ask(self, what: str, address: int | None, *more: int) -> None:
        self.asked.append((what, address, *more))
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise bus_error(failure, self.name, address)
        if address is not None and address not in self.registers:
            raise bus_error(121, self.name, address)


@dataclass
class FakeNode:
    """One device node.

    `funcs` is what its adapter can do; `file` is what stands for it on the disk, if that matters; `held`
    the addresses of kernel drivers; `open_error` and `funcs_error` make opening fail; `messages` has one list
    for each I2C_RDWR, of (address, flags, bytes or length); `smbus` one (address, read_write, command, size,
    first byte of data) for each I2C_SMBUS.
    """

    bus: Bus
    funcs: int = FUNCS
    file: str | None = None
    held: set[int] = field(default_factory=set)
    open_error: int | None = None
    funcs_error: int | None = None
    opened: int = 0
    closed: int = 0
    slaves: list[int] = field(default_factory=list)
    messages: list[list[tuple[int, int, bytes | int]]] = field(default_factory=list)
    smbus: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.transfers = Transfers(self.bus)
        self.address = 0

    def ioctl(self, request: int, argument: object) -> int:
        if request == I2C_FUNCS:
            if self.funcs_error is not None:
                raise OSError(self.funcs_error, os.strerror(self.funcs_error))
            assert isinstance(argument, ctypes.c_ulong)
            argument.value = self.funcs
            return 0
        if request == I2C_SLAVE:
            assert isinstance(argument, int)
            self.slaves.append(argument)
            if argument in self.held:
                raise OSError(16, "Device or resource busy")
            self.address = argument
            return 0
        address = ctypes.addressof(argument)
        try:
            if request == I2C_RDWR:
                return self._transact(address)
            if request == I2C_SMBUS:
                return self._smbus(address)
        except BusError as error:
            raise OSError(error.errno, os.strerror(error.errno)) from error
        raise OSError(ENOTTY, "Inappropriate ioctl for device")

    def _transact(self, address: int) -> int:
        if not self.funcs & PLAIN_I2C_BIT:
            raise OSError(EOPNOTSUPP, "Operation not supported")
        pointer, count = _RDWR.unpack(ctypes.string_at(address, _RDWR.size))
        size = struct.calcsize("@HHHP0P")
        noted: list[tuple[int, int, bytes | int]] = []
        messages = []
        place = 0
        for index in range(count):
            chip, flags, length, buffer = _MESSAGE.unpack_from(ctypes.string_at(pointer + index * size, size))
            if flags & I2C_M_RD:
                noted.append((chip, flags, length))
                messages.append(Message(chip, length=length, is_read=True))
                place = buffer
            else:
                data = ctypes.string_at(buffer, length)
                noted.append((chip, flags, data))
                messages.append(Message(chip, data))
        self.messages.append(noted)
        answer = self.transfers.transact(messages)
        if answer:
            ctypes.memmove(place, answer, len(answer))
        return count

    def _smbus(self, address: int) -> int:
        read_write, command, size, buffer = _SMBUS.unpack(ctypes.string_at(address, _SMBUS.size))
        data = ctypes.string_at(buffer, 34) if buffer else b""
        self.smbus.append((self.address, read_write, command, size, data[0] if data else 0))
        answer = self.transfers.smbus(self.address, size, command=command, is_read=read_write == 1, data=data)
        if answer:
            ctypes.memmove(buffer, answer, len(answer))
        return 0


class FakeNodes:
    """Device nodes by path, put below smbus2 and `firmware.linux_bus`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by_path: dict[str, FakeNode] = {}
        self._open_files: dict[int, FakeNode] = {}
        self._os_open, self._os_close = os.open, os.close
        monkeypatch.setattr(os, "open", self._open)
        monkeypatch.setattr(os, "close", self._close)
        monkeypatch.setattr("smbus2.smbus2.ioctl", self._ioctl)
        monkeypatch.setattr(linux_bus, "ioctl", self._ioctl)

    def add(self, path: str, node: FakeNode) -> FakeNode:
        self.by_path[path] = node
        return node

    @property
    def open_files(self) -> Sequence[int]:
        return list(self._open_files)

    def _open(self, path: object, flags: int, *arguments: int, **options: int) -> int:
        node = self.by_path.get(path) if isinstance(path, str) else None
        if node is None:
            return self._os_open(path, flags, *arguments, **options)
        if node.open_error is not None:
            raise OSError(node.open_error, os.strerror(node.open_error), path)
        assert flags == os.O_RDWR
        # A real descriptor, so that nobody else gets its number.
        number = os.memfd_create("i2c") if node.file is None else self._os_open(node.file, os.O_RDWR)
        self._open_files[number] = node
        node.opened += 1
        return number

    def _close(self, number: int) -> None:
        node = self._open_files.pop(number, None)
        if node is not None:
            node.closed += 1
        self._os_close(number)

    def _ioctl(self, number: int, request: int, argument: object = 0) -> int:
        node = self._open_files.get(number)
        if node is None:
            raise OSError(ENOTTY, "Inappropriate ioctl for device")
        return node.ioctl(request, argument)
