"""The registers of a simulated chip: what reading and writing them gives, latches and clears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware import registers as reg
from firmware.chips import Chip
from firmware.sim.fifo import Fifo, FifoFeed
from firmware.sim.sampler import ROW_BYTES, Sampler
from firmware.sim.setup import FIFO_MODE, FIFO_SIZE_SHIFT, fifo_columns, reset_values

#: USER_CTRL: clear the data registers and the signal paths.
_SIGNAL_CONDITION_RESET = 0x01
_DATA_END = reg.ACCEL_XOUT_H + reg.DATA_BYTES
_READ_ONLY = frozenset(
    {
        *range(reg.SELF_TEST_X, reg.SELF_TEST_A + 1),
        *range(reg.INT_STATUS, 0x61),
        0x72,
        0x73,
        reg.WHO_AM_I,
        *range(0x80, 0x100),
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What registers say besides what they hold.

    Attributes
    ----------
    who_am_i
        Instead of the true one.
    resetting
        The chip is still in its reset.
    overflow_flag
        INT_STATUS tells of an overflow of the FIFO.
    """

    who_am_i: int | None = None
    resetting: bool = False
    overflow_flag: bool = True


class RegisterFile:
    """Registers and FIFO as after a reset.

    Parameters
    ----------
    chip
        Which chip.
    self_test_codes
        Its factory codes.
    sampler
        Where its samples come from.
    fifo_bytes
        Size of the FIFO where it is not the chip table's.
    """

    def __init__(
        self, chip: Chip, self_test_codes: Sequence[int], sampler: Sampler, fifo_bytes: int | None
    ) -> None:
        self.values = reset_values(chip, self_test_codes)
        """Each register as it was written last."""
        self._chip = chip
        self._sampler = sampler
        self._fifo_bytes = fifo_bytes
        self._fifo = Fifo(self._fifo_size())
        self._feed = FifoFeed(self._fifo, sampler)
        self._count_low = 0
        self._data = bytes(ROW_BYTES)
        self._status = 0

    def latch(self) -> None:
        """Take the last sample that happened into the data registers."""
        self._status |= reg.DATA_READY_INT
        self._data = self._sampler.last_row()

    def fill_fifo(self, now_ns: int) -> None:
        """Put into the FIFO what is written by now."""
        keep_oldest = self._chip.accel_filter_register and bool(self.values[reg.CONFIG] & FIFO_MODE)
        self._feed.fill(now_ns, keep_oldest=keep_oldest)

    def read(self, register: int, length: int, shown: Shown) -> bytes:
        """Return the bytes of a burst that begins at `register`; it stays at FIFO_R_W once there."""
        data = bytearray()
        while len(data) < length:
            if register == reg.FIFO_R_W:
                return bytes(data) + self._fifo.pop(length - len(data))
            data.append(self._read_one(register, shown))
            register = (register + 1) & 0xFF
        return bytes(data)

    def _read_one(self, register: int, shown: Shown) -> int:
        if reg.ACCEL_XOUT_H <= register < _DATA_END:
            return self._data[register - reg.ACCEL_XOUT_H]
        if register == reg.FIFO_COUNTH:
            self._count_low = len(self._fifo) & 0xFF
            return len(self._fifo) >> 8
        if register == reg.FIFO_COUNTH + 1:
            return self._count_low
        if register == reg.INT_STATUS:
            overflow = self._fifo.overflowed and shown.overflow_flag
            status = self._status | (reg.FIFO_OVERFLOW_INT if overflow else 0)
            self._status, self._fifo.overflowed = 0, False
            return status
        if register == reg.WHO_AM_I and shown.who_am_i is not None:
            return shown.who_am_i
        if register == reg.PWR_MGMT_1 and shown.resetting:
            return self.values[register] | reg.DEVICE_RESET
        return self.values[register]

    def write(self, register: int, value: int) -> int:
        """Write one register; what cannot be written is ignored, and DEVICE_RESET is not for here.

        Returns
        -------
        int
            The signal paths that this reset: gyroscope (4), accelerometer (2), thermometer (1).
        """
        if register in _READ_ONLY:
            return 0
        if register == reg.FIFO_R_W:
            self._fifo.push(bytes([value]))
        elif register == reg.SIGNAL_PATH_RESET:
            return self._reset_paths(value)
        elif register == reg.USER_CTRL:
            return self._user_control(value)
        else:
            self.values[register] = value
            if register == reg.FIFO_EN:
                self._choose_columns()
            elif register == reg.ACCEL_CONFIG2:
                self._fifo.resize(self._fifo_size())
        return 0

    def _reset_paths(self, paths: int) -> int:
        """SIGNAL_PATH_RESET: the data registers are 0 until the next sample."""
        parts = ((2, 0, 6), (1, 6, 8), (4, 8, 14))
        data = bytearray(self._data)
        for bit, start, end in parts:
            if paths & bit:
                data[start:end] = bytes(end - start)
        self._data = bytes(data)
        return paths & reg.RESET_ALL_PATHS

    def _user_control(self, value: int) -> int:
        """USER_CTRL: the FIFO on or off; resets clear themselves."""
        running = bool(value & reg.USER_FIFO_EN)
        if value & reg.USER_FIFO_RESET and (not running or self._chip.accel_filter_register):
            # The MPU-6050 obeys only while FIFO_EN is 0. Where it runs on, the frame that is being
            # written is torn: its rest lands in the empty FIFO.
            self._fifo.clear()
        kept = value & ~(reg.USER_FIFO_RESET | 0x02 | _SIGNAL_CONDITION_RESET)
        changed = (self.values[reg.USER_CTRL] ^ kept) & reg.USER_FIFO_EN
        self.values[reg.USER_CTRL] = kept
        if changed:
            self._choose_columns()
        return self._reset_paths(reg.RESET_ALL_PATHS) if value & _SIGNAL_CONDITION_RESET else 0

    def _choose_columns(self) -> None:
        """Begin with the next sample to put into the FIFO what FIFO_EN says."""
        running = self.values[reg.USER_CTRL] & reg.USER_FIFO_EN
        self._feed.choose(fifo_columns(self.values[reg.FIFO_EN], self._chip) if running else ())

    def _fifo_size(self) -> int:
        if self._fifo_bytes is not None:
            return self._fifo_bytes
        if self._chip.accel_config2_bits:  # FIFO_SIZE: 512 bytes unless more is asked for
            asked = 512 << (self.values[reg.ACCEL_CONFIG2] >> FIFO_SIZE_SHIFT)
            return min(asked, self._chip.fifo_bytes)
        return self._chip.fifo_bytes
