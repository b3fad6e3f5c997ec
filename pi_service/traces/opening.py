"""Opens a trace of either format: our own recordings and plain SI traces of other people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, Protocol

from calibration.imu import ImuBlock
from calibration.step_length import StepLength
from firmware.samples import SensorRole
from pi_service.traces.errors import TraceFormatError
from pi_service.traces.header import TraceHeader, is_recording
from pi_service.traces.labels import Label
from pi_service.traces.reader import TraceReader, TraceWarning
from pi_service.traces.si import SiTrace, is_si_header
from pi_service.traces.text import TraceText

#: Samples of a block where nobody asks for a size: about a second's worth at high rates.
DEFAULT_BLOCK: Final = 1000


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """What a trace of either format tells before its first sample; None where it does not say.

    Attributes
    ----------
    format
        ``recording`` for ours, ``si`` for a plain SI trace.
    rates_hz
        Sample rate of each sensor that it carries.
    has_gyro
        Whether there is angular rate.
    station, started_at, session_id, exercise, exercise_file, simulated, step_length
        As in `TraceHeader`.
    """

    path: Path
    format: Literal["recording", "si"]
    rates_hz: dict[SensorRole, float]
    has_gyro: bool
    station: str | None = None
    started_at: datetime | None = None
    session_id: str | None = None
    exercise: str | None = None
    simulated: bool = False
    step_length: StepLength | None = None
    exercise_file: str | None = None


class Trace(Protocol):
    """A trace that was opened."""

    @property
    def info(self) -> TraceInfo:
        """What is known before the first sample."""
        ...

    @property
    def warnings(self) -> tuple[TraceWarning, ...]:
        """What was noticed; complete when `blocks` has come to its end."""
        ...

    def labels(self) -> tuple[Label, ...]:
        """Return the labels; a plain SI trace has none."""
        ...

    def blocks(self, samples_per_block: int = DEFAULT_BLOCK) -> Iterator[ImuBlock]:
        """Yield the samples from the beginning, in SI units."""
        ...


class RecordedTrace:
    """One of our recordings, with its calibration applied.

    Attributes
    ----------
    header
        Everything the recording says about itself.
    """

    def __init__(self, path: Path) -> None:
        self._reader = TraceReader(path)
        self.header: TraceHeader = self._reader.header
        self.info = TraceInfo(
            path=path,
            format="recording",
            rates_hz={sensor.role: sensor.rate_hz for sensor in self.header.sensors},
            has_gyro=True,
            station=self.header.station,
            started_at=self.header.started_at,
            session_id=self.header.session_id,
            exercise=self.header.exercise,
            simulated=self.header.simulated,
            step_length=self.header.step_length,
            exercise_file=self.header.exercise_file,
        )

    @property
    def warnings(self) -> tuple[TraceWarning, ...]:
        """What was noticed in the last pass through the samples."""
        return self._reader.warnings

    def labels(self) -> tuple[Label, ...]:
        """Return the labels in the order of the file."""
        return self._reader.labels()

    def blocks(self, samples_per_block: int = DEFAULT_BLOCK) -> Iterator[ImuBlock]:
        """Yield the samples from the beginning, in SI units."""
        calibrations = {sensor.role: sensor.calibration for sensor in self.header.sensors}
        for raw in self._reader.blocks(samples_per_block):
            yield calibrations[raw.sensor].apply(raw)


class ImportedTrace:
    """A plain SI trace."""

    def __init__(self, path: Path) -> None:
        self._trace = SiTrace(path)
        self.info = TraceInfo(
            path=path,
            format="si",
            rates_hz={SensorRole.LIMB: self._trace.rate_hz},
            has_gyro=self._trace.samples.angular_rate_rads is not None,
        )

    @property
    def warnings(self) -> tuple[TraceWarning, ...]:
        """What was noticed while reading."""
        return self._trace.warnings

    def labels(self) -> tuple[Label, ...]:
        """Return nothing: the format has no labels."""
        return ()

    def blocks(self, samples_per_block: int = DEFAULT_BLOCK) -> Iterator[ImuBlock]:
        """Yield the samples from the beginning."""
        return self._trace.blocks(samples_per_block)


def open_trace(path: Path) -> Trace:
    """Open a trace, whichever of the two formats it has.

    Raises
    ------
    TraceError
        The file is neither, or cannot be read; the sentence names file, line and column.
    """
    text = TraceText(path)
    if text.preamble and is_recording(text.preamble[0]):
        return RecordedTrace(path)
    if is_si_header(text.columns):
        return ImportedTrace(path)
    advice = "; columns are separated by commas" if ";" in "".join(text.columns) else ""
    with text.damage_told_first():
        raise TraceFormatError(
            path,
            "neither a recording of repclip nor a plain SI trace; expected column names such as"
            f" t_s,ax,ay,az,gx,gy,gz{advice}.",
            line=text.first_row_line - 1,
        )
