"""A bus with sensors that play a tape in real time and cost nothing: what is measured is the service alone.

No simulation is imported here, as none is on a Pi. The registers are a dictionary, the FIFO's count follows
from the clock, and its content is the next piece of the tape.
"""

from __future__ import annotations

import time

from firmware import registers as reg
from firmware.registers import DATA_BYTES

_WHO_AM_I = 0x68


class TapeChip:
    """One sensor.

    Parameters
    ----------
    tape
        Frames of 14 bytes, one after the other; begun again at its end.
    rate_hz
        Of the frames.
    """

    def __init__(self, tape: bytes, rate_hz: float) -> None:
        self._tape, self._rate_hz = tape, rate_hz
        self._registers: dict[int, int] = {}
        self._from_s: float | None = None
        self._taken = 0
        self._at = 0

    def read(self, register: int, length: int) -> bytes:
        if register == reg.WHO_AM_I:
            return bytes([_WHO_AM_I])
        if register == reg.FIFO_COUNTH:
            return (self._held() * DATA_BYTES).to_bytes(2, "big")
        return bytes(self._registers.get(register + offset, 0) for offset in range(length))

    def write(self, register: int, value: int) -> None:
        if register == reg.PWR_MGMT_1 and value & reg.DEVICE_RESET:
            self._registers.clear()
        elif register == reg.USER_CTRL and value & reg.USER_FIFO_RESET:
            self._from_s = None
        elif register == reg.FIFO_EN and value:
            self._from_s, self._taken = time.monotonic(), 0
        else:
            self._registers[register] = value

    def read_fifo(self, length: int) -> bytes:
        piece = self._tape[self._at : self._at + length]
        self._at = (self._at + length) % len(self._tape)
        self._taken += length // DATA_BYTES
        return piece if len(piece) == length else piece + self._tape[: self._at]

    def _held(self) -> int:
        if self._from_s is None:
            return 0
        return int((time.monotonic() - self._from_s) * self._rate_hz) - self._taken


class TapeBus:
    """A `firmware.bus.Bus` of such sensors, by their addresses."""

    name, number = "the tape", None

    def __init__(self, chips: dict[int, TapeChip]) -> None:
        self._chips = chips

    def read(self, address: int, register: int, length: int) -> bytes:
        return self._chips[address].read(register, length)

    def write(self, address: int, register: int, value: int) -> None:
        self._chips[address].write(register, value)

    def read_fifo(self, address: int, length: int) -> bytes:
        return self._chips[address].read_fifo(length)

    def reopen(self) -> None:
        pass

    def close(self) -> None:
        pass
