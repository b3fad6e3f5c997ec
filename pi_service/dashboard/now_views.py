"""What the page shows of a station beside its count: rest, plan, asked tempo, steadiness, health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

KindName = Literal["reps", "hold", "carry"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class BoundView(_View):
    """What is asked for of one figure; None where there is no bound on that side."""

    least: float | None
    most: float | None


class TempoView(_View):
    """Seconds that each phase of a repetition should take; None where nothing is asked for."""

    lifting: BoundView | None = None
    top_pause: BoundView | None = None
    lowering: BoundView | None = None
    stretch_pause: BoundView | None = None


class RestView(_View):
    """The rest after the last set.

    Attributes
    ----------
    running
        True while a rest is told.
    s
        How long it was when the station said so last.
    least_s, most_s
        Between what it should be.
    since_ts
        When it began.
    """

    running: bool
    s: float | None
    least_s: float | None
    most_s: float | None
    since_ts: str | None


class PlanView(_View):
    """The plan that is followed, and which of its steps this is."""

    name: str
    step: int | None
    steps: int | None
    next_exercise: str | None
    next_exercise_name: str | None


class SteadyRepView(_View):
    """How steady one repetition was."""

    rep: int
    deg: float
    ok: bool


class SteadinessView(_View):
    """How steady the torso was in the last repetition, or the pose of a hold.

    Attributes
    ----------
    rule
        Which rule says so.
    now_deg
        Now; None where the station does not tell it between verdicts.
    last_deg, bound_deg
        By the last verdict, and what it should not go beyond.
    ok
        Whether it did not.
    basis
        Whether a sensor measured it, or it is inferred from one elsewhere.
    per_rep
        The last repetitions of the set, in their order.
    """

    rule: str
    now_deg: float | None
    last_deg: float
    bound_deg: float | None
    ok: bool
    basis: Literal["measured", "inferred"]
    per_rep: tuple[SteadyRepView, ...] = ()


class ExerciseView(_View):
    """An exercise that can be selected."""

    id: str
    name: str
    kind: KindName


class RecordingView(_View):
    """Whether the station records its samples; the file is the last one, and since when it was recorded."""

    on: bool
    file: str | None
    since_ts: str | None


class FaultView(_View):
    """Something that is wrong now; `sensor` is None where it is not a sensor."""

    what: str
    text: str
    sensor: str | None


class SensorView(_View):
    """How one sensor is; what is not known is None. Counts are since the station began."""

    sensor: str
    ok: bool
    rate_hz: float | None
    lost_samples: int | None
    bus_errors: int | None
    silent_s: float | None
    temperature_c: float | None


class HealthView(_View):
    """How the station is; `ok` while nothing is wrong with it or its sensors."""

    ok: bool
    queue_s: float | None
    outbox_waiting: int | None
    sensors: tuple[SensorView, ...]
    faults: tuple[FaultView, ...]


class NoticeView(_View):
    """Something that a person should know of a sensor."""

    ts: str
    what: str
    text: str
    sensor: str
