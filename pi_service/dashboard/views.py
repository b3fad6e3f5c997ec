"""What the page and the JSON API show of a station."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pi_service.dashboard.verdict_views import SetVerdictView, VerdictView
from pi_service.publish.payloads import PhaseName, SideName

WayName = Literal["lifting", "lowering"]
KindName = Literal["reps", "hold", "carry"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class RepView(_View):
    """A rep of the set that is shown."""

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
    """A finished set; `corrected` when the review changed what had been counted live."""

    session: str
    set: int
    exercise: str
    exercise_name: str
    reps: int
    live_reps: int
    corrected: bool
    added: int
    withdrawn: int
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


class StationView(StationSummary):
    """Everything about one station but its curve.

    Attributes
    ----------
    heard_ts
        When a live message came last, by the page's own clock; None until one has.
    holding
        False once the pose of a hold was left, until it is resumed.
    asked_least, asked_most
        Repetitions, seconds of a hold or metres of a carry that are asked for.
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
    """

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
    out_is: WayName | None
    verdict: VerdictView | None
    cue: VerdictView | None
    rep_list: tuple[RepView, ...]
    sets: tuple[SetView, ...]
    gaps: int
    lost_s: float


class CurveView(_View):
    """A piece of a station's curve; `reset` when what came before no longer belongs to it."""

    reset: bool
    start_s: float
    rate_hz: float
    values: tuple[float, ...]
