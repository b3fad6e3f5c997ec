"""What an I2C adapter does: messages and SMBus transfers of i2c-dev, carried out on any `Bus`.

It behaves like ``i2c-bcm2835`` of a Raspberry Pi: plain I2C, SMBus by emulation, only the last message of a
transaction may be a read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from firmware.bus import Bus
from firmware.bus_errors import EINVAL, EOPNOTSUPP, bus_error
from firmware.registers import FIFO_R_W, WHO_AM_I

#: I2C_FUNCS: plain I2C, and SMBus quick, byte, byte data, word data and I2C block.
FUNCS = 0x0C7F0001
#: Messages in one I2C_RDWR.
MAX_MESSAGES = 42
#: Bytes in one message.
MAX_MESSAGE_BYTES = 8192
#: Bytes in one SMBus block.
MAX_BLOCK_BYTES = 32


class SmbusSize(IntEnum):
    """Kinds of SMBus transfer, by their numbers in ``linux/i2c.h``."""

    QUICK = 0
    BYTE = 1
    BYTE_DATA = 2
    WORD_DATA = 3
    I2C_BLOCK_DATA = 8


_PLAIN_LENGTHS = {SmbusSize.BYTE_DATA: 1, SmbusSize.WORD_DATA: 2}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an I2C transaction.

    Attributes
    ----------
    address
        7-bit address.
    data
        What is written; empty for a read.
    length
        How many bytes are read; 0 for a write.
    is_read
        Which of both it is.
    """

    address: int
    data: bytes = b""
    length: int = 0
    is_read: bool = False


class Transfers:
    """Carries transfers out on a bus; remembers each chip's register pointer as the chip does.

    Parameters
    ----------
    bus
        Where the chips are.

    Notes
    -----
    Every method raises the bus's own `BusError`, or one with EINVAL or EOPNOTSUPP for what no adapter does.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._pointers: dict[int, int] = {}

    def transact(self, messages: Sequence[Message]) -> bytes:
        """Carry out one transaction (I2C_RDWR) and return what its last message read."""
        if not 0 < len(messages) <= MAX_MESSAGES:
            raise bus_error(EINVAL, self.bus.name, None)
        for message in messages:
            if max(message.length, len(message.data)) > MAX_MESSAGE_BYTES:
                raise bus_error(EINVAL, self.bus.name, message.address)
        if any(message.is_read for message in messages[:-1]):
            raise bus_error(EOPNOTSUPP, self.bus.name, messages[0].address)
        answer = b""
        for position, message in enumerate(messages):
            if message.is_read:
                answer = self._read(message.address, message.length)
            else:
                self._write(message, asks=position + 1 == len(messages))
        return answer

    def smbus(self, address: int, size: int, *, command: int = 0, is_read: bool, data: bytes = b"") -> bytes:
        """Carry out one SMBus transfer.

        Parameters
        ----------
        address
            7-bit address.
        size
            Which transfer, one of `SmbusSize`.
        command
            Register; for a written byte without register, the byte.
        is_read
            Direction.
        data
            What is written; of a block that is read, its length as the first byte.

        Returns
        -------
        bytes
            What was read, a block with its length before it; empty for a write.
        """
        try:
            kind = SmbusSize(size)
        except ValueError:
            raise bus_error(EOPNOTSUPP, self.bus.name, address) from None
        if kind is SmbusSize.QUICK:
            self._ask(address)
            return b""
        if kind is SmbusSize.BYTE:
            if is_read:
                return self._read(address, 1)
            return self.transact([Message(address, bytes([command]))])
        block = kind is SmbusSize.I2C_BLOCK_DATA
        length = data[0] if block and data else _PLAIN_LENGTHS.get(kind, 0)
        if not 1 <= length <= MAX_BLOCK_BYTES:
            raise bus_error(EINVAL, self.bus.name, address)
        register = Message(address, bytes([command]))
        if is_read:
            answer = self.transact([register, Message(address, length=length, is_read=True)])
            return bytes([length]) + answer if block else answer
        values = data[1 : 1 + length] if block else data[:length]
        return self.transact([Message(address, register.data + values)])

    def _write(self, message: Message, *, asks: bool) -> None:
        if message.data:
            self._pointers[message.address] = message.data[0]
        if len(message.data) < 2:
            # The pointer alone is no transfer of a `Bus`: if no read follows, see whether the chip is there.
            if asks:
                self._ask(message.address)
            return
        for value in message.data[1:]:
            register = self._pointers[message.address]
            self.bus.write(message.address, register, value)
            self._advance(message.address, 1)

    def _read(self, address: int, length: int) -> bytes:
        if length == 0:
            self._ask(address)
            return b""
        register = self._pointers.get(address, 0)
        if register == FIFO_R_W:
            return self.bus.read_fifo(address, length)
        answer = b""
        while len(answer) < length:
            part = min(MAX_BLOCK_BYTES, length - len(answer))
            answer += self.bus.read(address, self._pointers.get(address, 0), part)
            self._advance(address, part)
        return answer

    def _advance(self, address: int, count: int) -> None:
        register = self._pointers.get(address, 0)
        if register != FIFO_R_W:
            self._pointers[address] = (register + count) & 0xFF

    def _ask(self, address: int) -> None:
        """Address the chip for nothing: WHO_AM_I is a register that no read changes."""
        self.bus.read(address, WHO_AM_I, 1)
