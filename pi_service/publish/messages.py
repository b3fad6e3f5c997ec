"""From events to messages: a pure mapping, so that replaying a stream gives the same bytes.

Nothing here looks at a clock, a random number or the order of blocks: the time of a message is the
stream's start plus the event's ``at_s``, and the session's id is the stream's own or made from the same
start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pi_service.publish import held
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.judged import set_verdict_keys, verdict_keys
from pi_service.publish.measured import rep_keys, set_keys, side_keys
from pi_service.publish.message import Message
from pi_service.publish.payloads import (
    CurvePayload,
    GapPayload,
    NoticePayload,
    Payload,
    StatePayload,
    stream_time_text,
)
from pi_service.publish.phases import Phases
from pi_service.publish.session import session_id
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.told import state_keys, workout_keys
from pi_service.publish.topics import ROOT, Kind, StationTopics, check_session
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.publish.workout_payloads import WorkoutPayload
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import (
    Event,
    Movement,
    Phase,
    PhaseChanged,
    PlacementChanged,
    RepCounted,
    RepJudged,
    RepsCorrected,
    SamplesLost,
    SetEnded,
    SetJudged,
    SetStarted,
    ZeroUnknown,
)
from pi_service.workout.held import CarryTold, HoldTold
from pi_service.workout.notices import sentence
from pi_service.workout.sides import SideCount
from pi_service.workout.told import ExerciseChanged, SetCompared, SetCorrected, Told

#: While something moves the state is repeated after this time on the stream's clock, not sooner.
STATE_PERIOD_S = 0.2

#: With MQTT 5 the broker forgets what moves after this time.
LIVE_EXPIRES_S = 60

# Times of one clock are sums of floats: 0.2 s later may read 0.19999.
_CLOCK_SLACK_S = 1e-6


@dataclass(slots=True)
class _State:
    """What the retained state says, and when it was last said."""

    seq: int = 0
    exercise: str | None = None
    active: bool = False
    set_number: int = 0
    reps: int = 0
    count: Literal["live", "final"] = "live"
    phases: Phases = field(default_factory=Phases)
    said_phase: Phase = Phase.STILL
    movement_deg: float = 0.0
    sides: SideCount | None = None
    set_start_s: float | None = None
    last_set_reps: int | None = None
    sets_done: int = 0
    held: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    last_set: SetPayload | None = None
    now_s: float = 0.0
    said_at_s: float = 0.0


class MessageBuilder:
    """Turns the events of one stream into messages.

    The builder can be pickled mid-stream and goes on as if it had not been.

    Parameters
    ----------
    info
        The stream.
    session
        Id of the session; `session_id` of the stream when None.
    root
        What topics begin with.
    """

    def __init__(self, info: StreamInfo, session: str | None = None, *, root: str = ROOT) -> None:
        self.topics = StationTopics(info.station, root)
        self.session = session_id(info) if session is None else check_session(session)
        self._info = info
        self._state = _State(exercise=info.exercise)

    def start(self) -> list[Message]:
        """Return what is said before the first event."""
        return [self._state_message()]

    def build(self, events: Sequence[Event]) -> list[Message]:
        """Return the messages of some events in order."""
        return [message for event in events for message in self.messages(event)]

    def end(self) -> list[Message]:
        """Return what is said after the last event: nothing moves any more."""
        self._state.phases.change(Phase.STILL)
        self._state.phases.end_set()
        self._state.active = False
        return [self._state_message()]

    def messages(self, event: Event) -> list[Message]:
        """Return the messages of one event: what happened, then the state after it."""
        state = self._state
        state.now_s = event.at_s
        match event:
            case Movement():
                return self._movement(event)
            case PhaseChanged():
                state.phases.change(event.phase)
                return [] if state.phases.shown is state.said_phase else [self._state_message()]
            case SetStarted():
                state.active, state.set_number, state.exercise = True, event.set_number, event.exercise
                state.reps, state.count, state.set_start_s = 0, "live", event.start_s
                state.sides, state.held = None, {}
                state.phases.start_set()
                return [self._state_message()]
            case RepCounted():
                return [*self._rep(event), self._state_message()]
            case RepsCorrected():
                return [*self._correction(event), self._state_message()]
            case SetEnded():
                return [*self._set(event), self._state_message()]
            case HoldTold() | CarryTold():
                return [self._held(event), self._state_message()]
            case RepJudged() | SetJudged():
                return self._verdict(event)
            case SamplesLost():
                return self._gap(event)
            case PlacementChanged() | ZeroUnknown():
                return self._notice(event)
            case SetCorrected():
                return [*self._corrected(event), self._state_message()]
            case _:  # prescriptions and plans
                return self._told(event)

    def _envelope(self, at_s: float) -> dict[str, Any]:
        return {
            "station": self._info.station,
            "session": self.session,
            "ts": stream_time_text(self._info.started_at, at_s),
            "simulated": self._info.simulated,
        }

    def _event_envelope(self) -> dict[str, Any]:
        self._state.seq += 1
        return {**self._envelope(self._state.now_s), "seq": self._state.seq}

    def _message(self, kind: Kind, payload: Payload, *, retain: bool = False) -> Message:
        return Message(self.topics.of(kind), payload.to_bytes(), 1, retain)

    def _live(self, kind: Kind, payload: Payload, *, expires_s: int) -> Message:
        """Return what the next message of its kind makes out of date."""
        retain = kind is Kind.STATE
        return Message(self.topics.of(kind), payload.to_bytes(), int(retain), retain, True, expires_s)

    def _state_message(self) -> Message:
        state = self._state
        state.said_at_s = state.now_s
        phase = state.said_phase = state.phases.shown
        start_s = state.set_start_s
        payload = StatePayload(
            **self._envelope(state.now_s),
            seq=state.seq,
            exercise=state.exercise,
            active=state.active,
            set=state.set_number,
            reps=state.reps,
            count=state.count,
            phase=phase.value,
            moving=phase is not Phase.STILL,
            movement_deg=round(state.movement_deg, 1),
            set_started_ts=None if start_s is None else stream_time_text(self._info.started_at, start_s),
            last_set_reps=state.last_set_reps,
            sets_done=state.sets_done,
            **side_keys(state.sides),
            **state.held,
            **state.asked,
        )
        # The last state of a movement is never one that moves: those are of use for a moment only.
        return self._live(Kind.STATE, payload, expires_s=LIVE_EXPIRES_S if payload.moving else 0)

    def _movement(self, event: Movement) -> list[Message]:
        if not event.values:
            return []
        state = self._state
        state.movement_deg = event.values[-1]
        state.phases.move(event.values, event.rate_hz)
        start_s = event.at_s - len(event.values) / event.rate_hz
        payload = CurvePayload(
            **self._envelope(start_s),
            start_s=round(start_s, 4),
            rate_hz=event.rate_hz,
            movement_deg=tuple(round(value, 1) for value in event.values),
        )
        messages = [self._live(Kind.CURVE, payload, expires_s=LIVE_EXPIRES_S)]
        due = state.now_s - state.said_at_s >= STATE_PERIOD_S - _CLOCK_SLACK_S
        phase = state.phases.shown
        if phase is not state.said_phase or (phase is not Phase.STILL and due):
            messages.append(self._state_message())
        return messages

    def _rep(self, event: RepCounted) -> list[Message]:
        state, rep = self._state, event.rep
        state.set_number, state.exercise, state.reps = event.set_number, event.exercise, event.count
        state.sides = event.sides
        if event.source == "live":
            state.phases.count(rep.range_deg)
        payload = RepPayload(
            **self._event_envelope(),
            exercise=event.exercise,
            set=event.set_number,
            rep=rep.number,
            reps=event.count,
            source=event.source,
            start_s=round(rep.start_s, 3),
            turn_s=round(rep.turn_s, 3),
            end_s=round(rep.end_s, 3),
            detected_at_s=round(rep.detected_at_s, 3),
            duration_s=round(rep.end_s - rep.start_s, 3),
            out_s=round(max(rep.turn_s - rep.moved[0], 0.0), 3),
            back_s=round(rep.end_s - rep.turn_s, 3),
            range_deg=round(rep.range_deg, 1),
            range_m=None if rep.range_m is None else round(rep.range_m, 3),
            confidence=round(rep.confidence, 3),
            **rep_keys(rep),
            **side_keys(event.sides),
        )
        return [self._message(Kind.REP, payload)]

    def _correction(self, event: RepsCorrected) -> list[Message]:
        self._state.reps, self._state.sides = event.count, event.sides
        payload = CorrectionPayload(
            **self._event_envelope(),
            exercise=event.exercise,
            set=event.set_number,
            added=event.added,
            withdrawn=event.withdrawn,
            reps=event.count,
            **side_keys(event.sides),
        )
        return [self._message(Kind.CORRECTION, payload)]

    def _set(self, event: SetEnded) -> list[Message]:
        state = self._state
        state.active, state.set_start_s = False, None
        state.phases.end_set()
        state.set_number, state.exercise = event.set_number, event.exercise
        state.reps, state.count, state.sides = event.final_count, "final", event.sides
        state.last_set_reps = event.final_count
        state.sets_done += 1
        state.held = held.last_keys(event)
        payload = SetPayload(
            **self._event_envelope(),
            exercise=event.exercise,
            set=event.set_number,
            final_reps=event.final_count,
            live_reps=event.live_count,
            rep_ids=tuple(rep.number for rep in event.reps),
            start_ts=stream_time_text(self._info.started_at, event.start_s),
            end_ts=stream_time_text(self._info.started_at, event.end_s),
            start_s=round(event.start_s, 3),
            end_s=round(event.end_s, 3),
            duration_s=round(event.end_s - event.start_s, 3),
            **set_keys(event.reps),
            **side_keys(event.sides),
            **held.set_keys(event),
        )
        state.last_set = payload
        return [self._message(Kind.SET, payload), self._message(Kind.SET_LAST, payload, retain=True)]

    def _corrected(self, event: SetCorrected) -> list[Message]:
        """Return what a person's correction changes: the set itself was published and stays as it was."""
        state, last = self._state, self._state.last_set
        payload = CorrectionPayload(
            **self._event_envelope(),
            exercise=event.exercise,
            set=event.set_number,
            added=(),
            withdrawn=(),
            reps=event.count,
            by=event.by,
            reason=event.reason,
        )
        messages = [self._message(Kind.CORRECTION, payload)]
        if last is not None and last.set == event.set_number:
            state.last_set_reps = event.count
            state.last_set = last.model_copy(
                update={"final_reps": event.count, "corrected": event.reason, "seq": payload.seq}
            )
            messages.append(self._message(Kind.SET_LAST, state.last_set, retain=True))
        if not state.active and state.set_number == event.set_number:
            state.reps = event.count
            if event.reason == "discarded":
                state.asked = {key: value for key, value in state.asked.items() if key != "target"}
        return messages

    def _told(self, event: Told) -> list[Message]:
        """Return what happened in the workout; a rest's seconds are told by the state alone."""
        state = self._state
        # An older set that is corrected says nothing of the one that the state speaks of.
        if not isinstance(event, SetCompared) or event.set_number == state.set_number:
            state.asked = state_keys(event, state.asked)
        if isinstance(event, ExerciseChanged):
            state.exercise = event.exercise
        keys = workout_keys(event)
        messages = [] if keys is None else [self._workout(keys)]
        return [*messages, self._state_message()]

    def _workout(self, keys: dict[str, Any]) -> Message:
        return self._message(Kind.WORKOUT, WorkoutPayload(**self._event_envelope(), **keys))

    def _held(self, event: HoldTold | CarryTold) -> Message:
        self._state.held = held.live_keys(event)
        keys: dict[str, Any] = {
            **self._event_envelope(),
            "exercise": event.exercise,
            "set": event.set_number,
            "what": event.change.value,
            "start_s": round(event.start_s, 3),
            **self._state.held,
        }
        if isinstance(event, HoldTold):
            return self._message(Kind.HOLD, HoldPayload(**keys))
        return self._message(Kind.CARRY, CarryPayload(**keys, arm=held.arm_name(event.arm)))

    def _verdict(self, event: RepJudged | SetJudged) -> list[Message]:
        about = {**self._event_envelope(), "exercise": event.exercise, "set": event.set_number}
        if isinstance(event, RepJudged):
            keys = verdict_keys(event.verdicts, event.unjudged, event.cue)
            return [self._message(Kind.VERDICT, VerdictPayload(**about, rep=event.number, **keys))]
        return [self._message(Kind.SET_VERDICT, SetVerdictPayload(**about, **set_verdict_keys(event)))]

    def _gap(self, event: SamplesLost) -> list[Message]:
        payload = GapPayload(
            **self._event_envelope(),
            sensor=event.sensor.value,
            start_s=round(event.start_s, 3),
            end_s=round(event.end_s, 3),
            duration_s=round(event.end_s - event.start_s, 3),
        )
        return [self._message(Kind.GAP, payload)]

    def _notice(self, event: PlacementChanged | ZeroUnknown) -> list[Message]:
        envelope, sensor, text = self._event_envelope(), event.sensor.value, sentence(event)
        if isinstance(event, PlacementChanged):
            payload = NoticePayload(
                **envelope,
                sensor=sensor,
                what="placement_changed",
                text=text,
                angle_deg=round(event.angle_deg, 1),
                start_s=round(event.start_s, 3),
                end_s=round(event.end_s, 3),
            )
        else:
            payload = NoticePayload(
                **envelope,
                sensor=sensor,
                what="zero_too_far" if event.at_rest else "zero_unknown",
                text=text,
                rate_dps=round(event.rate_dps, 1),
            )
        return [self._message(Kind.NOTICE, payload)]
