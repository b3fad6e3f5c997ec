"""The self-test of the MPU-6050: the chip pushes its own masses, and the response is that of the factory.

Source: RM-MPU-6000A-00 rev. 4.2, registers 13 to 16 (codes and factory trim), 27 and 28 (enable bits);
PS-MPU-6000A-00, 6.1 and 6.2 (14 %).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from firmware import registers as reg
from firmware.bus import Bus, Clock, SystemClock
from firmware.chips import Chip
from firmware.errors import ChipStartError

#: Largest change from the factory trim that passes (PS, 6.1 and 6.2).
PASS_PERCENT = 14.0

#: Acceleration at +-8 g and angular rate at +-250 deg/s: the ranges that the factory trim holds for.
ACCEL_RANGE_BITS = 2 << reg.RANGE_SHIFT
GYRO_RANGE_BITS = 0 << reg.RANGE_SHIFT
ACCEL_LSB_PER_G = 4096
GYRO_LSB_PER_DPS = 131

#: 44 Hz filter, 200 Hz: fifty samples take a quarter of a second.
_FILTER = 3
_DIVIDER = 4
_RATE_HZ = 200
_MIN_SAMPLES = 10
_RESET_S = 0.1
#: After the masses are pushed or released, for the filter and the mechanics.
_SETTLE_S = 0.1

#: A sensor that lies still spreads less (rms), and comes back to where it was. The data sheet's noise
#: through the filter is 0.04 deg/s and 3 mg.
_STILL_DPS = 1.0
_STILL_G = 0.02

_AXES = ("gyro_x", "gyro_y", "gyro_z", "accel_x", "accel_y", "accel_z")
_SAMPLE = struct.Struct(">7h")

_Vector = tuple[float, ...]


class SelfTestResult(StrEnum):
    """How the self-test ended."""

    PASSED = "passed"
    FAILED = "failed"
    """At least one axis responds otherwise than in the factory."""
    MOVED = "moved"
    """The sensor was moved meanwhile: nothing can be said."""
    NOT_SUPPORTED = "not supported"
    """Not an MPU-6050, or one without codes of the factory: nothing to compare with."""


@dataclass(frozen=True, slots=True)
class AxisResponse:
    """The response of one axis.

    Attributes
    ----------
    axis
        ``gyro_x`` to ``accel_z``.
    response_counts
        Output with the self-test on, less the output with it off (at +-250 deg/s and +-8 g).
    factory_counts
        The same in the factory; 0 where the chip holds no code for this axis.
    """

    axis: str
    response_counts: float
    factory_counts: float

    @property
    def change_percent(self) -> float | None:
        """Change from the factory's response; None where there is none."""
        if not self.factory_counts:
            return None
        return 100.0 * (self.response_counts - self.factory_counts) / self.factory_counts

    @property
    def passed(self) -> bool:
        """Whether the change is within 14 %, or the axis has nothing to be compared with."""
        change = self.change_percent
        return change is None or abs(change) <= PASS_PERCENT


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Outcome of a self-test.

    Attributes
    ----------
    result
        How it ended.
    axes
        Response of each axis; empty when nothing was measured.
    """

    result: SelfTestResult
    axes: tuple[AxisResponse, ...] = ()

    @property
    def failed_axes(self) -> tuple[AxisResponse, ...]:
        """The axes that are more than 14 % off."""
        return tuple(each for each in self.axes if not each.passed)


def factory_trim(codes: bytes) -> tuple[float, ...]:
    """Return the factory's response of each axis in counts: gyro x, y, z, then accel x, y, z.

    Parameters
    ----------
    codes
        Values of the registers 0x0D to 0x10.
    """
    # Five bits each. Those of an accelerometer's axis are split: three in the axis's own register,
    # two in the register that the axes share.
    gyro_codes = [code & 0x1F for code in codes[:3]]
    accel_codes = [((codes[i] >> 3) & 0x1C) | ((codes[3] >> (4 - 2 * i)) & 0x03) for i in range(3)]
    gyro = [_gyro_trim(code) for code in gyro_codes]
    gyro[1] = -gyro[1]
    return (*gyro, *map(_accel_trim, accel_codes))


def _gyro_trim(code: int) -> float:
    return 25 * GYRO_LSB_PER_DPS * 1.046 ** (code - 1) if code else 0.0


def _accel_trim(code: int) -> float:
    return ACCEL_LSB_PER_G * 0.34 * (0.92 / 0.34) ** ((code - 1) / 30) if code else 0.0


def self_test(
    bus: Bus, address: int, chip: Chip, clock: Clock | None = None, *, samples: int = 50
) -> SelfTest:
    """Test a sensor that lies still; takes a bit more than a second.

    The chip is reset first and restored in nothing: start it afterwards.

    Parameters
    ----------
    bus
        Where it is; nobody else uses the chip meanwhile.
    address
        7-bit address.
    chip
        What it is.
    clock
        The host's clock.
    samples
        How many are averaged for each of the three measurements: off, on and off again.

    Raises
    ------
    BusError
        The bus failed.
    ChipStartError
        The chip does not come out of its reset, or lost its settings meanwhile.
    """
    if not chip.self_test:
        return SelfTest(SelfTestResult.NOT_SUPPORTED)
    if samples < _MIN_SAMPLES:
        raise ValueError(f"a mean of {samples} samples says nothing: take {_MIN_SAMPLES} or more")
    tester = _Tester(bus, address, chip, clock or SystemClock(), samples)
    tester.wake()
    trim = factory_trim(bus.read(address, reg.SELF_TEST_X, 4))
    if not any(trim):
        return SelfTest(SelfTestResult.NOT_SUPPORTED)
    before, still_before = tester.measure(0)
    pushed, still_pushed = tester.measure(reg.SELF_TEST_ALL_AXES)
    after, still_after = tester.measure(0)
    tester.check_settings()
    axes = tuple(
        AxisResponse(axis, pushed[i] - (before[i] + after[i]) / 2, trim[i]) for i, axis in enumerate(_AXES)
    )
    returned = all(abs(after[i] - before[i]) <= _still_counts(i) for i in range(len(_AXES)))
    if not (still_before and still_pushed and still_after and returned):
        result = SelfTestResult.MOVED
    elif all(each.passed for each in axes):
        result = SelfTestResult.PASSED
    else:
        result = SelfTestResult.FAILED
    return SelfTest(result, axes)


def _still_counts(axis: int) -> float:
    return _STILL_DPS * GYRO_LSB_PER_DPS if axis < 3 else _STILL_G * ACCEL_LSB_PER_G


@dataclass(frozen=True, slots=True)
class _Tester:
    """One chip under test."""

    bus: Bus
    address: int
    chip: Chip
    clock: Clock
    samples: int

    def wake(self) -> None:
        """Reset the chip and set it up; it has no FIFO and no interrupt afterwards."""
        self._write(reg.PWR_MGMT_1, reg.DEVICE_RESET)
        self._wait(_RESET_S)
        if self.bus.read(self.address, reg.PWR_MGMT_1, 1)[0] & reg.DEVICE_RESET:
            raise ChipStartError(
                f"The chip at address 0x{self.address:02x} does not come out of its reset: switch its power"
                " off and on, and check SDA, SCL and the supply."
            )
        self._write(reg.PWR_MGMT_1, reg.CLOCK_INTERNAL)
        self._wait(self.chip.gyro_start_s)
        self._write(reg.PWR_MGMT_1, reg.CLOCK_GYRO_PLL)
        self._write(reg.CONFIG, _FILTER)
        self._write(reg.SMPLRT_DIV, _DIVIDER)

    def measure(self, enable: int) -> tuple[_Vector, bool]:
        """Return the mean of each axis in counts, and whether the sensor lay still."""
        self._write(reg.GYRO_CONFIG, enable | GYRO_RANGE_BITS)
        self._write(reg.ACCEL_CONFIG, enable | ACCEL_RANGE_BITS)
        self._wait(_SETTLE_S)
        columns = tuple(zip(*self._read_samples(), strict=True))
        means = tuple(sum(column) / self.samples for column in columns)
        still = True
        for i, (column, mean) in enumerate(zip(columns, means, strict=True)):
            variance = sum((value - mean) ** 2 for value in column) / self.samples
            still = still and variance <= _still_counts(i) ** 2
        return means, still

    def check_settings(self) -> None:
        """Refuse what was measured by a chip that fell asleep or was reset meanwhile."""
        held = [
            self.bus.read(self.address, register, 1)[0]
            for register in (reg.PWR_MGMT_1, reg.GYRO_CONFIG, reg.ACCEL_CONFIG)
        ]
        if held != [reg.CLOCK_GYRO_PLL, GYRO_RANGE_BITS, ACCEL_RANGE_BITS]:
            raise ChipStartError(
                f"The chip at address 0x{self.address:02x} lost its settings during the self-test: its supply"
                " breaks down, so check the wires of VCC and GND."
            )

    def _read_samples(self) -> list[tuple[int, ...]]:
        """Return samples in the order of `_AXES`, read at the sample rate."""
        read: list[tuple[int, ...]] = []
        due_ns = self.clock.now_ns()
        for _ in range(self.samples):
            self.clock.sleep_until_ns(due_ns)
            due_ns += 1_000_000_000 // _RATE_HZ
            data = self.bus.read(self.address, reg.ACCEL_XOUT_H, reg.DATA_BYTES)
            ax, ay, az, _, gx, gy, gz = _SAMPLE.unpack(data)
            read.append((gx, gy, gz, ax, ay, az))
        return read

    def _write(self, register: int, value: int) -> None:
        self.bus.write(self.address, register, value)

    def _wait(self, for_s: float) -> None:
        self.clock.sleep_until_ns(self.clock.now_ns() + round(for_s * 1e9))
