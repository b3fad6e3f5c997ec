"""The bounded queue between the thread that reads the sensors and the program: drops nothing silently."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from firmware.readings import Cause, Frames, Gap, Reading, Trouble
from firmware.roles import SensorRole
from pi_service.sources.gather import Gather
from pi_service.sources.live_stats import Note

#: Samples of this many seconds may wait.
LONGEST_S: Final = 10.0
#: Whoever waits for samples can do something else so often.
_TICK_S: Final = 0.25
#: Troubles and gaps that may wait beside the samples.
_MOST_NOTES: Final = 1_000


@dataclass(slots=True)
class _Missing:
    """Samples of one sensor that were dropped since the last one that was kept."""

    start_ns: int
    end_ns: int
    samples: int
    told_gaps: int = 0
    """Gaps of the driver that are part of it."""


class Backlog:
    """Readings on their way from one thread to another, in order.

    While more than `longest_s` of samples wait, whole blocks that arrive are dropped, counted and told:
    a `Trouble` when it begins, a `Gap` when the first block is taken again, and `Frames.gap_before` on
    that block. A gap of the driver that falls into that time becomes part of it: nothing is told twice.
    Blocks are taken again when half of the queue is empty: one long gap does less harm
    than many short ones.

    Whoever looks now and then only (`look_every`) is woken for that and finds the samples up to then in one
    piece; see `pi_service.sources.gather`.

    Parameters
    ----------
    rates_hz
        Nominal rate of each sensor.
    longest_s
        Seconds of samples of one sensor that may wait.
    may_wait
        Let `put` wait instead of dropping. Only where the sensors' clock stands still meanwhile.
    """

    def __init__(
        self, rates_hz: Mapping[SensorRole, float], longest_s: float = LONGEST_S, *, may_wait: bool = False
    ) -> None:
        self._rates_hz = dict(rates_hz)
        self._longest_s = longest_s
        self._may_wait = may_wait
        # The lock guards everything below; whoever waits is woken when it changes.
        self._changed = threading.Condition()
        self._gather = Gather()
        self._waiting: deque[Reading] = deque()
        self._samples = dict.fromkeys(self._rates_hz, 0)
        self._notes = 0
        self._last_ns: dict[SensorRole, int] = {}
        self._dropping = False
        self._missing: dict[SensorRole, _Missing] = {}
        self._dropped = dict.fromkeys(self._rates_hz, 0)
        self._gaps = dict.fromkeys(self._rates_hz, 0)
        self._lost_notes = 0
        self._ended = False
        self._error: BaseException | None = None

    def look_every(self, every_s: float, origin_ns: int) -> None:
        """Hand samples over when they pass a multiple of a time since some host time; 0 s: as they come."""
        with self._changed:
            self._gather.every_s, self._gather.origin_ns = every_s, origin_ns

    @property
    def depth_s(self) -> float:
        """Seconds of samples that wait now."""
        with self._changed:
            return self._depth_s()

    @property
    def lost_notes(self) -> int:
        """Troubles and gaps of the driver that nobody heard of, because too many waited."""
        return self._lost_notes

    def dropped(self, role: SensorRole) -> int:
        """Return how many samples of a sensor were dropped."""
        return self._dropped[role]

    def gaps(self, role: SensorRole) -> int:
        """Return how many more gaps a sensor has than its driver told, because samples were dropped."""
        return self._gaps[role]

    def put(self, reading: Reading) -> None:
        """Take the next reading, from the thread that reads."""
        with self._changed:
            if isinstance(reading, Frames):
                self._put_frames(reading)
            elif isinstance(reading, Gap) and reading.role in self._missing:
                missing = self._missing[reading.role]
                missing.end_ns = max(missing.end_ns, reading.end_ns)
                missing.samples += reading.lost_samples
                missing.told_gaps += 1
            elif self._notes < _MOST_NOTES:
                self._append(reading)
            else:
                self._lost_notes += 1

    def release(self) -> None:
        """Let `put` never wait again: the stream is about to end."""
        with self._changed:
            self._may_wait = False
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing follows; `readings` raises the error after the last reading."""
        with self._changed:
            self._hand_over(self._gather.rest())
            for role in tuple(self._missing):
                self._tell_gap(role, self._missing[role].end_ns)
            self._ended, self._error = True, error
            self._changed.notify_all()

    def readings(self, on_idle: Callable[[], None] | None = None) -> Iterator[Reading]:
        """Yield the readings in order, waiting for each; ends after what came before `end`.

        Parameters
        ----------
        on_idle
            Called every quarter of a second for as long as nothing comes.
        """
        while True:
            with self._changed:
                woken = True
                while woken and not self._waiting and not self._ended:
                    woken = self._changed.wait(_TICK_S)
                if not self._waiting:
                    self._hand_over(self._gather.rest())  # nothing waits for longer than a tick
                reading = self._taken() if self._waiting else None
                ended = self._ended
            if reading is not None:
                yield reading
            elif ended:
                break
            elif on_idle is not None:
                on_idle()
        if self._error is not None:
            raise self._error

    def _taken(self) -> Reading:
        reading = self._waiting.popleft()
        if isinstance(reading, Frames):
            self._samples[reading.role] -= len(reading)
        else:
            self._notes -= 1
        self._changed.notify_all()
        return reading

    def _put_frames(self, frames: Frames) -> None:
        while self._may_wait and self._depth_s() >= self._longest_s:
            self._changed.wait()
        depth_s = self._depth_s()
        if depth_s >= self._longest_s:
            self._dropping = True
        elif depth_s <= self._longest_s / 2.0:
            self._dropping = False
        if self._dropping:
            self._drop(frames)
            return
        if frames.role in self._missing:
            self._tell_gap(frames.role, frames.t_ns[0])
            frames = replace(frames, gap_before=True)
        self._last_ns[frames.role] = frames.t_ns[-1]
        self._hand_over(self._gather.put(frames))

    def _hand_over(self, pieces: list[Frames]) -> None:
        for frames in pieces:
            self._samples[frames.role] += len(frames)
            self._waiting.append(frames)
        if pieces:
            self._changed.notify_all()

    def _drop(self, frames: Frames) -> None:
        role = frames.role
        self._dropped[role] += len(frames)
        missing = self._missing.get(role)
        if missing is None:
            start_ns = self._last_ns.get(role, frames.t_ns[0])
            self._missing[role] = _Missing(start_ns, frames.t_ns[-1], len(frames))
            self._append(Trouble(role, Cause.BACKLOG, frames.t_ns[0], self._advice(role)))
        else:
            missing.end_ns = frames.t_ns[-1]
            missing.samples += len(frames)

    def _tell_gap(self, role: SensorRole, end_ns: int) -> None:
        missing = self._missing.pop(role)
        # May be less than nothing: several gaps of the driver have become one.
        self._gaps[role] += 1 - missing.told_gaps
        self._append(Gap(role, Cause.BACKLOG, missing.start_ns, end_ns, missing.samples))

    def _append(self, reading: Note) -> None:
        """Take what is no samples; those before it come before it."""
        self._hand_over(self._gather.rest())
        self._notes += 1
        if isinstance(reading, Gap):
            # What is dropped after it was not missing before its end.
            self._last_ns[reading.role] = reading.end_ns
        self._waiting.append(reading)
        self._changed.notify_all()

    def _depth_s(self) -> float:
        return max((n / self._rates_hz[role] for role, n in self._samples.items()), default=0.0)

    def _advice(self, role: SensorRole) -> str:
        return (
            f"The {role} sensor's samples are not taken as fast as they come: {self._longest_s:g} s of them"
            " wait, and new ones are dropped until half of these are gone; end other programs on this"
            " machine, or lower the sample rate."
        )
