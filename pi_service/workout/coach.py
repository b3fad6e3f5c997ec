"""Judges each repetition shortly after it was counted, and each set when it is over.

A repetition is counted when it is nearly back, and another sensor's samples may come a little later than
those that count. So it is judged `_JUDGED_AFTER_S` later, with what the torso's sensor saw until
`TORSO_WAITS_S` before: how the blocks of the two sensors alternate does not matter as long as the torso's
samples come less than that after the counting sensor's of the same moment.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np

from pi_service.coaching.cues import CueState, cue_of
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.judge import Judge
from pi_service.coaching.recent import Recent, RecentState
from pi_service.exercises import Exercise, Kind, OutWay
from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.reps.params import CounterParams
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    Rep,
    RepCounted,
    RepJudged,
    SetEnded,
    SetJudged,
    SetStarted,
    TorsoTilted,
)
from pi_service.workout.held_coach import HeldCoach, HeldCoachState
from pi_service.workout.rep_facts import BEFORE_S, facts_of
from pi_service.workout.view import SET_TOLD_AFTER_S

_JUDGED_AFTER_S = 0.8
TORSO_WAITS_S = 0.6
#: What the torso's sensor saw is remembered so long whatever the counting one does: for the longest set.
_TORSO_KEPT_S = CounterParams().longest_set_s + 2 * SET_TOLD_AFTER_S
#: A set that begins so soon after another goes on from that: repetitions that became small, for example.
_GOES_ON_S, _EARLIER_REPS = 8.0, 5
#: A cue is given for a repetition that is so much like the others: anything else may be none.
_SURE = 0.8


@dataclass(slots=True)
class CoachState:
    """What the coach remembers.

    Attributes
    ----------
    limb, torso
        What the sensors saw.
    set_start_s
        When the running set began; None between sets.
    slipped
        The counting sensor turned on the limb in this session: its stored placement is no longer true.
    reps
        Reps of the running set that were counted live, in the order of time.
    pending
        Of these, those that were not judged.
    facts
        By their numbers, what is known of those after which another one was judged: it is not looked at
        again for each that follows.
    cues
        What was wrong with the last ones that were judged, and what was said of it.
    earlier
        The first reps of the set before, as long as the next one may go on from it.
    earlier_end_s
        When that ended.
    held
        What is known of the hold or the carry that goes on.
    """

    limb: RecentState = field(default_factory=RecentState)
    torso: RecentState = field(default_factory=RecentState)
    set_start_s: float | None = None
    slipped: bool = False
    reps: list[Rep] = field(default_factory=list)
    pending: list[RepCounted] = field(default_factory=list)
    facts: dict[int, RepFacts] = field(default_factory=dict)
    cues: CueState = field(default_factory=CueState)
    earlier: tuple[RepFacts, ...] = ()
    earlier_end_s: float = -math.inf
    held: HeldCoachState = field(default_factory=HeldCoachState)


class Coach:
    """Watches frames and events, and says what the rules of the exercise say of them.

    Parameters
    ----------
    exercise
        What is done.
    worn
        How the sensors sit.
    every_frames
        Verdicts are told at multiples of so many frames.
    """

    def __init__(self, exercise: Exercise, worn: Worn, every_frames: int) -> None:
        self._exercise, self._every = exercise.id, every_frames
        is_held = exercise.kind in (Kind.HOLD, Kind.CARRY)
        self._judge = Judge(replace(exercise, rules=()) if is_held else exercise, worn)
        self._by_torso = exercise.phases.out is not OutWay.BY_HEIGHT
        self._limb = Recent()
        # One that counts on the torso is the torso's sensor, too.
        self._torso = self._limb if worn.torso_counts else Recent()
        self._state = CoachState(self._limb.state, self._torso.state)
        self._held = HeldCoach(exercise, worn, self._limb) if is_held and exercise.rules else None

    @property
    def active(self) -> bool:
        """Whether repetitions are judged: only then it matters what a torso's sensor sees."""
        return bool(self._judge.rules)

    @property
    def state(self) -> CoachState:
        """What it remembers."""
        if self._held is not None:
            self._state.held = self._held.state
        return self._state

    @state.setter
    def state(self, state: CoachState) -> None:
        self._state, self._limb.state, self._torso.state = state, state.limb, state.torso
        if self._held is not None:
            self._held.state = state.held

    def see_torso(self, frames: MotionBlock) -> None:
        """Take what the torso's sensor saw."""
        if self.active and len(frames) and self._torso is not self._limb:
            self._torso.step(frames)
            # `see_limb` forgets sooner, but where the counting sensor is gone it is not called.
            self._torso.forget_before(frames.first_frame / FRAME_RATE_HZ - _TORSO_KEPT_S)

    def see_limb(self, frames: MotionBlock) -> None:
        """Take what the counting sensor saw."""
        if not (self.active or self._held) or not len(frames):
            return
        self._limb.step(frames)
        keep_s = frames.first_frame / FRAME_RATE_HZ - SET_TOLD_AFTER_S
        if self.state.set_start_s is not None:
            # One found late may lie before what began the set.
            starts_s = [self.state.set_start_s, *(rep.moved[0] for rep in self.state.reps[:1])]
            keep_s = min(keep_s, min(starts_s) - BEFORE_S)
        self._limb.forget_before(keep_s)
        self._torso.forget_before(keep_s)

    def turn(self, event: PlacementChanged) -> None:
        """Take note that the counting sensor turned on the limb."""
        state, rotation = self.state, np.array(event.rotation)
        state.slipped = True
        self._limb.turn_before(rotation, event.end_s)
        state.facts = {}
        state.earlier = tuple(replace(each, limb=each.limb.turned(rotation)) for each in state.earlier)

    def step(self, events: Sequence[Event], now_frame: int | None) -> list[Event]:
        """Return the events with the verdicts that are due among them.

        Parameters
        ----------
        events
            What happened since the last step, in the order of time.
        now_frame
            Index just after the last frame of the counting sensor; None at the end of the stream.
        """
        if self._held is not None:
            told = self._held.step(events, now_frame)
            self.state.set_start_s = self._held.state.start_s
            return told
        if not self.active:
            return list(events)
        state, told = self.state, list[Event]()
        for event in events:
            if isinstance(event, SetStarted):
                state.set_start_s, state.reps, state.pending, state.facts = event.start_s, [], [], {}
                if event.start_s - state.earlier_end_s > _GOES_ON_S:
                    state.cues, state.earlier = CueState(), ()
            elif isinstance(event, RepCounted) and event.source == "live":
                insort(state.reps, event.rep, key=attrgetter("turn_s"))
                if state.reps[-1] is event.rep:  # one found late is judged with its set only
                    state.pending.append(event)
            elif isinstance(event, SetEnded):
                kept = {rep.number for rep in event.reps}
                told += [self._judged(each, event.at_s) for each in state.pending if each.rep.number in kept]
                told += [event, self._set_judged(event)]
                state.set_start_s, state.reps, state.pending, state.facts = None, [], [], {}
                continue
            told.append(event)
        if now_frame is not None and now_frame % self._every == 0:
            now_s = now_frame / FRAME_RATE_HZ
            due = [each for each in state.pending if each.at_s + _JUDGED_AFTER_S <= now_s]
            told += [self._judged(each, now_s) for each in due]
            state.pending = state.pending[len(due) :]
            told += self._torso_now(now_s)
        return told

    def _torso_now(self, now_s: float) -> list[TorsoTilted]:
        """Return how far the torso has tilted since the start of the running set, if its sensor saw both."""
        if self.state.set_start_s is None:
            return []
        # The last frame that is surely there by now.
        seen_s = now_s - TORSO_WAITS_S - 1.0 / FRAME_RATE_HZ
        cosine = float(self._torso.up_at(self.state.set_start_s) @ self._torso.up_at(seen_s))
        if math.isnan(cosine):
            return []
        return [TorsoTilted(now_s, math.degrees(math.acos(min(max(cosine, -1.0), 1.0))))]

    def _judged(self, counted: RepCounted, at_s: float) -> RepJudged:
        until_s = counted.at_s + _JUDGED_AFTER_S - TORSO_WAITS_S
        state = self.state
        place = next(i for i, rep in enumerate(state.reps) if rep.number == counted.rep.number)
        for each in state.reps[:place]:
            if each.number not in state.facts:
                state.facts[each.number] = self._facts(each, until_s)
        before = [state.facts[each.number] for each in state.reps[:place]]
        rep = self._facts(state.reps[place], until_s)
        verdicts, unjudged = self._judge.rep(rep, (*state.earlier, *before))
        sure = counted.rep.confidence >= _SURE
        cue = cue_of(state.cues, verdicts, sure=sure)
        return RepJudged(
            at_s, counted.set_number, self._exercise, counted.rep.number, verdicts, unjudged, cue
        )

    def _set_judged(self, ended: SetEnded) -> SetJudged:
        facts = [self._facts(rep, ended.at_s - TORSO_WAITS_S) for rep in ended.reps]
        found = self._judge.set_of(facts, self.state.earlier)
        self.state.earlier = self.state.earlier or tuple(facts[:_EARLIER_REPS])
        self.state.earlier_end_s = ended.end_s
        numbers = tuple(rep.number for rep in ended.reps)
        return SetJudged(ended.at_s, ended.set_number, self._exercise, numbers, found)

    def _facts(self, rep: Rep, torso_until_s: float) -> RepFacts:
        return facts_of(
            rep,
            self._limb,
            self._torso,
            torso_until_s=torso_until_s,
            slipped=self.state.slipped,
            by_torso=self._by_torso,
        )
