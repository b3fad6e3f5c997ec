"""What the page remembers of one station; filled by messages, in any number of repetitions.

A message that QoS 1 delivers twice changes nothing: sets, corrections and gaps are kept under their
ids, and the state is the last one that came.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime
from typing import TypeVar

from pi_service.dashboard.device import Device
from pi_service.dashboard.exercise_facts import facts_of
from pi_service.dashboard.gaps import Gaps
from pi_service.dashboard.judged import Judged
from pi_service.dashboard.station_views import (
    asked_keys,
    done_keys,
    nothing_done,
    plan_view,
    rep_view,
    rest_view,
    steadiness_view,
    wall_keys,
    way_out,
)
from pi_service.dashboard.views import CurveView, SetView, StationSummary, StationView, WallCard
from pi_service.history.velocity import velocity_loss_percent
from pi_service.publish.held_payloads import HoldPayload
from pi_service.publish.payloads import CurvePayload, GapPayload, StatePayload, utc_text
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload

#: Seconds of the curve that are kept for a page that is opened later.
CURVE_KEPT_S = 25.0
#: Finished sets that are kept; the oldest go first.
SETS_KEPT = 60
#: Reps of the set that is shown; the oldest go first.
REPS_KEPT = 200
#: What a set says of each of its reps, left out.
_WITHOUT_REPS = {key: () for key in SetPayload.model_fields if key.startswith("rep_")}
#: Most exercises whose reps are counted.
EXERCISES_COUNTED = 100

_K = TypeVar("_K")
_V = TypeVar("_V")
_SetId = tuple[str, int]


class Station:
    """One station as far as its messages tell.

    Parameters
    ----------
    name
        Its name.

    Attributes
    ----------
    device
        What it says of itself.
    reps_heard
        Reps counted live, by exercise, since the page began to listen.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.online = False
        self.heard_at: datetime | None = None
        self.device = Device()
        self.reps_heard: Counter[str] = Counter()
        self._state: StatePayload | None = None
        self._reps: dict[int, RepPayload] = {}
        self._reps_of: _SetId | None = None
        self._sets: dict[_SetId, SetPayload] = {}
        self._corrections: dict[_SetId, CorrectionPayload] = {}
        self._said: dict[_SetId, CorrectionPayload] = {}
        self._hold: HoldPayload | None = None
        self.judged = Judged()
        self._gaps = Gaps()
        self._gaps_of: str | None = None
        self._curve: deque[CurveView] = deque()
        self._curve_of: str | None = None

    @property
    def session(self) -> str | None:
        """The session that runs, or ran last."""
        return self._state.session if self._state else None

    @property
    def active(self) -> bool:
        """True while a set is open."""
        return self._state is not None and self._state.active

    @property
    def _shown(self) -> StatePayload | None:
        """What is shown of the state: a set of another exercise than the one that was chosen since is not."""
        state = self._state
        if state is None or state.active:
            return state
        last = self._sets.get((state.session, state.set))
        if last is None or last.exercise == state.exercise:
            return state
        return state.model_copy(update={"set": 0, "reps": 0, "count": "live", **nothing_done()})

    def take_state(self, state: StatePayload) -> None:
        """Remember what is going on; a stream that begins again (a second replay) is built up anew."""
        before = self._state
        if before is not None and before.session == state.session and state.seq == 0 < before.seq:
            self._forget(state.session)
        self._state = state

    def _forget(self, session: str) -> None:
        for known in (self._sets, self._corrections, self._said):
            for set_id in [each for each in known if each[0] == session]:
                del known[set_id]
        self.judged.forget(session)
        if self._reps_of is not None and self._reps_of[0] == session:
            self._reps_of = None
            self._reps.clear()
        if self._gaps_of == session:
            self._gaps = Gaps()

    def take_rep(self, rep: RepPayload) -> None:
        """Remember a rep of the latest set."""
        set_id = (rep.session, rep.set)
        if set_id != self._reps_of:
            if set_id in self._sets:
                return  # a late repetition of a message from a set that is over
            self._reps_of = set_id
            self._reps.clear()
        if rep.source == "live" and rep.rep not in self._reps and self._may_count(rep.exercise):
            self.reps_heard[rep.exercise] += 1
        self._reps[rep.rep] = rep
        if len(self._reps) > REPS_KEPT:
            # By number, so that a late repetition of an old message drives out no newer rep.
            del self._reps[min(self._reps)]

    def _may_count(self, exercise: str) -> bool:
        # Names come from the network.
        return exercise in self.reps_heard or len(self.reps_heard) < EXERCISES_COUNTED

    def take_set(self, finished: SetPayload) -> None:
        """Remember a finished set."""
        # Nothing shows what each rep was, and an afternoon of steps has thousands.
        kept = finished.model_copy(update=_WITHOUT_REPS)
        _keep(self._sets, (finished.session, finished.set), kept, SETS_KEPT)

    def take_correction(self, correction: CorrectionPayload) -> None:
        """Remember what the review changed in a set, or what a person says that it was."""
        set_id = (correction.session, correction.set)
        if correction.by == "user":
            before = self._said.get(set_id)
            if before is None or before.seq <= correction.seq:
                _keep(self._said, set_id, correction, SETS_KEPT)
            return
        _keep(self._corrections, set_id, correction, SETS_KEPT)
        if set_id == self._reps_of:
            for number in correction.withdrawn:
                self._reps.pop(number, None)

    def take_hold(self, hold: HoldPayload) -> None:
        """Remember whether the pose is held."""
        known = self._hold
        if known is None or known.session != hold.session or hold.seq > known.seq:
            self._hold = hold

    def take_gap(self, gap: GapPayload) -> None:
        """Remember that samples were missing."""
        if gap.session != self._gaps_of:
            self._gaps = Gaps()
            self._gaps_of = gap.session
        self._gaps.take(gap)

    def take_curve(self, piece: CurvePayload) -> CurveView | None:
        """Append a piece of the curve; return what a page must add, or None when it is known."""
        values = piece.movement_deg
        if not values:
            return None
        period_s = 1.0 / piece.rate_hz
        reset = piece.session != self._curve_of or not self._curve
        if not reset:
            last = self._curve[-1]
            end_s = last.start_s + len(last.values) / last.rate_hz
            if any(abs(piece.start_s - known.start_s) < period_s / 2 for known in self._curve):
                return None
            # A clock that runs backwards is the same stream from its start again.
            reset = piece.start_s < end_s - period_s
        if reset:
            self._curve.clear()
            self._curve_of = piece.session
        view = CurveView(reset=reset, start_s=piece.start_s, rate_hz=piece.rate_hz, values=values)
        self._curve.append(view)
        newest_s = piece.start_s
        while newest_s - self._curve[0].start_s > CURVE_KEPT_S:
            self._curve.popleft()
        return view

    def curve(self) -> list[CurveView]:
        """Return the curve that is kept, for a page that is opened now."""
        return [
            piece.model_copy(update={"reset": index == 0}) if piece.reset != (index == 0) else piece
            for index, piece in enumerate(self._curve)
        ]

    def summary(self) -> StationSummary:
        """Return the station's line in the list."""
        state = self._shown
        facts = facts_of(state.exercise if state else None)
        return StationSummary(
            **done_keys(state, facts),
            name=self.name,
            online=self.online,
            exercise=state.exercise if state else None,
            exercise_name=facts.name,
            active=self.active,
            set=state.set if state else 0,
            reps=state.reps if state else 0,
        )

    def card(self) -> WallCard:
        """Return what the wall shows: less than `view`, for there are many."""
        state = self._shown
        facts = facts_of(state.exercise if state else None)
        summary = self.summary().model_dump(include=set(WallCard.model_fields))
        asked = asked_keys(state, facts, summary["kind"])
        cue = self.judged.last_cue((state.session, state.set) if state else ("", 0))
        health = self.device.view()
        return WallCard.model_validate(
            {
                **summary,
                **{key: value for key, value in asked.items() if key in WallCard.model_fields},
                **wall_keys(state),
                "heard_ts": utc_text(self.heard_at) if self.heard_at else None,
                "cue": cue.cue if cue else None,
                "faults": len(health.faults),
                "fault_text": health.faults[0].text if health.faults else None,
                "ok": health.ok,
            }
        )

    def view(self) -> StationView:
        """Return everything but the curve."""
        state = self._shown
        session = state.session if state else None
        summary = self.summary()
        shown = state is not None and self._reps_of == (state.session, state.set)
        gaps = self._gaps if self._gaps_of == session else Gaps()
        reps = tuple(rep_view(self._reps[number]) for number in sorted(self._reps)) if shown else ()
        velocities_mps = [rep.velocity_mps for rep in reps]
        facts = facts_of(state.exercise if state else None)
        set_id = (state.session, state.set) if state else ("", 0)
        verdict = self.judged.last_rep(set_id)
        return StationView(
            **summary.model_dump(),
            **asked_keys(state, facts, summary.kind),
            athlete=state.athlete if state else None,
            session=session,
            simulated=state.simulated if state else False,
            count=state.count if state else "live",
            phase=state.phase if state else "still",
            moving=state.moving if state else False,
            movement_deg=state.movement_deg if state else 0.0,
            set_started_ts=state.set_started_ts if state else None,
            heard_ts=utc_text(self.heard_at) if self.heard_at else None,
            holding=self._holds(state),
            asked_tempo=facts.tempo,
            rest=rest_view(state),
            plan=plan_view(state),
            steadiness=steadiness_view(verdict, self.judged.reps(set_id), state.torso_deg if state else None),
            velocity_mps=velocities_mps[-1] if velocities_mps else None,
            velocity_loss_percent=velocity_loss_percent(velocities_mps),
            out_is=way_out(reps, facts),
            verdict=verdict,
            cue=self.judged.last_cue(set_id),
            rep_list=reps,
            sets=tuple(self._set_view(set_id) for set_id in self._sets),
            gaps=gaps.count,
            lost_s=round(gaps.lost_s, 3),
            exercises=self.device.exercises(),
            requests=self.device.requests(),
            recording=self.device.recording(),
            health=self.device.view(),
            notices=self.device.notices(),
        )

    def _holds(self, state: StatePayload | None) -> bool:
        """Say whether the pose of the hold that goes on is held."""
        if state is None or not state.active:
            return False
        hold = self._hold
        of_this = hold is not None and (hold.session, hold.set) == (state.session, state.set)
        # Who only has the retained state knows that a hold is open, and no more.
        return not of_this or hold is None or hold.what != "left"

    def _set_view(self, set_id: _SetId) -> SetView:
        finished = self._sets[set_id]
        correction = self._corrections.get(set_id)
        added = len(correction.added) if correction else 0
        withdrawn = len(correction.withdrawn) if correction else 0
        facts = facts_of(finished.exercise)
        said = self._said.get(set_id)
        return SetView(
            **done_keys(finished, facts),
            session=finished.session,
            set=finished.set,
            exercise=finished.exercise,
            exercise_name=facts.name,
            reps=finished.final_reps if said is None else said.reps,
            live_reps=finished.live_reps,
            corrected=bool(added or withdrawn or finished.final_reps != finished.live_reps),
            added=added,
            withdrawn=withdrawn,
            said=finished.corrected if said is None else said.reason,
            end_ts=finished.end_ts,
            duration_s=finished.duration_s,
            verdict=self.judged.of_set(set_id),
        )


def _keep(store: dict[_K, _V], key: _K, value: _V, limit: int) -> None:
    """Set a value, keeping the order of first arrival and at most `limit` keys."""
    store[key] = value
    while len(store) > limit:
        del store[next(iter(store))]
