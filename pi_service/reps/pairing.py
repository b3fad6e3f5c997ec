"""A pattern followed over a stretch, and how its swings pair to repetitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pi_service.reps.edges import RunEdges
from pi_service.reps.follow import Swing, Track, follow, linked_runs
from pi_service.reps.history import History
from pi_service.reps.members import Members, StreamEdges, find_members
from pi_service.reps.params import CounterParams
from pi_service.reps.signals import Pattern

#: The ways out and back of a repetition; None stands for one that is not seen.
Halves = tuple[Swing | None, Swing | None]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A pattern, followed, and the runs of swings that it was believed in."""

    pattern: Pattern
    track: Track
    runs: list[list[Swing]]


def look_at(history: History, pattern: Pattern, begin: int, end: int, params: CounterParams) -> Look | None:
    """Follow a pattern over the frames ``[begin, end)``; None if it is not seen where it was found."""
    track = follow(history, pattern, begin, end, params)
    runs = linked_runs(track.runs, pattern.begin, pattern.end, params)
    return Look(pattern, track, runs) if runs else None


def members_of(look: Look, edges: StreamEdges, params: CounterParams) -> Members:
    """Tell the set's swings from those around it."""
    first = np.array([swing.begin for run in look.runs for swing in run], dtype=np.intp)
    return find_members(look.track, look.pattern, first, edges, params)


def paired(
    look: Look, members: Members, runs: list[list[Swing]], edges: StreamEdges, params: CounterParams
) -> list[Halves]:
    """Pair the members, which come in runs without another swing between those of a run."""
    place = {look.track.path.first_frame + int(begin): i for i, begin in enumerate(members.swings.begin)}
    indices = [[place[swing.begin] for swing in run] for run in runs]
    decide = RunEdges(look.track, look.pattern, members, edges, indices, params)
    halves: list[Halves] = []
    for number, (run, index) in enumerate(zip(runs, indices, strict=True)):
        if len(run) == 1:
            continue
        swing_of = dict(zip(index, run, strict=True))
        places = decide.complete(index, number == 0, number == len(runs) - 1)
        ways = [None if i is None else swing_of[i] for i in places]
        halves += zip(ways[::2], ways[1::2], strict=True)
    return halves
