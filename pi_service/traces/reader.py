"""Reads our own recordings: header at once, samples block by block with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from firmware.samples import RawBlock
from pi_service.traces.errors import TraceFormatError
from pi_service.traces.header import (
    MAGIC,
    TRACE_FORMAT,
    SensorHeader,
    TraceHeader,
    is_recording,
    parse_header,
)
from pi_service.traces.labels import LABEL_MARK, Label, LabelKind, parse_label
from pi_service.traces.rows import WHOLE, parse_careful, parse_fast
from pi_service.traces.text import TraceText, counted, decoded

#: How the line begins that a recorder writes last; the number of rows follows.
END_MARK: Final = "# end,"

_KINDS: Final = ", ".join(LabelKind)
_COUNTS: Final = (-32768, 32767)
_BOUNDS: Final = {
    **dict.fromkeys(("ax", "ay", "az", "gx", "gy", "gz", "temperature"), _COUNTS),
    "flags": (0, 255),
}


@dataclass(frozen=True, slots=True)
class TraceWarning:
    """Something about a trace that is worth knowing, but that did not keep it from being read."""

    path: Path
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}{'' if self.line is None else f', line {self.line}'}: {self.message}"


class TraceReader:
    """One recording.

    Attributes
    ----------
    path
        The file.
    header
        What the recording says about itself.
    warnings
        What was noticed in the pass through the samples that was made last: a file that is cut off or
        was never closed, labels of an unknown kind. Complete when `blocks` has come to its end; `labels`
        adds what it finds.

    Raises
    ------
    TraceError
        The file cannot be read or is not as the format says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: tuple[TraceWarning, ...] = ()
        self._text = TraceText(path)
        with self._text.damage_told_first():
            self.header: TraceHeader = self._parsed_header()

    def blocks(self, samples_per_block: int = 1000) -> Iterator[RawBlock]:
        """Yield the samples from the beginning, in the order in which they were recorded.

        Parameters
        ----------
        samples_per_block
            Largest number of samples in a block. Of two sensors, each as many rows as both had in the
            meantime; how the samples are cut into blocks carries no meaning.
        """
        sensors = self.header.sensors
        window = samples_per_block * len(sensors)
        held = np.empty((0, len(self.header.columns)), dtype=np.int64)
        for rows in self._rows():
            held = np.concatenate([held, rows]) if len(held) else rows
            whole = len(held) - len(held) % window
            for start in range(0, whole, window):
                yield from self._split(held[start : start + window], samples_per_block)
            held = held[whole:]
        yield from self._split(held, samples_per_block)

    def labels(self) -> tuple[Label, ...]:
        """Return the recording's labels in the order of the file."""
        notes = _Notes(self.path)
        with self._text.damage_told_first():
            for first_line, piece in self._text.rows(last_line_may_be_open=False):
                notes.take(first_line, piece)
        self.warnings = tuple(dict.fromkeys((*self.warnings, *notes.warnings)))
        return tuple(notes.labels)

    def _parsed_header(self) -> TraceHeader:
        preamble = self._text.preamble
        if not preamble or not is_recording(preamble[0]):
            raise TraceFormatError(
                self.path, f"this is not a recording of repclip; expected '{MAGIC}{TRACE_FORMAT}'.", line=1
            )
        header = parse_header(self.path, preamble)
        if tuple(self._text.columns) != header.columns:
            raise TraceFormatError(
                self.path,
                f"the columns are {','.join(self._text.columns)}; for the sensors of this header expected"
                f" {','.join(header.columns)}.",
                line=self._text.first_row_line - 1,
            )
        return header

    def _rows(self) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the rows, checked, and note at the end whether the file was whole."""
        self.warnings = ()
        check = _RowCheck(self.header)
        notes = _Notes(self.path)
        columns = self.header.columns
        n_rows = 0
        with self._text.damage_told_first():
            for first_line, piece in self._text.rows(last_line_may_be_open=False):
                notes.take(first_line, piece)
                rows = parse_fast(piece, len(columns), WHOLE)
                if rows is None or not check.good(rows):
                    rows = parse_careful(self.path, first_line, piece, columns, WHOLE, check.explain)
                check.remember(rows)
                n_rows += len(rows)
                yield rows
        self.warnings = (*notes.warnings, *self._verdict(n_rows, notes.promised_rows))

    def _verdict(self, n_rows: int, promised: int | None) -> tuple[TraceWarning, ...]:
        rows = counted(n_rows, "row")
        if self._text.cut is not None:
            message = f"{self._text.cut}; {rows} before that can be read."
        elif promised is None:
            message = f"the recording was never closed; {rows} can be read."
        elif promised != n_rows:
            closed = counted(promised, "row")
            message = f"the recording was closed with {closed} but holds {n_rows}: somebody edited it."
        else:
            return ()
        return (TraceWarning(self.path, message),)

    def _split(self, rows: npt.NDArray[np.int64], samples_per_block: int) -> Iterator[RawBlock]:
        sensors = self.header.sensors
        if len(sensors) == 1:
            parts = [(sensors[0], rows)]
        else:
            parts = [(sensor, rows[rows[:, 0] == i, 1:]) for i, sensor in enumerate(sensors)]
        for sensor, part in parts:
            for start in range(0, len(part), samples_per_block):
                yield _block(sensor, part[start : start + samples_per_block])


def _block(sensor: SensorHeader, rows: npt.NDArray[np.int64]) -> RawBlock:
    """Return rows of the columns t_us to flags, and perhaps temperature, as a block."""
    return RawBlock(
        sensor=sensor.role,
        t_us=np.ascontiguousarray(rows[:, 0]),
        accel_counts=rows[:, 1:4].astype(np.int16),
        gyro_counts=rows[:, 4:7].astype(np.int16),
        accel_range_g=sensor.accel_range_g,
        gyro_range_dps=sensor.gyro_range_dps,
        flags=rows[:, 7].astype(np.uint8),
        temperature_counts=rows[:, 8].astype(np.int16) if sensor.temperature else None,
    )


class _Notes:
    """What the comment lines among the rows say.

    Both passes through a recording read them, so that neither takes what the other refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.labels: list[Label] = []
        self.promised_rows: int | None = None
        self.warnings: list[TraceWarning] = []

    def take(self, first_line: int, piece: bytes) -> None:
        """Read the comments of a piece."""
        if b"#" not in piece:
            return
        for number, line in enumerate(piece.split(b"\n"), first_line):
            if line.startswith(LABEL_MARK.encode()):
                self._label(number, decoded(self._path, number, line))
            elif line.startswith(END_MARK.encode()):
                self._end(number, decoded(self._path, number, line))

    def _label(self, number: int, line: str) -> None:
        label = parse_label(self._path, number, line)
        if label is None:
            message = f"a label of a kind that this repclip does not know is left aside; it knows {_KINDS}."
            self.warnings.append(TraceWarning(self._path, message, number))
        else:
            self.labels.append(label)

    def _end(self, number: int, line: str) -> None:
        digits = line.removeprefix(END_MARK).strip()
        if not digits.isdecimal():
            raise TraceFormatError(
                self._path, f"{digits!r} is no number of rows; expected '{END_MARK}N'.", line=number
            )
        self.promised_rows = int(digits)


class _RowCheck:
    """What every row must keep to: bounds of each column, and time that runs forward for each sensor."""

    def __init__(self, header: TraceHeader) -> None:
        self._two = len(header.sensors) > 1
        bounds = {**_BOUNDS, "sensor": (0, 1), "t_us": (0, 10**18 - 1)}
        self._bounds = [bounds[column] for column in header.columns]
        self._low = np.array([low for low, _ in self._bounds])
        self._high = np.array([high for _, high in self._bounds])
        self._time_column = header.columns.index("t_us")
        self._last_us = {0: -1, 1: -1}

    def good(self, rows: npt.NDArray[np.int64]) -> bool:
        """Whether all rows keep to it."""
        if ((rows < self._low) | (rows > self._high)).any():
            return False
        return all(
            len(times) == 0 or (times[0] > self._last_us[sensor] and (np.diff(times) > 0).all())
            for sensor, times in self._times(rows)
        )

    def explain(self, _line: int, row: list[Any]) -> tuple[int, str] | None:
        """Return which field of a row is wrong and why; keeps the time of rows that are right."""
        for index, (value, (low, high)) in enumerate(zip(row, self._bounds, strict=True)):
            if not low <= value <= high:
                return index, f"{value} is out of bounds; expected {low} to {high}."
        sensor = row[0] if self._two else 0
        t_us = row[self._time_column]
        if t_us <= self._last_us[sensor]:
            return self._time_column, (
                f"time {t_us} us is not after the sensor's sample before, at {self._last_us[sensor]} us;"
                " expected increasing times."
            )
        self._last_us[sensor] = t_us
        return None

    def remember(self, rows: npt.NDArray[np.int64]) -> None:
        """Keep the last time of each sensor."""
        for sensor, times in self._times(rows):
            if len(times):
                self._last_us[sensor] = int(times[-1])

    def _times(self, rows: npt.NDArray[np.int64]) -> list[tuple[int, npt.NDArray[np.int64]]]:
        times = rows[:, self._time_column]
        if not self._two:
            return [(0, times)]
        return [(sensor, times[rows[:, 0] == sensor]) for sensor in (0, 1)]
