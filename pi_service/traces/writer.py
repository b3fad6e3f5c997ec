"""Writes recordings: append-only, so that what was written stays readable whatever happens next."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from firmware.samples import RawBlock
from pi_service.traces.errors import TraceError, TraceFileError
from pi_service.traces.header import TraceHeader
from pi_service.traces.labels import Label
from pi_service.traces.reader import END_MARK


def check_new_trace(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a name under which no recording can be begun, before there is anything to record.

    Raises
    ------
    TraceFileError
        The name is none for a trace, or the file exists and may not be replaced, or its folder does not.
    """
    if not path.name.endswith((".csv", ".csv.gz")):
        raise TraceFileError(f"{path} is no name for a trace: let it end in .csv or .csv.gz.")
    try:
        exists = path.exists()
    except OSError as error:
        raise TraceFileError.of(path, "written", error) from error
    if exists and not overwrite:
        raise _exists(path)
    if not path.parent.is_dir():
        raise TraceFileError(f"There is no folder {path.parent}: check the name.")


class TraceWriter:
    """Streams one recording to a file.

    Use it as a context manager: leaving it without an exception closes the recording with its number
    of rows; otherwise it stays open-ended and reads with a warning.

    Parameters
    ----------
    path
        Where to write: ``.csv``, or ``.csv.gz`` for gzip.
    header
        What the recording says about itself.
    overwrite
        Whether an existing file may be replaced; it stays until samples of the new one are on the disk.

    Attributes
    ----------
    n_rows
        Samples that were written.

    Raises
    ------
    TraceFileError
        The file exists or cannot be written.
    """

    def __init__(self, path: Path, header: TraceHeader, *, overwrite: bool = False) -> None:
        check_new_trace(path, overwrite=overwrite)
        self.path = path
        self.header = header
        self.n_rows = 0
        self._index = {sensor.role: i for i, sensor in enumerate(header.sensors)}
        self._last_us = {sensor.role: -1 for sensor in header.sensors}
        text = header.to_text()
        is_new = not path.exists()
        # A file that is to be replaced is written beside it first.
        self._beside = _beside(path) if path.is_file() else None
        written = self._beside or path
        try:
            self._file = written.open("wb" if overwrite else "xb")
        except FileExistsError as error:
            raise _exists(path) from error
        except OSError as error:
            raise TraceFileError.of(path, "written", error) from error
        self._deflate = zlib.compressobj(wbits=31) if path.suffix == ".gz" else None
        try:
            self._write(text)
            self.flush()
        except TraceError:
            with suppress(OSError):
                self._file.close()
            if is_new or self._beside is not None:
                with suppress(OSError):
                    written.unlink()
            raise
        _sync_folder(path)

    @property
    def in_place(self) -> bool:
        """Whether what was written stands under its name, and not beside an older file of that name."""
        return self._beside is None

    def write(self, block: RawBlock) -> None:
        """Append a block's samples, in the order in which blocks arrive.

        Raises
        ------
        TraceError
            The block does not belong into this recording, or the file cannot be written.
        """
        if len(block) == 0:
            return
        self._require_fits(block)
        rows = np.zeros((len(block), len(self.header.columns)), dtype=np.int64)
        first = self.header.columns.index("t_us")
        if first:
            rows[:, 0] = self._index[block.sensor]
        rows[:, first] = block.t_us
        rows[:, first + 1 : first + 4] = block.accel_counts
        rows[:, first + 4 : first + 7] = block.gyro_counts
        rows[:, first + 7] = block.flags
        if block.temperature_counts is not None:
            # Where only the other sensor delivers a temperature, this one's column stays 0.
            rows[:, first + 8] = block.temperature_counts
        self._write("".join(f"{','.join(map(str, row))}\n" for row in rows.tolist()))
        self._last_us[block.sensor] = int(block.t_us[-1])
        self.n_rows += len(block)

    def add_label(self, label: Label) -> None:
        """Append a label; it may speak of samples before and after it."""
        self._write(label.to_line() + "\n")

    def flush(self) -> None:
        """Bring everything written so far to the disk; what was flushed survives a power loss.

        Costs a little compression and a disk write: about once a second is right.
        """
        try:
            if self._deflate is not None:
                self._file.write(self._deflate.flush(zlib.Z_SYNC_FLUSH))
            self._file.flush()
            os.fsync(self._file.fileno())
            if self.n_rows:
                self._take_place()
        except OSError as error:
            raise TraceFileError.of(self.path, "written", error) from error

    def close(self) -> None:
        """Close the recording with its number of rows, on the disk; may be called twice."""
        if not self._file.closed:
            self._write(f"{END_MARK}{self.n_rows}\n")
            self._release()
            try:
                self._take_place()
            except OSError as error:
                raise TraceFileError.of(self.path, "written", error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self._file.closed:
            try:
                self._release()
            finally:
                if self._beside is not None:
                    # The older recording is worth more than what is left of this one.
                    self._beside.unlink(missing_ok=True)

    def _release(self) -> None:
        try:
            with self._file:
                if self._deflate is not None:
                    self._file.write(self._deflate.flush())
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise TraceFileError.of(self.path, "written", error) from error

    def _take_place(self) -> None:
        """Replace the older file, if there is one, now that there is a new one."""
        if self._beside is not None:
            really = self.path.resolve()
            self._beside.chmod(really.stat().st_mode & 0o777)
            self._beside.replace(really)
            self._beside = None
            _sync_folder(self.path)

    def _write(self, text: str) -> None:
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            raise TraceError(f"{self.path} cannot be written: {error.object!r} is no valid text.") from error
        try:
            self._file.write(data if self._deflate is None else self._deflate.compress(data))
        except OSError as error:
            raise TraceFileError.of(self.path, "written", error) from error

    def _require_fits(self, block: RawBlock) -> None:
        if block.sensor not in self._index:
            raise TraceError(f"{self.path} records no {block.sensor} sensor: name it in the header.")
        sensor = self.header.sensors[self._index[block.sensor]]
        if (block.accel_range_g, block.gyro_range_dps) != (sensor.accel_range_g, sensor.gyro_range_dps):
            raise TraceError(
                f"{self.path} records the {block.sensor} sensor at {sensor.accel_range_g} g and"
                f" {sensor.gyro_range_dps} deg/s, but a block came at {block.accel_range_g} g and"
                f" {block.gyro_range_dps} deg/s: start a new recording when a range changes."
            )
        if sensor.temperature != (block.temperature_counts is not None):
            raise TraceError(
                f"{self.path} records the {block.sensor} sensor {'with' if sensor.temperature else 'without'}"
                " temperature, and a block differs: start a new recording."
            )
        if int(block.t_us[0]) <= self._last_us[block.sensor] or (np.diff(block.t_us) <= 0).any():
            raise TraceError(
                f"{self.path}: the times of the {block.sensor} sensor must increase from sample to sample,"
                f" and those after {self._last_us[block.sensor]} us do not."
            )


def _exists(path: Path) -> TraceFileError:
    return TraceFileError(f"{path} exists already: choose another name, or replace it with --overwrite.")


def _beside(path: Path) -> Path:
    """Return a name in the folder in which the file really is."""
    really = path.resolve()
    return really.with_name(f".{really.name}.part")


def _sync_folder(path: Path) -> None:
    """Bring a file's name to the disk as well; not every file system can, or needs it."""
    with suppress(OSError):
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
