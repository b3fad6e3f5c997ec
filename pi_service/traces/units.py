"""Recognises plain traces in other units than those of the format: counted as they are, they would be wrong.

What is beyond any movement is an error; what a violent movement might just reach is a warning.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.traces.errors import TraceFormatError
from pi_service.traces.reader import TraceWarning

#: Sample rates that are counted.
RATES_HZ: Final = (5.0, 2000.0)

#: Where the median of |specific force| can be: 9.8 m/s2 at rest, and around that in movement.
FORCES_MS2: Final = (5.0, 30.0)
#: Medians above this are found only in the quickest sets with an elastic band.
USUAL_FORCE_MS2: Final = 15.0
#: Medians that accelerations in g have; in thousandths of g a thousand times as much.
_FORCES_G: Final = (0.5, 3.0)

#: No limb turns faster for more than an instant (this is 2900 deg/s).
FASTEST_TURN_RADS: Final = 50.0
_FAST_PERCENTILE: Final = 99.9


#: Other units of time, and how many of each a second has.
_TIME_UNITS: Final = (("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9))


def check_step(path: Path, usual_step: float) -> None:
    """Refuse times that cannot be seconds.

    Parameters
    ----------
    path
        The file, to be named.
    usual_step
        The median step, as it stands in the file.

    Raises
    ------
    TraceFormatError
        Names the unit that the times may have instead.
    """
    low_hz, high_hz = RATES_HZ
    # Rounded: 0.2 s apart is 5 Hz, whatever the last digits of the times make of it.
    if low_hz <= round(1.0 / usual_step, 3) <= high_hz:
        return
    advice = ""
    for unit, per_second in _TIME_UNITS:
        if low_hz <= per_second / usual_step <= high_hz:
            advice = f"; if they are {unit}, divide them by {per_second:.0f}"
            break
    raise TraceFormatError(
        path,
        f"the times t_s are {usual_step:g} apart; expected seconds, at {low_hz:g} to {high_hz:g} samples a"
        f" second{advice}.",
    )


def check_force(path: Path, specific_force_ms2: FloatArray) -> list[TraceWarning]:
    """Refuse accelerations that cannot be specific force in m/s2.

    Parameters
    ----------
    path
        The file, to be named.
    specific_force_ms2
        All samples, shape (n, 3).

    Returns
    -------
    list of TraceWarning
        One, where the values are possible but rare.

    Raises
    ------
    TraceFormatError
        Names the unit that the values may have instead.
    """
    median = float(np.median(np.linalg.norm(specific_force_ms2, axis=1)))
    message = (
        f"the median length of (ax, ay, az) is {median:.4g};"
        " expected specific force in m/s2, which is 9.8 at rest"
    )
    low, high = FORCES_MS2
    if not low <= median <= high:
        raise TraceFormatError(path, f"{message}{_force_advice(median)}.")
    if median > USUAL_FORCE_MS2:
        return [TraceWarning(path, f"{message}: check the unit if no movement was violent.")]
    return []


def check_turn(path: Path, angular_rate_rads: FloatArray) -> list[TraceWarning]:
    """Return a warning where angular rates (all samples, shape (n, 3)) are too fast for rad/s."""
    fast = float(np.percentile(np.linalg.norm(angular_rate_rads, axis=1), _FAST_PERCENTILE))
    if fast <= FASTEST_TURN_RADS:
        return []
    return [
        TraceWarning(
            path,
            f"the angular rate (gx, gy, gz) reaches {fast:.0f}; expected rad/s, where no movement reaches"
            f" {FASTEST_TURN_RADS:g}: if it is deg/s, divide it by 57.29578.",
        )
    ]


def _force_advice(median: float) -> str:
    low, high = _FORCES_G
    if low <= median <= high:
        return (
            f"; it looks like g: multiply by {STANDARD_GRAVITY_MS2} (or gravity was taken off: leave it in)"
        )
    if low <= median / 1000 <= high:
        return f"; it looks like thousandths of g: multiply by {STANDARD_GRAVITY_MS2 / 1000:.8f}"
    return ""
