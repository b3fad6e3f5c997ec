"""What a frame must not look like: the checks that a count of bytes cannot make."""

from __future__ import annotations

import math

from firmware.noise import accel_noise_g, gyro_noise_dps
from firmware.readings import Cause
from firmware.settings import FILTERS, GYRO_FILTERS, SensorSettings

#: A run of equal frames that noise would make once in this many frames is taken for a frozen sensor.
_ONCE_IN = 1e12
#: However quiet a sensor is, equal frames for longer than this are frozen.
_LONGEST_QUIET_S = 1.0


def equal_run_limit(settings: SensorSettings) -> int:
    """Return how many frames in a row that equal the one before them no living sensor gives.

    A sensor at rest has noise; that two successive frames are equal has a chance p, which the noise (data
    sheet) between two samples, in counts, tells for each axis. The limit is where p to the power of it is
    below one in `_ONCE_IN`; 3 at the usual settings, more with narrow filters and wide ranges.
    """
    accel_hz, gyro_hz = FILTERS[settings.filter_setting][0], GYRO_FILTERS[settings.filter_setting][0]
    accel_g = accel_noise_g(accel_hz) * _step(accel_hz, settings.rate_hz)
    gyro_dps = gyro_noise_dps(gyro_hz) * _step(gyro_hz, settings.rate_hz)
    accel_counts = accel_g / settings.accel_range_g * 32768
    gyro_counts = gyro_dps / settings.gyro_range_dps * 32768
    equal = (_no_step(accel_counts) * _no_step(gyro_counts)) ** 3
    limit = math.ceil(math.log(_ONCE_IN) / -math.log(equal))
    return max(3, min(limit, round(_LONGEST_QUIET_S * settings.rate_hz)))


def _step(bandwidth_hz: float, rate_hz: float) -> float:
    """Return the spread of the difference of two successive samples of filtered white noise, over its own."""
    alike = math.exp(-2.0 * math.pi * bandwidth_hz / rate_hz)
    return math.sqrt(2.0 * (1.0 - alike))


def _no_step(spread_counts: float) -> float:
    """Return the chance that a value, rounded to whole counts, does not change."""
    return min(0.9, 1.0 / (math.sqrt(2.0 * math.pi) * max(spread_counts, 1e-6)))


def is_echo(frame: bytes) -> bool:
    """Whether a frame is one byte again and again.

    That is what a chip gives that lost its power (all 0), a bus that nobody drives (all 0xFF), and a
    FIFO that was read beyond its end (its last byte).
    """
    return frame.count(frame[0]) == len(frame)


#: What a person is told when samples are missing.
ADVICE = {
    Cause.OVERFLOW: "its FIFO ran full before it was read: the computer or the bus is too slow; set the"
    " bus to 400 kHz or lower the sample rate",
    Cause.MISALIGNED: "its FIFO lost the beginning of its frames, as it does after a disturbance on the bus:"
    " shorten the cable if this comes again",
    Cause.FROZEN: "it gives the same values again and again: it was reset; replace it if this stays",
    Cause.ASLEEP: "it lost its settings because its supply broke down: check the 3.3 V wire and its contacts",
    Cause.SETTINGS: "its registers do not hold what was written, and the values of the last half second"
    " may be wrong: check its supply and the wiring",
    Cause.LOST: "more or fewer samples came than the time that passed allows: it was restarted",
    Cause.BUS: "a transfer broke off: check the cable, its length and the pull-ups",
    Cause.CHIP: "another chip answers than before",
}
