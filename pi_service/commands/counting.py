"""One session of `run`: from sensors that deliver to the end of their stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from firmware.samples import SensorRole
from pi_service.commands.calibration_folders import store_for
from pi_service.commands.held_words import total_words
from pi_service.commands.pruning import Pruning
from pi_service.commands.recording import Recorder, default_placement, live_header
from pi_service.commands.recordings import Recordings
from pi_service.commands.say import tell_person
from pi_service.commands.sensor_words import counted
from pi_service.commands.sitting import sits_live
from pi_service.commands.wanted import Wanted
from pi_service.commands.worn import worn_side
from pi_service.control import Control
from pi_service.exercises import Exercise
from pi_service.pipeline import Pipeline
from pi_service.publish.live_station import LiveStation
from pi_service.publish.session import session_id
from pi_service.publish.state_folder import state_folder
from pi_service.service import RunSummary, Sink, run_stream
from pi_service.sources.exercise import exercise_of
from pi_service.sources.live import LiveSource
from pi_service.traces import TraceError, TraceHeader
from pi_service.workout.events import Event


class Counting:
    """Counts what a started source delivers.

    Parameters
    ----------
    wanted
        What is to be done.
    source
        The sensors; closed by whoever opened them.
    exercise
        What is done instead of what is wanted: in a later session of a station, where somebody chose it.

    Attributes
    ----------
    pipeline, control
        What counts, and what may be asked of it.
    """

    def __init__(self, wanted: Wanted, source: LiveSource, exercise: Exercise | None = None) -> None:
        self._wanted, self._source = wanted, source
        self._plan = wanted.plan if exercise is None else None
        self.exercise = exercise or wanted.exercise or exercise_of(source.info)
        done = (self.exercise,) if self._plan is None else tuple(step.exercise for step in self._plan.steps)
        worn = worn_side(wanted.side, done, self._placement)
        store = store_for(wanted.sensors.bus, wanted.sensors.calibration_folder)
        # What is wrong with a stored placement is told once.
        self._sits_for = cache(partial(sits_live, source, store, wanted.placement))
        self.pipeline = Pipeline.of_stream(self.exercise, source.info, worn, self._sits_for, self._plan)
        self.control = Control(self.pipeline)

    @property
    def follows_plan(self) -> bool:
        """Whether a plan is gone through: a new session would begin it anew."""
        state = self.pipeline.programme.state
        return state.plan is not None and not state.is_plan_done

    @property
    def what(self) -> str:
        """What is counted, for people."""
        if self._plan is None:
            return self.exercise.id
        return f"by the plan {self._plan.name!r}: {', '.join(step.exercise.id for step in self._plan.steps)}"

    def recording(self, on_failure: Callable[[TraceError], None]) -> AbstractContextManager[Recorder | None]:
        """Return the recording beside the count, if one is wanted; a full disk does not end the count.

        Raises
        ------
        TraceError
            It cannot begin.
        """
        path = self._recorded()
        if path is None:
            return nullcontext()
        self._pruning().prune()
        overwrite = self._wanted.recorded.overwrite
        recorder = Recorder(path, self._header(self.exercise), overwrite=overwrite, on_failure=on_failure)
        recorder.listen_to(self._source)
        return recorder

    def tape(
        self,
        recorder: Recorder | None,
        tell: Callable[[str], None] = tell_person,
        failure: str | None = None,
    ) -> Recordings:
        """Return what records when a request says so; the header is of what is counted then.

        Parameters
        ----------
        recorder
            What records from the beginning to the end.
        tell
            Takes sentences about recordings.
        failure
            Why nothing could be recorded from the beginning.
        """

        def header() -> TraceHeader:
            done = self.pipeline.exercise
            return replace(self._header(done), exercise=done.id)

        return Recordings(
            self._source,
            self._folder(),
            header,
            recorder,
            tell=tell,
            failure=failure,
            pruning=self._pruning(),
        )

    def count(
        self,
        sinks: Sequence[Sink],
        station: LiveStation | None,
        *,
        on_time: Callable[[float], None],
        on_begin: Callable[[Callable[[Sequence[Event]], None]], None] | None = None,
    ) -> RunSummary:
        """Count until the source ends.

        Parameters
        ----------
        sinks
            Where events go.
        station
            What is told to the broker, before the sinks.
        on_time
            Called after each block with the stream's time.
        on_begin
            See `pi_service.service.run_stream`.
        """

        def passed(at_s: float) -> None:
            on_time(at_s)
            if station is not None:
                station.tick()
            # Each time: another exercise may be counted by now.
            self._source.look_every(self.pipeline.looks_every_s)

        def begun(deliver: Callable[[Sequence[Event]], None]) -> None:
            for each in (on_begin, None if station is None else station.deliver_with):
                if each is not None:
                    each(deliver)

        every = [*([] if station is None else [station]), *sinks]
        # The source itself hears of the stop: what was read before is counted.
        return run_stream(self._source, self.pipeline, every, on_progress=passed, on_begin=begun)

    def summed_up(self, summary: RunSummary) -> str:
        """Return what the session came to, as a line."""
        sets = counted(summary.sets_done, "set")
        what = f"{counted(summary.final_reps, 'rep')} in {sets}" if summary.sets_done else sets
        lasted = f"in {max(summary.duration_s, self._source.stats().known_s):.0f} s"
        if self._plan is not None:
            return f"{what} {lasted}, counted by the plan {self._plan.name!r}"
        return f"{total_words(summary.sets) or what} {lasted}, counted as {self.exercise.id}"

    def _recorded(self) -> Path | None:
        recorded = self._wanted.recorded
        if recorded.file is not None or not recorded.always:
            return recorded.file
        # A folder that cannot be made is told by the recording itself.
        with suppress(OSError):
            self._folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        info = self._source.info
        return self._folder() / f"{info.station}_{session_id(info)}.csv.gz"

    def _folder(self) -> Path:
        return self._wanted.recorded.folder or state_folder("recordings")

    def _pruning(self) -> Pruning:
        keep_mb = self._wanted.recorded.keep_mb
        most_bytes = None if keep_mb is None else keep_mb * 1_000_000
        return Pruning(self._folder(), self._source.info.station, most_bytes)

    def _header(self, exercise: Exercise) -> TraceHeader:
        """Return what a recording of an exercise says about itself."""
        worn_on = self._wanted.placement or default_placement(exercise)
        return live_header(self._source, placement=worn_on, exercise=exercise, sits=self._sits_for(exercise))

    def _placement(self) -> Placement | None:
        """Return how the counting sensor was strapped to a wrist when somebody last calibrated that."""
        options = self._wanted.sensors
        identity = self._source.calibrations[SensorRole.LIMB].sensor
        store = store_for(options.bus, options.calibration_folder)
        return store.latest_placement(identity, PlacementKind.WRIST)
