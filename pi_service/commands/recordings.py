"""Recordings that a running station is asked for: begun and ended in the midst of the count."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from firmware.samples import RawBlock
from pi_service.commands.pruning import Pruning
from pi_service.commands.recording import Recorder
from pi_service.commands.say import tell_person
from pi_service.errors import UsageError
from pi_service.publish.message import Trouble
from pi_service.publish.session import session_id
from pi_service.publish.tape import TapeState
from pi_service.sources.live import LiveSource
from pi_service.sources.live_stats import Note
from pi_service.traces import TraceError, TraceHeader
from pi_service.traces.errors import TraceFileError

#: So much stays free for what the station owes its broker (bytes), which is looked at so often (s).
_LEFT_FREE: Final = 50_000_000
_LOOK_S: Final = 10.0
_FULL: Final = "the disk has less than 50 MB left; free some space."
#: A recording's clock begins so long before its first sample: of two sensors one is read after the other.
_BEFORE_US: Final = 1_000_000


class Recordings:
    """Records what a live source delivers, when a request says so; a `pi_service.publish.tape.Tape`.

    A recording that begins in the midst of a stream is a session of its own: a replay of it counts other
    sets. A file that cannot be written any more, or that would fill the disk, ends the recording, never the
    count.

    Parameters
    ----------
    source
        What is recorded; a source that has been started.
    folder
        Where the files are.
    header
        Says what the samples are at that moment.
    recorder
        What records from the beginning to the end, because the command line or the settings said so.
    failure
        Why that could not begin.
    pruning
        Keeps the folder small while something is recorded.
    tell
        Takes sentences for people.
    now
        Wall clock.
    """

    def __init__(
        self,
        source: LiveSource,
        folder: Path,
        header: Callable[[], TraceHeader],
        recorder: Recorder | None = None,
        *,
        tell: Callable[[str], None] = tell_person,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        failure: str | None = None,
        pruning: Pruning | None = None,
    ) -> None:
        self._source, self._folder, self._header = source, folder, header
        self._whole, self._tell, self._now = recorder, tell, now
        self._recorder: Recorder | None = None
        self._begin_us = 0
        self._looked_s = 0.0
        self._failure, self._pruning = failure, pruning
        self._state = TapeState()
        if recorder is not None:
            self._state = TapeState(
                recording=True, file=recorder.path.name, started_at=source.info.started_at
            )
        self._listen()

    @property
    def state(self) -> TapeState:
        """What is recorded now, or was last."""
        return self._state

    def start(self, name: str | None) -> None:
        """Record from now on, to ``<station>_<UTC time>[_<name>].csv.gz``.

        Raises
        ------
        UsageError
            Something is recorded already.
        TraceError
            The file cannot be written.
        """
        if self._state.recording:
            raise UsageError(f"{self._state.file} is being recorded: stop that first.")
        now, known_us = self._now(), int(self._source.stats().known_s * 1e6)
        begin_us = max(known_us - _BEFORE_US, 0)
        header = self._header_of(now - timedelta(microseconds=known_us - begin_us))
        ending = "" if name is None else f"_{name}"
        path = self._folder / f"{header.station}_{now:%Y%m%dT%H%M%SZ}{ending}.csv.gz"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_full(self._folder):
                raise TraceFileError(f"{path} cannot be written: {_FULL}")
        except OSError as error:
            raise TraceFileError.of(path, "written", error) from error
        recorder = Recorder(path, header, on_failure=self._tell_failure, counts_again=False)
        recorder.begin_at(self._source.origin_ns + begin_us * 1_000)
        self._recorder, self._begin_us, self._failure = recorder, begin_us, None
        self._state = TapeState(recording=True, file=path.name, started_at=now)
        self._tell(f"Recording to {path}, as a request says.")

    def stop(self) -> None:
        """End the recording; a file that is not complete then is a trouble.

        Raises
        ------
        UsageError
            Nothing is recorded, or what is was not begun by a request.
        """
        if self._recorder is not None:
            self._end()
        elif self._state.recording:
            raise UsageError(f"{self._state.file} was begun with --record: it ends with the station.")
        else:
            raise UsageError("Nothing is recorded: there is nothing to stop.")

    def end(self) -> None:
        """Take note that the station ends, and its recordings with it."""
        if self._recorder is not None:
            self._end()
        elif self._state.recording:
            self._state = replace(self._state, recording=False, ended_at=self._now())

    def troubles(self) -> tuple[Trouble, ...]:
        """Return why the last recording ended by itself, if it did; until the next one begins."""
        return () if self._failure is None else (Trouble("recording_failed", self._failure),)

    def _header_of(self, started_at: datetime) -> TraceHeader:
        info = replace(self._source.info, started_at=started_at, session=None)
        return replace(self._header(), started_at=started_at, session_id=session_id(info))

    def _listen(self) -> None:
        """Hear of whatever the source delivers, after whoever hears of it already."""
        raw, told, idle = self._source.on_raw, self._source.on_note, self._source.on_idle

        def taken(block: RawBlock) -> None:
            if raw is not None:
                raw(block)
            self._take(block)

        def heard(note: Note) -> None:
            if told is not None:
                told(note)
            if self._recorder is not None:
                self._recorder.hear(note)

        def waited() -> None:
            if idle is not None:
                idle()
            if self._recorder is not None:
                self._recorder.flush_if_due()
            self._look_for_failures()

        self._source.on_raw, self._source.on_note, self._source.on_idle = taken, heard, waited

    def _take(self, block: RawBlock) -> None:
        if self._recorder is not None:
            t_us = block.t_us - self._begin_us
            early = int(np.searchsorted(t_us, 0))
            self._recorder.take(replace(block, t_us=t_us)[early:])
        self._look_for_room()
        self._look_for_failures()

    def _look_for_room(self) -> None:
        recorder = self._recorder or self._whole
        if recorder is None or time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        if self._pruning is not None:
            self._pruning.prune(spared=recorder.path)
        with suppress(OSError):  # a folder that is gone shows when something is written
            if not _is_full(recorder.path.parent):
                return
            if self._recorder is not None:
                self._end()
                self._fail(TraceFileError(_FULL))
            else:
                recorder.fail(TraceFileError(_FULL))

    def _look_for_failures(self) -> None:
        if self._recorder is not None and self._recorder.failure is not None:
            self._end()
        elif self._whole is not None and self._whole.failure is not None:
            self._fail(self._whole.failure)
            self._whole = None
            self._state = replace(self._state, recording=False, ended_at=self._now())

    def _end(self) -> None:
        """Close the file, whole or not."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        recorder.__exit__(None, None, None)
        self._state = replace(self._state, recording=False, ended_at=self._now())
        if recorder.failure is not None:
            self._fail(recorder.failure)
        else:
            self._tell(f"Recorded {recorder.summed_up()}")

    def _fail(self, error: TraceError) -> None:
        self._failure = f"The recording {self._state.file} is not complete: {error}"

    def _tell_failure(self, error: TraceError) -> None:
        self._tell(f"The recording ends here, and the count goes on. {error}")


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < _LEFT_FREE
