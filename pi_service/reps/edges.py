"""Where a set begins and ends: which swing goes out first, and which comes back last.

Inside a set swings go out and back in turns, and the count is no question. At its edges it is one: a swing
may lack its other half, since that one came from elsewhere, or was cut by the recording; or it may itself
have taken the limb to where the reps begin. A run of swings that is even in number begins and ends in the
same pose, and is all pairs but for rare cases. An odd one has a swing too few, or one too many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Track
from pi_service.reps.hidden import is_hidden_half
from pi_service.reps.home import first_goes_out, home_is_first
from pi_service.reps.members import Members, StreamEdges
from pi_service.reps.params import CounterParams
from pi_service.reps.signals import Pattern

#: Of a swing that the stream's edge cuts, this much must be seen on each side, and in sum.
_CUT_SHARE, _CUT_SHARES = 0.15, 0.5
#: Swings at both edges that are no stranger than this are like the others.
_ALIKE = 2.5
#: Closer than so many periods, the stream's edge may have cut a swing, ...
_NEAR = 0.8
#: ... and so close to a turning point it has cut the swing before or after it.
_CUT = 0.6
#: An edge swing stranger than this is not the set's. In a recording that is cut to the set it may be, ...
_STRANGE, _STRANGE_CUT = 4.4, 5.5
#: ... unless it is also smaller than this share of a swing.
_SMALL = 0.66
#: The first and last swing of a set that begins at the other end are at least this share of the usual one.
_FULL = 0.6
#: A pause that is longer than usual by this logarithm is one before the first or after the last rep.
_LONGER = 0.25
#: After a pause that is longer than usual by this logarithm the movement does not run on: it rested.
_LONGEST = 1.0
#: Pauses are compared with so much added (s): the shortest are all alike.
_BLUR_S = 0.15
#: Share of a swing around a level that counts as a pause there, before the first and after the last swing.
_LEVEL = 0.2
#: Share of a swing, and within how many median swings' time, that leads into a turn without a pause.
_MOST_OF_A_SWING, _PATIENCE = 0.7, 1.5
#: ... and that leaves no doubt of it, whatever the other edge shows.
_NEARLY_A_SWING = 0.8
#: Share of a swing beyond an edge that is taken for the half that an edge swing lacks.
_SOME_OF_A_SWING = 0.35


@dataclass(frozen=True, slots=True)
class _Edge:
    """What is known of one edge of a run.

    Attributes
    ----------
    near
        Whether the stream's own edge is close.
    cut
        Share of a swing that lies between the edge's turning point and the stream's edge.
    longer
        Logarithm of the pause at the edge's turning point over the usual one at its kind.
    strange, size
        Of the edge's swing: see `pi_service.reps.members.Members`.
    """

    near: bool
    cut: float
    longer: float
    strange: float
    size: float


def _foreign(edge: _Edge, cut_to_the_set: bool) -> bool:
    """Whether the edge's swing is none of the set's after all."""
    if cut_to_the_set:
        return edge.strange > _STRANGE_CUT and edge.size < _SMALL
    return edge.strange > _STRANGE


class RunEdges:
    """Decides which swings of a set's runs are paired.

    Parameters
    ----------
    track, pattern, members
        The stretch, what is followed in it, and its swings.
    stream
        Where the stream begins and ends.
    runs
        Indices of the set's swings, in runs without a foreign swing between them.
    params
        Which way the exercise goes out, if it says so.
    """

    def __init__(
        self,
        track: Track,
        pattern: Pattern,
        members: Members,
        stream: StreamEdges,
        runs: list[list[int]],
        params: CounterParams | None = None,
    ) -> None:
        self._params = params or CounterParams()
        self._track, self._pattern, self._members, self._stream = track, pattern, members, stream
        inner = [turn for run in runs for turn in run[1:]]
        self._usual_s = [
            float(np.median([self._pause_s(turn) for turn in inner if turn % 2 == kind] or [0.0]))
            for kind in (0, 1)
        ]

    def complete(self, run: list[int], first: bool, last: bool) -> list[int | None]:
        """Return the run with an even number of places; None stands for a half that is not seen.

        Parameters
        ----------
        first, last
            Whether it is the first and the last run of the set.
        """
        front = self._edge(run[0], run[0], self._stream.begin if first else None, -1)
        back = self._edge(run[-1], run[-1] + 1, self._stream.end if last else None, 1)
        if (goes_out := self._goes_out(run)) is not None:
            return self._as_given(run, goes_out, front, back)
        if len(run) % 2 == 0:
            cut = min(front.cut, back.cut) > _CUT_SHARE and front.cut + back.cut > _CUT_SHARES
            whole = (
                cut
                or self._turns_at_both_ends(run, front, back)
                or (first and last and self._begins_with_a_turn(run, front))
            )
            return [None, *run, None] if whole else list(run)
        drop_first, add_first = list[int | None](run[1:]), [None, *run]
        drop_last, add_last = list[int | None](run[:-1]), [*run, None]
        cut_to_the_set = front.near and back.near
        first_is_foreign, last_is_foreign = _foreign(front, cut_to_the_set), _foreign(back, cut_to_the_set)
        begins_at_home = home_is_first(self._track.path.rows, self._members.swings, run, self._pauses_s(run))
        if begins_at_home is True:
            return drop_last if last_is_foreign or self._stops(run, back, 1) else add_last
        if begins_at_home is False:
            return drop_first if first_is_foreign or self._stops(run, front, -1) else add_first
        if (runs_in := self._runs_on(run, front, -1)) is not self._runs_on(run, back, 1):
            return add_first if runs_in else add_last
        if first_is_foreign or last_is_foreign:
            worse = first_is_foreign and (not last_is_foreign or front.strange > back.strange)
            return drop_first if worse else drop_last
        if cut_to_the_set:
            return add_first if front.cut >= back.cut else add_last
        if front.near or back.near or min(front.longer, back.longer) < _LONGER:
            return add_first if front.longer <= back.longer else add_last
        return drop_first if front.strange > back.strange else drop_last

    def _edge(self, swing: int, turn: int, stream: int | None, outwards: int) -> _Edge:
        """Describe the edge at a turning point; `swing` is the run's swing there."""
        swings, members = self._members.swings, self._members
        at = int(swings.begin[swing] if outwards < 0 else swings.end[swing])
        cut, near = 0.0, False
        if stream is not None:
            away = abs(stream - self._track.path.first_frame - at) / FRAME_RATE_HZ / self._pattern.period_s
            near = away < _NEAR
            if away <= _CUT:
                signal = self._track.signal
                edge = min(max(stream - self._track.path.first_frame, 0), len(signal) - 1)
                cut = abs(float(signal[edge] - signal[at])) / self._pattern.swing
        strange, size = float(members.strange[swing]), float(members.size[swing])
        usual_s = self._usual_s[turn % 2]
        longer = math.log((self._pause_s(turn) + _BLUR_S) / (usual_s + _BLUR_S))
        return _Edge(near, cut, longer, strange, size)

    def _pause_s(self, turn: int) -> float:
        """How long the signal stays at a turning point (turning point k is where swing k begins)."""
        swings, signal = self._members.swings, self._track.signal
        level = _LEVEL * self._pattern.swing
        if turn > 0:
            arrives = int(swings.arrives[turn - 1])
        else:
            arrives = int(swings.leaves[0])
            while arrives > 0 and abs(signal[arrives - 1] - signal[swings.leaves[0]]) < level:
                arrives -= 1
        if turn < len(swings):
            leaves = int(swings.leaves[turn])
        else:
            leaves = int(swings.arrives[-1])
            while leaves < len(signal) - 1 and abs(signal[leaves + 1] - signal[swings.arrives[-1]]) < level:
                leaves += 1
        return max(leaves - arrives, 0) / FRAME_RATE_HZ

    def _goes_out(self, run: list[int]) -> bool | None:
        return first_goes_out(self._track.path.points, self._members.swings, run, self._params)

    def _as_given(self, run: list[int], goes_out: bool, front: _Edge, back: _Edge) -> list[int | None]:
        """Complete a run of which it is known which swings go out."""
        even = len(run) % 2 == 0
        if even and not goes_out and self._begins_at_the_other_end(front, back):
            return list(run)
        places = list[int | None](run)
        if goes_out != even:  # the last one goes out, too
            places = [*places, None] if self._has_another_half(run, 1, back) else places[:-1]
        if not goes_out:
            places = [None, *places] if self._has_another_half(run, -1, front) else places[1:]
        return places

    def _has_another_half(self, run: list[int], outwards: int, edge: _Edge) -> bool:
        """Whether an edge's swing has a half beyond: cut by the stream, or a part of a longer movement.

        The last way out of a recording that ends within a rep's time is a rep's if it is like the others.
        """
        cut = edge.cut > _CUT_SHARE or len(run) % 2 == 1
        if edge.near and edge.strange <= (_STRANGE if cut else _ALIKE):
            return True
        at = run[0] - 1 if outwards < 0 else run[-1] + 1
        if edge.strange > _ALIKE or not 0 <= at < len(self._members.swings):
            return False
        path, signal = self._track.path, self._track.signal
        return is_hidden_half(path.points, signal, self._members.swings, run, at)

    def _begins_at_the_other_end(self, front: _Edge, back: _Edge) -> bool:
        """Whether a run that begins with a way back is a set all the same, of reps the other way round.

        A Romanian dead lift begins at the top. Then its first and last swing are like the others, and
        people pause before and after. To bend down to the bar and to stand up without it looks other.
        """
        alike = max(front.strange, back.strange) < _ALIKE and min(front.size, back.size) > _FULL
        return alike and min(front.longer, back.longer) > _LONGER

    def _pauses_s(self, run: list[int]) -> tuple[float, float]:
        """Return the usual pauses at home, if the run begins there, and at the other end."""
        kind = run[0] % 2
        return self._usual_s[kind] + _BLUR_S, self._usual_s[1 - kind] + _BLUR_S

    def _stops(self, run: list[int], edge: _Edge, outwards: int) -> bool:
        """Whether the half that an edge's swing lacks was never made: the limb rests beyond that edge."""
        return not edge.near and edge.longer > _LONGER and self._beyond(run, outwards) < _SOME_OF_A_SWING

    def _beyond(self, run: list[int], outwards: int) -> float:
        """Return how much of a swing leads into a run without a pause (or, `outwards` 1, out of it)."""
        swings, signal = self._members.swings, self._track.signal
        patience = round(_PATIENCE * float(np.median(swings.arrives[run] - swings.leaves[run]))) + 1
        if outwards < 0:
            at = int(swings.begin[run[0]])
            away = signal[max(at - patience, 0) : at + 1] - signal[at]
            sign = 1.0 if swings.change[run[0]] > 0.0 else -1.0
        else:
            at = int(swings.end[run[-1]])
            away = signal[at : at + patience + 1] - signal[at]
            sign = -1.0 if swings.change[run[-1]] > 0.0 else 1.0
        return float((sign * away).max()) / self._pattern.swing

    def _turns_at_both_ends(self, run: list[int], front: _Edge, back: _Edge) -> bool:
        """Whether an even run begins and ends with a turn, its first way out and last way back foreign.

        That is so when somebody takes the weight up on the way to the first turn and lays it down on the
        way back from the last: those swings come from further away, or go further, than the others do, so
        they are not alike. But the movement runs into the first turn and out of the last without a pause,
        over most of a swing; at home, people pause before the first rep and after the last.
        """
        return self._runs_on(run, front, -1) and self._runs_on(run, back, 1)

    def _begins_with_a_turn(self, run: list[int], front: _Edge) -> bool:
        """Whether an even run begins with a turn beyond doubt: then it ends with a way out.

        How the last way back leads away does not show: it may be as slow as letting oneself down from a bar.
        """
        return not front.near and front.longer < _LONGER and self._beyond(run, -1) > _NEARLY_A_SWING

    def _runs_on(self, run: list[int], edge: _Edge, outwards: int) -> bool:
        """Whether most of a swing leads into a run without a pause (or, `outwards` 1, out of it)."""
        return edge.longer < _LONGEST and self._beyond(run, outwards) > _MOST_OF_A_SWING
