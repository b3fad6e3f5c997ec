"""Rotations as functions of time: the links of a kinematic chain, with exact derivatives.

A rotation is kept as its three axes, which are vectors (`Jet`, shape (n, 3)) of the world's frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.jets import Jet, cos, sin


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """How something is turned: its axes in the world's frame (x ahead, y to the left, z up).

    Attributes
    ----------
    x, y, z
        The axes, each a vector of length 1.
    """

    x: Jet
    y: Jet
    z: Jet

    def about_x(self, angle_rad: Jet) -> Turn:
        """Return it turned about its own x axis, right-handed."""
        c, s = cos(angle_rad).column(), sin(angle_rad).column()
        return Turn(self.x, self.y * c + self.z * s, self.z * c - self.y * s)

    def about_y(self, angle_rad: Jet) -> Turn:
        """Return it turned about its own y axis, right-handed."""
        c, s = cos(angle_rad).column(), sin(angle_rad).column()
        return Turn(self.x * c - self.z * s, self.y, self.z * c + self.x * s)

    def about_z(self, angle_rad: Jet) -> Turn:
        """Return it turned about its own z axis, right-handed."""
        c, s = cos(angle_rad).column(), sin(angle_rad).column()
        return Turn(self.x * c + self.y * s, self.y * c - self.x * s, self.z)

    def spine(self) -> Turn:
        """Return the axes of a trunk: x up the spine, y to the left, z out of the back."""
        return Turn(self.z, self.y, self.x * -1.0)

    def across(self) -> Turn:
        """Return the axes of a bar that is held in front: x to the right end, y ahead, z up."""
        return Turn(self.y * -1.0, self.x, self.z)

    def along(self, x: Jet | float, y: Jet | float, z: Jet | float) -> Jet:
        """Return a vector that is given by its parts along the axes, in the world's frame."""
        parts = [part.column() if isinstance(part, Jet) else part for part in (x, y, z)]
        return self.x * parts[0] + self.y * parts[1] + self.z * parts[2]

    def matrix(self) -> FloatArray:
        """Return the rotations into the world's frame, shape (n, 3, 3)."""
        return np.stack([self.x.value, self.y.value, self.z.value], axis=-1)

    def rate_rads(self) -> FloatArray:
        """Return the angular rate in the turned frame, shape (n, 3)."""
        return np.stack(
            [
                (self.y.rate * self.z.value).sum(axis=1),
                (self.z.rate * self.x.value).sum(axis=1),
                (self.x.rate * self.y.value).sum(axis=1),
            ],
            axis=-1,
        )


def level(t_s: FloatArray) -> Turn:
    """Return the world's own axes."""
    zero = np.zeros((len(t_s), 3))
    return Turn(*(Jet(zero + axis, zero, zero) for axis in np.eye(3)))


def felt(turn: Turn, position_m: Jet) -> WristMotion:
    """Return what an ideal sensor feels that moves and turns so."""
    rotation = turn.matrix()
    force_ms2 = position_m.accel + np.array([0.0, 0.0, STANDARD_GRAVITY_MS2])
    return WristMotion(
        rotation=rotation,
        position_m=position_m.value,
        specific_force_ms2=np.einsum("nij,ni->nj", rotation, force_ms2),
        angular_rate_rads=turn.rate_rads(),
    )
