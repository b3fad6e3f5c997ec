"""The stages in order: calibrated samples in, events out. Live and replay both run through here."""

from __future__ import annotations

import hashlib
import math
import pickle
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from calibration.imu import ImuBlock
from calibration.placement_kind import PlacementKind, Side
from calibration.step_length import USUAL, StepLength
from firmware.samples import SensorRole
from pi_service import __version__
from pi_service.coaching.facts import Worn
from pi_service.errors import UsageError
from pi_service.exercises import Exercise, Kind
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.sources.base import StreamInfo
from pi_service.workout.counting_sensor import main_sensor
from pi_service.workout.events import Event, PlacementChanged, SetEnded, SetStarted
from pi_service.workout.losses import Losses, Own
from pi_service.workout.plan import Plan
from pi_service.workout.programme import Programme
from pi_service.workout.sensed import Recall, Sensed
from pi_service.workout.view import View, ViewState
from pi_service.workout.work import Work

#: Raised when the meaning of a stage's state changes: an older state is refused.
STATE_FORMAT = 9


@dataclass(slots=True)
class PipelineState:
    """What the pipeline itself remembers, beside its stages.

    Attributes
    ----------
    since_s
        When the exercise changed, or a person asked for something: nothing is told as known before.
    shown
        Frames of the counting sensor before this one have been shown.
    set_end_s
        When the last set was over.
    anew
        A new counter waits for its first frame.
    """

    since_s: float = 0.0
    shown: int = 0
    set_end_s: float = 0.0
    anew: bool = False


class Pipeline:
    """Counts one exercise, or those of a plan, from the stream of one station.

    Both sensors' samples walk through the motion stages, whatever is counted; those of the counting one are
    counted, those of a torso sensor are what the coach judges by.

    Where a plan goes on to another exercise with repetitions, the new counter looks at the movement since the
    end of the last set: whoever is quick has begun by then.

    The output depends on the samples alone, not on how they are cut into blocks nor on how the blocks of two
    sensors alternate: counts and gaps as long as one sensor is at most as far ahead of the other as
    `workout.losses` waits, verdicts as long as the torso's samples come less than
    `workout.coach.TORSO_WAITS_S` after those of the counting sensor.

    Parameters
    ----------
    exercise
        What is counted; its hints narrow what the counter accepts.
    worn
        The side that wears the counting sensor, for exercises in which the sides alternate, and carries.
    sits
        How the sensors sit, or what says that of an exercise; otherwise the counting one where the exercise's
        file says first, any way round.
    main
        Which sensor counts, whatever is done; None for the one that sits on the best place of the exercise.
    step_length
        How long a step is, for carries.
    plan
        What is done, one exercise after the other; `exercise` is its first.
    sensors
        Which sensors there are.
    """

    def __init__(
        self,
        exercise: Exercise,
        worn: Side = Side.UNKNOWN,
        sits: Worn | Callable[[Exercise], Worn] | None = None,
        *,
        main: SensorRole | None = None,
        step_length: StepLength = USUAL,
        plan: Plan | None = None,
        sensors: Container[SensorRole] = tuple(SensorRole),
    ) -> None:
        self._worn, self._sits, self._step_length = worn, sits, step_length
        self._only_main, self._sensors = main, sensors
        self.programme = Programme(exercise, plan)
        self._label_of = f"{self.programme.exercise!r} {plan!r} {self._sits_in(self.programme.exercise)!r}"
        self._first_id = self.programme.exercise.id
        self._view = View()
        self.work = self._work_for(None)
        self.main = self._main()
        self._sensed = {role: Sensed(role, self.work.frames_a_look) for role in SensorRole}
        self._recalls = {role: Recall() for role in SensorRole}
        self._losses = Losses()
        self._state = PipelineState()

    @classmethod
    def of_stream(
        cls,
        exercise: Exercise,
        info: StreamInfo,
        worn: Side = Side.UNKNOWN,
        sits: Worn | Callable[[Exercise], Worn] | None = None,
        plan: Plan | None = None,
    ) -> Self:
        """Return a pipeline for a stream: it knows which sensors there are, and how long a step is."""
        length = info.step_length or USUAL
        return cls(exercise, worn, sits, step_length=length, plan=plan, sensors=info.rates_hz)

    @property
    def exercise(self) -> Exercise:
        """What is counted now."""
        return self.work.exercise

    @property
    def now_s(self) -> float:
        """The stream's present time: nothing was told as known later, nor will be as known earlier."""
        return max(self._losses.state.last_t_s.get(self.main, 0.0), self._state.since_s)

    @property
    def looks_every_s(self) -> float:
        """Where no samples are missing, something is told at multiples of this time of the stream only."""
        return self.work.frames_a_look / FRAME_RATE_HZ

    @property
    def seen_frames(self) -> int:
        """Index just after the last frame of the counting sensor that was looked at."""
        return self._state.shown

    def step(self, block: ImuBlock) -> list[Event]:
        """Take consecutive samples of one sensor; give out what they show, in the order of time."""
        if not len(block):
            return []
        lost = self._losses.step(block)
        at_once = block.sensor is self.main and bool(lost or self._losses.state.untold)
        frames, notices = self._sensed[block.sensor].step(block, at_once)
        return self._take_in(block.sensor, [*lost, *notices], frames)

    def finish(self) -> list[Event]:
        """End the stream: a set that is still open is reviewed and closed."""
        known_s = max(self._losses.state.last_t_s.values(), default=0.0)
        events: list[Event] = []
        for role in sorted(SensorRole, key=lambda role: role is self.main):
            frames, notices = self._sensed[role].finish()
            events += self._take_in(role, [*notices], frames)
        known_s = max(known_s, self._state.since_s)
        ended = [*self._losses.due(known_s, math.inf), *self.work.finish(known_s)]
        return events + self.programme.step(self._sure(ended))

    def _take_in(self, sensor: SensorRole, own: Sequence[Own], frames: list[MotionBlock]) -> list[Event]:
        """Look at what came of a sensor, which may change the exercise and with it the sensor that counts."""
        if sensor is not self.main:
            self._losses.put_aside(own)
            self._look_on(sensor, frames)
            return []
        events: list[Event] = [*self._losses.own(own, self._state.since_s)]
        inbox = deque(frames)
        while inbox:
            block, spell = inbox.popleft(), self.programme.state.spell
            seen = self._take(block, spell, events)
            if self.programme.state.spell == spell:
                continue
            if seen < len(block):
                inbox.appendleft(block[seen:])
            inbox = self._change(block.first_frame + seen, inbox, events)
        events.sort(key=lambda event: event.at_s)
        return events

    def _look_on(self, sensor: SensorRole, frames: Sequence[MotionBlock]) -> None:
        """Take what a sensor saw that does not count."""
        for each in frames:
            if sensor is SensorRole.TORSO:
                self.work.coach.see_torso(each)
            if self.programme.state.plan is not None:
                self._recalls[sensor].step(each)

    def _take(self, frames: MotionBlock, spell: int, events: list[Event]) -> int:
        """Look at frames up to each moment at which something may be told; return how many it was.

        It ends early where the exercise changes.
        """
        begin, every = 0, self.work.frames_a_look
        while begin < len(frames) and self.programme.state.spell == spell:
            end = begin + every - (frames.first_frame + begin) % every
            if self._losses.state.untold or (frames.restart and not begin):
                end = begin + 1
            part = frames[begin:end] if begin or end < len(frames) else frames
            events += self._look(part)
            begin += len(part)
        return begin

    def _look(self, frames: MotionBlock) -> list[Event]:
        """Take frames of which only the last may tell something: the curve has to know of a set then."""
        state = self._state
        now_frame = frames.first_frame + len(frames)
        now_s = max(now_frame / FRAME_RATE_HZ, state.since_s)
        if self.programme.state.plan is not None:
            self._recalls[self.main].step(frames)
        fresh = frames if frames.first_frame >= state.shown else frames[state.shown - frames.first_frame :]
        state.shown = max(state.shown, now_frame)
        self._view.step(fresh[:-1], self.work.running)
        if state.anew:
            state.anew, frames = False, replace(frames, restart=True)
        events = [*self._losses.due(now_s), *self.work.step(frames, now_s)]
        self._note(events)
        sure = self.programme.begin(now_s) + self._sure(events)
        return self.programme.step(sure + self._view.step(fresh[-1:], self.work.running))

    def _note(self, events: Sequence[Event]) -> None:
        """Take note of what others have to know."""
        for event in events:
            if isinstance(event, SetStarted):
                self._view.start_set(event.start_s)
            elif isinstance(event, PlacementChanged):
                self._view.turn_poses(event.rotation, event.end_s)
            elif isinstance(event, SetEnded):
                self._state.set_end_s = event.end_s

    def learn_zero(self, sensor: SensorRole | None) -> None:
        """Learn the zero of a gyroscope anew from its next rest, or of all there are; a notice tells of it.

        Raises
        ------
        UsageError
            There is no such sensor, or it moves.
        """
        seen = self._losses.state.last_t_s
        asked = sorted(seen) if sensor is None else [sensor]
        if not asked or asked[0] not in seen:
            name = "sensor" if sensor is None else f"{sensor.value} sensor"
            raise UsageError(f"No {name} has delivered anything yet: see what `health` says.")
        for role in asked:
            if not self._sensed[role].at_rest:
                raise UsageError(f"The {role.value} sensor moves: lay it down still, and ask again.")
        # Behind all samples so far: how they were cut into blocks makes no difference then.
        since_s = max(seen.values())
        for role in asked:
            self._sensed[role].learn_zero(since_s)

    def tell(self, events: list[Event], *, may_move: bool = True) -> list[Event]:
        """Take note of what a request caused at the present time; return it with what follows from that.

        Parameters
        ----------
        events
            What it caused.
        may_move
            Whether a plan may go on by itself.
        """
        self._note(events)
        return self.tell_more(lambda _: self.programme.step(self._sure(events), may_move=may_move))

    def tell_more(self, ask: Callable[[float], list[Event]]) -> list[Event]:
        """Ask the programme for something at the present time; return what follows, and follow it."""
        at_s, spell = self.now_s, self.programme.state.spell
        told = ask(at_s)
        self._state.since_s = at_s
        if self.programme.state.spell != spell:
            self.begin_work()
        return told

    def begin_work(self) -> None:
        """Count what the programme says, from now on."""
        self._state.since_s, self._state.anew = self.now_s, True
        before = self.main
        self.work = self._work_for(self.work)
        self.main = self._main()
        for sensed in self._sensed.values():
            sensed.look_every(self.work.frames_a_look)
        if self.main is not before:
            self._view.state = ViewState(phase=self._view.state.phase)

    def _change(self, now_frame: int, later: deque[MotionBlock], events: list[Event]) -> deque[MotionBlock]:
        """Go on to the exercise of the programme after the frame before `now_frame`.

        Returns
        -------
        deque
            What is to be looked at next: what the new counter begins with, and the frames that came `later`.
        """
        state, before, at_s = self._state, self.main, now_frame / FRAME_RATE_HZ
        state.since_s = at_s = max(at_s, state.since_s)
        self.begin_work()
        state.since_s = at_s
        # A hold or a carry starts from a pose, which the end of a set is not.
        poses = self.exercise.kind in (Kind.HOLD, Kind.CARRY)
        again_s = at_s if poses else state.set_end_s
        if self.main is not SensorRole.TORSO:
            self._look_on(SensorRole.TORSO, self._recalls[SensorRole.TORSO].since(again_s))
        again = deque(self._recalls[self.main].since(again_s))
        if self.main is before:
            return again + later
        self._look_on(before, later)
        # From here on the other sensor's clock is the stream's.
        no_more = [each for each in events if isinstance(each, Own) and each.sensor is before]
        no_more = [each for each in no_more if each.at_s > at_s]
        events[:] = [each for each in events if each not in no_more]
        self._losses.put_aside(no_more)
        events += self._losses.take_back(self.main, at_s)
        return again

    def _sure(self, events: Sequence[Event]) -> list[Event]:
        """Return what may be told: while the gyroscope's zero is not known, tilt slips by itself."""
        zero = self._sensed[self.main]
        return [
            each for each in events if not isinstance(each, PlacementChanged) or zero.knows_zero(each.at_s)
        ]

    def _work_for(self, before: Work | None) -> Work:
        """Return a counter for what the programme says."""
        exercise = self.programme.exercise
        return Work(
            exercise,
            self.programme.state.side or self._worn,
            self._sits_in(exercise),
            self._step_length,
            self._view.params.piece_frames,
            before,
        )

    def _sits_in(self, exercise: Exercise) -> Worn:
        """Return how the sensors sit in an exercise."""
        sits = self._sits(exercise) if callable(self._sits) else self._sits
        return sits or Worn(PlacementKind(exercise.placements[0].value))

    def _main(self) -> SensorRole:
        return self._only_main or main_sensor(self.programme.exercise, self._sensors)

    @property
    def _stages(self) -> tuple[Any, ...]:
        sensed = [stage for each in self._sensed.values() for stage in each.stages]
        return *sensed, *self._recalls.values(), self._losses, self._view, self.work

    def save(self) -> bytes:
        """Return the whole state, from which `restore` goes on as if nothing had happened.

        The format is Python's pickle: restore only what this program saved itself.
        """
        states = pickle.dumps((self._state, self.programme.state, [stage.state for stage in self._stages]))
        return self._label() + hashlib.sha256(states).digest() + states

    def restore(self, saved: bytes) -> None:
        """Go on from a state that a pipeline for the same exercise, or the same plan, saved.

        Raises
        ------
        UsageError
            The state is of another exercise or another version of this program, or it is damaged.
        """
        label = self._label()
        if not saved.startswith(label):
            raise UsageError(
                f"The saved state is not one of exercise {self._first_id!r} by this version of repclip: "
                "start the set anew."
            )
        size = hashlib.sha256().digest_size
        digest, kept = saved[len(label) :][:size], saved[len(label) + size :]
        if hashlib.sha256(kept).digest() != digest:
            raise UsageError("The saved state is damaged: start the set anew.")
        state, programme, states = pickle.loads(kept)  # noqa: S301 - our own, and whole
        self.programme.state = programme
        self.work, self.main = self._work_for(None), self._main()
        for sensed in self._sensed.values():
            sensed.look_every(self.work.frames_a_look)
        self._state = state
        for stage, each in zip(self._stages, states, strict=True):
            stage.state = each

    def _label(self) -> bytes:
        """Return what a saved state begins with: what it can be restored to, readable without unpickling."""
        hints = f"{self._label_of} {self._only_main} {self._step_length!r} {self._worn}"
        digest = hashlib.sha256(hints.encode()).hexdigest()[:8]
        return f"repclip-state {STATE_FORMAT} {__version__} {self._first_id} {digest}\n".encode()
