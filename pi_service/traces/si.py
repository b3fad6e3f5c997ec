"""Imports recordings of other people: plain CSV in SI units.

The first line names the columns: ``t_s, ax, ay, az`` (s, m/s2, specific force) and, where there was a
gyroscope, ``gx, gy, gz`` (rad/s), in any order; other columns are left aside. Times may be irregular.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, ImuBlock
from firmware.samples import SampleFlag, SensorRole
from pi_service.traces.errors import TraceFormatError
from pi_service.traces.reader import TraceWarning
from pi_service.traces.rows import FINITE, parse_careful, parse_fast
from pi_service.traces.text import TraceText

ACCEL_COLUMNS: Final = ("ax", "ay", "az")
GYRO_COLUMNS: Final = ("gx", "gy", "gz")

#: A step longer than this, and than three usual steps, is a gap.
GAP_AT_LEAST_S: Final = 0.15
GAP_STEPS: Final = 3.0


class SiTrace:
    """A plain SI trace, read as a whole.

    The times must not run backwards. Samples that repeat the time of the one before (a radio delivered
    a packet twice, or stamped two with one time) are left out, the first one of each time is kept, and
    a warning says how many there were. A step longer than 0.15 s and than three times the file's
    median step marks a gap (`SampleFlag.GAP_BEFORE`). Clipping is not known and not marked.

    Attributes
    ----------
    path
        The file.
    samples
        All its samples.
    rate_hz
        Sample rate, from the median step.
    warnings
        What was noticed while reading.

    Raises
    ------
    TraceError
        The file cannot be read; line and column of what is wrong are named.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        text = TraceText(path)
        picked = _pick_columns(path, text)
        table = _read(path, text)
        if len(table) < 2:
            raise TraceFormatError(path, f"{len(table)} samples are no trace; expected at least two.")
        warnings = []
        if text.cut is not None:
            warnings.append(TraceWarning(path, f"{text.cut}; the {len(table)} rows before that are read."))
        t_s = table[:, picked[0]]
        repeated = np.flatnonzero(np.diff(t_s) == 0) + 1
        if len(repeated):
            table = np.delete(table, repeated, axis=0)
            t_s = table[:, picked[0]]
            warnings.append(
                TraceWarning(path, f"{len(repeated)} samples that repeat the time before them are left out.")
            )
        if len(table) < 2:
            raise TraceFormatError(path, "all samples have the same time; expected increasing times.")
        steps_s = np.diff(t_s)
        usual_s = float(np.median(steps_s))
        flags = np.zeros(len(t_s), dtype=np.uint8)
        flags[1:][steps_s > max(GAP_AT_LEAST_S, GAP_STEPS * usual_s)] = SampleFlag.GAP_BEFORE
        # A rate with more digits than this would only show how the times were rounded.
        self.rate_hz = round(1.0 / usual_s, 3)
        self.warnings = tuple(warnings)
        self.samples = ImuBlock(
            SensorRole.LIMB,
            np.ascontiguousarray(t_s),
            table[:, picked[1:4]],
            table[:, picked[4:7]] if len(picked) > 4 else None,
            flags,
        )

    def blocks(self, samples_per_block: int = 1000) -> Iterator[ImuBlock]:
        """Yield the samples from the beginning."""
        for start in range(0, len(self.samples), samples_per_block):
            yield self.samples[start : start + samples_per_block]


def is_si_header(columns: Sequence[str]) -> bool:
    """Whether a line of column names is that of a plain SI trace, as far as one can tell."""
    return "t_s" in columns


def _pick_columns(path: Path, text: TraceText) -> list[int]:
    """Return where t_s, ax, ay, az and, where there are any, gx, gy, gz stand."""
    line = text.first_row_line - 1
    columns = text.columns
    wanted = ["t_s", *ACCEL_COLUMNS]
    if any(column in columns for column in GYRO_COLUMNS):
        wanted += GYRO_COLUMNS
    for column in wanted:
        if columns.count(column) != 1:
            raise TraceFormatError(
                path,
                f"column {column} is {'missing' if column not in columns else 'named twice'};"
                " expected t_s,ax,ay,az in m/s2 and, optionally, gx,gy,gz in rad/s.",
                line=line,
            )
    return [columns.index(column) for column in wanted]


def _read(path: Path, text: TraceText) -> FloatArray:
    """Return all rows, checked."""
    columns = text.columns
    time_column = columns.index("t_s")
    last_s = -np.inf
    parts: list[npt.NDArray[np.float64]] = []
    for first_line, piece in text.rows(last_line_may_be_open=True):
        rows = parse_fast(piece, len(columns), FINITE)
        if rows is None or not _runs_forward(rows[:, time_column], last_s):
            before = [last_s]

            def check(_line: int, row: list[Any], before: list[float] = before) -> tuple[int, str] | None:
                if row[time_column] < before[0]:
                    return time_column, (
                        f"time {row[time_column]} s comes after {before[0]} s; expected times that increase."
                    )
                before[0] = row[time_column]
                return None

            rows = parse_careful(path, first_line, piece, columns, FINITE, check)
        if len(rows):
            parts.append(rows)
            last_s = float(rows[-1, time_column])
    return np.concatenate(parts) if parts else np.empty((0, len(columns)))


def _runs_forward(t_s: FloatArray, last_s: float) -> bool:
    return len(t_s) == 0 or bool(t_s[0] >= last_s and (np.diff(t_s) >= 0).all())
