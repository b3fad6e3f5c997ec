"""A set like the one before: known by its first repetition, since the movement and the clip are the same.

A first set is believed when its third repetition repeats it. Whoever goes on with the same exercise on the
same clip does the same again, so one repetition is enough then. It must be like those of the set before in
its way, its size, its time and the poses at both ends, of which a movement between sets rarely has all.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from calibration.imu import FloatArray
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.follow import Swing, Track, distance_deg, follow
from pi_service.reps.found import FoundRep
from pi_service.reps.history import STILL, UP, History
from pi_service.reps.order import median
from pi_service.reps.pairs import rep_of
from pi_service.reps.params import CounterParams
from pi_service.reps.signals import Pattern
from pi_service.reps.stunted import Travel, way_out

#: So many repetitions show what a set's are like.
_FEWEST = 3
#: The ways of a repetition that is known again are so much like the pattern, of this share of their size, ...
_ALIKE, _SMALLEST, _LARGEST = 0.8, 0.7, 1.4
#: ... or less where its travel, measured from rest to rest, is about the usual one: what came before a set
#: bends the first heights of it, which pass a high pass.
_ALIKE_BENT, _SMALLEST_BENT, _LARGEST_BENT = 0.6, 0.55, 1.6
_SHORTEST, _FARTHEST = 0.8, 1.25
#: It takes this share of the usual time, ...
_QUICKEST, _SLOWEST = 0.6, 1.6
#: ... and its poses at both ends are no further from the usual ones than this, and this share of the range.
_POSE_DEG, _POSE_SHARE = 5.0, 0.15
#: A repetition is known again for so long after it has arrived; it has, however short, if it stands so long.
_RECENT_S, _STALLED_S = 1.0, 0.4
#: A turning point of the review and one that was followed are the same if they are no further apart.
_SAME_TURN_S = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Familiar:
    """What the repetitions of a set were like.

    Attributes
    ----------
    pattern
        What repeated.
    out_rises
        Direction of the way out in the pattern's signal.
    home, turned : float64 arrays, shape (3,)
        Up in the sensor's frame at the start pose and at the turning point.
    range_deg
        Angle between them.
    takes_s
        Usual time of a repetition, without the pauses around it.
    travel_m
        How far the usual way out goes up or down; None where that was not measured, or is next to nothing.
    """

    pattern: Pattern
    out_rises: bool
    home: FloatArray
    turned: FloatArray
    range_deg: float
    takes_s: float
    travel_m: float | None


@dataclass(frozen=True, slots=True, eq=False)
class KnownAgain:
    """A repetition that was known again, and where it was seen."""

    pattern: Pattern
    track: Track
    halves: tuple[Swing, Swing]


def familiar(
    history: History, pattern: Pattern, reps: list[FoundRep], now: int, params: CounterParams
) -> Familiar | None:
    """Remember what the repetitions of a reviewed set were like; None if its pattern does not show them.

    Only frames before `now` are asked: how many more came with them depends on the blocks.
    """
    if len(reps) < _FEWEST:
        return None
    lead = round(pattern.period_s * FRAME_RATE_HZ)
    begin = round(reps[0].start_s * FRAME_RATE_HZ) - lead
    end = min(round(reps[-1].end_s * FRAME_RATE_HZ) + lead, now)
    track = follow(history, pattern, begin, end, params)
    swings = [swing for run in track.runs for swing in run]
    turns = [rep.turn_s * FRAME_RATE_HZ for rep in reps]
    near = _SAME_TURN_S * FRAME_RATE_HZ
    halves = [
        (out, back)
        for out, back in itertools.pairwise(swings)
        if out.rising is not back.rising and any(abs(back.begin - turn) < near for turn in turns)
    ]
    if len(halves) < max(_FEWEST, len(reps) // 2):
        return None
    home = _usual_up(history, [out.leaves for out, _ in halves])
    turned = _usual_up(history, [back.begin for _, back in halves])
    travels = [way for rep in reps if (way := way_out(rep)) is not None]
    return Familiar(
        pattern=pattern,
        out_rises=sum(out.rising for out, _ in halves) > len(halves) / 2,
        home=home,
        turned=turned,
        range_deg=distance_deg(home, turned),
        takes_s=median([(back.arrives - out.leaves) / FRAME_RATE_HZ for out, back in halves]),
        travel_m=_usual_travel_m(travels),
    )


def known_again(
    known: Familiar, history: History, begin: int, now: int, params: CounterParams
) -> KnownAgain | None:
    """Look whether a repetition like those of the set before has just arrived.

    Parameters
    ----------
    begin
        First frame in which it may begin.
    """
    lead_s = max(3.0 * known.pattern.period_s, 1.0 / known.pattern.slowest_hz)
    begin = max(begin, history.begin, now - round(lead_s * FRAME_RATE_HZ))
    recent = round(_RECENT_S * FRAME_RATE_HZ)
    newest = max(now - round(_QUICKEST * known.takes_s * FRAME_RATE_HZ), begin)
    if now - begin < 2 * FRAME_RATE_HZ or history.rows(newest, now)[:, STILL].all():
        return None
    track = follow(history, known.pattern, begin, now, params)
    if not track.runs or len(track.runs[-1]) < 2:
        return None
    out, back = track.runs[-1][-2:]
    is_back = out.rising is known.out_rises and now - back.arrives <= recent
    is_back &= back.size >= params.arrived_share or now - back.arrives >= _STALLED_S * FRAME_RATE_HZ
    if not is_back or not _is_alike(known, track, (out, back)):
        return None
    if max(_off_deg(history, out.leaves, known.home), _off_deg(history, back.begin, known.turned)) > (
        _POSE_DEG + _POSE_SHARE * known.range_deg
    ):
        return None
    pattern = replace(known.pattern, begin=out.leaves, end=back.arrives)
    return KnownAgain(pattern, track, (out, back))


def _is_alike(known: Familiar, track: Track, halves: tuple[Swing, Swing]) -> bool:
    """Whether two ways go as usual, as far, and in the usual time."""
    out, back = halves
    share = (back.arrives - out.leaves) / FRAME_RATE_HZ / known.takes_s
    if not _QUICKEST <= share <= _SLOWEST:
        return False
    alike, smallest, largest = _ALIKE, _SMALLEST, _LARGEST
    if known.travel_m is not None:
        travel = way_out(rep_of(track, known.pattern, out, back))
        if travel is None or not _SHORTEST <= travel.metres / known.travel_m <= _FARTHEST:
            return False
        alike, smallest, largest = _ALIKE_BENT, _SMALLEST_BENT, _LARGEST_BENT
    is_of_size = smallest <= min(out.size, back.size) and max(out.size, back.size) <= largest
    return is_of_size and min(out.alike, back.alike) >= alike


def _usual_travel_m(ways: list[Travel]) -> float | None:
    """Return how far ways go up or down; None where few were measured, or it is less than its uncertainty."""
    if len(ways) < _FEWEST:
        return None
    usual_m = median([way.metres for way in ways])
    return usual_m if usual_m > median([way.sigma_m for way in ways]) else None


def _usual_up(history: History, frames: list[int]) -> FloatArray:
    up = np.median([history.rows(frame, frame + 1)[0, UP] for frame in frames], axis=0)
    return np.asarray(up / np.linalg.norm(up))


def _off_deg(history: History, frame: int, usual: FloatArray) -> float:
    return distance_deg(history.rows(frame, frame + 1)[0, UP], usual)
