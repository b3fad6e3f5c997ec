"""A forearm in motion and what a sensor strapped to its wrist feels: exact, without noise.

Frames
    World: x ahead, y to the left, z up. Sensor: x along the forearm towards the hand, y and z across
    it. The forearm's pose is heading (about the world's z), elevation of its x axis above the horizon,
    and twist about itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.jets import Jet, cos, sin


@dataclass(frozen=True, slots=True, eq=False)
class ForearmPath:
    """Where the hand is and how the forearm is turned, over time.

    Attributes
    ----------
    hand_m
        Position of the hand (world x, y, z).
    heading_rad, elevation_rad, twist_rad
        Pose of the forearm; elevation +90 deg is a hand straight above the elbow.
    """

    hand_m: tuple[Jet, Jet, Jet]
    heading_rad: Jet
    elevation_rad: Jet
    twist_rad: Jet


@dataclass(frozen=True, slots=True, eq=False)
class WristMotion:
    """What happens at the sensor.

    Attributes
    ----------
    rotation : float64 array, shape (n, 3, 3)
        Turns vectors of the sensor frame into the world frame.
    position_m : float64 array, shape (n, 3)
        Position of the sensor (world).
    specific_force_ms2, angular_rate_rads : float64 arrays, shape (n, 3)
        What an ideal sensor reads (sensor frame).
    """

    rotation: FloatArray
    position_m: FloatArray
    specific_force_ms2: FloatArray
    angular_rate_rads: FloatArray


def wrist_motion(path: ForearmPath, hand_to_sensor_m: float) -> WristMotion:
    """Return the motion of a sensor on the forearm, so far from the middle of the hand.

    Angular rate is the exact derivative of the pose; specific force is the exact second derivative of
    the sensor's position, less gravity, seen in the sensor frame.
    """
    sin_heading, cos_heading = sin(path.heading_rad), cos(path.heading_rad)
    sin_elevation, cos_elevation = sin(path.elevation_rad), cos(path.elevation_rad)
    along = (cos_elevation * cos_heading, cos_elevation * sin_heading, sin_elevation)
    position = [hand - axis * hand_to_sensor_m for hand, axis in zip(path.hand_m, along, strict=True)]

    rotation = _rotation(path)
    felt_world_ms2 = np.stack([axis.accel for axis in position], axis=-1)
    felt_world_ms2[:, 2] += STANDARD_GRAVITY_MS2
    return WristMotion(
        rotation=rotation,
        position_m=np.stack([axis.value for axis in position], axis=-1),
        specific_force_ms2=np.einsum("nij,ni->nj", rotation, felt_world_ms2),
        angular_rate_rads=_angular_rate(path),
    )


def _rotation(path: ForearmPath) -> FloatArray:
    sh, ch = np.sin(path.heading_rad.value), np.cos(path.heading_rad.value)
    se, ce = np.sin(path.elevation_rad.value), np.cos(path.elevation_rad.value)
    st, ct = np.sin(path.twist_rad.value), np.cos(path.twist_rad.value)
    # Heading about z, then elevation (nose up) about the new y, then twist about the new x.
    x = np.stack([ce * ch, ce * sh, se], axis=-1)
    y = np.stack([-se * st * ch - ct * sh, -se * st * sh + ct * ch, ce * st], axis=-1)
    z = np.stack([-se * ct * ch + st * sh, -se * ct * sh - st * ch, ce * ct], axis=-1)
    return np.stack([x, y, z], axis=-1)


def _angular_rate(path: ForearmPath) -> FloatArray:
    heading, elevation = path.heading_rad.rate, path.elevation_rad.rate
    se, ce = np.sin(path.elevation_rad.value), np.cos(path.elevation_rad.value)
    st, ct = np.sin(path.twist_rad.value), np.cos(path.twist_rad.value)
    return np.stack(
        [
            path.twist_rad.rate + heading * se,
            heading * ce * st - elevation * ct,
            heading * ce * ct + elevation * st,
        ],
        axis=-1,
    )
