"""The direction in which a repetition's way shows best against what the limb does in its pauses."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.reps.measure_phases import Way

#: So many frames before and after the repetition are its pauses.
_PAUSE_FRAMES = 15
#: What goes faster along the way than this share of its peak does not rest.
_REST_SHARE = 0.2
#: Before any rest is seen, a sway is taken for so much of the peak in every direction; that counts for so
#: many frames of rest.
_USUAL_SWAY, _USUAL_FRAMES = 0.1, 15


def clearest_axis(rates: FloatArray, way: FloatArray, out: Way, back: Way) -> FloatArray:
    """Return the direction in which a repetition is looked at closely.

    Somebody who hangs from a bar swings in the plane in which the forearm tilts, and hardly turns. So it is
    the way's own direction weighted by the inverse of the sway's covariance (R. A. Fisher, 1936).

    Parameters
    ----------
    rates : float64 array, shape (n, 5)
        How fast each coordinate of the pose changes; see `pi_service.reps.pose`.
    way : float64 array, shape (5,)
        The direction of the way out, of length 1.
    out, back
        Both ways, as far as they are known.

    Returns
    -------
    float64 array, shape (5,)
        Of length 1.
    """
    along = np.abs(rates @ way)
    peak = max(float(along.max()), 1e-9)
    middles = np.arange(len(along)) + 0.5
    moves = (middles > out.begin - 1.0) & (middles < out.end + 1.0)
    moves |= (middles > back.begin - 1.0) & (middles < back.end + 1.0)
    near = (middles > out.begin - _PAUSE_FRAMES) & (middles < back.end + _PAUSE_FRAMES)
    rests = rates[~moves & near & (along < _REST_SHARE * peak)]
    usual = _USUAL_FRAMES * (_USUAL_SWAY * peak) ** 2 * np.eye(len(way))
    weighted = np.linalg.solve(usual + rests.T @ rests, way)
    return np.asarray(weighted / max(float(np.linalg.norm(weighted)), 1e-12), dtype=np.float64)
