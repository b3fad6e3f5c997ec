"""From a sensor's temperature counts to degrees, by what its identity says of the chip."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from firmware.chips import CHIPS, MPU_6050, Chip
from firmware.identity import SensorIdentity


def chip_of(sensor: SensorIdentity) -> Chip:
    """Return the row of the chip table; an unknown chip is taken for an MPU-6050, as the driver does."""
    if sensor.who_am_i in CHIPS:
        return CHIPS[sensor.who_am_i]
    return next((chip for chip in CHIPS.values() if chip.name == sensor.chip), MPU_6050)


def die_c(sensor: SensorIdentity, counts: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Return the die temperature of each sample."""
    chip = chip_of(sensor)
    return counts / chip.temperature_lsb_per_c + chip.temperature_at_zero_c
