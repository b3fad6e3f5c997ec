"""What the history tells: sets, their repetitions, days, weeks, bests."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

KindName = Literal["reps", "hold", "carry"]
CorrectedName = Literal["review", "corrected", "discarded"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class SetSummary(_Row):
    """One set, as all that was heard of it says.

    Attributes
    ----------
    start_ts, end_ts, duration_s
        From its first movement to its last; of an unfinished one as far as it was heard.
    finished
        False where its end was not heard: the station ended, or messages were missed.
    reps, live_reps
        The count that stays, and what had been counted live.
    corrected
        Who changed the count: the ``review``, or a person, who ``corrected`` or ``discarded`` the set.
    worn_side, other_side_reps, total_reps
        Where the sides alternate.
    tempo, quality_percent, cues
        Of the verdict on the set; what there was to do about it.
    best_velocity_mps, velocity_loss_percent
        Mean lifting velocity of the fastest repetition, and how much slower the last one was.
    range_m, range_deg, lifting_s, lifted_pause_s, lowering_s, lowered_pause_s
        Medians of the repetitions.
    """

    station: str
    session: str
    set: int
    start_ts: str
    end_ts: str
    duration_s: float
    finished: bool
    exercise: str
    kind: KindName
    athlete: str | None
    simulated: bool
    reps: int
    live_reps: int
    corrected: CorrectedName | None
    worn_side: Literal["left", "right"] | None
    other_side_reps: int | None
    total_reps: int | None
    held_s: float | None
    hold_breaks: int | None
    steps: int | None
    distance_m: float | None
    distance_uncertainty_m: float | None
    set_place: int | None
    asked_least: float | None
    asked_most: float | None
    asked_unit: Literal["reps", "s", "m"] | None
    target: Literal["short", "reached", "over"] | None
    tempo: str | None
    quality_percent: float | None
    best_velocity_mps: float | None
    velocity_loss_percent: float | None
    range_m: float | None
    range_deg: float | None
    lifting_s: float | None
    lifted_pause_s: float | None
    lowering_s: float | None
    lowered_pause_s: float | None
    cues: tuple[str, ...]

    @property
    def done(self) -> int:
        """Repetitions of both sides, or what a person said that they were."""
        by_a_person = self.corrected in ("corrected", "discarded")
        return self.reps if by_a_person or self.total_reps is None else self.total_reps


class SetRow(SetSummary):
    """A set in a list.

    Attributes
    ----------
    exercise_name
        The exercise's name for people.
    has_curve
        Whether its curve was kept.
    recording
        Name of the file that the station recorded meanwhile.
    """

    exercise_name: str
    has_curve: bool
    recording: str | None


class RuleRow(_Row):
    """What one rule says: of a repetition, or of a set.

    Attributes
    ----------
    reps_ok, reps_judged
        Of a set: how many of the repetitions that could be judged were right.
    """

    rule: str
    ok: bool
    measured: float
    unit: str
    basis: Literal["measured", "inferred"]
    least: float | None
    most: float | None
    cue: str | None
    reps_ok: int | None = None
    reps_judged: int | None = None


class RepRow(_Row):
    """One repetition.

    Attributes
    ----------
    withdrawn
        True where the review took it back.
    start_s, turn_s, end_s
        On the stream's clock.
    out_moving_s, turn_pause_s, back_moving_s, home_pause_s
        Its phases, as the review measured them where it did.
    velocity_mps
        Mean of the way that lifts; `out_...` and `back_...` are signed, upwards positive.
    rules, cue
        How it was judged.
    """

    rep: int
    source: Literal["live", "review"] | None
    withdrawn: bool
    start_s: float | None
    turn_s: float | None
    end_s: float | None
    duration_s: float | None
    confidence: float | None
    out_is: Literal["lifting", "lowering"] | None
    out_moving_s: float | None
    turn_pause_s: float | None
    back_moving_s: float | None
    home_pause_s: float | None
    lifting_s: float | None
    lowering_s: float | None
    lifted_pause_s: float | None
    lowered_pause_s: float | None
    range_deg: float | None
    range_deg_uncertainty: float | None
    range_m: float | None
    range_m_uncertainty: float | None
    velocity_mps: float | None
    velocity_uncertainty_mps: float | None
    out_mean_mps: float | None
    out_peak_mps: float | None
    back_mean_mps: float | None
    back_peak_mps: float | None
    cue: str | None
    rules: tuple[RuleRow, ...]


class SetDetails(SetRow):
    """A set with its repetitions and its verdict.

    Attributes
    ----------
    start_s, end_s
        On the stream's clock, as the repetitions' and the curve's times.
    rep_list, rules
        Its repetitions in the order of time, and what the rules say of the whole.
    unjudged, unjudged_why
        What could not be judged, and why.
    gaps, lost_s
        How often, and for how long in all, samples were missing meanwhile.
    """

    start_s: float | None
    end_s: float | None
    rep_list: tuple[RepRow, ...]
    rules: tuple[RuleRow, ...]
    unjudged: tuple[str, ...]
    unjudged_why: tuple[str, ...]
    gaps: int
    lost_s: float


class DayExercise(_Row):
    """What was done of one exercise on a day."""

    id: str
    name: str
    sets: int
    reps: int


class DayRow(_Row):
    """What was done on a day; sets that a person discarded are no part of it."""

    day: str
    sets: int
    reps: int
    held_s: float
    distance_m: float
    exercises: tuple[DayExercise, ...]


class WeekRow(_Row):
    """What was done in a week, and medians of its sets."""

    monday: str
    sets: int
    reps: int
    held_s: float
    distance_m: float
    lifting_s: float | None
    lifted_pause_s: float | None
    lowering_s: float | None
    lowered_pause_s: float | None
    best_velocity_mps: float | None
    range_m: float | None
    range_deg: float | None
    quality_percent: float | None


class BestRow(_Row):
    """The best that there is of something, and in which set it was done first."""

    what: Literal["reps", "held", "distance", "velocity"]
    value: float
    unit: Literal["reps", "s", "m", "m/s"]
    exercise: str
    exercise_name: str
    day: str
    station: str
    session: str
    set: int
    simulated: bool


class CurveRow(_Row):
    """The movement's curve of a set (deg); a value is None where a piece was missed."""

    start_s: float
    rate_hz: float
    values: tuple[float | None, ...]
