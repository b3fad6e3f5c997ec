"""The numbers of the counter, each with its reason.

They were chosen on public recordings of other people (see docs/accuracy.md) and are few on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from pi_service.exercises.model import LONGEST_REP_S, SHORTEST_REP_S
from pi_service.motion.frames import FRAME_RATE_HZ


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the recent past in which something that repeats is looked for."""

    length_s: float
    slowest_hz: float
    """Slowest movement of interest in it: see `pi_service.reps.pose.pose_path`."""


@dataclass(frozen=True, slots=True)
class CounterParams:
    """What the counter may be told."""

    windows: tuple[Window, ...] = (Window(10.0, 0.25), Window(20.0, 0.12), Window(40.0, 0.06))
    """Quick reps are found early in a short window; reps with long holds need a long one."""
    review_slowest_hz: tuple[float, ...] = (0.06, 0.12, 0.18, 0.25, 0.32, 0.4)
    """High passes among which the review of a set chooses."""
    search_every_s: float = 1.2
    """How often something that repeats is looked for."""
    hop_s: float = 0.2
    """How often the count is brought up to date: the bound of the detection delay."""
    smallest_swing: float = 0.06
    """In the units of the pose path: 3.4 deg of tilt, or 2 cm of height. Below it lies fidgeting."""
    smallest_travel: float = 0.2
    """The same where it hardly tilts: 7 cm of height or 11 deg of turn, above the drift of the integrals."""
    shortest_rep_s: float = SHORTEST_REP_S
    longest_rep_s: float = LONGEST_REP_S
    turn_share: float = 0.4
    """A swing turns when it has come back by this share of the median swing."""
    same: float = 0.6
    """Likeness at which successive swings are the same movement, when a set is first seen."""
    similar: float = 0.5
    """Likeness to the template at which one more swing belongs to the set."""
    smallest_share: float = 0.45
    largest_share: float = 2.2
    """Size of a swing that belongs to the set, as a share of the median."""
    arrived_share: float = 0.8
    """A way back counts, live, when it has covered this share of the median swing."""
    strange_tilt: float = 4.0
    strange_travel: float = 6.0
    """A swing so much stranger than the set's own is another movement; height, an integral, is less sure than
    tilt."""
    seen_quality: float = 0.66
    """Quality at which swings that repeat are taken for a set at all."""
    sure_quality: float = 0.62
    sure_confidence: float = 0.7
    """A set that reaches one of these and not the other was fidgeting."""
    long_reps: int = 5
    long_quality: float = 0.48
    long_confidence: float = 0.62
    """So many reps are seldom chance: they may be less alike."""
    longest_pause_s: float = 10.0
    """Hard reps have pauses of up to 8 s between them; after this long the set is over."""
    longest_set_s: float = 600.0
    """Something that repeats for longer is closed and counted on as a new set: memory has an end."""
    lookback_s: float = 60.0
    """How far before the first similar swings the start of the set is looked for."""

    out_goes_up: bool | None = None
    """Whether the sensor rises on the way out from home, where the exercise says so."""
    lift_m: float = 0.08
    """Vertical travel of a swing from which the sensor is taken to go up and down with the movement."""

    @property
    def hop_frames(self) -> int:
        """`hop_s` in frames."""
        return round(self.hop_s * FRAME_RATE_HZ)

    @property
    def search_frames(self) -> int:
        """`search_every_s` in frames, a multiple of `hop_frames`."""
        return round(self.search_every_s / self.hop_s) * self.hop_frames
