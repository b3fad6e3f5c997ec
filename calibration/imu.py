"""Calibrated samples: what every room above the calibration works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware.samples import SensorRole

FloatArray = npt.NDArray[np.float64]
#: Three numbers in the frame that is said.
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class ImuBlock:
    """Consecutive samples of one sensor in SI units, sensor frame.

    A block is only a parcel: where one block ends and the next begins carries no meaning, and every
    stage gives the same output for any chunking of the same samples.

    Attributes
    ----------
    sensor
        Which sensor the samples come from.
    t_s : float64 array, shape (n,)
        Time of each sample in seconds on the trace's own clock, strictly increasing. The spacing may
        be irregular.
    specific_force_ms2 : float64 array, shape (n, 3)
        Specific force in m/s2; at rest the axis that points up reads +9.81.
    angular_rate_rads : float64 array, shape (n, 3), or None
        Angular rate in rad/s, right-handed; None for a recording without a gyroscope.
    flags : uint8 array, shape (n,)
        `firmware.samples.SampleFlag` bits of each sample.
    """

    sensor: SensorRole
    t_s: FloatArray
    specific_force_ms2: FloatArray
    angular_rate_rads: FloatArray | None
    flags: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.t_s)

    def __getitem__(self, part: slice) -> ImuBlock:
        """Return the samples of a slice as a block of their own (views, no copy)."""
        rate = self.angular_rate_rads
        return ImuBlock(
            self.sensor,
            self.t_s[part],
            self.specific_force_ms2[part],
            None if rate is None else rate[part],
            self.flags[part],
        )


def joined(blocks: Sequence[ImuBlock]) -> ImuBlock:
    """Return consecutive blocks of one sensor, at least one, as a single block."""
    rates = [block.angular_rate_rads for block in blocks if block.angular_rate_rads is not None]
    return ImuBlock(
        blocks[0].sensor,
        np.concatenate([block.t_s for block in blocks]),
        np.concatenate([block.specific_force_ms2 for block in blocks]),
        np.concatenate(rates) if rates else None,
        np.concatenate([block.flags for block in blocks]),
    )
