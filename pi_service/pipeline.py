"""The stages in order: calibrated samples in, events out. Live and replay both run through here."""

from __future__ import annotations

import hashlib
import math
import pickle
from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np

from calibration.imu import ImuBlock
from calibration.placement_kind import PlacementKind, Side
from calibration.step_length import USUAL, StepLength
from firmware.samples import SampleFlag, SensorRole
from pi_service import __version__
from pi_service.coaching.facts import Worn
from pi_service.errors import UsageError
from pi_service.exercises import Exercise
from pi_service.exercises.model import Kind, Placement, Way
from pi_service.holding.carries import CarryCounter
from pi_service.holding.found import HoldingFinding
from pi_service.holding.holds import HoldCounter, HoldParams
from pi_service.motion.frames import FRAME_RATE_HZ, Frames, MotionBlock
from pi_service.motion.grid import Grid
from pi_service.motion.parcels import Parcels
from pi_service.motion.start_rest import StartRest
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding
from pi_service.reps.params import CounterParams
from pi_service.reps.steps import StepCounter
from pi_service.sources.base import StreamInfo
from pi_service.workout.coach import Coach
from pi_service.workout.events import Event, PlacementChanged, SamplesLost, SetStarted, ZeroUnknown
from pi_service.workout.holdings import Holdings
from pi_service.workout.sets import Sets
from pi_service.workout.view import View
from pi_service.workout.watched import Watched

#: Raised when the meaning of a stage's state changes: an older state is refused.
STATE_FORMAT = 5

#: A longer silence between two samples is a gap, whether the source marked it or not.
LONGEST_SILENCE_S = 1.0
#: Gaps of the other sensor are told so long after they ended, so that its blocks may come late.
_OTHER_SENSOR_WAITS_S = 2.5


class _Counts(Protocol):
    """What the pipeline asks of a counter."""

    state: Any

    def step(self, frames: MotionBlock) -> list[Any]: ...

    def finish(self) -> list[Any]: ...


class _Books(Protocol):
    """What the pipeline asks of whoever numbers what a counter found."""

    state: Any

    @property
    def running(self) -> bool: ...

    def step(self, finding: Any) -> list[Event]: ...


@dataclass(slots=True)
class PipelineState:
    """What the pipeline itself remembers, beside its stages.

    Attributes
    ----------
    last_t_s
        Time of the last sample of each sensor.
    untold
        Gaps of the other sensor that wait for the counting sensor's clock.
    """

    last_t_s: dict[SensorRole, float] = field(default_factory=dict)
    untold: list[SamplesLost] = field(default_factory=list)


class Pipeline:
    """Counts one exercise from the stream of one station.

    The counting sensor's samples walk through all stages. Those of the other one are watched for gaps, and
    those of a torso sensor walk through the motion stages, too, where the exercise has rules to judge by. The
    output depends on the samples alone, not on how they are cut into blocks nor, as long as one sensor is at
    most `_OTHER_SENSOR_WAITS_S` ahead of the other, on how the blocks of two sensors alternate.

    Parameters
    ----------
    exercise
        What is counted; its hints narrow what the counter accepts.
    worn
        The side that wears the counting sensor, for exercises in which the sides alternate, and carries.
    sits
        How the sensors sit; otherwise the counting one where the exercise's file says first, any way round.
    main
        Which sensor counts; None for the one that sits on the exercise's best place.
    step_length
        How long a step is, for carries.
    """

    def __init__(
        self,
        exercise: Exercise,
        worn: Side = Side.UNKNOWN,
        sits: Worn | None = None,
        *,
        main: SensorRole | None = None,
        step_length: StepLength = USUAL,
    ) -> None:
        self.exercise = exercise
        self.main = main_sensor(exercise, tuple(SensorRole)) if main is None else main
        self._step_length = step_length
        self._grid, self._stillness, self._tilt, self._frames = Grid(), Stillness(), TiltFilter(), Frames()
        self._start_rest = StartRest()
        self._view = View()
        self._frames_a_look = 1
        self._counter: _Counts
        self._sets: _Books = Sets(exercise.id, exercise.phases, exercise.sides, worn)
        match exercise.kind:
            case Kind.STEPS:
                self._counter = StepCounter()
            case Kind.HOLD:
                holding = exercise.holding
                self._counter = HoldCounter(HoldParams(holding.least_deg, holding.most_deg))
                self._sets = Holdings(exercise.id)
            case Kind.CARRY:
                self._counter = CarryCounter()
                self._sets = Holdings(exercise.id, worn, step_length)
            case Kind.REPS:
                params = _counter_params(exercise)
                self._counter = RepCounter(params)
                self._frames_a_look = math.gcd(params.hop_frames, self._view.params.piece_frames)
        self._parcels = Parcels(self._frames_a_look)
        sits = sits or Worn(PlacementKind(exercise.placements[0].value))
        self._coach, self._torso = Coach(exercise, sits, self._frames_a_look), Watched(self._frames_a_look)
        self._state = PipelineState()

    @classmethod
    def of_stream(
        cls,
        exercise: Exercise,
        info: StreamInfo,
        worn: Side = Side.UNKNOWN,
        sits: Worn | None = None,
    ) -> Self:
        """Return a pipeline for a stream: it knows which sensors there are, and how long a step is."""
        main = main_sensor(exercise, info.rates_hz)
        return cls(exercise, worn, sits, main=main, step_length=info.step_length or USUAL)

    def step(self, block: ImuBlock) -> list[Event]:
        """Take consecutive samples of one sensor; give out what they show, in the order of time."""
        if not len(block):
            return []
        lost = self._samples_lost(block)
        if block.sensor is not self.main:
            self._state.untold += lost
            if self._coach.active and block.sensor is SensorRole.TORSO:
                for seen in self._torso.step(block):
                    self._coach.see_torso(seen)
            return []
        events: list[Event] = [*lost]
        parcel = self._parcels.step(block, at_once=bool(lost or self._state.untold))
        if parcel is not None:
            events += self._walk_through(parcel)
            events.sort(key=lambda event: event.at_s)
        return events

    def finish(self) -> list[Event]:
        """End the stream: a set that is still open is reviewed and closed."""
        known_s = max(self._state.last_t_s.values(), default=0.0)
        for seen in self._torso.finish():
            self._coach.see_torso(seen)
        rest = self._parcels.rest()
        events = [] if rest is None else self._walk_through(rest)
        events += self._tell_lost(math.inf, known_s)
        events += self._judge(self._book(self._counter.finish(), known_s), None)
        return [event for event in events if self._is_sure(event)]

    def _walk_through(self, parcel: ImuBlock) -> list[Event]:
        """Take samples of the counting sensor through all stages."""
        events: list[Event] = []
        for cells in self._grid.step(parcel):
            still = self._stillness.step(cells)
            missing = self._start_rest.step(cells, still)
            frames = self._frames.step(self._tilt.step(cells, still))
            if missing is not None:
                rate_dps = round(math.degrees(missing.rate_rads), 1)
                events.append(ZeroUnknown(missing.at_s, parcel.sensor, rate_dps, missing.at_rest))
            if frames is not None:
                events += self._take(frames)
        return events

    def _take(self, frames: MotionBlock) -> list[Event]:
        """Look at frames up to each moment at which something may be told."""
        events: list[Event] = []
        begin, every = 0, self._frames_a_look
        while begin < len(frames):
            end = begin + every - (frames.first_frame + begin) % every
            if self._state.untold or (frames.restart and not begin):
                end = begin + 1
            events += self._look(frames[begin:end] if begin or end < len(frames) else frames)
            begin = end
        return events

    def _look(self, frames: MotionBlock) -> list[Event]:
        """Take frames of which only the last may tell something: the curve has to know of a set then."""
        now_s = (frames.first_frame + len(frames)) / FRAME_RATE_HZ
        self._view.step(frames[:-1], self._sets.running)
        self._coach.see_limb(frames)
        events = self._tell_lost(now_s - _OTHER_SENSOR_WAITS_S, now_s)
        booked = self._book(self._counter.step(frames), now_s)
        events += self._judge(booked, frames.first_frame + len(frames))
        for event in events:
            if isinstance(event, SetStarted):
                self._view.start_set(event.start_s)
            elif isinstance(event, PlacementChanged):
                self._view.turn_poses(event.rotation, event.end_s)
        sure = [event for event in events if self._is_sure(event)]
        return sure + self._view.step(frames[-1:], self._sets.running)

    def _judge(self, events: list[Event], now_frame: int | None) -> list[Event]:
        """Add the verdicts that are due."""
        for event in events:
            if isinstance(event, PlacementChanged):
                self._coach.turn(event)
        return self._coach.step(events, now_frame)

    def _is_sure(self, event: Event) -> bool:
        """Whether an event may be told: while the gyroscope's zero is not known, tilt slips by itself."""
        return not isinstance(event, PlacementChanged) or self._start_rest.known(event.at_s)

    def _tell_lost(self, until_s: float, now_s: float) -> list[Event]:
        """Tell of the gaps of the other sensor that ended before `until_s`, as known now."""
        if not self._state.untold:
            return []
        due = [lost for lost in self._state.untold if lost.end_s <= until_s]
        self._state.untold = [lost for lost in self._state.untold if lost.end_s > until_s]
        return [replace(lost, at_s=now_s) for lost in due]

    def _book(self, findings: list[Finding | HoldingFinding], known_s: float) -> list[Event]:
        """Enter findings in the books, none as known before the time that showed it.

        After a gap a counter looks back to where it began; samples lost since then have been told.
        """
        return [
            event
            for finding in findings
            for event in self._sets.step(replace(finding, at_s=max(finding.at_s, known_s)))
        ]

    def _samples_lost(self, block: ImuBlock) -> list[SamplesLost]:
        last_t_s = self._state.last_t_s
        since_s = float(block.t_s[-1]) - last_t_s.get(block.sensor, float(block.t_s[0]))
        if since_s <= LONGEST_SILENCE_S and not block.flags.any():
            last_t_s[block.sensor] = float(block.t_s[-1])
            return []
        before = np.concatenate(([last_t_s.get(block.sensor, block.t_s[0])], block.t_s[:-1]))
        last_t_s[block.sensor] = float(block.t_s[-1])
        marked = (block.flags & SampleFlag.GAP_BEFORE) != 0
        gaps = np.flatnonzero((marked & (block.t_s > before)) | (block.t_s - before > LONGEST_SILENCE_S))
        return [
            SamplesLost(float(block.t_s[i]), float(before[i]), float(block.t_s[i]), block.sensor)
            for i in gaps.tolist()
        ]

    @property
    def _stages(self) -> tuple[Any, ...]:
        return (
            self._parcels,
            self._grid,
            self._stillness,
            self._start_rest,
            self._tilt,
            self._frames,
            self._counter,
            self._sets,
            self._view,
            self._coach,
            *self._torso.stages,
        )

    def save(self) -> bytes:
        """Return the whole state, from which `restore` goes on as if nothing had happened.

        The format is Python's pickle: restore only what this program saved itself.
        """
        states = [stage.state for stage in self._stages]
        return self._label() + pickle.dumps((self._state, states))

    def restore(self, saved: bytes) -> None:
        """Go on from a state that a pipeline for the same exercise saved.

        Raises
        ------
        UsageError
            The state is of another exercise or another version of this program, or it is damaged.
        """
        label = self._label()
        if not saved.startswith(label):
            raise UsageError(
                f"The saved state is not one of exercise {self.exercise.id!r} by this version of repclip: "
                "start the set anew."
            )
        try:
            self._state, states = pickle.loads(saved[len(label) :])  # noqa: S301 - our own file
        except (pickle.UnpicklingError, EOFError, ValueError, AttributeError, IndexError) as error:
            raise UsageError("The saved state is damaged: start the set anew.") from error
        for stage, state in zip(self._stages, states, strict=True):
            stage.state = state

    def _label(self) -> bytes:
        """Return what a saved state begins with: what it can be restored to, readable without unpickling."""
        hints = f"{self.exercise.counting!r} {self.exercise.rules!r}"
        if self.exercise.kind in (Kind.HOLD, Kind.CARRY):
            hints += f" {self.exercise.holding!r} {self.main} {self._step_length!r}"
        digest = hashlib.sha256(hints.encode()).hexdigest()[:8]
        return f"repclip-state {STATE_FORMAT} {__version__} {self.exercise.id} {digest}\n".encode()


def main_sensor(exercise: Exercise, sensors: Container[SensorRole]) -> SensorRole:
    """Return which of the sensors that are there counts an exercise.

    It is the one on the best place: the torso's for a hold of the trunk. Where only the other one is there it
    counts if it can: a limb's sensor may be clipped on the torso, but none of the torso swings an arm.
    """
    best = SensorRole.TORSO if exercise.placements[0] is Placement.TORSO else SensorRole.LIMB
    if best in sensors or exercise.kind is Kind.REPS:
        return best
    if best is SensorRole.LIMB and (
        Placement.TORSO not in exercise.placements or SensorRole.TORSO not in sensors
    ):
        return best
    return SensorRole.LIMB if best is SensorRole.TORSO else SensorRole.TORSO


def _counter_params(exercise: Exercise) -> CounterParams:
    params, hints = CounterParams(), exercise.counting
    return replace(
        params,
        shortest_rep_s=params.shortest_rep_s if hints.min_rep_s is None else hints.min_rep_s,
        longest_rep_s=params.longest_rep_s if hints.max_rep_s is None else hints.max_rep_s,
        out_goes_up=None if hints.out_goes is None else hints.out_goes is Way.UP,
        lift_m=params.lift_m if hints.out_goes_from_m is None else hints.out_goes_from_m,
    )
