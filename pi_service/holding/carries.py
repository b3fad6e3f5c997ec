"""Counts the rounds of a carry: the forearm goes overhead, somebody walks, the weight comes down.

A clip may sit any way round, so nobody says which way along the forearm is up. An arm hangs most of the
time: a pose that is turned over against that one is overhead. Steps count while it is, from when the weight
has been pressed up until it is lowered.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from calibration.imu import Vector
from pi_service.holding.cadence import cadence_of
from pi_service.holding.found import Carry, CarryChange, CarryOver, CarrySeen, HoldingFinding
from pi_service.holding.heights import Heights, HeightState, Lift, Lifted
from pi_service.holding.moves import angle_deg
from pi_service.holding.sway import COLUMNS, KEPT_S, sway_of
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.found import RepSeen
from pi_service.reps.steps import StepCounter, StepState

#: Frames of a round by which its sway is judged: the newest of ten minutes.
_KEPT = round(KEPT_S * FRAME_RATE_HZ)


@dataclass(frozen=True, slots=True)
class CarryParams:
    """What a round is."""

    turned_deg: float = 130.0
    """A pose so far from that of the hanging arm is overhead; a hand at the mouth is a little less."""
    down_deg: float = 95.0
    """Nearer to it than this the arm is down again."""
    left_deg: float = 15.0
    """So far from where it was the weight is on its way."""
    sure_s: float = 0.3
    """A pose counts after so long."""
    hangs_deg: float = 70.0
    """The arm hangs while it is nearer to where it hung."""
    hang_s: float = 8.0
    """The hanging pose follows with this time constant."""
    strange_s: float = 10.0
    """A pose in between that is kept for so long is how the arm hangs from now on."""
    swings_deg: float = 8.0
    """Whoever walks and swings the arm by so much (rms) lets it hang."""
    steady_deg: float = 4.0
    """Whoever carries a weight overhead holds it steadier than this at first (rms)."""
    swing_s: float = 3.0
    turns_deg: float = 25.0
    turn_s: float = 1.0
    """Whoever turns the forearm by so much in this time does not lift it straight."""


@dataclass(slots=True)
class _Round:
    """The round that goes on."""

    start_s: float
    is_raised: bool = False
    """Whether the weight was seen to go up."""
    steps_s: list[float] = field(default_factory=list)
    is_told: bool = False


@dataclass(slots=True)
class CarryState:
    """What the counter remembers between frames."""

    steps: StepState = field(default_factory=StepState)
    heights: HeightState = field(default_factory=HeightState)
    hang: Vector | None = None
    recent: deque[Vector] = field(default_factory=deque)
    rows: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    turned: int = 0
    down: int = 0
    strange: int = 0
    over: bool = False
    """The forearm is overhead, but the weight has been lowered."""
    round: _Round | None = None
    end: int = 0


class CarryCounter:
    """Counts rounds and their steps from the movement of a wrist."""

    def __init__(self, params: CarryParams | None = None) -> None:
        self.params = params or CarryParams()
        self._steps, self._heights = StepCounter(), Heights()
        self._sure = round(self.params.sure_s * FRAME_RATE_HZ)
        self._swing = round(self.params.swing_s * FRAME_RATE_HZ)
        self._turn = round(self.params.turn_s * FRAME_RATE_HZ)
        self._state = CarryState(steps=self._steps.state, heights=self._heights.state)

    @property
    def state(self) -> CarryState:
        """What the counter remembers, with the steps and heights."""
        self._state.steps, self._state.heights = self._steps.state, self._heights.state
        return self._state

    @state.setter
    def state(self, state: CarryState) -> None:
        self._state = state
        self._steps.state, self._heights.state = state.steps, state.heights

    def step(self, frames: MotionBlock) -> list[HoldingFinding]:
        """Take frames in; give out what they show of a carry."""
        found: list[HoldingFinding] = []
        if frames.restart:
            found += self.finish()
            hang = self._state.hang
            self._steps.state, self._heights.state = StepState(), HeightState(near_frame=frames.first_frame)
            self._state = CarryState(steps=self._steps.state, heights=self._heights.state, hang=hang)
        for place, (up, turn, vertical) in enumerate(
            zip(
                frames.up.tolist(),
                frames.turn_rate_rads.tolist(),
                frames.vertical_acceleration_ms2.tolist(),
                strict=True,
            )
        ):
            seen = self._steps.step(frames[place : place + 1])
            frame = frames.first_frame + place
            self._state.rows.append((*up, turn, vertical))
            self._state.end = frame + 1
            if self._turns((up[0], up[1], up[2])):
                self._heights.begin_anew(frame)
            lifted = self._heights.step(frame, vertical)
            found += self._pose(frame, (up[0], up[1], up[2]))
            if lifted is not None:
                found += self._lifted(lifted)
            found += self._walk([each.rep.end_s for each in seen if isinstance(each, RepSeen)])
        return found

    def finish(self) -> list[HoldingFinding]:
        """End the stream: a round that is still open ends where it was seen last."""
        now_s = self._state.end / FRAME_RATE_HZ
        return self._end(now_s, now_s)

    def _pose(self, frame: int, up: Vector) -> list[HoldingFinding]:
        state, p = self._state, self.params
        state.recent.append(up)
        if len(state.recent) > self._swing:
            state.recent.popleft()
        if state.hang is None:
            state.hang = up
        off_deg = angle_deg(up, state.hang)
        now_s = (frame + 1) / FRAME_RATE_HZ
        state.turned = state.turned + 1 if off_deg >= p.turned_deg else 0
        state.down = state.down + 1 if off_deg < p.down_deg else 0
        state.strange = state.strange + 1 if p.hangs_deg <= off_deg < p.turned_deg else 0
        if state.round is None:
            if not state.over and state.turned >= self._sure:
                state.round = _Round((frame + 1 - self._sure) / FRAME_RATE_HZ)
        elif state.down >= self._sure:
            return self._end(now_s, self._left_s(frame))
        if state.down >= self._sure:
            state.over = False
        if off_deg < p.hangs_deg or state.strange > p.strange_s * FRAME_RATE_HZ:
            (hx, hy, hz), (x, y, z), gain = state.hang, up, 1.0 / (p.hang_s * FRAME_RATE_HZ)
            state.hang = hx + gain * (x - hx), hy + gain * (y - hy), hz + gain * (z - hz)
        return []

    def _left_s(self, frame: int) -> float:
        """Return when the forearm left the pose that it had some seconds ago."""
        recent = self._state.recent
        back = 0
        for up in reversed(recent):
            if angle_deg(up, recent[0]) <= self.params.left_deg:
                break
            back += 1
        return (frame + 1 - back) / FRAME_RATE_HZ

    def _turns(self, up: Vector) -> bool:
        """Whether the forearm turns: heights are told only where it keeps its direction."""
        recent = self._state.recent
        return len(recent) >= self._turn and angle_deg(up, recent[-self._turn]) > self.params.turns_deg

    def _lifted(self, lifted: Lifted) -> list[HoldingFinding]:
        """Take note that the weight went up, or came down."""
        state = self._state
        if lifted.way is Lift.UP:
            if state.over and state.turned >= self._sure:
                state.over, state.round = False, _Round(lifted.seen_s, is_raised=True)
            elif state.round is not None and not state.round.is_told:
                state.round = _Round(lifted.seen_s, is_raised=True)
            return []
        if state.round is None or not (state.round.is_raised or state.round.is_told):
            return []
        state.over = True
        return self._end(lifted.seen_s, max(lifted.begin_s, state.round.start_s))

    def _walk(self, steps_s: list[float]) -> list[HoldingFinding]:
        """Take note of steps, which may be known some seconds after they were made."""
        state = self._state
        if not steps_s:
            return []
        now_s = state.end / FRAME_RATE_HZ
        swing_deg = self._swing_deg()
        if swing_deg > self.params.swings_deg:
            x, y, z = np.mean(state.recent, axis=0).tolist()
            state.hang, state.turned = (x, y, z), 0
            return self._end(now_s, state.round.start_s) if state.round is not None else []
        if state.round is None or (not state.round.is_told and swing_deg > self.params.steady_deg):
            return []
        found: list[HoldingFinding] = []
        for step_s in steps_s:
            if step_s <= state.round.start_s:
                continue
            state.round.steps_s.append(step_s)
            if not state.round.is_told:
                state.round.is_told = True
                found.append(CarrySeen(now_s, CarryChange.STARTED, state.round.start_s, 0, None))
        if state.round.is_told:
            walked_s = state.round.steps_s
            told = CarrySeen(
                now_s, CarryChange.STEP, state.round.start_s, len(walked_s), cadence_of(walked_s)
            )
            found.append(told)
        return found

    def _swing_deg(self) -> float:
        """Return by how much the arm swung lately (rms)."""
        rows = np.array(self._state.recent)
        return float(np.degrees(np.sqrt(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean())))

    def _end(self, now_s: float, end_s: float) -> list[HoldingFinding]:
        """Close the round: steps that are made after its end are none of it."""
        state = self._state
        done, state.round = state.round, None
        if done is None or not done.is_told:
            return []
        end_s = max(end_s, done.start_s)
        steps_s = tuple(step_s for step_s in done.steps_s if step_s < end_s)
        walked_s = (steps_s[0], steps_s[-1]) if steps_s else (end_s, end_s)
        first = state.end - len(state.rows)
        begin, end = (max(round(at_s * FRAME_RATE_HZ) - first, 0) for at_s in walked_s)
        rows = np.array(list(state.rows)[begin:end]).reshape(-1, COLUMNS)
        return [CarryOver(now_s, Carry(done.start_s, end_s, steps_s, sway_of(rows), state.hang))]
