"""When a sensor turns from one pose to another, and when it stays where it is.

A move begins where the pose changes quicker than sway does and ends where it has settled. Its true begin and
end lie a little outside: people leave a pose and come to rest slowly. They are where a movement of the least
jerk would have them (T. Flash and N. Hogan, J. Neuroscience 5:1688, 1985), which spends 0.146 of its
duration below a quarter of its peak rate at either end.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from calibration.imu import Vector
from pi_service.motion.frames import FRAME_RATE_HZ

#: Time outside the quarters of the peak, as a share of the time between them.
_FOOT = 0.1464 / (1.0 - 2.0 * 0.1464)
#: A rate that has fallen to this share of its peak, and risen again as much, is that of another swing.
_VALLEY = 0.6
#: Frames on either side of a frame: poses are means over them, rates go from one side to the other.
_AROUND = 2
#: How late the rate of a frame is known.
DELAY = 2 * _AROUND


@dataclass(frozen=True, slots=True)
class MoveParams:
    """What is a move."""

    rate_dps: float = 4.0
    """Sway and drift are slower."""
    settled_s: float = 0.2
    """It has settled when it has been slower for so long."""
    least_deg: float = 4.0
    """A move goes at least so far; less is sway."""
    remembered_s: float = 12.0


@dataclass(frozen=True, slots=True)
class Move:
    """A move that has settled; it `left` one pose and `arrived` in another (s)."""

    left_s: float
    arrived_s: float


@dataclass(slots=True)
class MovesState:
    """The recent frames, and the move that goes on."""

    raw: deque[Vector] = field(default_factory=lambda: deque(maxlen=2 * _AROUND + 1))
    poses: deque[Vector] = field(default_factory=lambda: deque(maxlen=2 * _AROUND + 1))
    rates: deque[float] = field(default_factory=deque)
    pose: Vector | None = None
    """Pose of the frame that was looked at last."""
    frame: int = -1
    """That frame."""
    since: int | None = None
    """First frame of the move that goes on."""
    base: Vector | None = None
    """Pose before it."""
    far_deg: float = 0.0
    peak_dps: float = 0.0
    quiet: int = 0


class Moves:
    """Follows one sensor, frame by frame; each frame is judged `DELAY` frames later."""

    def __init__(self, params: MoveParams | None = None) -> None:
        self.params = params or MoveParams()
        self._settled = round(self.params.settled_s * FRAME_RATE_HZ)
        self._remembered = round(self.params.remembered_s * FRAME_RATE_HZ)
        self.state = MovesState()

    @property
    def moving(self) -> bool:
        """Whether a move goes on that has gone beyond sway."""
        return self.state.since is not None and self.state.far_deg >= self.params.least_deg

    @property
    def left_s(self) -> float:
        """When the move that goes on left its pose, as far as that can be told by now."""
        state = self.state
        if state.since is None:
            return (state.frame + 1) / FRAME_RATE_HZ
        return self._edge(state.since, 1)

    def step(self, frame: int, up: Vector) -> tuple[bool, Move | None]:
        """Take a frame; return whether another one was judged, and the move that has settled with it."""
        state, p = self.state, self.params
        state.raw.append(up)
        if len(state.raw) < state.raw.maxlen:  # type: ignore[operator]
            return False, None
        state.poses.append(_mean(state.raw))
        if len(state.poses) < state.poses.maxlen:  # type: ignore[operator]
            return False, None
        before, pose, after = state.poses[0], state.poses[_AROUND], state.poses[-1]
        rate_dps = angle_deg(before, after) * FRAME_RATE_HZ / (2 * _AROUND)
        state.pose, state.frame = pose, frame - DELAY
        state.rates.append(rate_dps)
        if len(state.rates) > self._remembered:
            state.rates.popleft()
        if state.since is None:
            if rate_dps < p.rate_dps:
                return True, None
            state.since, state.base = state.frame, before
            state.far_deg = state.peak_dps = 0.0
            state.quiet = 0
        state.peak_dps = max(state.peak_dps, rate_dps)
        assert state.base is not None  # noqa: S101 - set with `since`
        state.far_deg = max(state.far_deg, angle_deg(state.base, pose))
        bound_dps = min(p.rate_dps, max(0.25 * state.peak_dps, 0.5 * p.rate_dps))
        state.quiet = state.quiet + 1 if rate_dps < bound_dps else 0
        if state.quiet < self._settled:
            return True, None
        move = None
        if state.far_deg >= p.least_deg:
            move = Move(self._edge(state.since, 1), self._edge(state.frame - state.quiet, -1))
        state.since = None
        return True, move

    def _edge(self, frame: int, way: int) -> float:
        """Return when a move began (way 1, from its first frame on) or ended (-1, from its last one back)."""
        state = self.state
        rates, first = state.rates, state.frame - len(state.rates) + 1
        place = frame - first
        if place < 0:
            return frame / FRAME_RATE_HZ
        while True:
            top, at, runs_on = self._swing(place, way)
            turned_deg = sum(rates[k] for k in range(min(place, at), max(place, at))) / FRAME_RATE_HZ
            if turned_deg >= 0.5 * self.params.least_deg:
                break
            # A bit of sway just before, or after: the move is the next one.
            beyond = at
            while 0 <= beyond < len(rates) and rates[beyond] < self.params.rate_dps:
                beyond += way
            if not 0 <= beyond < len(rates) or beyond == place:
                break
            place = beyond
        quarter = 0.25 * rates[top]
        begin = top
        while 0 <= begin - way < len(rates) and rates[begin - way] >= quarter:
            begin -= way
        if runs_on:  # its own end is hidden: as long after the peak as its begin is before it
            at = 2 * top - begin
        # Between the frames, where the rate is a quarter of its peak.
        outer = begin - way
        share = 0.0
        if 0 <= outer < len(rates) and rates[begin] > rates[outer]:
            share = (rates[begin] - quarter) / (rates[begin] - rates[outer])
        foot = begin - way * (min(share, 1.0) + _FOOT * (abs(at - begin) + share))
        return (first + foot + 0.5) / FRAME_RATE_HZ

    def _swing(self, place: int, way: int) -> tuple[int, int, bool]:
        """Return the peak of the swing that begins at a place, its end, and whether another one follows.

        That one goes back again, without a rest between them.
        """
        rates = self.state.rates
        top = at = valley = place
        while 0 <= at < len(rates) and rates[at] >= 0.25 * rates[top]:
            if rates[valley] < _VALLEY * rates[top] and rates[at] > rates[valley] / _VALLEY:
                return top, at, True
            if rates[at] > rates[top]:
                top = valley = at
            elif rates[at] < rates[valley]:
                valley = at
            at += way
        return top, at, False


def angle_deg(a: Vector, b: Vector) -> float:
    """Return the angle between two directions of any length."""
    (ax, ay, az), (bx, by, bz) = a, b
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return math.degrees(math.atan2(math.sqrt(x * x + y * y + z * z), ax * bx + ay * by + az * bz))


def _mean(vectors: deque[Vector]) -> Vector:
    n = len(vectors)
    return (
        sum(each[0] for each in vectors) / n,
        sum(each[1] for each in vectors) / n,
        sum(each[2] for each in vectors) / n,
    )
