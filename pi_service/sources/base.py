"""What a source of samples promises, whether it is a sensor, a recording or a simulated athlete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calibration.imu import ImuBlock
from calibration.step_length import StepLength
from firmware.samples import SensorRole


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known about a stream before its first sample.

    Attributes
    ----------
    station
        Name of the station that the samples come from.
    started_at
        Wall-clock time (aware, UTC) at which the stream's clock read 0 s.
    exercise
        Id of the exercise that was asked for, or None when nobody said.
    rates_hz
        Nominal sample rate of each sensor that the stream carries.
    simulated
        True when no person moved: messages say so.
    session
        Id of the session where the stream has one of its own, as a recording has in its header; None
        when it is made from the station and the start.
    step_length
        How long a step of whoever is counted is; None when nobody measured it.
    exercise_file
        Text of the exercise's file, where a recording has one of somebody's own.
    """

    station: str
    started_at: datetime
    exercise: str | None
    rates_hz: dict[SensorRole, float]
    simulated: bool = False
    session: str | None = None
    step_length: StepLength | None = None
    exercise_file: str | None = None


class Source(Protocol):
    """Delivers the samples of one station in the order of their time.

    The samples of one sensor have strictly increasing times. Blocks of two sensors alternate as they
    were read; no stage may depend on how.
    """

    @property
    def info(self) -> StreamInfo:
        """What is known about the stream before its first sample."""
        ...

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the stream's blocks once, in order; ends when the stream does."""
        ...

    def close(self) -> None:
        """Release whatever the source holds; may be called twice."""
        ...
