"""An I2C bus of Linux, ``/dev/i2c-N``, by way of smbus2.

With plain I2C (every Pi) a read is one transaction of two messages, ``[write the register, read n]``: what
i2c-bcm2835 allows, since there only the last message may be a read. An adapter that only speaks SMBus (some
USB ones) gives blocks of at most 32 bytes.
"""

from __future__ import annotations

import re
from fcntl import LOCK_EX, LOCK_NB, ioctl, lockf
from types import TracebackType

from smbus2 import I2cFunc, SMBus, i2c_msg

from firmware.bus_errors import (
    EACCES,
    EAGAIN,
    EBADF,
    EBUSY,
    EOPNOTSUPP,
    NOT_ACKNOWLEDGED,
    bus_error,
    mapped_os_errors,
)
from firmware.errors import BusError, BusInUseError
from firmware.registers import FIFO_R_W

#: Registers in one `LinuxBus.read`: what an SMBus block holds (I2C_SMBUS_BLOCK_MAX).
BLOCK_BYTES = 32
#: Bytes that i2c-dev takes in one message.
MESSAGE_BYTES = 8192

_I2C_SLAVE = 0x0703


class LinuxBus:
    """One ``/dev/i2c-N``; opened when it is made, so that a wrong number is told at once.

    It is a `firmware.bus.Bus`, and a context manager that closes itself. smbus2 is not thread-safe: one
    thread owns the bus.

    Parameters
    ----------
    device
        Number of the bus or path of its device node.

    Raises
    ------
    BusError
        It cannot be opened, or its adapter cannot do what the sensor needs.
    """

    def __init__(self, device: str | int) -> None:
        self._path = f"/dev/i2c-{device}" if isinstance(device, int) else device
        self._smbus = SMBus()
        self._plain_i2c = False
        self._claimed: set[int] = set()
        # What a transfer says while the bus is closed: why it could not be opened again, if it could not.
        self._why_closed = EBADF
        self._open()

    @property
    def name(self) -> str:
        """Path of the device node."""
        return self._path

    @property
    def number(self) -> int | None:
        """N of ``/dev/i2c-N``; None for a node of another name."""
        found = re.fullmatch(r".*/i2c-(\d+)", self._path)
        return int(found[1]) if found else None

    @property
    def plain_i2c(self) -> bool:
        """Whether a read of any length is one transaction; otherwise it comes in blocks of 32 bytes."""
        return self._plain_i2c

    def read(self, address: int, register: int, length: int) -> bytes:
        """Return the values of `length` (1 to 32) consecutive registers, read in one transaction."""
        if not 1 <= length <= BLOCK_BYTES:
            raise ValueError(f"length must be in 1 to {BLOCK_BYTES}, got {length}")
        self._claim(address)
        with mapped_os_errors(self._path, address):
            return self._transfer(address, register, length)

    def write(self, address: int, register: int, value: int) -> None:
        """Write one register."""
        self._claim(address)
        with mapped_os_errors(self._path, address):
            if self._plain_i2c:
                self._smbus.i2c_rdwr(i2c_msg.write(address, [register, value]))
            else:
                self._smbus.write_byte_data(address, register, value)

    def read_fifo(self, address: int, length: int) -> bytes:
        """Return `length` (1 to 8192) bytes out of the FIFO register, in one transaction where possible.

        When it fails, the error's `consumed` says whether the FIFO may have given bytes that are lost now.
        A chip that does not acknowledge has given none: in a read it is the reader who acknowledges the
        bytes, so a refusal can only come before the first of them.
        """
        if not 1 <= length <= MESSAGE_BYTES:
            raise ValueError(f"length must be in 1 to {MESSAGE_BYTES}, got {length}")
        self._claim(address)
        at_once = length if self._plain_i2c else BLOCK_BYTES
        taken = b""
        while len(taken) < length:
            try:
                taken += self._transfer(address, FIFO_R_W, min(at_once, length - len(taken)))
            except OSError as error:
                number = error.errno or 0
                consumed = bool(taken) or number not in NOT_ACKNOWLEDGED
                raise bus_error(number, self._path, address, consumed=consumed) from error
        return taken

    def reopen(self) -> None:
        """Close the bus and open it again; if that fails it may be tried again.

        Until then every transfer fails for the same reason.
        """
        self.close()
        self._open()

    def close(self) -> None:
        """Release the device node; may be called twice."""
        self._claimed.clear()
        self._why_closed = EBADF
        self._smbus.close()

    def __enter__(self) -> LinuxBus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        try:
            with mapped_os_errors(self._path, None):
                self._smbus.open(self._path)
            self._plain_i2c = self._ask_adapter()
        except BusError as error:
            # The node may be open although its adapter is of no use.
            self.close()
            self._why_closed = error.errno
            raise

    def _ask_adapter(self) -> bool:
        """Return whether it does plain I2C."""
        able = I2cFunc(self._smbus.funcs)
        if not able & (I2cFunc.I2C | I2cFunc.SMBUS_READ_I2C_BLOCK):
            raise bus_error(EOPNOTSUPP, self._path, None)
        return bool(able & I2cFunc.I2C)

    def _claim(self, address: int) -> None:
        """Make sure that nobody else reads the chip: no driver in the kernel and no other process of ours.

        Two readers would take each other's samples out of the FIFO. I2C_RDWR itself asks for no driver, and
        smbus2 asks before each SMBus transfer, never before `i2c_rdwr`. With plain I2C nothing else uses the
        address that this sets on the open file, so that smbus2's own note of it cannot go stale.
        """
        if self._smbus.fd is None:
            raise bus_error(self._why_closed, self._path, None)
        if address in self._claimed:
            return
        if self._plain_i2c:
            with mapped_os_errors(self._path, address):
                ioctl(self._smbus.fd, _I2C_SLAVE, address)
        try:
            # One byte of the node stands for each address; the lock goes with the process.
            lockf(self._smbus.fd, LOCK_EX | LOCK_NB, 1, address)
        except OSError as error:
            if error.errno in (EACCES, EAGAIN):
                raise BusInUseError(
                    f"Another repclip reads the sensor at 0x{address:02x} on {self._path}: end it first"
                    " (Ctrl-C, or sudo systemctl stop repclip).",
                    EBUSY,
                ) from error
            # A node that cannot be locked is read all the same.
        self._claimed.add(address)

    def _transfer(self, address: int, register: int, length: int) -> bytes:
        if not self._plain_i2c:
            return bytes(self._smbus.read_i2c_block_data(address, register, length))
        answer = i2c_msg.read(address, length)
        self._smbus.i2c_rdwr(i2c_msg.write(address, [register]), answer)
        return bytes(answer)
