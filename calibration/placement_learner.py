"""Learns how a sensor sits from a stream: finds the poses that are held and what is between them.

The samples are joined to cells of a tenth of a second on the stream's own clock, and a cell is computed
once it is whole: so the result is the same, bit for bit, however the stream was cut into blocks.

>>> learner = PlacementLearner(PlacementKind.WRIST)      # doctest: +SKIP
>>> for block in blocks:                                 # doctest: +SKIP
...     progress = learner.step(block)
>>> placement = learner.finish(datetime.now(UTC))        # doctest: +SKIP
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from calibration.errors import PlacementError
from calibration.imu import FloatArray, ImuBlock
from calibration.placement import Placement, PlacementKind
from calibration.placement_cells import (
    CELL_S,
    GROUP_CELLS,
    LONGEST_HOLE_S,
    Cell,
    cell_of,
    mean_force,
    mean_rate,
    pieces,
    still,
    vector_of,
)
from calibration.placement_fit import POSES, Held, Movement, bent, learn, offset_of, same_pose
from firmware.samples import SensorRole

#: A pose is taken when it has been held for so long; the last of a recording may be shorter.
HOLD_CELLS: Final = 20
HOLD_S: Final = HOLD_CELLS * CELL_S
LAST_HOLD_CELLS: Final = 10
#: So much before the end of a stillness may be the beginning of the movement.
LEAD_CELLS: Final = 10
#: Half a second of a pose may turn so fast on the whole: sway does.
EVEN_TURN_RADS: Final = math.radians(8.0)
#: How far gravity may creep within a pose.
LARGEST_CREEP_DEG: Final = 6.0
#: Poses that differ by less than this, with less of a turn between them, are one.
SAME_POSE_DEG: Final = 12.0
SAME_TURN_RAD: Final = math.radians(20.0)
#: So much is remembered of a stream that goes on.
_MOST_POSES: Final = 10
_MOST_CELLS: Final = 3000


@dataclass(frozen=True, slots=True)
class PlacingProgress:
    """How far it is.

    Attributes
    ----------
    step
        Which pose is being waited for, from 0; as many as there are poses when all is done.
    steps
        How many poses there are.
    still_for_s
        For how long the sensor has been still.
    hint
        Why the last pose did not do, in a sentence; empty where it did.
    done
        Whether the placement is known.
    """

    step: int
    steps: int
    still_for_s: float
    hint: str
    done: bool


@dataclass(slots=True)
class LearnerState:
    """What a `PlacementLearner` remembers of the stream."""

    sensor: SensorRole | None = None
    key: int | None = None
    last_s: float | None = None
    rows: list[FloatArray] = field(default_factory=list)
    clipped: bool = False
    cells: list[Cell] = field(default_factory=list)
    still_from: int | None = None
    given: bool = False
    poses: list[Held] = field(default_factory=list)
    hint: str = ""
    found: Placement | None = None


class PlacementLearner:
    """Learns a placement from the samples of one sensor; any chunking gives the same.

    Parameters
    ----------
    kind
        What the sensor sits on; see `calibration.placement_fit` for the movement.
    """

    def __init__(self, kind: PlacementKind) -> None:
        self.kind = PlacementKind(kind)
        self.state = LearnerState()

    def step(self, block: ImuBlock) -> PlacingProgress:
        """Take a block and say how far it is; what comes after the movement is left aside.

        Raises
        ------
        PlacementError
            The block has no gyroscope, or comes from another sensor.
        """
        state = self.state
        if block.angular_rate_rads is None:
            raise PlacementError(
                "These samples are without a gyroscope, and a movement is not seen without one: record"
                " with an MPU-6050."
            )
        if state.sensor not in (None, block.sensor):
            raise PlacementError(
                f"The {state.sensor} sensor was being watched, but these samples come from the {block.sensor}"
                " sensor: choose one of them."
            )
        state.sensor = block.sensor
        for key, first_s, last_s, rows, clipped in pieces(block):
            if state.found is not None:
                break
            if state.key is not None and key != state.key:
                self._close()
            if state.last_s is not None and first_s - state.last_s > LONGEST_HOLE_S:
                self._forget()
            state.key, state.last_s = key, last_s
            state.rows.append(rows)
            state.clipped = state.clipped or clipped
        return self.progress()

    def progress(self) -> PlacingProgress:
        """Return how far it is."""
        state, steps = self.state, POSES[self.kind]
        done = state.found is not None
        held = len(state.poses)
        if self.kind is PlacementKind.WRIST and held > 1:
            # Bent from one pose to a later one: the turn is what is waited for.
            held = 2 if any(bent(a, b) for n, b in enumerate(state.poses) for a in state.poses[:n]) else 1
        still_s = 0.0 if state.still_from is None else (len(state.cells) - state.still_from) * CELL_S
        return PlacingProgress(
            steps if done else min(held, steps - 1), steps, still_s, "" if done else state.hint, done
        )

    def finish(self, now: datetime | None = None) -> Placement:
        """Return the placement; the stream may go on.

        Parameters
        ----------
        now
            Its date, with its zone.

        Raises
        ------
        PlacementError
            The movement does not show it; the sentence says why.
        """
        ended = copy.deepcopy(self)
        state = ended.state
        if state.found is None and state.rows:
            ended._close()
        if state.found is None and state.still_from is not None and not state.given:
            ended._hold(LAST_HOLD_CELLS)
        if state.found is not None:
            return replace(state.found, made_at=now)
        poses = POSES[self.kind]
        if not state.poses:
            raise PlacementError(
                f"The sensor was never held still for {HOLD_S:.0f} seconds: hold each of the {poses} poses"
                " until it is taken."
            )
        if len(state.poses) < poses:
            raise PlacementError(
                f"Only {len(state.poses)} of {poses} different poses were held still: hold each for"
                f" {HOLD_S:.0f} seconds, and move as you are asked to in between."
            )
        raise PlacementError(state.hint)

    def _close(self) -> None:
        """Take a cell that is whole."""
        state = self.state
        cell = cell_of(state.rows, clipped=state.clipped)
        state.rows, state.clipped = [], False
        state.cells.append(cell)
        if len(state.cells) > _MOST_CELLS:
            self._drop(_MOST_CELLS // 2)
        group = state.cells[-GROUP_CELLS:]
        if len(group) < GROUP_CELLS:
            return
        if not still(group) or self._turns(group):
            state.still_from, state.given = None, False
            return
        if state.still_from is None or self._creeps(group):
            state.still_from, state.given = len(state.cells) - GROUP_CELLS, False
        self._hold(HOLD_CELLS)
        if state.given and state.poses:
            # The movement begins where the pose ends, or what is left of the offset would pass for a turn;
            # the last second is left to it, because a slow beginning passes for sway.
            end = max(state.poses[-1].end_cell, len(state.cells) - LEAD_CELLS)
            state.poses[-1] = replace(state.poses[-1], end_cell=end)

    def _turns(self, group: list[Cell]) -> bool:
        """Return whether it turns evenly; from the first pose on it is known what it reads at rest."""
        if not self.state.poses:
            return False
        rate = mean_rate(group) - np.array(self.state.poses[0].angular_rate_rads)
        return float(np.linalg.norm(rate)) > EVEN_TURN_RADS

    def _creeps(self, group: list[Cell]) -> bool:
        start = self.state.still_from or 0
        began = mean_force(self.state.cells[start : start + GROUP_CELLS])
        now = mean_force(group)
        cosine = float(began @ now) / float(np.linalg.norm(began) * np.linalg.norm(now))
        return cosine < math.cos(math.radians(LARGEST_CREEP_DEG))

    def _hold(self, cells: int) -> None:
        """Take a pose that has been held for so many cells."""
        state = self.state
        start, end = state.still_from, len(state.cells)
        if state.given or start is None or end - start < cells:
            return
        state.given = True
        stretch = state.cells[start:end]
        held = Held(start, end, vector_of(mean_force(stretch)), vector_of(mean_rate(stretch)))
        if state.poses and self._same(state.poses[-1], held):
            state.poses[-1] = _joined(state.poses[-1], held)
            return
        state.poses.append(held)
        del state.poses[:-_MOST_POSES]
        self._learn()

    def _same(self, last: Held, held: Held) -> bool:
        if not same_pose(last, held, SAME_POSE_DEG):
            return False
        turned = (self._between(last, held).angular_rate_rads - offset_of(last, held)).sum(axis=0) * CELL_S
        return float(np.linalg.norm(turned)) < SAME_TURN_RAD

    def _between(self, before: Held, after: Held) -> Movement:
        cells = self.state.cells[before.end_cell : after.first_cell]
        rate = np.array([cell.rate for cell in cells]).reshape(-1, 3)
        return Movement(rate, CELL_S, any(cell.clipped for cell in cells))

    def _learn(self) -> None:
        """Look whether the newest pose completes the movement; of several ways the best is taken."""
        state = self.state
        *before, last = state.poses
        found: list[Placement] = []
        state.hint = ""
        if len(state.poses) < POSES[self.kind]:
            return
        for number, previous in enumerate(before):
            movement = self._between(previous, last)
            firsts = [[]] if self.kind is not PlacementKind.WRIST else [[each] for each in before[:number]]
            for first in firsts:
                try:
                    found.append(learn(self.kind, [*first, previous, last], movement))
                except PlacementError as error:
                    state.hint = str(error)
        if found:
            state.found, state.hint = max(found, key=lambda each: each.confidence), ""

    def _drop(self, cells: int) -> None:
        """Forget the oldest cells, and poses in them."""
        state = self.state
        del state.cells[:cells]
        state.poses = [
            replace(each, first_cell=max(0, each.first_cell - cells), end_cell=each.end_cell - cells)
            for each in state.poses
            if each.end_cell >= cells
        ]
        if state.still_from is not None:
            state.still_from = max(0, state.still_from - cells)

    def _forget(self) -> None:
        """Begin again: samples are missing, and nobody knows how it moved meanwhile."""
        state = self.state
        lost = bool(state.poses)
        self.state = LearnerState(sensor=state.sensor)
        if lost:
            self.state.hint = "Samples are missing in the middle of it: begin again with the first pose."


def _joined(one: Held, other: Held) -> Held:
    """Return one pose that was held twice."""
    force = np.array([one.specific_force_ms2, other.specific_force_ms2]).mean(axis=0)
    rate = np.array([one.angular_rate_rads, other.angular_rate_rads]).mean(axis=0)
    return Held(one.first_cell, other.end_cell, vector_of(force), vector_of(rate))
