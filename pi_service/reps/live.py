"""The count of a set while it runs: each way back that arrives is a repetition."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.current import CurrentSet, Doubtful
from pi_service.reps.familiar import KnownAgain
from pi_service.reps.follow import Swing, Track, follow, linked_runs
from pi_service.reps.found import Finding, FoundRep, RepSeen
from pi_service.reps.history import History
from pi_service.reps.members import StreamEdges, find_members, member_runs
from pi_service.reps.order import median
from pi_service.reps.pairing import look_at
from pi_service.reps.pairs import describe, rep_of
from pi_service.reps.params import CounterParams
from pi_service.reps.recount import LookBack, Told
from pi_service.reps.signals import Pattern
from pi_service.reps.stunted import way_out

#: The first swing that is told, and one after a pause, is at least so much like the pattern: what leads up to
#: a set is less.
_SURE_START, _SURE_CUT_START = 0.8, 0.7
#: A pause so much longer than usual may be the end of the set.
_UNUSUAL_S = 0.8
#: A way out that the end of the stream cuts off counts if it is this share of a swing, and not longer ago.
_CLEAR_SHARE, _RACKED_S = 0.55, 8.0
#: A way back that has stopped for so long has arrived, however short it is.
_STALLED_S = 0.4
#: What was left out is looked at again for so long, since more of it is known then.
_DECIDED_S = 1.0
#: The look back sees so many reps: it is done for each that arrives, and a set may have hundreds.
_SEEN_REPS = 30
#: Fewer reps do not say how far they usually go.
_FEWEST_TRAVELS = 3
#: Travels whose median deviation is not below this share of them are measured badly, or are not alike.
_STEADY = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The movement in which a set is counted.

    Attributes
    ----------
    history
        The movement.
    begin
        First frame in which the set may begin.
    stream_begin
        Frame in which the stream begins.
    """

    history: History
    begin: int
    stream_begin: int


class LiveCount:
    """Follows the pattern of a set, and counts what arrives."""

    def __init__(self, params: CounterParams) -> None:
        self.params = params

    def count(self, stretch: Stretch, current: CurrentSet, now: int, *, cut: bool) -> list[Finding]:
        """Count the ways back that have arrived since the last look.

        If the stream is `cut` here, a way back counts however far it has come, and a clear way out as well.
        """
        pattern, params = current.pattern, self.params
        begin, since = stretch.begin, None
        if current.swings:
            since = current.swings[-1].begin
            lead_s = max(3.0 * pattern.period_s, 1.0 / pattern.slowest_hz)
            begin = max(begin, current.swings[-1].begin - round(lead_s * FRAME_RATE_HZ))
        track = follow(stretch.history, pattern, begin, now, params, since)
        runs = track.runs if current.swings else self._first_runs(track, pattern, stretch.stream_begin)
        findings: list[Finding] = []
        for swing in (swing for run in runs for swing in run):
            if swing.alike >= params.same:
                current.last_seen = max(current.last_seen, swing.arrives)
            if not self._is_next(current, swing, now, cut=cut):
                continue
            current.swings.append(swing)
            if len(current.swings) % 2 == 0:
                findings += self._arrived(stretch, current, track, now, cut=cut)
            elif current.doubtful:
                findings += self._goes_on(stretch, current, now)
        if cut and current.doubtful:
            findings += self._no_longer_doubtful(
                current, self._look_back(stretch, current, now), now, cut=True
            )
        if cut and len(current.swings) % 2 == 1 and self._is_clear(current, now):
            out = current.swings[-1]
            if len(current.swings) > 1:  # cut with more known, it may begin in the rep before
                leaves = min(max(out.leaves, current.swings[-2].arrives + 1), out.end)
                out = replace(out, leaves=leaves)
            findings.append(RepSeen(now / FRAME_RATE_HZ, rep_of(track, pattern, out, None)))
        return findings

    def begin_again(self, known: KnownAgain, now: int) -> tuple[CurrentSet, list[Finding]]:
        """Begin a set whose first repetition was known again, and tell that."""
        current = CurrentSet(known.pattern, list(known.halves), last_seen=known.pattern.end)
        current.decided.append(known.halves[0].begin)
        rep = self._rep(current, known.track, now)
        return current, [_tell(current, known.halves, rep, now)]

    def _arrived(
        self, stretch: Stretch, current: CurrentSet, track: Track, now: int, *, cut: bool
    ) -> list[Finding]:
        """Tell the rep that has arrived, unless it is none or in doubt, after those that are told late."""
        out, back = halves = (current.swings[-2], current.swings[-1])
        seen = self._look_back(stretch, current, now)
        rep = self._rep(current, track, now)
        if not cut and ((seen is not None and seen.is_foreign(halves)) or _is_stunted(rep, current)):
            del current.swings[-2:]
            if now - back.arrives > _DECIDED_S * FRAME_RATE_HZ:
                # The turning point at its end may be cut a frame or two earlier when more is known.
                current.passed = (back.begin + back.end) // 2
                current.decided.append(out.begin)
            return []
        current.decided.append(out.begin)
        if seen is not None and not cut and self._may_be_over(current) and seen.is_doubtful(halves):
            current.doubtful.append(Doubtful(halves, rep))
            return []
        findings = self._no_longer_doubtful(current, seen, now, cut=cut)
        findings.append(_tell(current, halves, rep, now))
        # Of a long set the look back does not see the begin.
        first = None
        if seen is not None and not current.first_was_missed and not _is_long(current):
            first = seen.missed_first(current.told)
        if seen is not None and first is not None:
            current.first_was_missed = True
            begin = (first[0] or first[1]).begin
            current.told.append(Told(begin, first[1].end))
            missed = RepSeen(now / FRAME_RATE_HZ, rep_of(seen.track, current.pattern, *first))
            findings.insert(0, missed)
        return findings

    def _goes_on(self, stretch: Stretch, current: CurrentSet, now: int) -> list[Finding]:
        """Tell what was doubtful if the newest way out shows that the set goes on."""
        seen, out = self._look_back(stretch, current, now), current.swings[-1]
        if seen is None or out.alike < _SURE_START or seen.is_doubtful((out,)):
            return []
        return self._no_longer_doubtful(current, seen, now, cut=False)

    def _may_be_over(self, current: CurrentSet) -> bool:
        """Whether the set may have ended before the newest rep: after a pause, or what is in doubt."""
        if current.doubtful:
            return True
        pauses_s = [
            (out.leaves - back.arrives) / FRAME_RATE_HZ
            for back, out in zip(current.swings[1:-2:2], current.swings[2::2], strict=True)
        ][-_SEEN_REPS:]
        return len(pauses_s) > 1 and pauses_s[-1] > median(pauses_s[:-1]) + _UNUSUAL_S

    def _no_longer_doubtful(
        self, current: CurrentSet, seen: LookBack | None, now: int, *, cut: bool
    ) -> list[Finding]:
        """Tell what was doubtful now that the set went on; of a cut stream only what is its own."""
        waiting, current.doubtful = current.doubtful, []
        own = [
            each
            for each in waiting
            if seen is None or (seen.are_members(each.halves) if cut else not seen.is_foreign(each.halves))
        ]
        return [_tell(current, each.halves, each.rep, now) for each in own]

    def _look_back(self, stretch: Stretch, current: CurrentSet, now: int) -> LookBack | None:
        """Look at the set as far as it is known, or at the end of a long one."""
        begin, pattern = stretch.begin, current.pattern
        if _is_long(current):
            begin = max(begin, current.decided[-_SEEN_REPS])
            pattern = replace(pattern, begin=begin, end=now)  # where it was found may be out of sight
        look = look_at(stretch.history, pattern, begin, now, self.params)
        return None if look is None else LookBack(look, stretch.stream_begin, self.params)

    def _first_runs(self, track: Track, pattern: Pattern, stream_begin: int) -> list[list[Swing]]:
        """Return the swings of a set that has just been seen, without what led up to it."""
        runs = linked_runs(track.runs, pattern.begin, pattern.end, self.params)
        if not runs:
            return []
        first = np.array([swing.begin for run in runs for swing in run], dtype=np.intp)
        members = find_members(track, pattern, first, StreamEdges(stream_begin, None), self.params)
        own = {swing.begin for run in member_runs(members, track, self.params) for swing in run}
        swings = [swing for run in runs for swing in run]
        sure = next((i for i, swing in enumerate(swings) if _is_sure_start(swing, stream_begin)), len(swings))
        own.difference_update(swing.begin for swing in swings[:sure])
        kept = [[swing for swing in run if swing.begin in own] for run in runs]
        return linked_runs([run for run in kept if run], pattern.begin, pattern.end, self.params)

    def _is_next(self, current: CurrentSet, swing: Swing, now: int, *, cut: bool) -> bool:
        """Whether a swing is one more of the set, and far enough to be counted."""
        if swing.begin < current.passed:
            return False
        moving = swing.end >= now - 2 and now - swing.arrives < _STALLED_S * FRAME_RATE_HZ
        if moving and swing.size < self.params.arrived_share and not cut:
            return False
        if not current.swings:
            return self._may_be_first(current.pattern, swing)
        last = current.swings[-1]
        if swing.alike < _SURE_START and current.has_paused(swing.leaves):
            return False
        half = 0.25 * current.pattern.period_s * FRAME_RATE_HZ
        return swing.rising != last.rising and swing.end > last.end and swing.begin >= last.end - half

    def _may_be_first(self, pattern: Pattern, swing: Swing) -> bool:
        """Whether a set may begin with a swing: it goes out, where the exercise says which way that is."""
        up = self.params.out_goes_up
        return up is None or not pattern.lifts(self.params.lift_m) or pattern.goes_up(swing.rising) is up

    def _is_clear(self, current: CurrentSet, now: int) -> bool:
        """Whether a way out whose way back was not seen before the stream ended is a rep's without doubt.

        It may be some seconds ago: a last way back that leads to the rack is unlike the others.
        """
        swing = current.swings[-1]
        recent = now - swing.arrives <= _RACKED_S * FRAME_RATE_HZ
        return recent and swing.alike >= self.params.similar and swing.size >= _CLEAR_SHARE

    def _rep(self, current: CurrentSet, track: Track, now: int) -> FoundRep:
        out, back = current.swings[-2:]
        end = min(back.arrives, now - 1)
        # The way out was cut with less known: it may begin in the rep before, or end after the turn.
        begin = max(out.leaves, track.path.first_frame)
        if len(current.swings) > 2:
            begin = max(begin, current.swings[-3].arrives + 1)
        start = min(begin, end)
        return describe(track, current.pattern, start, min(max(back.begin, start), end), end, (out, back))


def _tell(current: CurrentSet, halves: tuple[Swing, Swing], rep: FoundRep, now: int) -> Finding:
    """Tell a rep, and remember that."""
    current.told.append(Told(halves[0].begin, halves[1].end))
    if (travel := way_out(rep)) is not None:
        current.travels_m.append(travel.metres)
    return RepSeen(now / FRAME_RATE_HZ, rep)


def _is_sure_start(swing: Swing, stream_begin: int) -> bool:
    """Whether a set may begin with a swing; one that the begin of the stream may have cut is excused."""
    cut = swing.begin - stream_begin < FRAME_RATE_HZ
    return swing.alike >= (_SURE_CUT_START if cut else _SURE_START)


def _is_long(current: CurrentSet) -> bool:
    """Whether a set has more reps than the look back sees."""
    return len(current.decided) >= _SEEN_REPS


def _is_stunted(rep: FoundRep, current: CurrentSet) -> bool:
    """Whether the way out of a rep surely goes much less far than is usual in the set."""
    travel, known = way_out(rep), current.travels_m
    if travel is None or len(known) < _FEWEST_TRAVELS:
        return False
    usual_m = median(known)
    scatter_m = median([abs(each - usual_m) for each in known])
    return scatter_m < _STEADY * usual_m and travel.is_stunted(usual_m)
