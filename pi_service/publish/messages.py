"""From events to messages: a pure mapping, so that replaying a stream gives the same bytes.

Nothing here looks at a clock, a random number or the order of blocks: the time of a message is the
stream's start plus the event's ``at_s``, and the session's id is the stream's own or made from the same
start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pi_service.publish import held
from pi_service.publish.counted import corrected_keys, counted_rep_keys, ended_set_keys, reviewed_keys
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.judged import set_verdict_keys, verdict_keys
from pi_service.publish.measured import side_keys
from pi_service.publish.message import Message
from pi_service.publish.noticed import gap_keys, notice_keys
from pi_service.publish.payloads import (
    CurvePayload,
    GapPayload,
    NoticePayload,
    Payload,
    StatePayload,
    stream_time_text,
)
from pi_service.publish.session import session_id
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.station_state import StationState
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
    TorsoTilted,
    ZeroUnknown,
)
from pi_service.workout.held import CarryTold, HoldTold
from pi_service.workout.told import ExerciseChanged, SetCompared, SetCorrected, Told
from pi_service.workout.zeros import ZeroLearned

#: While something moves the state is repeated after this time on the stream's clock, not sooner.
STATE_PERIOD_S = 0.2

#: With MQTT 5 the broker forgets what moves after this time.
LIVE_EXPIRES_S = 60

# Times of one clock are sums of floats: 0.2 s later may read 0.19999.
_CLOCK_SLACK_S = 1e-6


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
        self._state = StationState(exercise=info.exercise)

    def start(self) -> list[Message]:
        """Return what is said before the first event."""
        return [self._state_message()]

    def build(self, events: Sequence[Event]) -> list[Message]:
        """Return the messages of some events in order."""
        return [message for event in events for message in self.messages(event)]

    def end(self) -> list[Message]:
        """Return what is said after the last event: nothing moves any more."""
        self._state.end()
        return [self._state_message()]

    def set_athlete(self, athlete: str | None) -> list[Message]:
        """Say from now on who trains; None for nobody in particular. Returns the state that says so."""
        self._state.athlete = athlete
        return [self._state_message()]

    def messages(self, event: Event) -> list[Message]:
        """Return the messages of one event: what happened, then the state after it."""
        state = self._state
        state.now_s = event.at_s
        match event:
            case Movement():
                return self._movement(event)
            case TorsoTilted():
                state.torso_deg = event.tilt_deg
                return []  # the next state says so
            case PhaseChanged():
                state.phases.change(event.phase)
                return [] if state.phases.shown is state.said_phase else [self._state_message()]
            case SetStarted():
                state.start_set(event)
                return [self._state_message()]
            case RepCounted():
                state.count_rep(event)
                rep = RepPayload(**self._event_envelope(), **self._athlete(), **counted_rep_keys(event))
                return [self._message(Kind.REP, rep), self._state_message()]
            case RepsCorrected():
                state.review(event)
                reviewed = CorrectionPayload(**self._event_envelope(), **reviewed_keys(event))
                return [self._message(Kind.CORRECTION, reviewed), self._state_message()]
            case SetEnded():
                return [*self._set(event), self._state_message()]
            case HoldTold() | CarryTold():
                return [self._held(event), self._state_message()]
            case RepJudged() | SetJudged():
                return self._verdict(event)
            case SamplesLost():
                gap = GapPayload(**self._event_envelope(), **gap_keys(event))
                return [self._message(Kind.GAP, gap)]
            case PlacementChanged() | ZeroUnknown() | ZeroLearned():
                notice = NoticePayload(**self._event_envelope(), **notice_keys(event))
                return [self._message(Kind.NOTICE, notice)]
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

    def _athlete(self) -> dict[str, Any]:
        return {"athlete": self._state.athlete}

    def _message(self, kind: Kind, payload: Payload, *, retain: bool = False) -> Message:
        return Message(self.topics.of(kind), payload.to_bytes(), 1, retain)

    def _live(self, kind: Kind, payload: Payload, *, expires_s: int) -> Message:
        """Return what the next message of its kind makes out of date."""
        retain = kind is Kind.STATE
        return Message(self.topics.of(kind), payload.to_bytes(), int(retain), retain, True, expires_s)

    def _state_message(self) -> Message:
        state = self._state
        payload = StatePayload(**self._envelope(state.now_s), **state.say(self._info.started_at))
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

    def _set(self, event: SetEnded) -> list[Message]:
        self._state.end_set(event)
        payload = SetPayload(
            **self._event_envelope(), **self._athlete(), **ended_set_keys(event, self._info.started_at)
        )
        self._state.last_set = payload
        return [self._message(Kind.SET, payload), self._message(Kind.SET_LAST, payload, retain=True)]

    def _corrected(self, event: SetCorrected) -> list[Message]:
        """Return what a person's correction changes: the set itself was published and stays as it was."""
        state, last = self._state, self._state.last_set
        payload = CorrectionPayload(**self._event_envelope(), **corrected_keys(event))
        messages = [self._message(Kind.CORRECTION, payload)]
        if last is not None and last.set == event.set_number:
            state.last_set_reps = event.count
            said = {"final_reps": event.count, "corrected": event.reason, "seq": payload.seq}
            state.last_set = last.model_copy(update={**said, **side_keys(event.sides)})
            messages.append(self._message(Kind.SET_LAST, state.last_set, retain=True))
        state.correct(event)
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
        payload = WorkoutPayload(**self._event_envelope(), **self._athlete(), **keys)
        return self._message(Kind.WORKOUT, payload)

    def _held(self, event: HoldTold | CarryTold) -> Message:
        self._state.held = held.live_keys(event)
        keys: dict[str, Any] = {
            **self._event_envelope(),
            **self._athlete(),
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
