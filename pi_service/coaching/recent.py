"""The recent frames of one sensor, for whoever judges what they show.

The history of the counter forgets what was before a gap and lives with the counter's sets; a torso sensor
has its own gaps. Here a gap is a hole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock

#: Columns of a table of frames.
UP, VERTICAL_ACCELERATION, ACCELERATION = slice(0, 3), 3, 4
_COLUMNS = 5
#: Pieces are joined from this many frames on, so that few large ones are kept.
_JOINED_FRAMES = 512


@dataclass(slots=True)
class RecentState:
    """Pieces of consecutive frames: the index of the first, and the table; in the order of time."""

    pieces: list[tuple[int, FloatArray]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Consecutive frames of one sensor; NaN where nothing is known.

    Attributes
    ----------
    first_frame
        Index of the first row.
    rows : float64 array, shape (n, 5)
        The unit vector that points up, in the sensor frame, the vertical acceleration, and the magnitude of
        the gravity-free acceleration (m/s2).
    """

    first_frame: int
    rows: FloatArray

    def between(self, start_s: float, end_s: float) -> FloatArray:
        """Return the rows from one time to another, as far as there are any."""
        begin = round(start_s * FRAME_RATE_HZ) - self.first_frame
        end = round(end_s * FRAME_RATE_HZ) - self.first_frame
        return self.rows[max(begin, 0) : max(end, 0)]

    def up_between(self, start_s: float, end_s: float) -> FloatArray:
        """Return the known directions of up from one time to another."""
        up = self.between(start_s, end_s)[:, UP]
        known: FloatArray = up[~np.isnan(up[:, 0])]
        return known

    def turned(self, rotation: FloatArray) -> Seen:
        """Return the same in the frame of a sensor that has turned on the limb since."""
        rows = self.rows.copy()
        rows[:, UP] = rows[:, UP] @ rotation.T
        return Seen(self.first_frame, rows)

    def known_share(self, start_s: float, end_s: float) -> float:
        """Return the share of the frames between two times that are known."""
        wanted = max(round(end_s * FRAME_RATE_HZ) - round(start_s * FRAME_RATE_HZ), 1)
        return len(self.up_between(start_s, end_s)) / wanted


class Recent:
    """Keeps the frames of one sensor until they are forgotten."""

    def __init__(self) -> None:
        self.state = RecentState()

    def step(self, frames: MotionBlock) -> None:
        """Take frames that follow."""
        if not len(frames):
            return
        table = np.empty((len(frames), _COLUMNS))
        table[:, UP] = frames.up
        table[:, VERTICAL_ACCELERATION] = frames.vertical_acceleration_ms2
        table[:, ACCELERATION] = frames.acceleration_ms2
        pieces = self.state.pieces
        pieces.append((frames.first_frame, table))
        # Like a counter that carries: each frame is copied a few times, however long the set.
        while len(pieces) > 1 and self._is_to_join(*pieces[-2:]):
            (first, before), (_, after) = pieces[-2:]
            pieces[-2:] = [(first, np.concatenate((before, after)))]

    @staticmethod
    def _is_to_join(before: tuple[int, FloatArray], after: tuple[int, FloatArray]) -> bool:
        adjoins = before[0] + len(before[1]) == after[0]
        return adjoins and len(before[1]) <= min(2 * len(after[1]), _JOINED_FRAMES)

    def turn_before(self, rotation: FloatArray, before_s: float) -> None:
        """Turn what was seen before a time into the frame of a sensor that has turned on the limb."""
        before = round(before_s * FRAME_RATE_HZ)
        turned = []
        for first, table in self.state.pieces:
            rows = min(max(before - first, 0), len(table))
            new = table.copy()
            new[:rows, UP] = table[:rows, UP] @ rotation.T
            turned.append((first, new))
        self.state.pieces = turned

    def forget_before(self, time_s: float) -> None:
        """Forget the pieces that end before a time."""
        before = round(time_s * FRAME_RATE_HZ)
        pieces = self.state.pieces
        if pieces and pieces[0][0] + len(pieces[0][1]) <= before:
            self.state.pieces = [each for each in pieces if each[0] + len(each[1]) > before]

    def seen(self, start_s: float, end_s: float) -> Seen:
        """Return the frames from one time to another, with holes where there are none."""
        begin, end = round(start_s * FRAME_RATE_HZ), round(end_s * FRAME_RATE_HZ)
        rows = np.full((max(end - begin, 0), _COLUMNS), np.nan)
        for first, table in self.state.pieces:
            low, high = max(first, begin), min(first + len(table), end)
            if low < high:
                rows[low - begin : high - begin] = table[low - first : high - first]
        return Seen(begin, rows)

    def up_at(self, time_s: float) -> FloatArray:
        """Return the direction of up in the frame at a time, shape (3,); NaN where nothing is known."""
        frame = round(time_s * FRAME_RATE_HZ)
        for first, table in self.state.pieces:
            if first <= frame < first + len(table):
                return table[frame - first, UP].copy()
        return np.full(3, np.nan)
