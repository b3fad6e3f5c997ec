"""What people watch while they lift: the movement's curve and its phase."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from calibration.imu import Vector
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.workout.events import Event, Movement, Phase, PhaseChanged


@dataclass(frozen=True, slots=True)
class ViewParams:
    """What the view may be told."""

    piece_frames: int = 5
    """Frames in one piece of the curve: 0.2 s, so that the page moves five times a second."""
    moving_deg: float = 4.0
    """A change of the curve that counts as a change of direction."""
    quiet_s: float = 1.0
    quiet_deg: float = 1.5
    quiet_ms2: float = 0.8
    """For so long no further from its recent mean, and no stronger acceleration: nothing moves."""
    settle_s: float = 4.0
    """Outside a set the reference pose follows the sensor with this time constant."""


Matrix = tuple[tuple[float, float, float], ...]

#: A set is published at the latest so long after it began.
SET_TOLD_AFTER_S = 120.0
#: Its start pose must still be known then.
_RECENT_FRAMES = round(SET_TOLD_AFTER_S * FRAME_RATE_HZ)


@dataclass(slots=True)
class ViewState:
    """What the view remembers between frames."""

    pose: Vector | None = None
    pose_frame: int = 0
    """Where the pose is from."""
    recent: deque[Vector] = field(default_factory=lambda: deque(maxlen=_RECENT_FRAMES))
    next_frame: int = 0
    piece: list[float] = field(default_factory=list)
    phase: Phase = Phase.STILL
    extreme_deg: float = 0.0
    outwards: bool = True
    still: bool = True
    slow_deg: float = 0.0
    quiet_frames: int = 0


class View:
    """Shows how far the sensor is tilted away from the pose it rests in, in pieces of 0.2 s.

    The curve is for eyes: counting has its own signals. The pieces are cut at fixed frames of the
    stream's clock.
    """

    def __init__(self, params: ViewParams | None = None) -> None:
        self.params = params or ViewParams()
        self._gain = 1.0 / (self.params.settle_s * FRAME_RATE_HZ)
        self.state = ViewState()

    def start_set(self, start_s: float) -> None:
        """Take the pose at the start of a set, known by now, as the one that the curve starts from."""
        state = self.state
        frame = round(start_s * FRAME_RATE_HZ)
        place = frame - (state.next_frame - len(state.recent))
        if 0 <= place < len(state.recent):
            state.pose, state.pose_frame = state.recent[place], frame
            state.outwards, state.extreme_deg = True, 0.0

    def turn_poses(self, rotation: Matrix, before_s: float) -> None:
        """Take note that the sensor turned on the limb: what was before shows otherwise from now on."""
        state = self.state
        before = round(before_s * FRAME_RATE_HZ)
        if state.pose is not None and state.pose_frame < before:
            state.pose = _turned(rotation, state.pose)
        first = state.next_frame - len(state.recent)
        for place in range(min(max(before - first, 0), len(state.recent))):
            state.recent[place] = _turned(rotation, state.recent[place])

    def step(self, frames: MotionBlock, in_set: bool) -> list[Event]:
        """Take one frame (or frames of which none completes a set) and give out the curve."""
        state, events = self.state, list[Event]()
        if not len(frames):
            return events
        if frames.restart:
            state.pose, state.piece = None, []
            state.recent.clear()
        frame = frames.first_frame
        # Plain floats: numpy costs ten times as much for three numbers at a time.
        for (x, y, z), still, acceleration_ms2 in zip(
            frames.up.tolist(), frames.still.tolist(), frames.acceleration_ms2.tolist(), strict=True
        ):
            state.recent.append((x, y, z))
            state.next_frame = frame + 1
            pose = state.pose
            if pose is None or (still and not in_set):
                pose, state.pose_frame = (x, y, z), frame
            elif not in_set:
                px, py, pz = pose
                gain = self._gain
                pose = px + gain * (x - px), py + gain * (y - py), pz + gain * (z - pz)
                state.pose_frame = frame
            state.pose = pose
            px, py, pz = pose
            length = max(math.sqrt(px * px + py * py + pz * pz), 1e-9)
            cosine = (x * px + y * py + z * pz) / length
            tilt_deg = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
            state.piece.append(round(tilt_deg, 1))
            quiet = self._is_quiet(tilt_deg, acceleration_ms2)
            state.still = still or (quiet and not in_set)
            self._turn(tilt_deg)
            frame += 1
            if frame % self.params.piece_frames == 0:
                at_s = frame / FRAME_RATE_HZ
                phase = self._phase(in_set)
                if phase is not state.phase:
                    state.phase = phase
                    events.append(PhaseChanged(at_s, phase))
                events.append(Movement(at_s, FRAME_RATE_HZ, tuple(state.piece)))
                state.piece = []
        return events

    def _is_quiet(self, tilt_deg: float, acceleration_ms2: float) -> bool:
        """Whether a person would call it still: a living arm never rests as a sensor on a table does.

        Only outside a set: within one, a pause belongs to the rep.
        """
        state, p = self.state, self.params
        state.slow_deg += (tilt_deg - state.slow_deg) / (p.quiet_s * FRAME_RATE_HZ)
        quiet = abs(tilt_deg - state.slow_deg) < p.quiet_deg and acceleration_ms2 < p.quiet_ms2
        state.quiet_frames = state.quiet_frames + 1 if quiet else 0
        return state.quiet_frames >= p.quiet_s * FRAME_RATE_HZ

    def _turn(self, tilt_deg: float) -> None:
        """Follow the direction of the curve, with a hysteresis."""
        state = self.state
        beyond = tilt_deg > state.extreme_deg if state.outwards else tilt_deg < state.extreme_deg
        if beyond:
            state.extreme_deg = tilt_deg
        elif abs(tilt_deg - state.extreme_deg) > self.params.moving_deg:
            state.outwards, state.extreme_deg = not state.outwards, tilt_deg

    def _phase(self, in_set: bool) -> Phase:
        if self.state.still:
            return Phase.STILL
        if not in_set:
            return Phase.MOVING
        return Phase.OUT if self.state.outwards else Phase.BACK


def _turned(rotation: Matrix, vector: Vector) -> Vector:
    x, y, z = vector
    (a, b, c), (d, e, f), (g, h, i) = rotation
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z
