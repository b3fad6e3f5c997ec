"""What is asked of one sensor: rate, ranges, filter."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import SettingsError
from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole

ACCEL_RANGES_G = (2, 4, 8, 16)
GYRO_RANGES_DPS = (250, 500, 1000, 2000)
ADDRESSES = (0x68, 0x69)
#: The rates in 50 to 1000 Hz that the chip's divider of 1 kHz gives as whole numbers.
RATES_HZ = (50, 100, 125, 200, 250, 500, 1000)

#: Bandwidth (Hz) and delay (s) of the accelerometer for each DLPF_CFG (PS-MPU-6000A-00, 6.2).
FILTERS = {
    1: (184.0, 0.0020),
    2: (94.0, 0.0030),
    3: (44.0, 0.0049),
    4: (21.0, 0.0085),
    5: (10.0, 0.0138),
    6: (5.0, 0.0190),
}
#: The same for the gyroscope.
GYRO_FILTERS = {
    1: (188.0, 0.0019),
    2: (98.0, 0.0028),
    3: (42.0, 0.0048),
    4: (20.0, 0.0083),
    5: (10.0, 0.0134),
    6: (5.0, 0.0186),
}


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """What is asked of one sensor.

    Attributes
    ----------
    role
        What the sensor watches.
    address
        7-bit I2C address; None for the role's own.
    rate_hz
        Nominal sample rate, one of `RATES_HZ`.
    accel_range_g, gyro_range_dps
        Full-scale ranges: 32768 counts stand for this many g or deg/s.
    dlpf
        Setting of the low-pass filter, 1 to 6; None for the widest that stays below half the rate.
    temperature
        Whether each frame carries the die temperature.
    allow_unknown_chip
        Take a chip of unknown WHO_AM_I for an MPU-6050.

    Raises
    ------
    SettingsError
        One of them is a value that the chip cannot have.
    """

    role: SensorRole = SensorRole.LIMB
    address: int | None = None
    rate_hz: int = 100
    accel_range_g: int = 8
    gyro_range_dps: int = 1000
    dlpf: int | None = None
    temperature: bool = True
    allow_unknown_chip: bool = False

    def __post_init__(self) -> None:
        """Refuse what the chip cannot have."""
        if self.address is not None and self.address not in ADDRESSES:
            raise SettingsError(f"The address 0x{self.address:02x} is none of an MPU-6050: use 0x68 or 0x69.")
        _require("sample rate (Hz)", self.rate_hz, RATES_HZ)
        _require("acceleration range (g)", self.accel_range_g, ACCEL_RANGES_G)
        _require("gyroscope range (deg/s)", self.gyro_range_dps, GYRO_RANGES_DPS)
        if self.dlpf is not None:
            _require("low-pass filter setting", self.dlpf, tuple(FILTERS))

    @property
    def i2c_address(self) -> int:
        """7-bit address."""
        return DEFAULT_I2C_ADDRESS[self.role] if self.address is None else self.address

    @property
    def divider(self) -> int:
        """Value of SMPLRT_DIV."""
        return 1000 // self.rate_hz - 1

    @property
    def filter_setting(self) -> int:
        """Value of DLPF_CFG."""
        if self.dlpf is not None:
            return self.dlpf
        fitting = [setting for setting, (band_hz, _) in FILTERS.items() if band_hz < self.rate_hz / 2]
        return min(fitting)

    @property
    def bandwidth_hz(self) -> float:
        """Bandwidth of the accelerometer."""
        return FILTERS[self.filter_setting][0]


def _require(what: str, value: int, allowed: tuple[int, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"The {what} cannot be {value}: choose one of {', '.join(map(str, allowed))}.")
