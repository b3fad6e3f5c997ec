"""Judges holds and rounds when they are over, and speaks up meanwhile where that helps.

A weight that leaves the vertical is told after a second of it, and that it has come back, too; a hold that is
long enough is told when it passes its longest time. Everything goes by the frames and events of the counting
sensor alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.placement_kind import PlacementKind
from pi_service.coaching.carried_forearm import POSE_FRAMES, lines_deg
from pi_service.coaching.facts import Worn
from pi_service.coaching.held_facts import HeldFacts, Steadiness, Walked
from pi_service.coaching.held_judge import HeldJudge
from pi_service.coaching.recent import Recent
from pi_service.coaching.rule import verdict_of
from pi_service.coaching.verdict import Basis, Reading, Unjudged, Verdict
from pi_service.exercises import Exercise, RuleName
from pi_service.holding.found import HOLD_UNSURE_S, SURELY, Hold, Sway
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.workout.events import Event, RepJudged, SetEnded, SetJudged, SetStarted
from pi_service.workout.held import CarryTold, HoldTold, Round

#: By so much the time of a hold may be wrong.
_HOLD_UNSURE_S = SURELY * HOLD_UNSURE_S
#: A weight that is let down leaves the vertical, too: a line is told so long after, if the round goes on.
_LATE_FRAMES = round(1.0 * FRAME_RATE_HZ)
#: It is looked at so often.
_EVERY_FRAMES = 5
#: Nearer to the vertical than this share of the bound it has come back.
_BACK_SHARE = 0.8


@dataclass(slots=True)
class HeldCoachState:
    """What is remembered of the hold or the round that goes on.

    Attributes
    ----------
    set_number, start_s
        Which, and since when; None between two.
    since_s
        In a round: since when it is walked.
    told
        The rule that was spoken of, until it is right again.
    """

    set_number: int = 0
    start_s: float | None = None
    since_s: float | None = None
    told: RuleName | None = None


class HeldCoach:
    """Watches holds and carries.

    Parameters
    ----------
    exercise
        What is done, with its rules.
    worn
        How the sensors sit.
    limb
        What the counting sensor saw.
    """

    def __init__(self, exercise: Exercise, worn: Worn, limb: Recent) -> None:
        self._exercise, self._judge, self._limb = exercise.id, HeldJudge(exercise, worn), limb
        self._terms = {terms.name: terms for terms in exercise.rules}
        self._axis = worn.limb_axis(0) if worn.limb_on is PlacementKind.WRIST else None
        self.state = HeldCoachState()

    def step(self, events: Sequence[Event], now_frame: int | None) -> list[Event]:
        """Return the events with the verdicts that are due among them; see `Coach.step`."""
        told, state = list[Event](), self.state
        for event in events:
            told.append(event)
            if isinstance(event, SetStarted):
                self.state = state = HeldCoachState(event.set_number, event.start_s)
            elif isinstance(event, HoldTold):
                told += self._too_long(event)
            elif isinstance(event, CarryTold) and state.since_s is None:
                state.since_s = event.at_s
            elif isinstance(event, SetEnded):
                told.append(self._judged(event))
                state.start_s = state.since_s = None
        if state.since_s is not None and now_frame is not None and now_frame % _EVERY_FRAMES == 0:
            told += self._off_line(now_frame, state.since_s)
        return told

    def _too_long(self, hold: HoldTold) -> list[Event]:
        terms = self._terms.get(RuleName.HOLD_TIME)
        most = None if terms is None else terms.bound.most
        if terms is None or most is None or self.state.told is terms.name:
            return []
        if hold.held_s - _HOLD_UNSURE_S <= most:
            return []
        self.state.told = terms.name
        return self._say(hold.at_s, verdict_of(terms, Reading(hold.held_s, Basis.MEASURED, _HOLD_UNSURE_S)))

    def _off_line(self, now_frame: int, since_s: float) -> list[Event]:
        terms = self._terms.get(RuleName.FOREARM)
        until = now_frame - _LATE_FRAMES
        if terms is None or terms.bound.most is None or self._axis is None:
            return []
        if until - POSE_FRAMES < round(since_s * FRAME_RATE_HZ) - _LATE_FRAMES:
            return []
        seen = self._limb.seen((until - POSE_FRAMES) / FRAME_RATE_HZ, until / FRAME_RATE_HZ)
        up = seen.up_between(0.0, now_frame / FRAME_RATE_HZ)
        if len(up) < POSE_FRAMES:
            return []
        off_deg, was_told = float(lines_deg(up, self._axis)[0]), self.state.told is terms.name
        is_off = off_deg > terms.bound.most * (_BACK_SHARE if was_told else 1.0)
        if is_off is was_told:
            return []
        self.state.told = terms.name if is_off else None
        return self._say(now_frame / FRAME_RATE_HZ, verdict_of(terms, Reading(off_deg, Basis.MEASURED)))

    def _say(self, at_s: float, verdict: Verdict | Unjudged) -> list[Event]:
        if isinstance(verdict, Unjudged):
            return []
        cue = None if verdict.ok else verdict
        return [RepJudged(at_s, self.state.set_number, self._exercise, None, (verdict,), (), cue)]

    def _judged(self, ended: SetEnded) -> SetJudged:
        facts = _of_hold(ended.hold) if ended.hold is not None else HeldFacts()
        if ended.carry is not None:
            facts = self._of_round(ended.carry)
        return SetJudged(ended.at_s, ended.set_number, self._exercise, (), self._judge.judge(facts))

    def _of_round(self, walked: Round) -> HeldFacts:
        carry, distance = walked.carry, walked.distance
        begin_s, end_s = (carry.steps_s[0], carry.steps_s[-1]) if carry.steps_s else (0.0, 0.0)
        return HeldFacts(
            walked=Walked(
                distance.m,
                SURELY * distance.uncertainty_m,
                walked.step_length.is_measured,
                carry.cadence_hz,
            ),
            steadiness=_steadiness(carry.sway),
            up=self._limb.seen(begin_s, end_s).up_between(begin_s, end_s),
            hang=None if carry.hang is None else np.array(carry.hang),
        )


def _of_hold(hold: Hold) -> HeldFacts:
    return HeldFacts(
        held_s=hold.held_s, unsure_s=_HOLD_UNSURE_S, breaks=hold.breaks, steadiness=_steadiness(hold.sway)
    )


def _steadiness(sway: Sway | None) -> Steadiness | None:
    return None if sway is None else Steadiness(sway.rms_deg, sway.range_deg, sway.jerk_ms3)
