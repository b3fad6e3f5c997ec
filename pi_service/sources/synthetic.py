"""The simulated athlete as a source: sets that nobody did, live or as fast as possible."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from calibration.imu import ImuBlock
from pi_service.athlete.recording import RATE_HZ, Order, Recorder, session_of
from pi_service.athlete.session import labels_of
from pi_service.sources.base import StreamInfo
from pi_service.sources.pacing import Pacer
from pi_service.traces import Label


class SyntheticSource:
    """Delivers what a simulated athlete does (see `pi_service.athlete.session`).

    Parameters
    ----------
    order
        What is done and where the sensors sit; the same order gives the same samples as a recording that was
        written with it. Pull-ups with a sensor on the wrist if not given.
    endless
        Set after set until the source is closed, however many sets the order has.
    speed
        1.0 for real time; None for as fast as possible.
    station
        Name of the station.
    started_at
        Wall-clock time (aware) of stream time 0; now when not given.
    clock, wait
        See `Pacer`; for tests.

    Attributes
    ----------
    labels
        The truth of the sets begun so far.
    """

    def __init__(
        self,
        order: Order | None = None,
        *,
        endless: bool = False,
        speed: float | None = 1.0,
        station: str = "demo",
        started_at: datetime | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._order = order or Order()
        self._endless = endless
        self._recorder = Recorder(self._order)
        self._pacer = Pacer(speed, clock=clock, wait=wait)
        sensors = self._recorder.sensors()
        self._calibrations = {sensor.role: sensor.calibration for sensor in sensors}
        started_at = started_at or datetime.now(UTC)
        # A stream without an end is another one than any recording.
        told = replace(self._order, sets=0) if endless else self._order
        self._info = StreamInfo(
            station=station,
            started_at=started_at,
            exercise=self._order.task.movement.exercise,
            rates_hz={sensor.role: sensor.rate_hz for sensor in sensors},
            simulated=True,
            session=session_of(told, started_at),
        )
        self.labels: tuple[Label, ...] = ()

    @property
    def info(self) -> StreamInfo:
        """What is known before the first sample."""
        return self._info

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the stream's blocks when they are due; ends after the last set or with `close`."""
        size = self._pacer.samples_per_block(RATE_HZ, len(self._calibrations))
        for number in count() if self._endless else range(self._order.sets):
            self.labels += labels_of(self._recorder.session.truth(number))
            for raw in self._recorder.blocks(number, size):
                block = self._calibrations[raw.sensor].apply(raw)
                if not self._pacer.due(0.0, float(block.t_s[-1])):
                    return
                yield block

    def close(self) -> None:
        """End the stream, from whatever thread; may be called twice."""
        self._pacer.close()
