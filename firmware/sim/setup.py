"""What the registers of a simulated chip ask of its sensors: rate, filters, ranges, self-test.

Sources
    Filters of the MPU-6050: PS-MPU-6000A-00 6.1 and 6.2 (`firmware.settings`). Filters of the MPU-6500 and
    later: register maps of the MPU-9250 (rev. 1.6) and ICM-20602.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware import registers as reg
from firmware.chips import Chip
from firmware.settings import ACCEL_RANGES_G, FILTERS, GYRO_FILTERS, GYRO_RANGES_DPS

#: Bandwidth (Hz) and delay (s) of the MPU-6050 by DLPF_CFG; 7 is reserved and taken as 0.
_MPU6050_ACCEL = {0: (260.0, 0.0), **FILTERS, 7: (260.0, 0.0)}
_MPU6050_GYRO = {0: (256.0, 0.00098), **GYRO_FILTERS, 7: (256.0, 0.00098)}
#: Of the later chips: accelerometer by A_DLPF_CFG, gyroscope by DLPF_CFG.
_LATER_ACCEL = {
    0: (218.1, 0.00188),
    1: (218.1, 0.00188),
    2: (99.0, 0.00288),
    3: (44.8, 0.00488),
    4: (21.2, 0.00887),
    5: (10.2, 0.01683),
    6: (5.1, 0.03248),
    7: (420.0, 0.00138),
}
_LATER_ACCEL_BYPASS = (1046.0, 0.0005)
_LATER_GYRO = {
    0: (250.0, 0.00097),
    1: (184.0, 0.0029),
    2: (92.0, 0.0039),
    3: (41.0, 0.0059),
    4: (20.0, 0.0099),
    5: (10.0, 0.01785),
    6: (5.0, 0.03348),
    7: (3600.0, 0.00017),
}

#: ACCEL_CONFIG2: the filter is bypassed; where FIFO_SIZE begins.
ACCEL_FILTER_BYPASS = 0x08
FIFO_SIZE_SHIFT = 6
#: CONFIG: keep the oldest bytes when the FIFO is full (MPU-6500 and later).
FIFO_MODE = 0x40
#: PWR_MGMT_1: thermometer off.
TEMPERATURE_OFF = 0x08

#: PWR_MGMT_1 after a reset, where it is not 0x40: these wake by themselves (MPU-6500 family, RM-MPU-6500A-00
#: and RM-MPU-9250A-00) or have the PLL chosen (ICM-20600, ICM-20602).
RESET_POWER = {0x70: 0x01, 0x71: 0x01, 0x73: 0x01, 0x74: 0x01, 0x78: 0x01, 0x11: 0x41, 0x12: 0x41}

#: Registers that change what the sensors do.
SETUP_REGISTERS = frozenset(
    {
        reg.SMPLRT_DIV,
        reg.CONFIG,
        reg.GYRO_CONFIG,
        reg.ACCEL_CONFIG,
        reg.ACCEL_CONFIG2,
        reg.PWR_MGMT_1,
        reg.PWR_MGMT_2,
    }
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the sensors do.

    Attributes
    ----------
    base_hz
        Rate of the gyroscope before the divider: 1000 or 8000 Hz, nominal.
    step
        Base ticks from sample to sample: 1 + SMPLRT_DIV.
    clock_axis
        Axis (0 to 2) of the gyroscope whose PLL is asked to tick; None: the internal oscillator.
    accel_filter, gyro_filter
        Bandwidth (Hz) and delay (s).
    accel_range_g, gyro_range_dps
        Full-scale ranges.
    accel_self_test, gyro_self_test
        Which axes are deflected, x, y, z.
    standby
        Which of accelerometer x, y, z and gyroscope x, y, z are off.
    thermometer
        Whether it is on.
    """

    base_hz: int
    step: int
    clock_axis: int | None
    accel_filter: tuple[float, float]
    gyro_filter: tuple[float, float]
    accel_range_g: int
    gyro_range_dps: int
    accel_self_test: tuple[bool, bool, bool]
    gyro_self_test: tuple[bool, bool, bool]
    standby: tuple[bool, ...]
    thermometer: bool

    @property
    def period_ns(self) -> float:
        """Nominal time from sample to sample."""
        return 1e9 * self.step / self.base_hz

    @property
    def self_tests(self) -> tuple[bool, ...]:
        """Which axes are deflected, of both sensors."""
        return self.accel_self_test + self.gyro_self_test

    @classmethod
    def of_registers(cls, registers: Sequence[int], chip: Chip) -> Setup | None:
        """Return what the registers ask for; None while the chip sleeps or has no clock."""
        power = registers[reg.PWR_MGMT_1]
        off = registers[reg.PWR_MGMT_2] & 0x3F
        standby = tuple(bool(off & (0x20 >> axis)) for axis in range(6))
        clock_axis, stopped = _clock(power & 0x07, standby[3:], chip)
        if power & (reg.SLEEP | reg.DEVICE_RESET) or stopped:
            return None
        dlpf = registers[reg.CONFIG] & 0x07
        base_hz = 8000 if dlpf in (0, 7) else 1000
        step = 1 + registers[reg.SMPLRT_DIV]
        if chip.accel_filter_register:
            second = registers[reg.ACCEL_CONFIG2]
            accel_filter = _LATER_ACCEL_BYPASS if second & ACCEL_FILTER_BYPASS else _LATER_ACCEL[second & 7]
            gyro_filter = _LATER_GYRO[dlpf]
            if base_hz == 8000:
                step = 1  # later chips divide 1 kHz only
        else:
            accel_filter, gyro_filter = _MPU6050_ACCEL[dlpf], _MPU6050_GYRO[dlpf]
        accel, gyro = registers[reg.ACCEL_CONFIG], registers[reg.GYRO_CONFIG]
        return cls(
            base_hz=base_hz,
            step=step,
            clock_axis=clock_axis,
            accel_filter=accel_filter,
            gyro_filter=gyro_filter,
            accel_range_g=ACCEL_RANGES_G[(accel >> reg.RANGE_SHIFT) & 3],
            gyro_range_dps=GYRO_RANGES_DPS[(gyro >> chip.gyro_range_shift) & 3],
            accel_self_test=_three_bits(accel),
            gyro_self_test=_three_bits(gyro),
            standby=standby,
            thermometer=not power & TEMPERATURE_OFF,
        )


def axes_on(registers: Sequence[int]) -> tuple[bool, ...]:
    """Return which of accelerometer x, y, z and gyroscope x, y, z have their power, clock or no clock."""
    if registers[reg.PWR_MGMT_1] & (reg.SLEEP | reg.DEVICE_RESET):
        return (False,) * 6
    return tuple(not registers[reg.PWR_MGMT_2] & (0x20 >> axis) for axis in range(6))


def reset_values(chip: Chip, self_test_codes: Sequence[int]) -> list[int]:
    """Return the registers after a reset; those from 0x80 on do not exist and read 0.

    Parameters
    ----------
    chip
        Which chip.
    self_test_codes
        Factory codes of gyroscope x, y, z and accelerometer x, y, z (RM-MPU-6000A-00, 4.1).
    """
    values = [0] * 256
    values[reg.WHO_AM_I] = chip.who_am_i
    values[reg.PWR_MGMT_1] = RESET_POWER.get(chip.who_am_i, reg.SLEEP)
    gyro, accel = self_test_codes[:3], self_test_codes[3:]
    for axis, shift in enumerate((4, 2, 0)):
        values[reg.SELF_TEST_X + axis] = ((accel[axis] & 0x1C) << 3) | (gyro[axis] & 0x1F)
        values[reg.SELF_TEST_A] |= (accel[axis] & 3) << shift
    return values


def fifo_columns(mask: int, chip: Chip) -> tuple[int, ...]:
    """Return which of a sample's 14 bytes FIFO_EN puts into the FIFO, in register order."""
    if chip.temperature_always:  # one bit for all axes of the gyroscope, the temperature with either
        accel, gyro = bool(mask & reg.FIFO_ACCEL), (bool(mask & 0x10),) * 3
        temperature = accel or gyro[0]
    else:
        accel, gyro = bool(mask & reg.FIFO_ACCEL), (bool(mask & 0x40), bool(mask & 0x20), bool(mask & 0x10))
        temperature = bool(mask & reg.FIFO_TEMP)
    words = [accel] * 3 + [temperature, *gyro]
    return tuple(byte for word, taken in enumerate(words) if taken for byte in (2 * word, 2 * word + 1))


def _clock(choice: int, gyro_standby: Sequence[bool], chip: Chip) -> tuple[int | None, bool]:
    """Return the axis of the gyroscope that CLKSEL asks to tick, and whether it stops the clock."""
    if choice in (0, 6):
        return None, False
    if choice == 7:
        return None, True
    if chip.accel_filter_register:  # 1 to 5: the best clock that there is
        running = [axis for axis in range(3) if not gyro_standby[axis]]
        return (running[0] if running else None), False
    if choice in (4, 5):  # an external clock, which is not there
        return None, True
    return choice - 1, gyro_standby[choice - 1]


def _three_bits(value: int) -> tuple[bool, bool, bool]:
    return bool(value & 0x80), bool(value & 0x40), bool(value & 0x20)
