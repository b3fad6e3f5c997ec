"""Writes what a live source delivers to a trace that stays readable whatever happens to this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from firmware.readings import Gap
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.start import frame_bytes
from pi_service import __version__
from pi_service.coaching.facts import Worn
from pi_service.exercises import Exercise
from pi_service.exercises.model import Placement
from pi_service.publish.session import session_id
from pi_service.sources.live import LiveSource
from pi_service.sources.live_stats import MISSING_BECAUSE, Note
from pi_service.traces import (
    Label,
    LabelKind,
    SensorHeader,
    TraceError,
    TraceHeader,
    TraceReader,
    TraceWriter,
)

#: What was recorded is brought to the disk so often: with the power, no more than that is lost.
_FLUSH_S: Final = 1.0

_SIMULATED: Final = "Simulated: made by a program, no person moved."


def live_header(
    source: LiveSource,
    *,
    placement: str,
    exercise: Exercise | None = None,
    notes: str = "",
    sits: Worn | None = None,
) -> TraceHeader:
    """Return what a recording of a live source says about itself.

    Parameters
    ----------
    source
        A source that has been started.
    placement
        Where the limb's sensor sits; that of the torso sits on the torso.
    exercise
        What is done, if somebody said it: the file of one's own is kept.
    notes
        Free text.
    sits
        How the sensors sit, if that is known.
    """
    info = source.info
    known = {} if sits is None else {SensorRole.LIMB: sits.limb, SensorRole.TORSO: sits.torso}
    sensors = []
    for role, settings in source.settings.items():
        sensors.append(
            SensorHeader(
                identity=source.identities[role],
                placement=placement if role is SensorRole.LIMB else "torso",
                accel_range_g=settings.accel_range_g,
                gyro_range_dps=settings.gyro_range_dps,
                rate_hz=float(settings.rate_hz),
                calibration=source.calibrations[role],
                dlpf_setting=settings.filter_setting,
                bandwidth_hz=settings.bandwidth_hz,
                temperature=frame_bytes(settings, source.chips[role]) == 14,
                sits=known.get(role),
            )
        )
    return TraceHeader(
        station=info.station,
        started_at=info.started_at,
        session_id=session_id(info),
        sensors=tuple(sensors),
        software=f"repclip {__version__}",
        exercise=info.exercise,
        simulated=info.simulated,
        notes=" ".join(filter(None, (_SIMULATED if info.simulated else "", notes))),
        step_length=info.step_length,
        exercise_file=None if exercise is None else exercise.text,
    )


def default_placement(exercise: Exercise | None) -> str:
    """Return where the limb's sensor sits if nobody says: the best place for the exercise."""
    return str(Placement.WRIST if exercise is None else exercise.placements[0])


class Recorder:
    """A recording under way; leaving it without an exception closes it with its number of rows.

    Parameters
    ----------
    path, header, overwrite
        See `TraceWriter`.
    on_failure
        Called once when the file cannot be written any more; nothing is recorded after that. By default
        the error is raised.
    counts_again
        Whether a recording that broke off is read again, to say what it holds: not while something waits.
    clock
        Monotonic clock (s).

    Attributes
    ----------
    samples, gaps
        Of each sensor, so far.
    failure
        Why nothing is recorded any more, if so.
    """

    def __init__(
        self,
        path: Path,
        header: TraceHeader,
        *,
        overwrite: bool = False,
        on_failure: Callable[[TraceError], None] | None = None,
        counts_again: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = TraceWriter(path, header, overwrite=overwrite)
        self.failure: TraceError | None = None
        self._on_failure = on_failure
        self._counts_again = counts_again
        self._clock = clock
        self._flushed_s = clock()
        self._unsaved = False
        self._origin_ns = 0
        # Gaps that no sample has ended yet.
        self._open: dict[SensorRole, Gap] = {}
        self._first_us: int | None = None
        self._last_us = 0
        self.samples = {sensor.role: 0 for sensor in header.sensors}
        self.gaps = dict(self.samples)

    @property
    def path(self) -> Path:
        """Where it is written."""
        return self._writer.path

    @property
    def duration_s(self) -> float:
        """From the first sample to the last, or to the end where samples are missing up to it."""
        end_us = max([self._last_us, *((gap.end_ns - self._origin_ns) / 1e3 for gap in self._open.values())])
        return 0.0 if self._first_us is None else (end_us - self._first_us) / 1e6

    def listen_to(self, source: LiveSource) -> None:
        """Record whatever a source delivers from now on."""
        told = source.on_note

        def heard(note: Note) -> None:
            self.hear(note)
            if told is not None:
                told(note)

        self._origin_ns = source.origin_ns
        source.on_raw, source.on_note, source.on_idle = self.take, heard, self.flush_if_due

    def begin_at(self, origin_ns: int) -> None:
        """Take note of which time of the driver's clock is 0 s in the recording."""
        self._origin_ns = origin_ns

    def hear(self, note: Note) -> None:
        """Take note that samples are missing: a recording may end before the next ones come."""
        if isinstance(note, Gap):
            self._open[note.role] = note

    def take(self, block: RawBlock) -> None:
        """Append a block, and bring everything to the disk when a second has passed.

        Raises
        ------
        TraceError
            It cannot be written, and nobody listens to `on_failure`.
        """
        with self._failing():
            if self.failure is None:
                self._writer.write(block)
                self._count(block)
                self._flush_if_due()

    def flush_if_due(self) -> None:
        """Bring everything to the disk if a second has passed; called while nothing comes.

        Raises
        ------
        TraceError
            It cannot be written, and nobody listens to `on_failure`.
        """
        with self._failing():
            if self.failure is None:
                self._flush_if_due()

    def fail(self, error: TraceError) -> None:
        """Record nothing more, as if the file could not be written any more.

        Raises
        ------
        TraceError
            The error, if nobody listens to `on_failure`.
        """
        with self._failing():
            if self.failure is None:
                raise error

    def summed_up(self) -> str:
        """Return what the recording holds, as a line."""
        samples = " and ".join(f"{n} samples of the {role} sensor" for role, n in self.samples.items())
        return f"{self.path}: {samples} in {self.duration_s:.1f} s"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.failure is not None:
            # What could be written is there; the file is full or gone, and stays open-ended.
            self._give_up(self.failure)
        elif isinstance(error, TraceError):
            self._give_up(error)
        else:
            failure = self._close(kind, error, trace)
            if failure is not None:
                self._give_up(failure)
                if self._on_failure is None:
                    raise failure

    def _close(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> TraceError | None:
        """Close the recording; return what went wrong meanwhile."""
        try:
            with self._failing():
                if kind is None:
                    self._write_open_gaps()
                self._writer.__exit__(kind, error, trace)
        except TraceError as failure:
            return failure
        return self.failure

    def _give_up(self, failure: TraceError) -> None:
        """Close a file that cannot be written any more, and count what is in it."""
        with suppress(TraceError):
            self._writer.__exit__(type(failure), failure, None)
        if not self._counts_again:
            return
        self.samples, self.gaps = dict.fromkeys(self.samples, 0), dict.fromkeys(self.gaps, 0)
        self._first_us, self._last_us = None, 0
        self._open.clear()
        if self._writer.in_place:
            with suppress(TraceError):
                for block in TraceReader(self.path).blocks():
                    self._count(block)

    def _write_open_gaps(self) -> None:
        """Write down what no sample can tell: that samples are missing at the end."""
        for role, gap in self._open.items():
            start_s, end_s = ((at_ns - self._origin_ns) / 1e9 for at_ns in (gap.start_ns, gap.end_ns))
            because = f"because {MISSING_BECAUSE[gap.cause]}"
            text = f"the {role} sensor's samples are missing from {start_s:.1f} s to the end, {because}"
            self._writer.add_label(Label(LabelKind.NOTE, start_s, end_s, text=text))

    def _flush_if_due(self) -> None:
        if self._unsaved and self._clock() - self._flushed_s >= _FLUSH_S:
            self._flushed_s, self._unsaved = self._clock(), False
            self._writer.flush()

    def _count(self, block: RawBlock) -> None:
        if not len(block):
            return
        self._unsaved = True
        self._open.pop(block.sensor, None)
        self.samples[block.sensor] += len(block)
        self.gaps[block.sensor] += int(((block.flags & SampleFlag.GAP_BEFORE) != 0).sum())
        if self._first_us is None:
            self._first_us = int(block.t_us[0])
        self._last_us = max(self._last_us, int(block.t_us[-1]))

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except TraceError as error:
            if self._on_failure is None:
                raise
            self.failure = error
            self._on_failure(error)
