"""The counter: frames of movement in, repetitions and reviewed sets out, as they happen."""

from __future__ import annotations

from dataclasses import dataclass, field

from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.current import CurrentSet
from pi_service.reps.familiar import Familiar, familiar, known_again
from pi_service.reps.found import Finding, FoundRep, SetReviewed
from pi_service.reps.history import History
from pi_service.reps.live import LiveCount, Stretch
from pi_service.reps.members import StreamEdges
from pi_service.reps.params import CounterParams
from pi_service.reps.review import review_set
from pi_service.reps.signals import Pattern, best_found
from pi_service.reps.slips import SlipWatch, Unslipped


@dataclass(slots=True)
class CounterState:
    """What the counter remembers between blocks.

    Attributes
    ----------
    history
        The movement since the last set, or of the current one.
    done
        Frames before this one have been looked at.
    floor
        Frames before this one belong to earlier sets.
    stream_begin
        First frame since the start of the stream or the last long gap.
    current
        The set that is being counted, if any.
    familiar
        What the last set was like.
    """

    history: History = field(default_factory=History)
    done: int = 0
    floor: int = 0
    stream_begin: int = 0
    current: CurrentSet | None = None
    familiar: Familiar | None = None


class RepCounter:
    """Counts whatever repeats.

    Every `CounterParams.search_every_s` it looks whether the recent past holds swings that repeat.
    From then on it follows that pattern: each way back that arrives is a repetition, seen live. When
    the pattern has not been seen for `CounterParams.longest_pause_s`, or something else repeats, the
    whole set is reviewed.

    All decisions are taken at fixed frames of the stream's clock, so they do not depend on how the
    frames arrive.
    """

    def __init__(self, params: CounterParams | None = None) -> None:
        self.params = params or CounterParams()
        self._slips = SlipWatch(self.params)
        self._live = LiveCount(self.params)
        self.state = CounterState()

    @property
    def current(self) -> CurrentSet | None:
        """The set that is being counted, if any."""
        return self.state.current

    def step(self, frames: MotionBlock) -> list[Finding]:
        """Take frames in; give out what they show."""
        findings: list[Finding] = []
        state = self.state
        if frames.restart:
            findings += self._end(frames.first_frame)
            state.history.restart(frames.first_frame)
            state.done = state.floor = state.stream_begin = frames.first_frame
        state.history.append(frames)
        hop = self.params.hop_frames
        while (now := (state.done // hop + 1) * hop) <= state.history.end:
            state.done = now
            findings += self._look(now)
        return findings

    def finish(self) -> list[Finding]:
        """End the stream: review a set that is still open."""
        return self._end(self.state.history.end)

    def _end(self, now: int) -> list[Finding]:
        """Nothing follows the frames that are known: close the set; `now` is when that is noticed."""
        if self.state.current is None:
            return []
        end = self.state.history.end
        last = self._count(self.state.current, end, cut=True)
        return [*last, *self._close(now, StreamEdges(self.state.stream_begin, end - 1), until=end)]

    def _look(self, now: int) -> list[Finding]:
        """Look at the movement up to the frame `now`."""
        findings: list[Finding] = []
        current = self.state.current
        if current is not None and now % self.params.search_frames == 0:
            findings += self._slipped(current, now)
        if now % self.params.search_frames == 0 and self._may_be_another(current, now):
            findings += self._search(now)
            current = self.state.current
        if current is None:
            findings += self._begin_again(now)
        else:
            findings += self._count(current, now)
            paused_s = (now - current.last_seen) / FRAME_RATE_HZ
            lasts_s = (now - current.pattern.begin) / FRAME_RATE_HZ
            if paused_s > self.params.longest_pause_s or lasts_s > self.params.longest_set_s:
                findings += self._close(now, StreamEdges(self.state.stream_begin, None))
        return findings

    def _slipped(self, current: CurrentSet, now: int) -> list[Finding]:
        """Look whether the sensor turned on the limb a few reps ago; then see the set as it sits now."""
        found = self._slips.look(self.state.history, current.pattern, self._earliest(current), now)
        if found is None:
            return []
        self.state.history, current.pattern = found.history, found.pattern
        return [*found.told(now)]

    def _search(self, now: int) -> list[Finding]:
        """Look for something that repeats, or that repeats in another way than the current set."""
        state, findings = self.state, list[Finding]()
        first = max(state.floor, state.history.begin)
        current = state.current
        after = None if current is None else min(current.last_seen, current.last_counted)
        found = best_found(state.history, first, now, self.params, after)
        if found is not None:
            if current is not None and found.begin > current.last_seen:
                findings += self._close(now, StreamEdges(state.stream_begin, None), until=found.begin)
            elif current is not None and self._was_none(current, found, now):
                state.current = None
                findings.append(SetReviewed(now / FRAME_RATE_HZ, ()))
            if state.current is None:
                state.current = CurrentSet(found, last_seen=found.end)
        if state.current is None:
            self._forget(now)
        return findings

    def _begin_again(self, now: int) -> list[Finding]:
        """Begin a set if a repetition has arrived that is like those of the last one."""
        state, findings = self.state, list[Finding]()
        if state.familiar is not None:
            known = known_again(state.familiar, state.history, state.floor, now, self.params)
            if known is not None:
                state.current, findings = self._live.begin_again(known, now)
        return findings

    def _may_be_another(self, current: CurrentSet | None, now: int) -> bool:
        """Whether something else than the current set may repeat."""
        if current is None:
            return True
        return now - current.last_seen > self.params.search_frames or current.has_paused(now)

    def _was_none(self, current: CurrentSet, found: Pattern, now: int) -> bool:
        """Whether what was counted only led up to what repeats now, which is like it but was not counted."""
        if not current.has_paused(now) or found.begin < current.last_counted:
            return False
        edges = StreamEdges(self.state.stream_begin, None)
        reps = review_set(self.state.history, found, self._earliest(current), now, edges, self.params)
        return bool(reps) and reps[0].start_s * FRAME_RATE_HZ >= current.last_counted

    def _count(self, current: CurrentSet, now: int, *, cut: bool = False) -> list[Finding]:
        stretch = Stretch(self.state.history, self._earliest(current), self.state.stream_begin)
        return self._live.count(stretch, current, now, cut=cut)

    def _earliest(self, current: CurrentSet) -> int:
        lookback = round(self.params.lookback_s * FRAME_RATE_HZ)
        return max(self.state.floor, self.state.history.begin, current.pattern.begin - lookback)

    def _close(self, now: int, edges: StreamEdges, until: int | None = None) -> list[Finding]:
        """End the current set and review it; `until` is where something else began."""
        state, current = self.state, self.state.current
        assert current is not None  # noqa: S101
        state.current = None
        end = now if until is None else until
        earliest = self._earliest(current)
        seen = self._slips.look_back(state.history, current.pattern, earliest, end)
        pattern = seen.pattern
        reps = review_set(seen.history, pattern, earliest, end, edges, self.params)
        if not reps:  # what came before the first like swings may have spoilt it
            lead = round(2.0 * pattern.period_s * FRAME_RATE_HZ)
            begin = max(earliest, pattern.begin - lead)
            reps = review_set(seen.history, pattern, begin, end, edges, self.params)
        if not reps:  # whatever turned, no set goes on across it
            seen = Unslipped(state.history, current.pattern)
            reps = self._second_look(current.pattern.end, end, edges)
        state.history = seen.history
        if reps:
            state.familiar = familiar(seen.history, pattern, reps, now, self.params) or state.familiar
            state.floor = max(state.floor, round(reps[-1].end_s * FRAME_RATE_HZ))
        self._forget(now)
        return [*seen.told(now), SetReviewed(now / FRAME_RATE_HZ, tuple(reps))]

    def _second_look(self, begin: int, end: int, edges: StreamEdges) -> list[FoundRep]:
        """Look for a set after something that repeated but was none: fidgeting before the first rep."""
        every = 2 * self.params.search_frames
        begin = max(begin, end - round(self.params.lookback_s * FRAME_RATE_HZ))
        looks = range(begin + every, end + 1, every)
        found = [best_found(self.state.history, begin, now, self.params) for now in looks]
        best = max((pattern for pattern in found if pattern), key=lambda it: it.worth, default=None)
        if best is None:
            return []
        return review_set(self.state.history, best, begin, end, edges, self.params)

    def _forget(self, now: int) -> None:
        """Without a set, only the longest window and the lookback are worth keeping."""
        longest_s = max(window.length_s for window in self.params.windows) + self.params.lookback_s
        self.state.history.forget_before(now - round(longest_s * FRAME_RATE_HZ))
