"""Which physical sensor this is: what a calibration and a recording are tied to."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole

__all__ = ["DEFAULT_I2C_ADDRESS", "SensorIdentity"]


@dataclass(frozen=True, slots=True)
class SensorIdentity:
    """One sensor of a station.

    Attributes
    ----------
    role
        What the sensor watches.
    i2c_bus
        Number N of ``/dev/i2c-N``, or None where there is no real bus (a simulated sensor).
    i2c_address
        7-bit address, 0x68 or 0x69 for this family.
    chip
        Name of the chip as the chip table calls it, e.g. ``MPU-6050``.
    who_am_i
        Value of the chip's WHO_AM_I register, or None when it was not read.
    """

    role: SensorRole
    i2c_bus: int | None
    i2c_address: int
    chip: str
    who_am_i: int | None = None

    def __str__(self) -> str:
        bus = "no bus" if self.i2c_bus is None else f"bus {self.i2c_bus}"
        return f"{self.role} sensor ({self.chip}, {bus}, address 0x{self.i2c_address:02x})"
