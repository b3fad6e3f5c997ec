"""A recording as a source: the same samples as live, at the pace that is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from calibration.imu import ImuBlock
from pi_service.sources.base import StreamInfo
from pi_service.sources.pacing import Pacer
from pi_service.traces import Trace, open_trace

#: Name of the station where a trace does not tell one.
DEFAULT_STATION: Final = "bench"


class ReplaySource:
    """Replays a trace of either format.

    Parameters
    ----------
    path
        The trace.
    exercise
        Id of the exercise; overrides what the trace says.
    speed
        1.0 for real time, 10.0 for ten times as fast; None for as fast as possible.
    station
        Name of the station; overrides what the trace says, which is ``bench`` when it says nothing.
    started_at
        Wall-clock time (aware) of stream time 0; overrides what the trace says, which is now when it
        says nothing.
    clock, wait
        See `Pacer`; for tests.

    Attributes
    ----------
    trace
        The trace that is replayed, with its labels and, after the last block, its warnings.

    Raises
    ------
    TraceError
        The trace cannot be read; `blocks` raises it for what is found later in the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        exercise: str | None = None,
        speed: float | None = None,
        station: str | None = None,
        started_at: datetime | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self.trace: Trace = open_trace(path)
        self._pacer = Pacer(speed, clock=clock, wait=wait)
        info = self.trace.info
        self._info = StreamInfo(
            station=station or info.station or DEFAULT_STATION,
            started_at=started_at or info.started_at or datetime.now(UTC),
            exercise=exercise or info.exercise,
            rates_hz=dict(info.rates_hz),
            simulated=info.simulated,
            session=info.session_id,
            step_length=info.step_length,
            exercise_file=info.exercise_file if exercise is None else None,
        )

    @property
    def info(self) -> StreamInfo:
        """What is known before the first sample."""
        return self._info

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the trace's blocks when they are due; ends with the trace or with `close`."""
        rates_hz = self._info.rates_hz.values()
        size = self._pacer.samples_per_block(max(rates_hz), len(rates_hz))
        start_s: float | None = None
        for block in self.trace.blocks(size):
            if start_s is None:
                start_s = float(block.t_s[0])
            if not self._pacer.due(start_s, float(block.t_s[-1])):
                return
            yield block

    def close(self) -> None:
        """End the replay, from whatever thread; may be called twice."""
        self._pacer.close()
