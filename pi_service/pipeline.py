"""The stages in order: calibrated samples in, events out. Live and replay both run through here."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from calibration.imu import ImuBlock
from firmware.samples import SampleFlag, SensorRole
from pi_service.errors import UsageError
from pi_service.exercises import Exercise
from pi_service.exercises.model import Kind
from pi_service.motion.frames import FRAME_RATE_HZ, Frames, MotionBlock
from pi_service.motion.grid import Grid
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding
from pi_service.reps.params import CounterParams
from pi_service.reps.steps import StepCounter
from pi_service.workout.events import Event, SamplesLost, SetStarted
from pi_service.workout.sets import Sets
from pi_service.workout.view import View

#: Raised when the meaning of a stage's state changes: an older state is refused.
STATE_FORMAT = 1


class _Counts(Protocol):
    """What the pipeline asks of a counter."""

    state: Any

    def step(self, frames: MotionBlock) -> list[Finding]: ...

    def finish(self) -> list[Finding]: ...


class Pipeline:
    """Counts one exercise from the stream of one station.

    The counting sensor's samples (`SensorRole.LIMB`) walk through all stages; those of a torso sensor
    are only watched for gaps, since no stage judges the torso yet. The output depends on the samples
    alone, not on how they are cut into blocks; only the events of two sensors may alternate differently.

    Parameters
    ----------
    exercise
        What is counted; its hints narrow what the counter accepts.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._grid, self._stillness, self._tilt, self._frames = Grid(), Stillness(), TiltFilter(), Frames()
        self._counter: _Counts = (
            StepCounter() if exercise.kind is Kind.STEPS else RepCounter(_counter_params(exercise))
        )
        self._sets = Sets(exercise.id)
        self._view = View()
        self._last_t_s: dict[SensorRole, float] = {}

    def step(self, block: ImuBlock) -> list[Event]:
        """Take consecutive samples of one sensor; give out what they show, in the order of time."""
        events: list[Event] = []
        if not len(block):
            return events
        lost = self._samples_lost(block)
        if block.sensor is not SensorRole.LIMB:
            return list(lost)
        for cells in self._grid.step(block):
            frames = self._frames.step(self._tilt.step(cells, self._stillness.step(cells)))
            if frames is not None:
                for offset in range(len(frames)):
                    events += self._frame(frames[offset : offset + 1])
        return sorted([*lost, *events], key=lambda event: event.at_s)

    def finish(self) -> list[Event]:
        """End the stream: a set that is still open is reviewed and closed."""
        return self._book(self._counter.finish(), max(self._last_t_s.values(), default=0.0))

    def _frame(self, frame: MotionBlock) -> list[Event]:
        """One frame at a time: the curve has to know of a set as soon as it begins."""
        events = self._book(self._counter.step(frame), (frame.first_frame + 1) / FRAME_RATE_HZ)
        for event in events:
            if isinstance(event, SetStarted):
                self._view.start_set(event.start_s)
        return events + self._view.step(frame, self._sets.running)

    def _book(self, findings: list[Finding], known_s: float) -> list[Event]:
        """Enter findings in the books, none as known before the time that showed it.

        After a gap a counter looks back to where it began; samples lost since then have been told.
        """
        return [
            event
            for finding in findings
            for event in self._sets.step(replace(finding, at_s=max(finding.at_s, known_s)))
        ]

    def _samples_lost(self, block: ImuBlock) -> list[Event]:
        before = np.concatenate(([self._last_t_s.get(block.sensor, block.t_s[0])], block.t_s[:-1]))
        self._last_t_s[block.sensor] = float(block.t_s[-1])
        return [
            SamplesLost(float(block.t_s[i]), float(before[i]), block.sensor)
            for i in np.flatnonzero(block.flags & SampleFlag.GAP_BEFORE).tolist()
        ]

    @property
    def _stages(self) -> tuple[Any, ...]:
        return (
            self._grid,
            self._stillness,
            self._tilt,
            self._frames,
            self._counter,
            self._sets,
            self._view,
        )

    def save(self) -> bytes:
        """Return the whole state, from which `restore` goes on as if nothing had happened.

        The format is Python's pickle: restore only what this program saved itself.
        """
        states = [stage.state for stage in self._stages]
        return pickle.dumps((STATE_FORMAT, self.exercise.id, self._last_t_s, states))

    def restore(self, saved: bytes) -> None:
        """Go on from a state that a pipeline for the same exercise saved.

        Raises
        ------
        UsageError
            The state is of another exercise or of another version of this program.
        """
        state_format, exercise_id, last_t_s, states = pickle.loads(saved)  # noqa: S301 - our own file
        if state_format != STATE_FORMAT or exercise_id != self.exercise.id:
            raise UsageError(
                f"The saved state belongs to {exercise_id!r} in format {state_format}, not to "
                f"{self.exercise.id!r} in format {STATE_FORMAT}: start the set anew."
            )
        self._last_t_s = last_t_s
        for stage, state in zip(self._stages, states, strict=True):
            stage.state = state


def _counter_params(exercise: Exercise) -> CounterParams:
    params, hints = CounterParams(), exercise.counting
    return replace(
        params,
        shortest_rep_s=params.shortest_rep_s if hints.min_rep_s is None else hints.min_rep_s,
        longest_rep_s=params.longest_rep_s if hints.max_rep_s is None else hints.max_rep_s,
    )
