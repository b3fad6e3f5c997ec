"""Swings at the edges of a set that hardly travel, though the high-passed height let them pass for others.

A high pass lets every height swing back: who bends down for the bar, or lays it down and stands up, seems to
go up before and down after, as in a rep. Measured between its turning points the sensor has hardly travelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pi_service.reps.follow import Swing, Track
from pi_service.reps.found import FoundRep, Velocity
from pi_service.reps.measure import Measured, measure
from pi_service.reps.order import median
from pi_service.reps.signals import Pattern

#: Half a rep is a rep, badly done; what surely travels less than this share of the usual way is none.
_STUNTED_SHARE = 0.45
#: "Surely" is so many standard deviations of what was measured.
_SURE_SIGMAS = 1.0
#: Beyond a stunted way there may be so many of this share of the usual: more are the set's.
_MOST_FULL, _FULL_SHARE = 1, 0.5
#: Fewer measured ways do not say what is usual.
_FEWEST = 3
#: So many swings are measured from each edge of a run: it takes its time, and a run may have a thousand.
_MEASURED = 30


@dataclass(frozen=True, slots=True)
class Travel:
    """How far a way goes, without its sign, and one standard deviation of that (m)."""

    metres: float
    sigma_m: float

    def is_stunted(self, usual_m: float) -> bool:
        """Whether it surely goes much less far than is usual."""
        return self.metres + _SURE_SIGMAS * self.sigma_m < _STUNTED_SHARE * usual_m


def without_stunted_edges(track: Track, pattern: Pattern, runs: list[list[Swing]]) -> list[list[Swing]]:
    """Return runs of swings without what is beyond a swing near an edge that hardly travels.

    Parameters
    ----------
    track, pattern
        Where the runs were found, by a signal in which the sensor's height counts.
    runs
        Swings out and back in turns, without another between those of a run.
    """
    pairs_of = [_measured(track, pattern, run) for run in runs]
    known = [way for pairs in pairs_of for pair in pairs for way in (_out(pair), _back(pair)) if way]
    if len(known) < _FEWEST:
        return runs
    usual_m = median([way.metres for way in known])
    kept = []
    for run, pairs in zip(runs, pairs_of, strict=True):
        ways = [
            _surer(_out(pair), _back(before))
            for pair, before in zip([*pairs, None], [None, *pairs], strict=True)
        ]
        first = _kept_from(ways, usual_m)
        last = len(run) - _kept_from(ways[::-1], usual_m)
        if first < last:
            kept.append(run[first:last])
    return kept


def _kept_from(ways: list[Travel | None], usual_m: float) -> int:
    """Return how many ways, from an edge inwards, are left out: up to the last that is stunted."""
    leave, full = 0, 0
    for number, way in enumerate(ways, 1):
        if way is None:
            continue
        full += way.metres > _FULL_SHARE * usual_m
        if full > _MOST_FULL:
            break
        if way.is_stunted(usual_m):
            leave = number
    return leave


def _measured(track: Track, pattern: Pattern, run: list[Swing]) -> list[Measured | None]:
    """Measure each two successive swings of a run; None where that was not done, or tells nothing."""
    last = len(run) - 1 - _MEASURED
    return [
        measure(track, pattern.weights, one, other.begin, other) if i < _MEASURED or i >= last else None
        for i, (one, other) in enumerate(pairwise(run))
    ]


def _out(pair: Measured | None) -> Travel | None:
    return None if pair is None else _travel(pair.measures.out, pair.measures.out_s)


def _back(pair: Measured | None) -> Travel | None:
    if pair is None or not pair.measures.back_is_over:
        return None
    return _travel(pair.measures.back, pair.measures.back_s)


def _surer(one: Travel | None, other: Travel | None) -> Travel | None:
    """Return the one of two measures of a way that is less uncertain."""
    known = [each for each in (one, other) if each is not None]
    return min(known, key=lambda each: each.sigma_m, default=None)


def _travel(velocity: Velocity | None, took_s: float) -> Travel | None:
    if velocity is None:
        return None
    return Travel(abs(velocity.mean_mps) * took_s, velocity.mean_uncertainty_mps * took_s)


def way_out(rep: FoundRep) -> Travel | None:
    """Return how far the way out of a rep goes; None where that was not measured."""
    return None if rep.measures is None else _travel(rep.measures.out, rep.measures.out_s)
