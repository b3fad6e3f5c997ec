"""What the page and the JSON API show of a station."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pi_service.publish.payloads import PhaseName


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


class SetView(_View):
    """A finished set; `corrected` when the review changed what had been counted live."""

    session: str
    set: int
    exercise: str
    reps: int
    live_reps: int
    corrected: bool
    added: int
    withdrawn: int
    end_ts: str
    duration_s: float


class StationSummary(_View):
    """One line of the list of stations."""

    name: str
    online: bool
    exercise: str | None
    active: bool
    set: int
    reps: int


class StationView(StationSummary):
    """Everything about one station but its curve.

    Attributes
    ----------
    heard_ts
        When a live message came last, by the page's own clock; None until one has.
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
