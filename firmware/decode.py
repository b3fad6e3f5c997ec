"""From the driver's frames to arrays of counts."""

from __future__ import annotations

import numpy as np

from firmware.readings import Frames
from firmware.samples import CLIPPED_COUNTS, RawBlock, SampleFlag
from firmware.settings import SensorSettings


def raw_block(frames: Frames, settings: SensorSettings, origin_ns: int) -> RawBlock:
    """Return frames as a block of counts.

    Parameters
    ----------
    frames
        What the driver gave.
    settings
        Those of the sensor; for its ranges.
    origin_ns
        Host time that is 0 us on the stream's clock.
    """
    words = np.frombuffer(frames.data, dtype=">i2").reshape(len(frames), -1).astype(np.int16)
    accel, gyro = words[:, :3], words[:, -3:]
    flags = np.zeros(len(frames), dtype=np.uint8)
    # -32768 has no positive counterpart in 16 bits.
    reach = np.abs(np.concatenate([accel, gyro], axis=1).astype(np.int32)).max(axis=1)
    flags[reach >= CLIPPED_COUNTS] |= np.uint8(SampleFlag.CLIPPED)
    if frames.gap_before:
        flags[0] |= np.uint8(SampleFlag.GAP_BEFORE)
    return RawBlock(
        sensor=frames.role,
        t_us=(np.frombuffer(frames.t_ns, dtype=np.int64) - origin_ns) // 1000,
        accel_counts=accel,
        gyro_counts=gyro,
        accel_range_g=settings.accel_range_g,
        gyro_range_dps=settings.gyro_range_dps,
        flags=flags,
        temperature_counts=words[:, 3] if frames.frame_bytes == 14 else None,
    )
