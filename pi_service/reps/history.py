"""The recent past of the movement, for the stages that look back."""

from __future__ import annotations

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.motion.rotations import turned

#: Columns of the history's table.
UP, TURN_RATE, VERTICAL_ACCELERATION, ACCELERATION, STILL = slice(0, 3), 3, 4, 5, 6
_COLUMNS = 7
_SMALLEST = 1024


class History:
    """A growing table of frames that can forget its beginning.

    Rows are addressed by frame index, so that what has been forgotten does not shift the rest.
    """

    def __init__(self) -> None:
        self._table = np.empty((_SMALLEST, _COLUMNS))
        self._first = 0
        self._length = 0

    @property
    def begin(self) -> int:
        """Index of the oldest frame that is still known."""
        return self._first

    @property
    def end(self) -> int:
        """Index just after the newest frame."""
        return self._first + self._length

    def restart(self, frame: int) -> None:
        """Forget everything; the next frame to come is `frame`."""
        self._first, self._length = frame, 0

    def append(self, frames: MotionBlock) -> None:
        """Add frames that follow the newest one."""
        need = self._length + len(frames)
        if need > len(self._table):
            table = np.empty((max(need, 2 * len(self._table), _SMALLEST), _COLUMNS))
            table[: self._length] = self._table[: self._length]
            self._table = table
        new = self._table[self._length : need]
        new[:, UP] = frames.up
        new[:, TURN_RATE] = frames.turn_rate_rads
        new[:, VERTICAL_ACCELERATION] = frames.vertical_acceleration_ms2
        new[:, ACCELERATION] = frames.acceleration_ms2
        new[:, STILL] = frames.still
        self._length = need

    def forget_before(self, frame: int) -> None:
        """Forget the frames before `frame`, and give back memory that is no longer needed."""
        drop = min(max(frame - self._first, 0), self._length)
        kept = self._table[drop : self._length].copy()
        self._first += drop
        self._length -= drop
        if 4 * self._length < len(self._table):
            self._table = np.empty((max(2 * self._length, _SMALLEST), _COLUMNS))
        self._table[: self._length] = kept

    def as_sits_now(self, begin: int, rotation_rad: FloatArray, progress: FloatArray) -> History:
        """Return the movement as the sensor would have felt it had it always sat as it does now.

        Parameters
        ----------
        begin
            Frame in which the sensor begins to turn on the limb.
        rotation_rad : float64 array, shape (3,)
            Rotation vector that turns directions in the sensor frame from before into the frame since.
        progress : float64 array, shape (n,)
            What share of that is done in each frame from `begin` on; all of it after these.
        """
        other = History()
        other._table = self.rows(self.begin, self.end).copy()
        other._first, other._length = self._first, len(other._table)
        first = min(max(begin - self._first, 0), other._length)
        progress = progress[: other._length - first]
        last = first + len(progress)
        before, during = other._table[:first], other._table[first:last]
        before[:, UP] = turned(before[:, UP], rotation_rad)
        # The sensor's own turn goes against that of the directions which it feels.
        rate = -np.diff(progress, prepend=0.0) * FRAME_RATE_HZ
        during[:, TURN_RATE] -= rate * (during[:, UP] @ rotation_rad)
        during[:, UP] = turned(during[:, UP], rotation_rad, 1.0 - progress)
        return other

    def __getstate__(self) -> tuple[int, FloatArray]:
        return self._first, self._table[: self._length].copy()

    def __setstate__(self, state: tuple[int, FloatArray]) -> None:
        self._first, self._table = state
        self._length = len(self._table)

    def rows(self, begin: int, end: int) -> FloatArray:
        """Return the frames ``[begin, end)``, as far as they are known, as a view."""
        first = min(max(begin - self._first, 0), self._length)
        last = min(max(end - self._first, first), self._length)
        return self._table[first:last]
