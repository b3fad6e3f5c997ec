"""Which of a station's sensors is meant."""

from __future__ import annotations

from enum import StrEnum


class SensorRole(StrEnum):
    """Which of a station's (at most two) sensors a sample comes from."""

    LIMB = "limb"
    """The counting sensor, on the wrist, the bar or the handle (I2C address 0x68)."""
    TORSO = "torso"
    """The optional second sensor that watches the torso (I2C address 0x69)."""


#: I2C address that each role is wired to unless the settings say otherwise.
DEFAULT_I2C_ADDRESS = {SensorRole.LIMB: 0x68, SensorRole.TORSO: 0x69}
