"""Samples wait with the thread that reads them until somebody looks: a thread that is woken costs too much.

Whoever counts has something to tell at certain moments of the stream only (`pi_service.motion.parcels`).
A driver gives a few samples of each sensor every 50 ms; what lies between two such moments is handed over
in one piece, by the read that brings a sample past the next one. Nothing is told later for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from firmware.readings import Frames
from firmware.roles import SensorRole


class Gather:
    """Joins the frames of each sensor until they pass the next moment.

    Attributes
    ----------
    origin_ns
        Host time that is 0 s on the stream's clock.
    every_s
        The moments are multiples of this on the stream's clock; 0 where nothing shall wait.
    """

    def __init__(self) -> None:
        self.origin_ns = 0
        self.every_s = 0.0
        self._held: dict[SensorRole, list[Frames]] = {}
        self._passed: dict[SensorRole, int] = {}

    def put(self, frames: Frames) -> list[Frames]:
        """Take the next frames of a sensor; return what need not wait any longer, in order."""
        role = frames.role
        passed, before = self._moment(frames), self._passed.get(role)
        self._passed[role] = passed
        if frames.gap_before:  # what is missing is told at once
            return [*self._taken(role), frames]
        self._held.setdefault(role, []).append(frames)
        return [] if passed == before else self._taken(role)

    def rest(self) -> list[Frames]:
        """Return what waits, whatever the time."""
        return [each for role in tuple(self._held) for each in self._taken(role)]

    def _moment(self, frames: Frames) -> int:
        """Return the number of the last moment before the last sample; of each read where nothing waits."""
        # Whole microseconds, and strictly before: as `motion.grid.last_edge_before` sees the sample.
        last_us = (frames.t_ns[-1] - self.origin_ns) // 1000
        every_us = round(self.every_s * 1e6)
        return (last_us - 1) // every_us if every_us else last_us

    def _taken(self, role: SensorRole) -> list[Frames]:
        held = self._held.pop(role, [])
        return held if len(held) < 2 else [joined(held)]


def joined(pieces: Sequence[Frames]) -> Frames:
    """Return consecutive frames of one sensor, at least one piece of them, as a single one."""
    first = pieces[0]
    times = array("q")
    for piece in pieces:
        times.extend(piece.t_ns)
    data = b"".join(piece.data for piece in pieces)
    return Frames(first.role, data, first.frame_bytes, times, first.gap_before)
