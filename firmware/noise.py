"""How much noise a good sensor has behind its filters, by the data sheet.

Source: PS-MPU-6000A-00 rev. 3.4, 6.1 and 6.2: 0.005 (deg/s)/sqrt(Hz), which it sums up as 0.05 deg/s rms at
100 Hz: the bandwidth as it is. For the accelerometer 400 ug/sqrt(Hz) and no sum: its bandwidth is taken as
that of a first-order filter, which makes 3.3 mg rms at 44 Hz.
"""

from __future__ import annotations

import math

#: Noise densities (g/sqrt(Hz) and deg/s/sqrt(Hz)).
ACCEL_NOISE_G = 400e-6
GYRO_NOISE_DPS = 0.005
#: Noise bandwidth of the filters over their -3 dB bandwidth.
_ACCEL_SHAPE = 1.57
_GYRO_SHAPE = 1.0


def accel_noise_g(bandwidth_hz: float, density: float = ACCEL_NOISE_G) -> float:
    """Return the noise of an accelerometer's axis (g rms) behind a filter of this -3 dB bandwidth."""
    return density * math.sqrt(_ACCEL_SHAPE * bandwidth_hz)


def gyro_noise_dps(bandwidth_hz: float, density: float = GYRO_NOISE_DPS) -> float:
    """Return the noise of a gyroscope's axis (deg/s rms) behind a filter of this -3 dB bandwidth."""
    return density * math.sqrt(_GYRO_SHAPE * bandwidth_hz)
