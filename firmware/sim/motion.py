"""What a simulated sensor feels, as a function of time.

Frames
    Sensor frame, as printed on the chip. Specific force in m/s2: at rest the axis that points up reads
    +9.81. Angular rate in rad/s, right-handed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from firmware.errors import SettingsError

FloatArray = npt.NDArray[np.float64]

#: ``motion(t_s) -> (specific_force_ms2, angular_rate_rads)``: for times of shape (n,) in simulated
#: seconds the true values at the sensor, both of shape (n, 3). The times are not sorted, and it is asked
#: for each of them several times over.
Motion = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

#: Standard gravity (m/s2), by which the chip's "g" is meant too.
GRAVITY_MS2 = 9.80665


def still(up: Sequence[float] = (0.0, 0.0, 1.0)) -> Motion:
    """Return a motion at rest.

    Parameters
    ----------
    up
        Direction of the sensor frame that points up; any length but 0.
    """
    direction = np.asarray(up, dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if direction.shape != (3,) or not math.isfinite(length) or length == 0.0:
        raise SettingsError("The direction that points up must be three numbers, not all of them 0.")
    force = GRAVITY_MS2 * direction / length

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.broadcast_to(force, (len(t_s), 3)), np.zeros((len(t_s), 3))

    return motion


def rocking(
    *,
    amplitude_deg: float = 40.0,
    frequency_hz: float = 0.4,
    centre_deg: float = 0.0,
    lever_arm_m: float = 0.3,
    phase_rad: float = 0.0,
) -> Motion:
    """Return the motion of a sensor at the end of a lever that swings up and down about a fixed axis.

    The sensor's x axis points away from the axis of rotation, y lies along it (horizontal), z points up
    when the lever is level. The elevation of x is ``centre + amplitude * sin(2 pi f t + phase)``.
    Force and rate are exact, with the centripetal and the tangential part of the acceleration.

    Parameters
    ----------
    amplitude_deg, centre_deg
        Swing to each side, and its middle above the horizontal.
    frequency_hz
        Swings up and down per second.
    lever_arm_m
        Distance of the sensor from the axis.
    phase_rad
        Where in the swing it begins.
    """
    amplitude = math.radians(amplitude_deg)
    centre = math.radians(centre_deg)
    omega = 2.0 * math.pi * frequency_hz

    def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        sine = amplitude * np.sin(omega * t_s + phase_rad)
        elevation = centre + sine
        speed = amplitude * omega * np.cos(omega * t_s + phase_rad)
        force = np.zeros((len(t_s), 3))
        force[:, 0] = GRAVITY_MS2 * np.sin(elevation) - lever_arm_m * speed**2
        force[:, 2] = GRAVITY_MS2 * np.cos(elevation) - lever_arm_m * omega**2 * sine
        rate = np.zeros((len(t_s), 3))
        rate[:, 1] = -speed  # x rising towards z is a negative turn about y
        return force, rate

    return motion
