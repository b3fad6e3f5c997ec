"""How a weight rises on one way: its vertical acceleration, integrated twice from rest to rest."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.coaching.facts import RepFacts
from pi_service.coaching.recent import VERTICAL_ACCELERATION, Seen
from pi_service.motion.frames import FRAME_RATE_HZ

#: A way of fewer frames shows nothing.
FEWEST_FRAMES = 10


def lifted_m(rep: RepFacts) -> FloatArray | None:
    """Return the height in each frame of the lifting; see `risen_m`."""
    return risen_m(rep.limb, rep.lifts_from_s, rep.lifts_until_s)


def risen_m(seen: Seen, start_s: float, end_s: float) -> FloatArray | None:
    """Return the height of a sensor in each frame of a way, from 0 on.

    None is returned where frames are missing or too few. The mean of the acceleration is taken away, since a
    way that starts and ends at rest has none: so an offset of the sensor does not matter.
    """
    acceleration = seen.between(start_s, end_s)[:, VERTICAL_ACCELERATION]
    if len(acceleration) < FEWEST_FRAMES or np.isnan(acceleration).any():
        return None
    velocity = np.cumsum(acceleration - acceleration.mean()) / FRAME_RATE_HZ
    return np.asarray(np.cumsum(velocity) / FRAME_RATE_HZ)
