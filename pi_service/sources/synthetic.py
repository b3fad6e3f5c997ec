"""The synthetic athlete as a source: sets of pull-ups that nobody did, live or as fast as possible."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

from calibration.imu import ImuBlock
from pi_service.athlete.pullup import SetPlan
from pi_service.athlete.synthetic import EXERCISE, RATE_HZ, SyntheticAthlete, set_plans, synthetic_session
from pi_service.sources.base import StreamInfo
from pi_service.sources.pacing import Pacer
from pi_service.traces import Label


class SyntheticSource:
    """Delivers synthetic pull-ups (see `pi_service.athlete.synthetic`).

    Parameters
    ----------
    reps, seed, plan
        See `write_synthetic_trace`; the same seed gives the same samples as the written trace.
    sets
        How many sets; None for set after set until the source is closed.
    rest_s
        How long the person stands still between sets.
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
        *,
        reps: int = 8,
        seed: int = 1,
        sets: int | None = 1,
        rest_s: float = 20.0,
        plan: SetPlan | None = None,
        speed: float | None = 1.0,
        station: str = "demo",
        started_at: datetime | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._athlete = SyntheticAthlete(seed)
        self._plans = set_plans(plan or SetPlan(), reps=reps, rest_s=rest_s)
        self._sets = sets
        self._pacer = Pacer(speed, clock=clock, wait=wait)
        sensor = self._athlete.sensor
        self._calibration = sensor.calibration
        started_at = started_at or datetime.now(UTC)
        self._info = StreamInfo(
            station=station,
            started_at=started_at,
            exercise=EXERCISE,
            rates_hz={sensor.role: sensor.rate_hz},
            simulated=True,
            session=synthetic_session(started_at, self._plans, seed=seed, sets=sets),
        )
        self.labels: tuple[Label, ...] = ()

    @property
    def info(self) -> StreamInfo:
        """What is known before the first sample."""
        return self._info

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the stream's blocks when they are due; ends after the last set or with `close`."""
        size = self._pacer.samples_per_block(RATE_HZ)
        for number in count() if self._sets is None else range(self._sets):
            done = self._athlete.next_set(self._plans[min(number, 1)])
            self.labels += done.labels
            whole = self._calibration.apply(done.block)
            for start in range(0, len(whole), size):
                block = whole[start : start + size]
                if not self._pacer.due(0.0, float(block.t_s[-1])):
                    return
                yield block

    def close(self) -> None:
        """End the stream, from whatever thread; may be called twice."""
        self._pacer.close()
