"""A clip that slips in the midst of a set: it is noticed, told, and the set is seen as the sensor sits now.

A counter has a `SlipWatch` and asks it twice: now and then while a set runs (`SlipWatch.look`), and once
when it ends (`SlipWatch.look_back`), for slips that were too close to the edges to be seen before. It
gives the history of the movement and the pattern that it follows; if there was a slip it gets both back
as if the sensor had always sat as it does now, and goes on with them. The watch keeps nothing itself.

Where the sensor may have turned is said by `pi_service.reps.slip_search`; here it is asked whether the
swings of the set are on both sides of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.motion.rotations import turned
from pi_service.reps.follow import Swing, follow
from pi_service.reps.found import SlipSeen
from pi_service.reps.history import History
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import TILT
from pi_service.reps.signals import Pattern, best_found
from pi_service.reps.slip_search import Slip, SlipParams, Turn, find_turns, usual_novelty_deg


@dataclass(frozen=True, slots=True, eq=False)
class Unslipped:
    """The movement and its pattern as if the sensor had always sat as it does now.

    Attributes
    ----------
    history, pattern
        What to go on with.
    slips
        What happened, in the order in which it was found; empty if nothing did.
    """

    history: History
    pattern: Pattern
    slips: tuple[Slip, ...] = ()

    def told(self, now: int) -> list[SlipSeen]:
        """Return what is to be said of it in the frame `now`."""
        return [
            SlipSeen(
                at_s=now / FRAME_RATE_HZ,
                start_s=slip.begin / FRAME_RATE_HZ,
                end_s=slip.end / FRAME_RATE_HZ,
                angle_deg=round(slip.angle_deg, 1),
                rotation=slip.rotation,
            )
            for slip in self.slips
        ]


#: A sensor that turns more often in one set is not fixed at all.
_MOST_SLIPS = 3
#: So long after a slip, in periods, the set is looked at to learn its pattern anew.
_CLEAR_PERIODS = 1.6
#: Tempo may change so much from before a slip to after it.
_AS_QUICK = 1.6
#: Swings are looked for on either side of a slip so far, in periods.
_REACH = 4.0
#: So many swings must be alike on either side of a slip: one rep.
_FEWEST_SWINGS = 2


class SlipWatch:
    """Looks for slips in a set.

    Parameters
    ----------
    counter
        What the counter takes for alike.
    """

    def __init__(self, counter: CounterParams, params: SlipParams | None = None) -> None:
        self._counter, self.params = counter, params or SlipParams()

    def look(self, history: History, pattern: Pattern, earliest: int, now: int) -> Unslipped | None:
        """Look at the last few reps of a set that runs.

        Parameters
        ----------
        history, pattern
            The movement, and what repeats in it.
        earliest, now
            Frames ``[earliest, now)`` that may belong to the set. To see every slip, look every
            `CounterParams.search_every_s`.
        """
        reach_s = self.params.reach_s(pattern.period_s) + 2.0 * self._counter.search_every_s
        first = max(earliest, now - round(reach_s * FRAME_RATE_HZ))
        return self._find(history, pattern, earliest, first, now)

    def look_back(self, history: History, pattern: Pattern, earliest: int, end: int) -> Unslipped:
        """Look at a whole set, in the frames ``[earliest, end)``."""
        result = Unslipped(history, pattern)
        for _ in range(_MOST_SLIPS):
            found = self._find(result.history, result.pattern, earliest, earliest, end)
            if found is None:
                break
            result = replace(found, slips=result.slips + found.slips)
        return result

    def _find(
        self, history: History, pattern: Pattern, earliest: int, first: int, last: int
    ) -> Unslipped | None:
        for turn in find_turns(history, pattern.period_s, first, last, self.params):
            found = self._confirmed(history, pattern, turn.slip, last)
            if found is not None and self._is_a_step(found, turn, max(first, history.begin), last):
                return replace(found, pattern=self._learned_anew(found, earliest, last))
        return None

    def _confirmed(self, history: History, pattern: Pattern, slip: Slip, last: int) -> Unslipped | None:
        """Undo a slip, if the pattern's swings are on both sides of it then; the pattern may be of either.

        Only frames before `last` are asked: how many more came with them depends on the blocks.
        """
        mended = history.as_sits_now(slip.begin, slip.rotation_rad, slip.progress)
        reach = round(_REACH * pattern.period_s * FRAME_RATE_HZ)
        begin, end = max(slip.begin - reach, mended.begin), min(slip.end + reach, last)
        best, most = None, 0.0
        for candidate in (pattern, turned_pattern(pattern, slip)):
            track = follow(mended, candidate, begin, end, self._counter)
            swings = [swing for run in track.runs for swing in run if swing.alike >= self._counter.same]
            before = [swing for swing in swings if swing.arrives <= slip.end]
            after = [swing for swing in swings if swing.leaves >= slip.begin]
            alike = float(np.mean([swing.alike for swing in swings])) if swings else 0.0
            enough = min(len(before), len(after)) >= _FEWEST_SWINGS
            if enough and alike > most and _as_quick(before, after):
                best, most = candidate, alike
        return None if best is None else Unslipped(mended, best, (slip,))

    def _is_a_step(self, found: Unslipped, turn: Turn, first: int, last: int) -> bool:
        """Whether the poses around are much more alike, once the slip is undone, than across it."""
        (slip,), period_s = found.slips, found.pattern.period_s
        reach = round(_REACH * period_s * FRAME_RATE_HZ)
        begin, end = max(first, slip.begin - reach), min(last, slip.end + reach)
        usual_deg = usual_novelty_deg(found.history, period_s, begin, end, self.params)
        return usual_deg <= self.params.usual_share * turn.novelty_deg

    def _learned_anew(self, found: Unslipped, earliest: int, end: int) -> Pattern:
        """Return the pattern, learned once more if it was learned across the slip: that has spoilt it."""
        pattern, (slip,) = found.pattern, found.slips
        if not pattern.begin < slip.end or not slip.begin < pattern.end:
            return pattern
        period = round(pattern.period_s * FRAME_RATE_HZ)
        now = min(slip.end + round(_CLEAR_PERIODS * period), end)
        begin = max(earliest, pattern.begin - period // 2)
        return best_found(found.history, begin, now, self._counter) or pattern


def _as_quick(before: list[Swing], after: list[Swing]) -> bool:
    """Whether both move for about as long: an arm that swings while walking is quicker than a rep."""
    times = [float(np.median([swing.arrives - swing.leaves for swing in side])) for side in (before, after)]
    return max(times) <= _AS_QUICK * min(times)


def turned_pattern(pattern: Pattern, slip: Slip) -> Pattern:
    """Return what a pattern that was learned before a slip looks like after it."""
    weights, rising, falling = pattern.weights.copy(), pattern.rising.copy(), pattern.falling.copy()
    for each in (weights, rising, falling):
        each[..., TILT] = turned(each[..., TILT], slip.rotation_rad)
    return replace(pattern, weights=weights, rising=rising, falling=falling)
