"""Samples are worked on a fifth of a second at a time: nothing is told in between, and it costs a third.

A sensor's driver delivers a few samples every 50 ms. Most of what a stage costs is the same for one sample
as for twenty, so samples wait here until they pass a moment at which something may be said. Nothing is told
later for it: what a block shows is still told by the call that brought the block.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from calibration.imu import ImuBlock, joined
from pi_service.motion.frames import CELLS_PER_FRAME
from pi_service.motion.grid import GridParams, last_edge_before


@dataclass(slots=True)
class ParcelsState:
    """What waits, and for what.

    Attributes
    ----------
    waiting
        Consecutive blocks that were not given out.
    passed
        Number of the last moment that the samples passed; None before the first sample.
    eager
        Nothing waits until the next such moment.
    """

    waiting: list[ImuBlock] = field(default_factory=list)
    passed: int | None = None
    eager: bool = True


class Parcels:
    """Joins blocks of one sensor until they pass the next multiple of so many frames.

    Parameters
    ----------
    frames
        Frames between two moments at which later stages may have something to tell.
    """

    def __init__(self, frames: int, grid: GridParams | None = None) -> None:
        self._cells = frames * CELLS_PER_FRAME
        self._rate_hz = (grid or GridParams()).rate_hz
        self.state = ParcelsState()

    def step(self, block: ImuBlock, at_once: bool) -> ImuBlock | None:
        """Return all that waits, if it is time, with a block of one sample or more at its end.

        Parameters
        ----------
        at_once
            Something may be told at any frame, from now to the next moment: nothing shall wait.
        """
        state = self.state
        state.waiting.append(block)
        passed = last_edge_before(float(block.t_s[-1]), self._rate_hz) // self._cells
        if at_once or state.passed is None:
            state.eager = True
        elif passed != state.passed:
            state.eager = False
        elif not state.eager:
            return None
        state.passed = passed
        return self.rest()

    def rest(self) -> ImuBlock | None:
        """Return what waits, whatever the time."""
        waiting, self.state.waiting = self.state.waiting, []
        if len(waiting) < 2:
            return waiting[0] if waiting else None
        return joined(waiting)
