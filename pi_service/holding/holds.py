"""Counts how long a pose is held: it enters, breaks, resumes and ends by itself.

Every pose in which the sensor settles is compared with the one before. One that is between two bounds away
from it is a hold; one that is farther away is another start pose. A hold counts while the pose is
extended and no move goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from calibration.imu import Vector
from pi_service.holding.found import HeldPart, Hold, HoldChange, HoldingFinding, HoldOver, HoldSeen
from pi_service.holding.moves import Move, Moves, MovesState, angle_deg
from pi_service.holding.sway import COLUMNS, KEPT_S, sway_of
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock

#: A pose is known to be taken again so long after it was, at the latest.
_LATE_S = 0.5
#: Frames of a hold by which its sway is judged: the newest of ten minutes.
_KEPT = round(KEPT_S * FRAME_RATE_HZ)


@dataclass(frozen=True, slots=True)
class HoldParams:
    """What a hold is."""

    least_deg: float = 10.0
    """Extended is who is so far from the start pose."""
    most_deg: float = 180.0
    """Farther away it is another pose, from which the next hold may begin."""
    break_s: float = 1.0
    """A shorter break does not end it."""
    resume_s: float = 5.0
    """It may be resumed so long after it was left; then it is over."""
    shortest_s: float = 5.0
    """A shorter one is a moment on the way to something else: it is not told."""
    settle_s: float = 6.0
    """The start pose follows who rests near it, with this time constant."""


class _Where(StrEnum):
    HOME = "home"
    HELD = "held"
    LEFT = "left"


@dataclass(slots=True)
class _Part:
    """A part of the hold; `pause_s` is the time of breaks that were too short to end it."""

    start_s: float
    pause_s: float = 0.0
    end_s: float | None = None

    def held_s(self, now_s: float) -> float:
        end_s = now_s if self.end_s is None else self.end_s
        return max(end_s - self.start_s - self.pause_s, 0.0)


@dataclass(slots=True)
class HoldState:
    """What the counter remembers between frames."""

    moves: MovesState = field(default_factory=MovesState)
    where: _Where = _Where.HOME
    home: Vector | None = None
    start_s: float = 0.0
    parts: list[_Part] = field(default_factory=list)
    left_s: float = 0.0
    told_s: int = 0
    is_told: bool = False
    told_left: bool = False
    rows: list[tuple[float, ...]] = field(default_factory=list)
    firm: int = 0
    """Rows before the move that may be going on."""
    tilts: tuple[float, int] = (0.0, 0)
    waiting: list[tuple[float, ...]] = field(default_factory=list)
    """Rows of the frames that are not judged yet."""
    over: bool = False
    """The hold was ended by somebody while it went on: the next one begins from the start pose."""


class HoldCounter:
    """Counts holds from the movement of one sensor.

    Parameters
    ----------
    params
        What a hold is.
    """

    def __init__(self, params: HoldParams | None = None) -> None:
        self.params = params or HoldParams()
        self._gain = 1.0 / (self.params.settle_s * FRAME_RATE_HZ)
        self._moves = Moves()
        self._state = HoldState(moves=self._moves.state)

    @property
    def state(self) -> HoldState:
        """What the counter remembers, the move that goes on included."""
        self._state.moves = self._moves.state
        return self._state

    @state.setter
    def state(self, state: HoldState) -> None:
        self._state, self._moves.state = state, state.moves

    def step(self, frames: MotionBlock) -> list[HoldingFinding]:
        """Take frames in; give out what they show of a hold."""
        findings: list[HoldingFinding] = []
        if frames.restart:
            findings += self.finish()
            self._moves.state = MovesState()
            # Otherwise what is held on would be taken for the start pose, and that one for a hold.
            self.state = HoldState(moves=self._moves.state, home=self._state.home, over=self._state.over)
        for frame, (up, turn, vertical) in enumerate(
            zip(
                frames.up.tolist(),
                frames.turn_rate_rads.tolist(),
                frames.vertical_acceleration_ms2.tolist(),
                strict=True,
            ),
            start=frames.first_frame,
        ):
            self._state.waiting.append((*up, turn, vertical))
            judged, move = self._moves.step(frame, (up[0], up[1], up[2]))
            if judged:
                # The rows of the first frames, before poses were known, are left out.
                del self._state.waiting[:-5]
                findings += self._frame((frame + 1) / FRAME_RATE_HZ, self._state.waiting[0], move)
        return findings

    def finish(self) -> list[HoldingFinding]:
        """End the stream: a hold that is still open ends where it was seen last."""
        state = self._state
        known_s = (self._moves.state.frame + 1) / FRAME_RATE_HZ
        if state.where is _Where.HELD:
            self._leave(min(self._moves.left_s, known_s) if self._moves.moving else known_s)
        return self._end(known_s)

    def _frame(self, now_s: float, row: tuple[float, ...], move: Move | None) -> list[HoldingFinding]:
        state, pose = self._state, self._moves.state.pose
        assert pose is not None  # noqa: S101 - a frame was judged
        if state.home is None:
            state.home = pose
        tilt_deg = angle_deg(pose, state.home)
        match state.where:
            case _Where.HOME:
                return self._at_home(now_s, pose, tilt_deg, move)
            case _Where.HELD:
                return self._held(now_s, row, tilt_deg, move)
            case _Where.LEFT:
                return self._left(now_s, pose, tilt_deg, move)

    def _at_home(
        self, now_s: float, pose: Vector, tilt_deg: float, move: Move | None
    ) -> list[HoldingFinding]:
        state, p = self._state, self.params
        if self._moves.state.since is not None:
            return []
        if tilt_deg > p.most_deg:
            state.home, state.over = pose, False
        elif tilt_deg >= p.least_deg:
            if state.over:
                return []
            came_s = move.arrived_s if move is not None else now_s
            state.start_s = move.left_s if move is not None else now_s
            state.parts, state.where = [_Part(came_s)], _Where.HELD
            state.rows, state.firm, state.tilts = [], 0, (0.0, 0)
        else:
            assert state.home is not None  # noqa: S101 - set before
            state.over = False
            (hx, hy, hz), (x, y, z), gain = state.home, pose, self._gain
            state.home = hx + gain * (x - hx), hy + gain * (y - hy), hz + gain * (z - hz)
        return []

    def _held(
        self, now_s: float, row: tuple[float, ...], tilt_deg: float, move: Move | None
    ) -> list[HoldingFinding]:
        state, p = self._state, self.params
        judged_s = (self._moves.state.frame + 1) / FRAME_RATE_HZ
        moving = self._moves.moving
        if move is not None or moving:
            del state.rows[state.firm :]
        if move is not None:
            self._leave(move.left_s)
            return self._settled(now_s, tilt_deg, move)
        if not moving:
            state.rows.append(row)
            if self._moves.state.since is None:
                state.firm = len(state.rows)
                if len(state.rows) > _KEPT:
                    del state.rows[: len(state.rows) - _KEPT]
                    state.firm = len(state.rows)
                state.tilts = state.tilts[0] + tilt_deg, state.tilts[1] + 1
                if not p.least_deg <= tilt_deg <= p.most_deg:
                    self._leave(judged_s)
                    return []
                return self._tell_seconds(now_s, judged_s)
        elif now_s - self._moves.left_s >= p.break_s + _LATE_S:
            self._leave(self._moves.left_s)
        return []

    def _leave(self, left_s: float) -> None:
        state = self._state
        part = state.parts[-1]
        part.end_s = state.left_s = max(left_s, part.start_s)
        state.where, state.told_left = _Where.LEFT, False

    def _left(self, now_s: float, pose: Vector, tilt_deg: float, move: Move | None) -> list[HoldingFinding]:
        state, p = self._state, self.params
        if self._moves.state.since is None:
            if tilt_deg > p.most_deg:
                found = self._end(now_s)
                state.home = pose
                return found
            if tilt_deg >= p.least_deg:
                return self._settled(now_s, tilt_deg, move)
        findings: list[HoldingFinding] = []
        if now_s - state.left_s >= p.break_s + _LATE_S and not state.told_left:
            state.told_left = True
            if not state.is_told:  # a moment on the way to something else
                return self._end(now_s)
            findings.append(self._seen(now_s, HoldChange.LEFT))
        if now_s - state.left_s >= p.resume_s and not (self._moves.moving and self._recent_move(now_s)):
            findings += self._end(now_s)
        return findings

    def _recent_move(self, now_s: float) -> bool:
        since = self._moves.state.since
        return since is not None and now_s - since / FRAME_RATE_HZ < self.params.resume_s

    def _settled(self, now_s: float, tilt_deg: float, move: Move | None) -> list[HoldingFinding]:
        """Take note that a move has ended, in the pose or out of it."""
        state, p = self._state, self.params
        if not p.least_deg <= tilt_deg <= p.most_deg:
            return []
        came_s = now_s if move is None else move.arrived_s
        away_s = came_s - state.left_s
        state.where = _Where.HELD
        if away_s < p.break_s:
            part = state.parts[-1]
            part.end_s = None
            part.pause_s += max(away_s, 0.0)
            return []
        if not state.is_told:
            state.start_s = state.left_s if move is None else move.left_s
            state.parts = []
            state.rows, state.firm, state.tilts = [], 0, (0.0, 0)
        breaks = len(state.parts) - 1
        state.parts.append(_Part(came_s))
        if not state.is_told:
            return []
        left = [] if state.told_left else [replace(self._seen(now_s, HoldChange.LEFT), breaks=breaks)]
        return [*left, self._seen(now_s, HoldChange.RESUMED)]

    def _tell_seconds(self, now_s: float, judged_s: float) -> list[HoldingFinding]:
        state = self._state
        held_s = sum(part.held_s(judged_s) for part in state.parts)
        if not state.is_told:
            if held_s < self.params.shortest_s:
                return []
            state.is_told, state.told_s = True, math.floor(held_s)
            return [self._seen(now_s, HoldChange.ENTERED)]
        if math.floor(held_s) <= state.told_s:
            return []
        state.told_s = math.floor(held_s)
        return [self._seen(now_s, HoldChange.GOING)]

    def _seen(self, now_s: float, change: HoldChange) -> HoldSeen:
        state = self._state
        judged_s = (self._moves.state.frame + 1) / FRAME_RATE_HZ
        held_s = sum(part.held_s(judged_s) for part in state.parts)
        return HoldSeen(now_s, change, state.start_s, held_s, len(state.parts) - 1)

    def _end(self, now_s: float) -> list[HoldingFinding]:
        state = self._state
        parts, is_told = state.parts, state.is_told
        state.where, state.parts, state.is_told = _Where.HOME, [], False
        if not parts or not is_told:
            return []
        ended = [
            HeldPart(part.start_s, part.end_s, part.held_s(part.end_s))
            for part in parts
            if part.end_s is not None
        ]
        rows = np.array(state.rows).reshape(-1, COLUMNS)
        total_deg, frames = state.tilts
        hold = Hold(state.start_s, tuple(ended), total_deg / max(frames, 1), sway_of(rows))
        return [HoldOver(now_s, hold)]
