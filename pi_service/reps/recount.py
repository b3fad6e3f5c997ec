"""The look back while a set runs: what is known of its reps by now.

Live, a swing counts if it is like the pattern that the set was recognised by. The review at the end compares
the swings with each other, which is surer. The same is done here whenever a rep arrives: what goes another
way by far is left out, what does so after a pause is in doubt, and the first rep is told that began in a
longer movement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track, linked_runs
from pi_service.reps.members import StreamEdges, member_runs, strange_bound
from pi_service.reps.pairing import Halves, Look, members_of, paired
from pi_service.reps.params import CounterParams

#: So many times as strange as a member may be is no rep: of the newest swing only a part is known.
_FOREIGN = 4.0
#: The first rep is told late if its way back is so much like the others, and of about their size, ...
_ALIKE, _SMALLEST, _LARGEST = 0.7, 0.7, 1.4
#: ... if so many are told by then, ...
_FEWEST = 3
#: ... and if it ends so many periods before the first of them at most, and overlaps it by so many.
_APART, _OVERLAP = 0.75, 0.25


@dataclass(frozen=True, slots=True)
class Told:
    """Frames between which a rep lies that was told."""

    begin: int
    end: int


class LookBack:
    """A set as far as it is known.

    Parameters
    ----------
    look
        The set's pattern, followed from before the set until now.
    stream_begin
        Frame in which the stream begins.
    params
        The counter's.
    """

    def __init__(self, look: Look, stream_begin: int, params: CounterParams) -> None:
        self._look, self._params = look, params
        self._stream_begin = stream_begin
        self._edges = StreamEdges(stream_begin, None)
        self._members = members_of(look, self._edges, params)

    @property
    def track(self) -> Track:
        """The movement until now."""
        return self._look.track

    def is_foreign(self, halves: tuple[Swing, ...]) -> bool:
        """Whether a way out or back goes another way than the set's own by far."""
        return self._is_strange(halves, _FOREIGN)

    def is_doubtful(self, halves: tuple[Swing, ...]) -> bool:
        """Whether a way out or back goes another way than a member may."""
        return self._is_strange(halves, 1.0)

    def are_members(self, halves: tuple[Swing, ...]) -> bool:
        """Whether a way out and a way back are the set's own, as far as is known."""
        return all(bool(self._members.belongs[self._nearest(half)]) for half in halves)

    def _is_strange(self, halves: tuple[Swing, ...], times: float) -> bool:
        bound = times * strange_bound(self._look.pattern, self._params)
        strange = [float(self._members.strange[self._nearest(half)]) for half in halves]
        # Infinitely strange is the only member in its direction so far, which nothing is compared with.
        return any(bound < each < math.inf for each in strange)

    def _nearest(self, swing: Swing) -> int:
        swings, first = self._members.swings, self.track.path.first_frame
        apart = abs(swings.begin + first - swing.begin) + abs(swings.end + first - swing.end)
        return int(apart.argmin())

    def missed_first(self, told: list[Told]) -> tuple[Swing | None, Swing] | None:
        """Return the first rep of the set if it was not told, and what was told is paired in the same way.

        Its way out was part of a longer movement, as of somebody who goes into the first rep right from where
        he stood, so that the set was not recognised by it. One that the stream's begin cut says too little.
        """
        if len(told) < _FEWEST:
            return None
        known = [(out, back) for out, back in self._pairs() if back is not None]
        period = self._look.pattern.period_s * FRAME_RATE_HZ
        overlap = _OVERLAP * period
        first, newest = min(each.begin for each in told), max(each.begin for each in told)
        # Of the newest too little is known to be sure that it is paired.
        begins = [(out or back).begin for out, back in known]
        among = sum(first - overlap < begin < newest - overlap for begin in begins)
        before = [i for i, begin in enumerate(begins) if begin <= first - overlap]
        if among != len(told) - 1 or not before:
            return None
        out, back = known[before[-1]]
        is_before = back.end <= first + overlap and first - back.arrives <= _APART * period
        is_whole = back.begin - self._stream_begin > period
        alike = back.alike >= _ALIKE and _SMALLEST <= back.size <= _LARGEST
        return (out, back) if is_before and is_whole and alike else None

    def _pairs(self) -> list[Halves]:
        """Pair the members that are known by now."""
        look, params = self._look, self._params
        members = member_runs(self._members, look.track, params)
        runs = linked_runs(members, look.pattern.begin, look.pattern.end, params)
        return paired(look, self._members, runs, self._edges, params) if runs else []
