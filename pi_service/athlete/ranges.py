"""How far a repetition goes when the joints go a share of their way: the two are not proportional."""

from __future__ import annotations

from typing import Final

import numpy as np

from pi_service.athlete.body import Chain
from pi_service.athlete.movements.base import Movement, Mover
from pi_service.athlete.person import Person
from pi_service.athlete.script import Script

#: Shares of the way that are looked at, past its end, too; between them it is straight enough.
_WHOLE: Final = 12
_SHARES: Final = np.arange(0, 2 * _WHOLE + 1) / _WHOLE


def joint_share(movement: Movement, person: Person, share: float) -> float:
    """Return the share of the joints' way that makes a share of the range.

    The range is the height of what travels, and the turn of the forearm where the sides alternate.
    """
    ready = dict(movement.ready(person))
    top = dict(ready)
    for stage in movement.stages(person):
        top.update(stage.pose)
    heights, directions = [], []
    for part in _SHARES:
        pose = {name: ready.get(name, 0.0) + (to - ready.get(name, 0.0)) * part for name, to in top.items()}
        body = Chain(Script(pose), person)(np.zeros(1))
        mover = body.shoulders_m if movement.mover is Mover.BODY else body.hand_m
        heights.append(mover.value[0, 2])
        directions.append(body.forearm.x.value[0])
    if movement.sides:
        cosines = np.clip(np.array(directions) @ directions[0], -1.0, 1.0)
        ranges = np.arccos(cosines)
    else:
        ranges = np.abs(np.array(heights) - heights[0])
    # A way that first goes a little back counts from where it is past its beginning.
    return float(np.interp(share, np.maximum.accumulate(ranges) / ranges[_WHOLE], _SHARES))
