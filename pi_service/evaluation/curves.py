"""The movement of a trace as curves for a person to look at, from the pipeline's own stages."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SensorRole
from pi_service.motion.frames import FRAME_RATE_HZ, Frames, MotionBlock
from pi_service.motion.grid import Grid
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter
from pi_service.reps.history import STILL, UP, History
from pi_service.reps.pose import HEIGHT, HEIGHT_UNIT_M, TURN, pose_path

#: A shorter stretch between two long gaps shows nothing.
_SHORTEST_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """How a sensor moved; NaN where nothing is known.

    Attributes
    ----------
    t_s : float64 array, shape (n,)
        Middles of the frames on the trace's own clock.
    tilt_deg : float64 array, shape (n,)
        Tilt in the plane in which the vertical moves most, from its mean; beyond 180 deg it goes on.
    height_cm, turn_deg : float64 array, shape (n,)
        Travel up and turn about the vertical; only what is quick enough to be known.
    still : bool array, shape (n,)
        Whether the sensor was at rest.
    turns
        Whether there is a gyroscope, without which no turn is known.
    """

    t_s: FloatArray
    tilt_deg: FloatArray
    height_cm: FloatArray
    turn_deg: FloatArray
    still: npt.NDArray[np.bool_]
    turns: bool

    def between(self, start_s: float, end_s: float) -> Curves:
        """Return the part in a half-open interval."""
        part = slice(*np.searchsorted(self.t_s, (start_s, end_s)).tolist())
        return Curves(
            self.t_s[part],
            self.tilt_deg[part],
            self.height_cm[part],
            self.turn_deg[part],
            self.still[part],
            self.turns,
        )


def motion_of(blocks: Iterable[ImuBlock]) -> list[MotionBlock]:
    """Run the counting sensor's samples through the stages that the pipeline counts from."""
    grid, stillness, tilt, frames = Grid(), Stillness(), TiltFilter(), Frames()
    found = []
    for block in blocks:
        if block.sensor is not SensorRole.LIMB:
            continue
        for cells in grid.step(block):
            motion = frames.step(tilt.step(cells, stillness.step(cells)))
            if motion is not None:
                found.append(motion)
    return found


def curves_of(motion: Iterable[MotionBlock], start_s: float, end_s: float, slowest_hz: float) -> Curves:
    """Make curves of a movement.

    Parameters
    ----------
    motion
        Its frames, in order.
    start_s, end_s
        The stretch whose main axis of tilt is taken.
    slowest_hz
        Slowest movement of interest in height and turn, which are integrals and drift.
    """
    stretches: list[History] = []
    for block in motion:
        if block.restart or not stretches:
            stretches.append(History())
            stretches[-1].restart(block.first_frame)
        stretches[-1].append(block)
    tables = [(each.begin, each.rows(each.begin, each.end)) for each in stretches]
    tables = [(first, rows) for first, rows in tables if len(rows) >= _SHORTEST_S * FRAME_RATE_HZ]
    if not tables:
        none = np.empty(0)
        return Curves(none, none, none, none, np.empty(0, bool), turns=False)
    begin, end = tables[0][0], tables[-1][0] + len(tables[-1][1])
    t_s = np.asarray((np.arange(begin, end) + 0.5) / FRAME_RATE_HZ, dtype=np.float64)
    up, integrals = np.full((end - begin, 3), np.nan), np.full((end - begin, 2), np.nan)
    still = np.zeros(end - begin, bool)
    turns = False
    for first, rows in tables:
        part = slice(first - begin, first - begin + len(rows))
        path = pose_path(first, rows, slowest_hz)
        up[part], still[part] = rows[:, UP], rows[:, STILL] > 0
        integrals[part, 0] = path.points[:, HEIGHT] * HEIGHT_UNIT_M * 100.0
        integrals[part, 1] = np.degrees(path.points[:, TURN])
        turns = turns or bool(path.points[:, TURN].any())
    known = np.isfinite(up[:, 0])
    chosen = known & (t_s >= start_s) & (t_s < end_s)
    tilt = _main_tilt_deg(up, chosen if chosen.sum() > 2 else known)
    return Curves(t_s, tilt, integrals[:, 0], integrals[:, 1], still, turns)


def _main_tilt_deg(up: FloatArray, chosen: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the angle of the vertical from its mean, in the plane in which it moves most."""
    seen = up[chosen]
    mean = np.asarray(seen.mean(axis=0), dtype=np.float64)
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    across = seen - np.outer(seen @ mean, mean)
    axis = np.linalg.svd(across, full_matrices=False)[2][0]
    # The sign is that of the larger half of the movement: reps point up.
    along = across @ axis
    axis = axis if float((along**3).sum()) >= 0.0 else -axis
    angle = np.arctan2(up @ axis, up @ mean)
    known = np.isfinite(angle)
    angle[known] = np.unwrap(angle[known])
    return np.asarray(
        np.degrees(angle - 2.0 * math.pi * round(float(np.mean(angle[chosen])) / (2.0 * math.pi)))
    )
