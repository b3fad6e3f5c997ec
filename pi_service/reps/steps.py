"""Steps: for walking, every step is a repetition."""

from __future__ import annotations

from dataclasses import dataclass, field

from pi_service.motion.filters import Memory, band_pass
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.found import Finding, FoundRep, RepSeen, SetReviewed


@dataclass(frozen=True, slots=True)
class StepParams:
    """What the step counter may be told."""

    band_hz: tuple[float, float] = (1.2, 3.0)
    """Walking has 1.4 to 2.4 steps a second, running up to 3."""
    smallest_ms2: float = 0.5
    """Smaller vertical accelerations are no steps."""
    share: float = 0.25
    """A step rises above this share of the recent ones: in a pocket one leg shows three times the other."""
    shortest_s: float = 0.28
    longest_pause_s: float = 3.0
    """After so long without a step the walk is over."""
    fewest: int = 6
    """Fewer steps in a row are shuffling about, not walking."""
    rhythm_s: float = 1.3
    """Steps in a row are no further apart: a slow step takes 0.9 s. Lifts are."""
    again: int = 3
    """After a longer pause it takes so many in a row to believe that the walk goes on."""


@dataclass(slots=True)
class StepState:
    """What the step counter remembers between frames."""

    memory: list[Memory] = field(default_factory=lambda: [(0.0, 0.0), (0.0, 0.0)])
    above: bool = False
    top: float = 0.0
    top_frame: int = 0
    height: float = 0.0
    last_frame: int = -1
    waiting: list[FoundRep] = field(default_factory=list)
    """Steps in a row of which it is not certain yet that they are any."""
    walk: list[FoundRep] = field(default_factory=list)
    counted_frame: int = -1
    end: int = 0


class StepCounter:
    """Counts the peaks of the vertical acceleration in the band of walking.

    A step is one swing of the band-passed vertical acceleration above a share of the height of the
    recent ones. The first steps of a walk wait until there are `StepParams.fewest` of them in a row; after a
    pause it takes a few to go on. What is lifted now and then is then no walk.
    """

    def __init__(self, params: StepParams | None = None) -> None:
        self.params = params or StepParams()
        self._band = band_pass(*self.params.band_hz, FRAME_RATE_HZ)
        self.state = StepState()

    def step(self, frames: MotionBlock) -> list[Finding]:
        """Take frames in; give out the steps that they complete."""
        findings: list[Finding] = []
        if frames.restart:
            findings += self._end(frames.first_frame)
            self.state = StepState()
        values = frames.vertical_acceleration_ms2.tolist()
        for frame, value in enumerate(values, start=frames.first_frame):
            findings += self._frame(frame, self._in_band(value))
        return findings

    def _in_band(self, value: float) -> float:
        memory = self.state.memory
        for i, section in enumerate(self._band):
            value, memory[i] = section.next(value, memory[i])
        return value

    def finish(self) -> list[Finding]:
        """End the stream: close a walk that is still open."""
        return self._end(self.state.end + 1)

    def _end(self, now: int) -> list[Finding]:
        state = self.state
        walk, state.walk, state.waiting, state.counted_frame = state.walk, [], [], -1
        return [SetReviewed(now / FRAME_RATE_HZ, tuple(walk))] if walk else []

    def _frame(self, frame: int, value: float) -> list[Finding]:
        state, p = self.state, self.params
        state.end = frame
        at_s = (frame + 1) / FRAME_RATE_HZ
        bound = max(p.smallest_ms2, p.share * state.height)
        if value > bound and value > state.top:
            state.above, state.top, state.top_frame = True, value, frame
        if state.above and value < 0.0:
            step, top = state.top_frame, state.top
            state.above, state.top = False, 0.0
            if step - state.last_frame >= p.shortest_s * FRAME_RATE_HZ:
                state.height += (0.2 if state.height else 1.0) * (top - state.height)
                begin = state.last_frame if self._walking(step) else step - round(0.5 * FRAME_RATE_HZ)
                in_rhythm = state.last_frame >= 0 and step - begin <= p.rhythm_s * FRAME_RATE_HZ
                state.last_frame = step
                return self._take(_found(begin, step), step, at_s, in_rhythm=in_rhythm)
        if state.last_frame >= 0 and not self._walking(frame):
            state.height, state.waiting, state.last_frame = 0.0, [], -1
            return self.finish()
        if state.walk and not self._goes_on(frame):
            return self._end(frame + 1)
        return []

    def _walking(self, frame: int) -> bool:
        since = frame - self.state.last_frame
        return self.state.last_frame >= 0 and since <= self.params.longest_pause_s * FRAME_RATE_HZ

    def _goes_on(self, frame: int) -> bool:
        """Whether a step was counted lately, or steps in a row since may still turn out to be some."""
        state, p = self.state, self.params
        if frame - state.counted_frame <= p.longest_pause_s * FRAME_RATE_HZ:
            return True
        longest = p.longest_pause_s + p.again * p.rhythm_s
        return len(state.waiting) > 1 and frame - state.counted_frame <= longest * FRAME_RATE_HZ

    def _take(self, step: FoundRep, frame: int, at_s: float, *, in_rhythm: bool) -> list[Finding]:
        """Count a step, or let it wait until it is certain that somebody walks."""
        state, p = self.state, self.params
        if state.walk and in_rhythm and not state.waiting:
            state.counted_frame = frame
            state.walk.append(step)
            return [RepSeen(at_s, step)]
        if not in_rhythm:
            state.waiting = []
        state.waiting.append(step)
        if len(state.waiting) < (p.again if state.walk else p.fewest):
            return []
        waited, state.waiting = state.waiting, []
        state.counted_frame = frame
        state.walk += waited
        return [RepSeen(at_s, each) for each in waited]


def _found(begin: int, end: int) -> FoundRep:
    return FoundRep(
        start_s=begin / FRAME_RATE_HZ,
        turn_s=(begin + end) / 2 / FRAME_RATE_HZ,
        end_s=end / FRAME_RATE_HZ,
        range_deg=0.0,
        range_m=None,
        confidence=1.0,
    )
