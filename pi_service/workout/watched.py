"""The motion stages for a sensor that does not count: what it sees is only looked up."""

from __future__ import annotations

from typing import Any

from calibration.imu import ImuBlock
from pi_service.motion.frames import Frames, MotionBlock
from pi_service.motion.grid import Grid
from pi_service.motion.parcels import Parcels
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter


class Watched:
    """Turns the samples of one sensor into frames.

    Parameters
    ----------
    frames_a_look
        Frames that are worked on together.
    """

    def __init__(self, frames_a_look: int) -> None:
        self._parcels = Parcels(frames_a_look)
        self._grid, self._stillness, self._tilt, self._frames = Grid(), Stillness(), TiltFilter(), Frames()

    def step(self, block: ImuBlock) -> list[MotionBlock]:
        """Take samples; give out the frames that they complete, if it is time."""
        return self._walk_through(self._parcels.step(block, at_once=False))

    def finish(self) -> list[MotionBlock]:
        """Give out the frames of what still waits."""
        return self._walk_through(self._parcels.rest())

    def _walk_through(self, parcel: ImuBlock | None) -> list[MotionBlock]:
        if parcel is None:
            return []
        found = [
            self._frames.step(self._tilt.step(cells, self._stillness.step(cells)))
            for cells in self._grid.step(parcel)
        ]
        return [each for each in found if each is not None]

    @property
    def stages(self) -> tuple[Any, ...]:
        """The stages, for whoever saves and restores their states."""
        return self._parcels, self._grid, self._stillness, self._tilt, self._frames
