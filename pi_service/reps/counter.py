"""The counter: frames of movement in, repetitions and reviewed sets out, as they happen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.follow import Swing, Track, follow, linked_runs
from pi_service.reps.found import Finding, FoundRep, RepSeen, SetReviewed
from pi_service.reps.history import History
from pi_service.reps.members import StreamEdges, find_members, member_runs
from pi_service.reps.pairs import describe, rep_of
from pi_service.reps.params import CounterParams
from pi_service.reps.review import review_set
from pi_service.reps.signals import Pattern, best_found
from pi_service.reps.slips import SlipWatch, Unslipped

#: The first swing that is told is at least so much like the pattern: what leads up to a set is less.
_SURE_START, _SURE_CUT_START = 0.8, 0.7
#: A swing after so long a pause, and one of a rep's time, must be as sure.
_LONG_PAUSE_S = 2.5
#: A way out that the end of the stream cuts off counts if it is this share of a swing.
_CLEAR_SHARE = 0.55
#: A way back that has stopped for so long has arrived, however short it is.
_STALLED_S = 0.4


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
    """

    pattern: Pattern
    swings: list[Swing] = field(default_factory=list)
    last_seen: int = 0


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
    """

    history: History = field(default_factory=History)
    done: int = 0
    floor: int = 0
    stream_begin: int = 0
    current: CurrentSet | None = None


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
        paused = current is None or now - current.last_seen > self.params.search_frames
        if paused and now % self.params.search_frames == 0:
            findings += self._search(now)
            current = self.state.current
        if current is not None:
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
        after = None if current is None else current.last_seen
        found = best_found(state.history, first, now, self.params, after)
        if found is not None:
            if current is not None and found.begin > current.last_seen:
                findings += self._close(now, StreamEdges(state.stream_begin, None), until=found.begin)
            if state.current is None:
                state.current = CurrentSet(found, last_seen=found.end)
        if state.current is None:
            self._forget(now)
        return findings

    def _count(self, current: CurrentSet, now: int, cut: bool = False) -> list[Finding]:
        """Count the ways back that have arrived since the last look.

        If the stream is `cut` here, a way back counts however far it has come, and a clear way out as well.
        """
        pattern, params = current.pattern, self.params
        begin, since = self._earliest(current), None
        if current.swings:
            since = current.swings[-1].begin
            lead_s = max(3.0 * pattern.period_s, 1.0 / pattern.slowest_hz)
            begin = max(begin, current.swings[-1].begin - round(lead_s * FRAME_RATE_HZ))
        track = follow(self.state.history, pattern, begin, now, params, since)
        runs = track.runs if current.swings else self._first_runs(track, pattern)
        findings: list[Finding] = []
        for swing in (swing for run in runs for swing in run):
            if swing.alike >= params.same:
                current.last_seen = max(current.last_seen, swing.arrives)
            if not self._is_next(current, swing, now, cut):
                continue
            current.swings.append(swing)
            if len(current.swings) % 2 == 0:
                findings.append(RepSeen(now / FRAME_RATE_HZ, self._live_rep(current, track, now)))
        if cut and len(current.swings) % 2 == 1 and self._is_clear(current.swings[-1]):
            findings.append(RepSeen(now / FRAME_RATE_HZ, rep_of(track, pattern, current.swings[-1], None)))
        return findings

    def _first_runs(self, track: Track, pattern: Pattern) -> list[list[Swing]]:
        """Return the swings of a set that has just been seen, without what led up to it."""
        runs = linked_runs(track.runs, pattern.begin, pattern.end, self.params)
        if not runs:
            return []
        first = np.array([swing.begin for run in runs for swing in run], dtype=np.intp)
        members = find_members(track, pattern, first, StreamEdges(self.state.stream_begin, None), self.params)
        own = {swing.begin for run in member_runs(members, track, self.params) for swing in run}
        swings = [swing for run in runs for swing in run]
        sure = next((i for i, swing in enumerate(swings) if self._is_sure_start(swing)), len(swings))
        own.difference_update(swing.begin for swing in swings[:sure])
        kept = [[swing for swing in run if swing.begin in own] for run in runs]
        return linked_runs([run for run in kept if run], pattern.begin, pattern.end, self.params)

    def _is_sure_start(self, swing: Swing) -> bool:
        """Whether a set may begin with a swing; one that the begin of the stream may have cut is excused."""
        cut = swing.begin - self.state.stream_begin < FRAME_RATE_HZ
        return swing.alike >= (_SURE_CUT_START if cut else _SURE_START)

    def _is_next(self, current: CurrentSet, swing: Swing, now: int, cut: bool) -> bool:
        """Whether a swing is one more of the set, and far enough to be counted."""
        moving = swing.end >= now - 2 and now - swing.arrives < _STALLED_S * FRAME_RATE_HZ
        if moving and swing.size < self.params.arrived_share and not cut:
            return False
        if not current.swings:
            return self._may_be_first(current.pattern, swing)
        last = current.swings[-1]
        if swing.alike < _SURE_START and self._has_paused(current, swing):
            return False
        half = 0.25 * current.pattern.period_s * FRAME_RATE_HZ
        return swing.rising != last.rising and swing.end > last.end and swing.begin >= last.end - half

    def _has_paused(self, current: CurrentSet, swing: Swing) -> bool:
        """Whether a swing comes after a pause in which the set may have ended."""
        paused_s = (swing.leaves - current.swings[-1].arrives) / FRAME_RATE_HZ
        return paused_s > max(_LONG_PAUSE_S, current.pattern.period_s)

    def _may_be_first(self, pattern: Pattern, swing: Swing) -> bool:
        """Whether a set may begin with a swing: it goes out, where the exercise says which way that is."""
        up = self.params.out_goes_up
        return up is None or not pattern.lifts(self.params.lift_m) or pattern.goes_up(swing.rising) is up

    def _is_clear(self, swing: Swing) -> bool:
        """Whether a way out whose way back was not seen before the stream ended is a rep's without doubt.

        It may be some seconds ago: a last way back that leads to the rack is unlike the others.
        """
        return swing.alike >= self.params.similar and swing.size >= _CLEAR_SHARE

    def _live_rep(self, current: CurrentSet, track: Track, now: int) -> FoundRep:
        out, back = current.swings[-2:]
        end = min(back.arrives, now - 1)
        # The way out was cut with less known: it may begin in the rep before, or end after the turn.
        begin = max(out.leaves, track.path.first_frame)
        if len(current.swings) > 2:
            begin = max(begin, current.swings[-3].arrives + 1)
        start = min(begin, end)
        return describe(track, current.pattern, start, min(max(back.begin, start), end), end, (out, back))

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
