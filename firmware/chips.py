"""The chip table: one row for each chip that answers like an MPU-6050. Adding a clone is adding a row.

Values
    WHO_AM_I, FIFO sizes, filter registers and start times are those of the Linux driver
    ``inv_mpu6050`` (`hw_info`, `inv_mpu6050_set_lpf_regs`, scan masks); the data sheets agree where they
    are public. The ICM-20600 is taken for an ICM-20602 and the MPU-6886 for one of the ICM-206xx family,
    without a source of their own. Temperatures: MPU-6050 data sheet (340 LSB/C, 36.53 C at 0), MPU-6500
    (333.87, 21 C), ICM-206xx (326.8, 25 C).
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import UnknownChipError


@dataclass(frozen=True, slots=True)
class Chip:
    """What the driver has to know of one chip.

    Attributes
    ----------
    who_am_i
        Value of its WHO_AM_I register.
    name
        What the maker calls it.
    fifo_bytes
        Size of its FIFO.
    temperature_lsb_per_c, temperature_at_zero_c
        Die temperature is ``counts / temperature_lsb_per_c + temperature_at_zero_c``.
    accel_filter_register
        Whether the accelerometer's filter has a register of its own (ACCEL_CONFIG2).
    accel_config2_bits
        What ACCEL_CONFIG2 needs beside the filter, so that the whole FIFO is used.
    gyro_range_shift
        Where FS_SEL begins in GYRO_CONFIG.
    temperature_always
        Whether its FIFO frames carry the temperature whatever FIFO_EN says.
    gyro_start_s
        From waking until the gyroscope delivers.
    self_test
        Whether the MPU-6050's self-test formula holds.
    """

    who_am_i: int
    name: str
    fifo_bytes: int
    temperature_lsb_per_c: float
    temperature_at_zero_c: float
    accel_filter_register: bool = True
    accel_config2_bits: int = 0
    gyro_range_shift: int = 3
    temperature_always: bool = False
    gyro_start_s: float = 0.07
    self_test: bool = False

    def temperature_c(self, counts: int) -> float:
        """Return the die temperature that a register value stands for."""
        return counts / self.temperature_lsb_per_c + self.temperature_at_zero_c


_MPU6500_C = (333.87, 21.0)
_ICM206_C = (326.8, 25.0)

MPU_6050 = Chip(
    0x68, "MPU-6050", 1024, 340.0, 36.53, accel_filter_register=False, gyro_start_s=0.06, self_test=True
)

#: Every known chip by its WHO_AM_I. 0x68 is also that of the MPU-6000 and the MPU-9150.
CHIPS: dict[int, Chip] = {
    chip.who_am_i: chip
    for chip in (
        MPU_6050,
        Chip(0x70, "MPU-6500", 512, *_MPU6500_C),
        Chip(0x71, "MPU-9250", 512, *_MPU6500_C),
        Chip(0x73, "MPU-9255", 512, *_MPU6500_C),
        Chip(0x74, "MPU-6515", 512, *_MPU6500_C),
        Chip(0x78, "MPU-6880", 4096, *_MPU6500_C),
        Chip(0x98, "ICM-20689", 4096, *_ICM206_C, accel_config2_bits=0xC0),
        Chip(0xAF, "ICM-20608", 512, *_ICM206_C),
        Chip(0xAE, "ICM-20608-D", 512, *_ICM206_C),
        Chip(0xA6, "ICM-20609", 4096, *_ICM206_C),
        Chip(0x11, "ICM-20600", 1008, *_ICM206_C, temperature_always=True, gyro_start_s=0.1),
        Chip(0x12, "ICM-20602", 1008, *_ICM206_C, temperature_always=True, gyro_start_s=0.1),
        Chip(
            0x20,
            "ICM-20690",
            1024,
            *_ICM206_C,
            accel_config2_bits=0xC0,
            gyro_range_shift=2,
            gyro_start_s=0.08,
        ),
        Chip(0xA9, "IAM-20680", 512, *_ICM206_C),
        Chip(0x19, "MPU-6886", 1024, *_ICM206_C),
    )
}

#: Values that sellers' defective or forged chips have been seen to give (Klipper's list).
DEFECTIVE_WHO_AM_I = (0x69, 0x75)


def find_chip(who_am_i: int, *, allow_unknown: bool = False) -> Chip:
    """Return the row of a chip.

    Parameters
    ----------
    who_am_i
        Value of its WHO_AM_I register.
    allow_unknown
        Take an unknown chip for one of the family, with its smallest FIFO.

    Raises
    ------
    UnknownChipError
        The value is in no row.
    """
    chip = CHIPS.get(who_am_i)
    if chip is not None:
        return chip
    if allow_unknown and who_am_i not in (0x00, 0xFF):
        # Most are of the MPU-6500's kind; on an MPU-6050 its filter register is an idle threshold.
        return Chip(who_am_i, f"unknown 0x{who_am_i:02x}", 512, 340.0, 36.53)
    if who_am_i in (0x00, 0xFF):
        advice = "that is what a loose wire or another address gives: check SDA, SCL, power and AD0"
    elif who_am_i in DEFECTIVE_WHO_AM_I:
        advice = "that value is known from defective or forged chips: use another module"
    else:
        advice = (
            "it is none of the chips that repclip knows: check the address, or allow unknown chips in the"
            " settings (--allow-unknown-chip) to try it as an MPU-6050"
        )
    raise UnknownChipError(f"The chip says WHO_AM_I 0x{who_am_i:02x}; {advice}.", who_am_i)
