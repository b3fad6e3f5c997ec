"""The movement in the form that repetitions are looked for in: few numbers, 25 times a second."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray
from pi_service.motion.tilt import TiltBlock

#: Cells of the grid in one frame.
CELLS_PER_FRAME = 2
#: Frames a second: the grid's 50 cells a second in pairs.
FRAME_RATE_HZ = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class MotionBlock:
    """Consecutive frames of the movement.

    Attributes
    ----------
    first_frame
        Index of the first frame; frame ``k`` covers the time ``[k, k + 1) / FRAME_RATE_HZ``.
    restart
        Nothing is known of the time just before the first frame.
    up : float64 array, shape (n, 3)
        Mean over the frame of the unit vector that points up, in the sensor frame.
    turn_rate_rads : float64 array, shape (n,)
        Angular rate about the vertical.
    vertical_acceleration_ms2, acceleration_ms2 : float64 array, shape (n,)
        Gravity-free acceleration: upwards, and its magnitude.
    still : bool array, shape (n,)
        Whether the sensor was at rest in the whole frame.
    """

    first_frame: int
    restart: bool
    up: FloatArray
    turn_rate_rads: FloatArray
    vertical_acceleration_ms2: FloatArray
    acceleration_ms2: FloatArray
    still: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.up)

    def __getitem__(self, part: slice) -> MotionBlock:
        """Return consecutive frames as a block of their own (a slice without a step)."""
        begin, _, _ = part.indices(len(self))
        return MotionBlock(
            self.first_frame + begin,
            self.restart and begin == 0,
            self.up[part],
            self.turn_rate_rads[part],
            self.vertical_acceleration_ms2[part],
            self.acceleration_ms2[part],
            self.still[part],
        )


@dataclass(slots=True)
class FramesState:
    """The cell that still waits for its partner, if any, and whether the next frame is a restart."""

    waiting: TiltBlock | None = None
    restart: bool = False


class Frames:
    """Joins pairs of cells to frames (means; `still` only if both are)."""

    def __init__(self) -> None:
        self.state = FramesState()

    def step(self, cells: TiltBlock) -> MotionBlock | None:
        """Return the frames that these cells complete, or None."""
        state = self.state
        if cells.restart:
            state.waiting, state.restart = None, True
            if cells.first_cell % CELLS_PER_FRAME:
                cells = _part(cells, slice(1, None))
        if state.waiting is not None:
            cells, state.waiting = _join(state.waiting, cells), None
        whole = len(cells) // CELLS_PER_FRAME * CELLS_PER_FRAME
        if whole < len(cells):
            state.waiting = _part(cells, slice(whole, None))
        if not whole:
            return None
        first, second = slice(0, whole, 2), slice(1, whole, 2)
        restart, state.restart = state.restart, False
        return MotionBlock(
            first_frame=cells.first_cell // CELLS_PER_FRAME,
            restart=restart,
            up=0.5 * (cells.up[first] + cells.up[second]),
            turn_rate_rads=0.5 * (cells.turn_rate_rads[first] + cells.turn_rate_rads[second]),
            vertical_acceleration_ms2=0.5
            * (cells.vertical_acceleration_ms2[first] + cells.vertical_acceleration_ms2[second]),
            acceleration_ms2=0.5 * (cells.acceleration_ms2[first] + cells.acceleration_ms2[second]),
            still=cells.still[first] & cells.still[second],
        )


_ARRAYS = [field.name for field in fields(TiltBlock) if field.name not in {"first_cell", "restart"}]


def _part(cells: TiltBlock, part: slice) -> TiltBlock:
    begin, _, _ = part.indices(len(cells))
    return TiltBlock(
        cells.first_cell + begin, restart=False, **{name: getattr(cells, name)[part] for name in _ARRAYS}
    )


def _join(a: TiltBlock, b: TiltBlock) -> TiltBlock:
    return TiltBlock(
        a.first_cell,
        restart=False,
        **{name: np.concatenate((getattr(a, name), getattr(b, name))) for name in _ARRAYS},
    )
