"""What the page and the JSON API show of a station."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pi_service.dashboard.now_views import (
    ExerciseView,
    HealthView,
    KindName,
    NoticeView,
    PlanView,
    RecordingView,
    RestView,
    SteadinessView,
    TempoView,
)
from pi_service.dashboard.verdict_views import SetVerdictView, VerdictView
from pi_service.publish.payloads import PhaseName, SideName

WayName = Literal["lifting", "lowering"]
UnitName = Literal["reps", "s", "m"]
TargetName = Literal["short", "reached", "over"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class RepView(_View):
    """A rep of the set that is shown; `velocity_mps` is the mean of the way that lifts."""

    rep: int
    source: Literal["live", "review"]
    turn_s: float
    duration_s: float
    out_s: float
    back_s: float
    range_deg: float
    range_m: float | None
    out_is: WayName | None
    out_moving_s: float | None
    turn_pause_s: float | None
    back_moving_s: float | None
    home_pause_s: float | None
    lifting_s: float | None
    lowering_s: float | None
    lifted_pause_s: float | None
    lowered_pause_s: float | None
    velocity_mps: float | None


class DoneView(_View):
    """What a set came to, or has come to so far.

    Attributes
    ----------
    kind
        Whether repetitions, the seconds of a hold or the metres of a carry tell it.
    total_reps
        Where the sides alternate: of both.
    """

    kind: KindName
    held_s: float | None
    hold_breaks: int | None
    steps: int | None
    distance_m: float | None
    distance_uncertainty_m: float | None
    worn_side: SideName | None
    other_side_reps: int | None
    other_side_uncertain: int | None
    total_reps: int | None


class SetView(DoneView):
    """A finished set; `corrected` when the review changed what had been counted live.

    Attributes
    ----------
    said
        What a person said of it afterwards: that the count was wrong, or that it was no set.
    """

    session: str
    set: int
    exercise: str
    exercise_name: str
    reps: int
    live_reps: int
    corrected: bool
    added: int
    withdrawn: int
    said: Literal["corrected", "discarded"] | None
    end_ts: str
    duration_s: float
    verdict: SetVerdictView | None


class StationSummary(DoneView):
    """One line of the list of stations."""

    name: str
    online: bool
    exercise: str | None
    exercise_name: str
    active: bool
    set: int
    reps: int


class WallCard(_View):
    """A station on the wall: what can be read across a gym.

    Attributes
    ----------
    set_place, sets_least, sets_most
        Set number so much of so many.
    total_reps
        Where the sides alternate: of both.
    count
        Whether the figure is that of a set that goes on, or the final one.
    cue
        What there is to do, in words.
    rest_s, rest_least_s
        How long the rest is by now, and should be at least.
    faults, fault_text
        How many things are wrong with it, and the first of them in a sentence.
    ok
        False while something is.
    """

    name: str
    online: bool
    heard_ts: str | None
    simulated: bool
    athlete: str | None
    exercise: str | None
    exercise_name: str
    kind: KindName
    active: bool
    set: int
    set_place: int | None
    sets_least: int | None
    sets_most: int | None
    reps: int
    total_reps: int | None
    count: Literal["live", "final"]
    held_s: float | None
    distance_m: float | None
    asked_least: float | None
    asked_most: float | None
    asked_unit: UnitName
    target: TargetName | None
    phase: PhaseName
    cue: str | None
    rest_s: float | None
    rest_least_s: float | None
    faults: int
    fault_text: str | None
    ok: bool


class StationView(StationSummary):
    """Everything about one station but its curve.

    Attributes
    ----------
    athlete
        Who trains; None where nobody said.
    heard_ts
        When a live message came last, by the page's own clock; None until one has.
    holding
        False once the pose of a hold was left, until it is resumed.
    asked_least, asked_most, asked_unit
        Repetitions, seconds of a hold or metres of a carry that are asked for.
    target
        How what was done in the set compares with it.
    set_place, sets_least, sets_most
        Set number so much of so many.
    asked_tempo
        Between which bounds each phase of a repetition should be.
    rest, plan
        The rest after the last set, and the plan that is followed.
    steadiness
        The torso, or the pose of a hold.
    velocity_mps, velocity_loss_percent
        Mean lifting velocity of the last repetition, and how much less than the best one of the set that is.
    out_is
        What the way out of a repetition is, where the exercise knows.
    verdict
        On the last repetition of the set that was judged.
    cue
        The last verdict of the set that says what to do.
    rep_list
        The reps of the set that is shown, in the order of their ids.
    sets
        Finished sets, oldest first.
    gaps, lost_s
        How often, and for how long in all, samples were missing in this session.
    exercises, requests
        What can be selected at the station, and what it can be asked for.
    recording, health, notices
        Of the station and its sensors; the newest notice is the last.
    """

    athlete: str | None
    session: str | None
    simulated: bool
    count: Literal["live", "final"]
    phase: PhaseName
    moving: bool
    movement_deg: float
    set_started_ts: str | None
    heard_ts: str | None
    holding: bool
    asked_least: float | None
    asked_most: float | None
    asked_unit: UnitName
    target: TargetName | None
    set_place: int | None
    sets_least: int | None
    sets_most: int | None
    asked_tempo: TempoView
    rest: RestView
    plan: PlanView | None
    steadiness: SteadinessView | None
    velocity_mps: float | None
    velocity_loss_percent: float | None
    out_is: WayName | None
    verdict: VerdictView | None
    cue: VerdictView | None
    rep_list: tuple[RepView, ...]
    sets: tuple[SetView, ...]
    gaps: int
    lost_s: float
    exercises: tuple[ExerciseView, ...]
    requests: tuple[str, ...]
    recording: RecordingView
    health: HealthView
    notices: tuple[NoticeView, ...]


class CurveView(_View):
    """A piece of a station's curve; `reset` when what came before no longer belongs to it."""

    reset: bool
    start_s: float
    rate_hz: float
    values: tuple[float, ...]
