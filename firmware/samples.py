"""Raw samples as the chip gives them: counts on the chip's own clock.

Frames
    Sensor frame, as printed on the chip. Acceleration is specific force: at rest the axis that
    points up reads +1 g.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from firmware.roles import SensorRole

__all__ = ["CLIPPED_COUNTS", "RawBlock", "SampleFlag", "SensorRole"]


class SampleFlag(IntFlag):
    """What is to be known about one sample, as bits of an ``uint8``."""

    GAP_BEFORE = 1
    """Samples are missing between the one before and this one; never interpolate silently."""
    CLIPPED = 2
    """At least one axis is at the end of its range."""


#: Counts at or beyond this value (of 32767) are taken as clipped.
CLIPPED_COUNTS = 32700


@dataclass(frozen=True, slots=True, eq=False)
class RawBlock:
    """Consecutive samples of one sensor, in counts.

    Attributes
    ----------
    sensor
        Which sensor the samples come from.
    t_us : int64 array, shape (n,)
        Time of each sample in whole microseconds on the trace's own clock, strictly increasing.
        Whole numbers, so that a recorded text file gives back exactly what was live.
    accel_counts : int16 array, shape (n, 3)
        Specific force in counts of the sensor frame.
    gyro_counts : int16 array, shape (n, 3)
        Angular rate in counts of the sensor frame.
    accel_range_g, gyro_range_dps
        Full-scale ranges: 32768 counts stand for this many g or deg/s.
    flags : uint8 array, shape (n,)
        `SampleFlag` bits of each sample.
    temperature_counts : int16 array, shape (n,), optional
        Die temperature in counts, where the sensor delivers it.
    """

    sensor: SensorRole
    t_us: npt.NDArray[np.int64]
    accel_counts: npt.NDArray[np.int16]
    gyro_counts: npt.NDArray[np.int16]
    accel_range_g: int
    gyro_range_dps: int
    flags: npt.NDArray[np.uint8]
    temperature_counts: npt.NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.t_us)

    def __getitem__(self, part: slice) -> RawBlock:
        """Return some of the samples."""
        temperature = self.temperature_counts
        return replace(
            self,
            t_us=self.t_us[part],
            accel_counts=self.accel_counts[part],
            gyro_counts=self.gyro_counts[part],
            flags=self.flags[part],
            temperature_counts=None if temperature is None else temperature[part],
        )
