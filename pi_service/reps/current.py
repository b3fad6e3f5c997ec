"""The set that is being counted: what repeats, and what was counted of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing
from pi_service.reps.found import FoundRep
from pi_service.reps.recount import Told
from pi_service.reps.signals import Pattern

#: After so long a pause, and one of a rep's time, a set may have ended.
_LONG_PAUSE_S = 2.5


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A rep that goes another way than the set's own, by as much as its last rep may, or what ends it.

    Which of both shows when the set goes on, and it is told then; otherwise the review decides.
    """

    halves: tuple[Swing, Swing]
    rep: FoundRep


@dataclass(slots=True)
class CurrentSet:
    """The set that is being counted.

    Attributes
    ----------
    pattern
        What repeats.
    swings
        The swings that were counted live, alternately out and back, in the order of time.
    last_seen
        Frame at which the last swing of the set arrived.
    passed
        Swings that begin before this frame are decided.
    decided
        Where each way out and back begins, in the order of time, of which it is decided whether it is a rep.
    told
        Where the reps lie that were told.
    travels_m
        How far their ways out went up or down.
    doubtful
        Reps that arrived, and may be the weight being put away: see `Doubtful`.
    first_was_missed
        Whether a first rep was told late: there is only one.
    """

    pattern: Pattern
    swings: list[Swing] = field(default_factory=list)
    last_seen: int = 0
    passed: int = 0
    decided: list[int] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    travels_m: list[float] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    first_was_missed: bool = False

    @property
    def last_counted(self) -> int:
        """Frame at which the last swing arrived that was counted, or the pattern was learned."""
        return self.swings[-1].arrives if self.swings else self.pattern.end

    def has_paused(self, now: int) -> bool:
        """Whether nothing was counted for so long that the set may have ended."""
        pause_s = max(_LONG_PAUSE_S, self.pattern.period_s)
        return now - self.last_counted > pause_s * FRAME_RATE_HZ
