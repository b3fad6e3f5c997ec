"""The ioctls of i2c-dev, carried out on any `Bus`.

An ioctl's argument points into the caller's memory, where there are further pointers. CUSE brings it step by
step: as long as something is missing the answer is `NeedMemory`, and the kernel asks again with it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from firmware.bus_errors import EINVAL, ENOTTY
from firmware.errors import BusError
from firmware.sim.cuse_wire import Area, Ioctl
from firmware.sim.transfers import FUNCS, MAX_BLOCK_BYTES, MAX_MESSAGES, Message, SmbusSize, Transfers

I2C_RETRIES = 0x0701
I2C_TIMEOUT = 0x0702
I2C_SLAVE = 0x0703
I2C_TENBIT = 0x0704
I2C_FUNCS = 0x0705
I2C_SLAVE_FORCE = 0x0706
I2C_RDWR = 0x0707
I2C_PEC = 0x0708
I2C_SMBUS = 0x0720

_LARGEST_ADDRESS = 0x7F
_MESSAGE_IS_READ = 0x0001
_SMBUS_IS_READ = 1
#: ``union i2c_smbus_data``: a length, 32 bytes, one for a checksum.
_SMBUS_UNION_BYTES = MAX_BLOCK_BYTES + 2


@dataclass(frozen=True, slots=True)
class Done:
    """The ioctl is carried out: its result, and what goes into the caller's memory."""

    result: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class NeedMemory:
    """These ranges of the caller's memory are needed, to be read and to be written."""

    sources: list[Area]
    targets: list[Area]


@dataclass(frozen=True, slots=True)
class Refused:
    """The ioctl fails with one of the system's error numbers."""

    error_number: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """The structures of ``linux/i2c-dev.h`` for one size of pointers."""

    long_: struct.Struct
    rdwr: struct.Struct
    message: struct.Struct
    smbus: struct.Struct


_LAYOUTS = {
    8: _Layout(*map(struct.Struct, ("<Q", "<QI4x", "<HHH2xQ", "<BB2xIQ"))),
    4: _Layout(*map(struct.Struct, ("<I", "<II", "<HHH2xI", "<BB2xII"))),
}


class I2cIoctls:
    """What a device node of i2c-dev answers.

    Parameters
    ----------
    transfers
        What carries the transfers out.
    """

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers
        # Each open file has a slave address of its own.
        self._slaves: dict[int, int] = {}

    def forget(self, file: int) -> None:
        """Forget what was set on a file that is closed."""
        self._slaves.pop(file, None)

    def answer(self, ioctl: Ioctl) -> Done | NeedMemory | Refused:
        """Carry one ioctl out, or say what it needs."""
        try:
            if ioctl.request == I2C_RDWR:
                return self._transact(ioctl)
            if ioctl.request == I2C_SMBUS:
                return self._smbus(ioctl)
        except BusError as error:
            return Refused(error.errno)
        if ioctl.request == I2C_FUNCS:
            long_ = _LAYOUTS[ioctl.long_bytes].long_
            if ioctl.room < long_.size:
                return NeedMemory([], [(ioctl.argument, long_.size)])
            return Done(0, long_.pack(FUNCS))
        return self._set(ioctl)

    def _set(self, ioctl: Ioctl) -> Done | Refused:
        if ioctl.request in (I2C_SLAVE, I2C_SLAVE_FORCE):
            if ioctl.argument > _LARGEST_ADDRESS:
                return Refused(EINVAL)
            self._slaves[ioctl.file] = ioctl.argument
            return Done()
        if ioctl.request in (I2C_RETRIES, I2C_TIMEOUT):
            return Done()
        if ioctl.request in (I2C_TENBIT, I2C_PEC):
            return Refused(EINVAL) if ioctl.argument else Done()
        return Refused(ENOTTY)

    def _transact(self, ioctl: Ioctl) -> Done | NeedMemory | Refused:
        layout = _LAYOUTS[ioctl.long_bytes]
        sources = [(ioctl.argument, layout.rdwr.size)]
        if len(ioctl.data) < layout.rdwr.size:
            return NeedMemory(sources, [])
        place, count = layout.rdwr.unpack_from(ioctl.data)
        if not 0 < count <= MAX_MESSAGES:
            return Refused(EINVAL)
        sources.append((place, count * layout.message.size))
        written_at = layout.rdwr.size + count * layout.message.size
        if len(ioctl.data) < written_at:
            return NeedMemory(sources, [])
        described = list(layout.message.iter_unpack(ioctl.data[layout.rdwr.size : written_at]))
        if any(flags & ~_MESSAGE_IS_READ or address > _LARGEST_ADDRESS for address, flags, _, _ in described):
            return Refused(EINVAL)
        sources += [(buffer, length) for _, flags, length, buffer in described if not flags]
        targets = [(buffer, length) for _, flags, length, buffer in described if flags]
        if len(ioctl.data) < _total(sources) or ioctl.room < _total(targets):
            return NeedMemory(sources, targets)
        messages = []
        for address, flags, length, _ in described:
            if flags:
                messages.append(Message(address, length=length, is_read=True))
            else:
                messages.append(Message(address, ioctl.data[written_at : written_at + length]))
                written_at += length
        return Done(count, self._transfers.transact(messages))

    def _smbus(self, ioctl: Ioctl) -> Done | NeedMemory | Refused:
        layout = _LAYOUTS[ioctl.long_bytes]
        sources = [(ioctl.argument, layout.smbus.size)]
        if len(ioctl.data) < layout.smbus.size:
            return NeedMemory(sources, [])
        direction, command, size, place = layout.smbus.unpack_from(ioctl.data)
        is_read = direction == _SMBUS_IS_READ
        has_data = not (size == SmbusSize.QUICK or (size == SmbusSize.BYTE and not is_read))
        if has_data and not place:
            return Refused(EINVAL)
        targets = []
        if has_data:
            # Of a block that is read, too, the caller's memory says how long it shall be.
            sources.append((place, _SMBUS_UNION_BYTES))
            targets = [(place, _SMBUS_UNION_BYTES)] if is_read else []
        if len(ioctl.data) < _total(sources) or ioctl.room < _total(targets):
            return NeedMemory(sources, targets)
        answer = self._transfers.smbus(
            self._slaves.get(ioctl.file, 0),
            size,
            command=command,
            is_read=is_read,
            data=ioctl.data[layout.smbus.size :],
        )
        return Done(0, answer)


def _total(areas: list[Area]) -> int:
    return sum(length for _, length in areas)
