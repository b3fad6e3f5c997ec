"""Other drivers on a simulated bus: two packages as they come from PyPI, and a burst read.

The packages run unmodified. What is put in place of the world around them:

- `mpu6050-raspberrypi` imports `smbus`. It is given a module of that name whose `SMBus` forwards each call to
  a `firmware.bus.Bus`.
- `adafruit-circuitpython-mpu6050` takes an I2C object: it is given one that forwards. On a Pi, Blinka makes
  one transaction with a repeated START of each `writeto_then_readfrom`, and so does this one. Its waits are
  the simulated clock's. Blinka can be imported on a machine that is no board: nothing of it is stubbed.

`BurstRead` is no package: it is the best that polling can do, one read of 14 bytes for each sample.
"""

from __future__ import annotations

import importlib
import math
import struct
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any, Protocol

from firmware import registers as reg
from firmware.bus import Bus
from firmware.settings import ACCEL_RANGES_G, GYRO_RANGES_DPS, SensorSettings

STANDARD_GRAVITY_MS2 = 9.80665
#: The scales as the packages have them.
ACCEL_COUNTS_PER_G = {2: 16384.0, 4: 8192.0, 8: 4096.0, 16: 2048.0}
GYRO_COUNTS_PER_DPS = {250: 131.0, 500: 65.5, 1000: 32.8, 2000: 16.4}
PACKAGES = ("mpu6050-raspberrypi", "adafruit-circuitpython-mpu6050")
#: What the calibration is compared with.
CALIBRATION_PACKAGES = ("imucal",)
#: What the whole pipeline's cost is compared with.
SPEED_PACKAGES = ("ahrs",)
SleepS = Callable[[float], None]


class MissingPeerError(Exception):
    """A package that is compared with is not installed."""


class Peer(Protocol):
    """One sensor, read by another driver."""

    def read(self) -> Any:
        """Read one sample; return it as the package gives it."""
        ...

    def counts(self, values: Any) -> tuple[int, ...]:
        """Return what `read` gave in counts, in register order; 6 values, or 7 with the temperature."""
        ...


def require_packages(names: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of the packages.

    Raises
    ------
    MissingPeerError
        One is not installed.
    """
    try:
        return {name: version(name) for name in names}
    except PackageNotFoundError as error:
        raise MissingPeerError(
            f"The package {error.name} is not installed: run make benchmarks, or pip install -e '.[bench]'."
        ) from error


class SMBus:
    """What `smbus.SMBus` is to mpu6050-raspberrypi; made with a bus where a number would be."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def read_byte_data(self, address: int, register: int) -> int:
        return self._bus.read(address, register, 1)[0]

    def write_byte_data(self, address: int, register: int, value: int) -> None:
        self._bus.write(address, register, value)


class I2C:
    """What `busio.I2C` is to the Adafruit package."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def writeto(self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None) -> None:
        data = bytes(buffer[start:end])
        if not data:  # the probe for an address; the package reads WHO_AM_I next
            return
        register, value = data
        self._bus.write(address, register, value)

    def writeto_then_readfrom(
        self,
        address: int,
        buffer_out: bytes,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        (register,) = buffer_out[out_start:out_end]
        wanted = len(buffer_in[in_start:in_end])
        buffer_in[in_start : in_start + wanted] = self._bus.read(address, register, wanted)


class MpuRaspberryPi:
    """mpu6050-raspberrypi.

    Parameters
    ----------
    bus
        What its `smbus.SMBus` is made with.
    settings
        What its methods can set is set to these.
    with_temperature
        `get_all_data` for each sample, not `get_accel_data` and `get_gyro_data`.
    divide
        Write the sample rate divider, too, through the package's own bus object: it has no method for it.
    smbus
        Another `SMBus` than the one that forwards.
    """

    def __init__(
        self,
        bus: Any,
        settings: SensorSettings,
        *,
        with_temperature: bool,
        divide: bool = True,
        smbus: type[Any] = SMBus,
    ) -> None:
        self._settings, self._with_temperature = settings, with_temperature
        address = settings.i2c_address
        sensor = _mpu6050(smbus)(address, bus)
        sensor.set_accel_range(ACCEL_RANGES_G.index(settings.accel_range_g) << reg.RANGE_SHIFT)
        sensor.set_gyro_range(GYRO_RANGES_DPS.index(settings.gyro_range_dps) << reg.RANGE_SHIFT)
        if divide:
            sensor.set_filter_range(settings.filter_setting)
            sensor.bus.write_byte_data(address, reg.SMPLRT_DIV, settings.divider)
        self._sensor = sensor

    def read(self) -> Any:
        if self._with_temperature:
            return self._sensor.get_all_data()
        return self._sensor.get_accel_data(), self._sensor.get_gyro_data()

    def counts(self, values: Any) -> tuple[int, ...]:
        accel, gyro, *rest = values
        return _counts([accel[axis] for axis in "xyz"], [gyro[axis] for axis in "xyz"], rest, self._settings)


def _mpu6050(smbus: type[Any]) -> Any:
    """Import the package with our `smbus`, whether or not the machine has a real one."""
    stand_in = ModuleType("smbus")
    stand_in.SMBus = smbus  # type: ignore[attr-defined]
    real = sys.modules.get("smbus")
    sys.modules["smbus"] = stand_in
    for name in ("mpu6050", "mpu6050.mpu6050"):
        sys.modules.pop(name, None)
    try:
        return importlib.import_module("mpu6050").mpu6050
    finally:
        del sys.modules["smbus"]
        if real is not None:
            sys.modules["smbus"] = real


class Adafruit:
    """adafruit-circuitpython-mpu6050.

    Parameters
    ----------
    i2c
        `I2C` on a bus, or Blinka's own.
    settings
        What it is set to.
    sleep_s
        What it waits with.
    with_temperature
        Read `temperature` with each sample, besides `acceleration` and `gyro`.
    divide
        Set `filter_bandwidth` and `sample_rate_divisor`; otherwise they stay as the package leaves them.
    """

    def __init__(
        self,
        i2c: Any,
        settings: SensorSettings,
        sleep_s: SleepS,
        *,
        with_temperature: bool,
        divide: bool = True,
    ) -> None:
        self._settings, self._with_temperature = settings, with_temperature
        package: Any = importlib.import_module("adafruit_mpu6050")
        package.sleep = sleep_s
        sensor = package.MPU6050(i2c, settings.i2c_address)
        sensor.accelerometer_range = ACCEL_RANGES_G.index(settings.accel_range_g)
        sensor.gyro_range = GYRO_RANGES_DPS.index(settings.gyro_range_dps)
        if divide:
            sensor.filter_bandwidth = settings.filter_setting
            sensor.sample_rate_divisor = settings.divider
        self._sensor = sensor

    def read(self) -> Any:
        if self._with_temperature:
            return self._sensor.acceleration, self._sensor.gyro, self._sensor.temperature
        return self._sensor.acceleration, self._sensor.gyro

    def counts(self, values: Any) -> tuple[int, ...]:
        accel, gyro, *rest = values
        return _counts(accel, [math.degrees(rate) for rate in gyro], rest, self._settings)


class BurstRead:
    """One read of all 14 data registers for each sample, as i2cdevlib's `getMotion6` and ESPHome do it.

    Parameters
    ----------
    bus
        Where the sensor is.
    settings
        What it is set to.
    with_temperature
        Whether the temperature counts; the read is the same.
    """

    def __init__(self, bus: Bus, settings: SensorSettings, *, with_temperature: bool) -> None:
        self._bus, self._address = bus, settings.i2c_address
        self._with_temperature = with_temperature
        for register, value in (
            (reg.PWR_MGMT_1, reg.CLOCK_INTERNAL),
            (reg.SMPLRT_DIV, settings.divider),
            (reg.CONFIG, settings.filter_setting),
            (reg.GYRO_CONFIG, GYRO_RANGES_DPS.index(settings.gyro_range_dps) << reg.RANGE_SHIFT),
            (reg.ACCEL_CONFIG, ACCEL_RANGES_G.index(settings.accel_range_g) << reg.RANGE_SHIFT),
        ):
            bus.write(self._address, register, value)

    def read(self) -> tuple[int, ...]:
        words = struct.unpack(">7h", self._bus.read(self._address, reg.ACCEL_XOUT_H, reg.DATA_BYTES))
        return words if self._with_temperature else words[:3] + words[4:]

    def counts(self, values: Any) -> tuple[int, ...]:
        return tuple(values)


def _counts(accel_ms2: Any, gyro_dps: Any, temperature_c: Any, settings: SensorSettings) -> tuple[int, ...]:
    """Take back what the packages do with the counts."""
    per_ms2 = ACCEL_COUNTS_PER_G[settings.accel_range_g] / STANDARD_GRAVITY_MS2
    per_dps = GYRO_COUNTS_PER_DPS[settings.gyro_range_dps]
    return (
        *(round(value * per_ms2) for value in accel_ms2),
        *(round((value - 36.53) * 340.0) for value in temperature_c),
        *(round(value * per_dps) for value in gyro_dps),
    )
