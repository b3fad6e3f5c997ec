"""A strap on skin: the sensor lags behind the bone it is meant to follow, and rings a little.

Notes
-----
In the limb's frame the sensor's shift ``x`` obeys ``x'' + 2 d w x' + w^2 x = -f``, where ``f`` is the
specific force of the bone there: at rest it sags under gravity. The shift is solved for on a grid of 400 Hz
and joined between by polynomials of degree 5 that meet in value, rate and acceleration, so that what the
sensor feels is again the exact second derivative of where it is. That the limb's frame turns meanwhile is
left aside: the shift is of the order of a millimetre.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.signal import cont2discrete, lfilter, lfilter_zi, ss2tf

from calibration.imu import FloatArray
from pi_service.athlete.jets import Jet
from pi_service.athlete.person import Tissue

GRID_HZ: Final = 400
#: So many points at a time.
_PIECE: Final = 1024


class Shift:
    """How far a sensor is off the place it was strapped to, over time.

    It is solved for as far as it is asked for, from the beginning on.

    Parameters
    ----------
    force_ms2
        Specific force at the bone, limb frame, at given times; it begins at rest.
    tissue
        How it is strapped.
    """

    def __init__(self, force_ms2: Callable[[FloatArray], FloatArray], tissue: Tissue) -> None:
        omega = 2.0 * math.pi * tissue.frequency_hz
        self._stiff, self._damp = omega**2, 2.0 * tissue.damping * omega
        # Exact for a force that is straight between the points of the grid; shift, then its rate.
        a = np.array([[0.0, 1.0], [-self._stiff, -self._damp]])
        system = (a, np.array([[0.0], [-1.0]]), np.eye(2), np.zeros((2, 1)))
        above, below = ss2tf(*cont2discrete(system, 1.0 / GRID_HZ, method="foh")[:4])
        self._filters = [(each, below) for each in above]
        self._force_ms2 = force_ms2
        at_rest = force_ms2(np.zeros(1))
        self._states = [lfilter_zi(*each)[:, None] * at_rest for each in self._filters]
        self._parts: FloatArray = np.empty((3, 0, 3))

    def __call__(self, t_s: FloatArray) -> Jet:
        """Return it at given times, in the limb's frame; before time 0 it rests."""
        place = np.maximum(t_s * GRID_HZ, 0.0)
        left = place.astype(np.int64)
        if len(t_s):
            self._solve(int(left.max()) + 2)
        u, h = (place - left)[:, None], 1.0 / GRID_HZ
        x0, v0, a0 = (part[left] * h**k for k, part in enumerate(self._parts))
        x1, v1, a1 = (part[left + 1] * h**k for k, part in enumerate(self._parts))
        # x0 + v0 u + a0/2 u^2 and three more terms that meet the right end.
        gap, slope, bend = x1 - x0 - v0 - a0 / 2.0, v1 - v0 - a0, a1 - a0
        c3 = 10.0 * gap - 4.0 * slope + bend / 2.0
        c4 = -15.0 * gap + 7.0 * slope - bend
        c5 = 6.0 * gap - 3.0 * slope + bend / 2.0
        value = x0 + u * (v0 + u * (a0 / 2.0 + u * (c3 + u * (c4 + u * c5))))
        rate = (v0 + u * (a0 + u * (3.0 * c3 + u * (4.0 * c4 + u * 5.0 * c5)))) / h
        accel = (a0 + u * (6.0 * c3 + u * (12.0 * c4 + u * 20.0 * c5))) / (h * h)
        began = (t_s >= 0.0)[:, None]
        return Jet(value, rate * began, accel * began)

    def _solve(self, n: int) -> None:
        """Solve for the first `n` points of the grid."""
        pieces = [self._parts]
        begin = self._parts.shape[1]
        while begin < n:
            force_ms2 = self._force_ms2((begin + np.arange(_PIECE)) / GRID_HZ)
            piece = []
            for number, (b, a) in enumerate(self._filters):
                part, self._states[number] = lfilter(b, a, force_ms2, axis=0, zi=self._states[number])
                piece.append(part)
            x, v = piece
            pieces.append(np.stack([x, v, -force_ms2 - self._damp * v - self._stiff * x]))
            begin += _PIECE
        if len(pieces) > 1:
            self._parts = np.concatenate(pieces, axis=1)
