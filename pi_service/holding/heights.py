"""When a sensor is lifted up or let down by much: the weight goes overhead, or comes down again.

The vertical acceleration is integrated twice; both integrals leak, so that an offset of the accelerometer
does not pile up. What is left of a height that changed within a second or two is about half of it, for a
moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pi_service.motion.frames import FRAME_RATE_HZ

_CELL_S = 1.0 / FRAME_RATE_HZ


@dataclass(frozen=True, slots=True)
class HeightParams:
    """What counts as lifted."""

    leak_s: float = 1.0
    """How soon the integrals forget."""
    offset_s: float = 4.0
    """How soon the mean follows that is taken away first."""
    lifted_m: float = 0.14
    """So much of the leaking height is a lift; the body of somebody who walks shows a tenth of it."""
    begun_m: float = 0.03
    """The lift began when the height was last nearer to 0."""
    blind_s: float = 2.5
    back_share: float = 0.8
    fades_s: float = 8.0
    """The integrals swing back after a lift, by half of what they showed: for so long nothing is a lift, and
    then only what is more than a share of it, which fades."""


class Lift(Enum):
    """Which way it went."""

    UP = auto()
    DOWN = auto()


@dataclass(frozen=True, slots=True)
class Lifted:
    """The sensor was lifted, or let down, between two times."""

    way: Lift
    begin_s: float
    seen_s: float


@dataclass(slots=True)
class HeightState:
    """The integrals, and when they were last near 0."""

    frames: int = 0
    """Since they began anew."""
    mean_ms2: float = 0.0
    speed_mps: float = 0.0
    height_m: float = 0.0
    near_frame: int = 0
    blind: int = 0
    highest_m: float = 0.0
    lowest_m: float = 0.0
    """What the integrals showed lately, fading."""


class Heights:
    """Looks for lifts in the vertical acceleration, frame by frame."""

    def __init__(self, params: HeightParams | None = None) -> None:
        self.params = params or HeightParams()
        self.state = HeightState()

    def begin_anew(self, frame: int) -> None:
        """Forget what was: in another pose the accelerometer has another offset."""
        self.state = HeightState(near_frame=frame)

    def step(self, frame: int, vertical_ms2: float) -> Lifted | None:
        """Take a frame; return the lift that it shows."""
        state, p = self.state, self.params
        state.frames += 1
        gain = max(_CELL_S / p.offset_s, 1.0 / state.frames)  # a plain mean at first
        state.mean_ms2 += gain * (vertical_ms2 - state.mean_ms2)
        state.speed_mps += _CELL_S * (vertical_ms2 - state.mean_ms2 - state.speed_mps / p.leak_s)
        state.height_m += _CELL_S * (state.speed_mps - state.height_m / p.leak_s)
        height_m, fades = state.height_m, 1.0 - _CELL_S / p.fades_s
        highest_m, lowest_m = state.highest_m * fades, state.lowest_m * fades
        state.highest_m, state.lowest_m = max(highest_m, height_m), min(lowest_m, height_m)
        if state.blind:
            state.blind -= 1
            state.near_frame = frame
            return None
        if abs(height_m) < p.begun_m:
            state.near_frame = frame
        back_m = p.back_share * (-lowest_m if height_m > 0.0 else highest_m)
        if abs(height_m) < max(p.lifted_m, back_m):
            return None
        way = Lift.UP if state.height_m > 0.0 else Lift.DOWN
        begin_s, seen_s = state.near_frame / FRAME_RATE_HZ, (frame + 1) / FRAME_RATE_HZ
        state.blind = round(p.blind_s * FRAME_RATE_HZ)
        return Lifted(way, begin_s, seen_s)
