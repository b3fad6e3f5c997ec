"""Imports recordings of other people: plain CSV in SI units.

The first line names the columns: ``t_s, ax, ay, az`` (s, m/s2, specific force) and, where there was a
gyroscope, ``gx, gy, gz`` (rad/s), in any order; other columns are left aside. Times may be irregular.
Values that cannot have these units are refused (`pi_service.traces.units`).
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
from pi_service.traces.text import TraceText, counted
from pi_service.traces.units import check_force, check_step, check_turn

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
    median step marks a gap (`SampleFlag.GAP_BEFORE`). Clipping is not known and not marked. Rates beyond
    5 to 2000 Hz and values in other units are refused, as far as one can tell.

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
        with text.damage_told_first():
            picked = _pick_columns(path, text)
            table = _read(path, text)
        if len(table) < 2:
            what = "one sample is" if len(table) else "a file without samples is"
            cut = "" if text.cut is None else f" ({text.cut})"
            raise TraceFormatError(path, f"{what} no trace{cut}; expected at least two.")
        warnings = []
        if text.cut is not None:
            warnings.append(
                TraceWarning(path, f"{text.cut}; {counted(len(table), 'row')} before that can be read.")
            )
        t_s = table[:, picked[0]]
        repeated = np.flatnonzero(np.diff(t_s) == 0) + 1
        if len(repeated):
            table = np.delete(table, repeated, axis=0)
            t_s = table[:, picked[0]]
            n = len(repeated)
            what = (
                "1 sample that repeats the time before it is"
                if n == 1
                else (f"{n} samples that repeat the time before them are")
            )
            warnings.append(TraceWarning(path, f"{what} left out."))
        if len(table) < 2:
            raise TraceFormatError(path, "all samples have the same time; expected increasing times.")
        steps_s = np.diff(t_s)
        usual_s = float(np.median(steps_s))
        flags = np.zeros(len(t_s), dtype=np.uint8)
        flags[1:][steps_s > max(GAP_AT_LEAST_S, GAP_STEPS * usual_s)] = SampleFlag.GAP_BEFORE
        check_step(path, usual_s)
        warnings += check_force(path, table[:, picked[1:4]])
        if len(picked) > 4:
            warnings += check_turn(path, table[:, picked[4:7]])
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


#: Times may count from 1970 (1.7e9 s), but not from the beginning of the world.
_LATEST_S = 1e11


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
                if abs(row[time_column]) > _LATEST_S:
                    return (
                        time_column,
                        f"{row[time_column]} s is no time; expected less than {_LATEST_S:.0e} s.",
                    )
                return None

            rows = parse_careful(path, first_line, piece, columns, FINITE, check)
        if len(rows):
            parts.append(rows)
            last_s = float(rows[-1, time_column])
    return np.concatenate(parts) if parts else np.empty((0, len(columns)))


def _runs_forward(t_s: FloatArray, last_s: float) -> bool:
    if len(t_s) == 0:
        return True
    return bool(t_s[0] >= last_s and abs(t_s[0]) < _LATEST_S > abs(t_s[-1]) and (np.diff(t_s) >= 0).all())
