"""What the messages say: flat JSON, units in the keys, times as RFC 3339 in UTC.

Consumers (the page, the history) read with the same models. A consumer must accept keys that it does
not know: new keys may be added without a new `SCHEMA`; a key that goes or changes its meaning needs
one. This module knows nothing of the counter, so that a consumer can import it alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
)

from pi_service.publish.held_keys import HeldSetKeys, HeldStateKeys

#: Version of the payloads.
SCHEMA: Literal[1] = 1


def utc_text(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC with milliseconds, such as 2026-01-02T03:04:05.678Z."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone cannot be published")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stream_time_text(started_at: datetime, at_s: float) -> str:
    """Return the wall-clock time of a moment on a stream's clock as text."""
    # Rounded to whole milliseconds first: 1.9999999 s and 2.0 s are the same moment.
    return utc_text(started_at + timedelta(milliseconds=round(at_s * 1000)))


def _rfc3339_utc(text: str) -> str:
    if not text.endswith("Z") or datetime.fromisoformat(text).utcoffset() != timedelta(0):
        raise ValueError("not an RFC 3339 time in UTC that ends in Z")
    return text


Timestamp = Annotated[str, AfterValidator(_rfc3339_utc), Field(max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
PhaseName = Literal["still", "moving", "out", "back"]
SideName = Literal["left", "right"]
_SIDE_KEYS = frozenset(
    {"worn_side", "worn_side_reps", "other_side_reps", "other_side_uncertain", "total_reps"}
)


class Payload(BaseModel):
    """What every message says.

    Attributes
    ----------
    schema_version
        ``schema`` in the message: the version of its form.
    station
        Which station speaks.
    session
        One run of the station's counter; the same for a replay of the same stream.
    ts
        When it was so, on the wall clock of the stream.
    simulated
        True when no person moved.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore", allow_inf_nan=False)

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    station: Name
    session: Name
    ts: Timestamp
    simulated: bool = False

    def to_bytes(self) -> bytes:
        """Return the message as JSON; the same values always give the same bytes."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a message; raises `pydantic.ValidationError` when it is not one."""
        return cls.model_validate_json(data)


class EventPayload(Payload):
    """A message that happened once.

    Attributes
    ----------
    seq
        Counts the events of a session from 1 without holes: a consumer knows what it has seen (QoS 1
        may repeat a message) and what it has missed.
    """

    seq: PositiveInt


class SidesPayload(Payload):
    """Both sides of an exercise in which they alternate; of any other the message does not say these keys.

    Attributes
    ----------
    worn_side
        The side that wears the sensor; None where nobody said.
    worn_side_reps
        Its reps of the set so far: each was seen.
    other_side_reps
        Reps of the other side: inferred from the pauses between those that were seen.
    other_side_uncertain
        The other side's may be so many more or fewer.
    total_reps
        Reps of both sides.
    """

    worn_side: SideName | None = None
    worn_side_reps: NonNegativeInt | None = None
    other_side_reps: NonNegativeInt | None = None
    other_side_uncertain: NonNegativeInt | None = None
    total_reps: NonNegativeInt | None = None

    def to_bytes(self) -> bytes:
        """Return the message as JSON, without what does not apply to the exercise."""
        return self.model_dump_json(by_alias=True, exclude=self._left_out()).encode()

    def _left_out(self) -> Any:
        """Return the keys that do not apply, as pydantic wants them."""
        return {*self._unsaid()} or None

    def _unsaid(self) -> frozenset[str]:
        """Return the keys that do not apply: the sides where they do not alternate."""
        return _SIDE_KEYS if self.total_reps is None else frozenset()


class StatePayload(HeldStateKeys, SidesPayload):
    """What is going on at the station now (retained).

    Attributes
    ----------
    seq
        Number of the last event that this state knows of; 0 at the start of the stream.
    exercise
        Id of the exercise, or None when nobody has said and no set has begun.
    active
        True while a set is open.
    set
        Number of the open set or, between sets, of the last one; 0 before the first.
    reps
        Reps of that set.
    count
        ``live`` while they may still be corrected, ``final`` after the review.
    phase, moving
        What the lifter does.
    movement_deg
        How far the sensor is from its start pose.
    set_started_ts
        When the open set began.
    last_set_reps
        Final count of the last finished set.
    sets_done
        Finished sets of the session.
    """

    seq: NonNegativeInt
    exercise: Name | None
    active: bool
    set: NonNegativeInt
    reps: NonNegativeInt
    count: Literal["live", "final"]
    phase: PhaseName
    moving: bool
    movement_deg: float
    set_started_ts: Timestamp | None
    last_set_reps: NonNegativeInt | None
    sets_done: NonNegativeInt

    def _unsaid(self) -> frozenset[str]:
        return super()._unsaid() | self.unsaid()


class RepPayload(SidesPayload, EventPayload):
    """One repetition. Times in ``_s`` are on the stream's clock.

    What was measured of it is None where it was not: uncertainties are one standard deviation, velocities are
    of the sensor, vertical, upwards positive.

    Attributes
    ----------
    rep
        Identity of the rep within its set; never used twice, may have holes after a correction.
    reps
        Reps of the set so far, this one included.
    source
        ``live`` as it ended, or ``review`` when the review at the end of the set found it.
    out_s, back_s
        From when it left the start pose to the turning point, and from there to the end: with a part of the
        pause at the turning point each.
    out_moving_s, turn_pause_s, back_moving_s
        How long it moved out, paused there, and moved back.
    home_pause_s
        Pause in the start pose since the rep before; None for the first of a set.
    back_is_over
        False where the rep was measured before it was back: `back_moving_s` is foretold then.
    out_is
        Whether the way out is the one that lifts or the one that lowers, where the exercise says so.
    lifting_s, lowering_s
        The moving times by what they are.
    lifted_pause_s, lowered_pause_s
        The pause after lifting and the one after lowering; of the two, the one in the start pose is the one
        before the rep.
    out_mean_mps, out_peak_mps, back_mean_mps, back_peak_mps
        Vertical velocity on either way.
    """

    exercise: Name
    set: PositiveInt
    rep: PositiveInt
    reps: NonNegativeInt
    source: Literal["live", "review"]
    start_s: float
    turn_s: float
    end_s: float
    detected_at_s: float
    duration_s: float
    out_s: float
    back_s: float
    range_deg: float
    range_m: float | None
    confidence: float
    range_deg_uncertainty: NonNegativeFloat | None = None
    range_m_uncertainty: NonNegativeFloat | None = None
    out_moving_s: NonNegativeFloat | None = None
    turn_pause_s: NonNegativeFloat | None = None
    back_moving_s: NonNegativeFloat | None = None
    home_pause_s: NonNegativeFloat | None = None
    back_is_over: bool | None = None
    out_is: Literal["lifting", "lowering"] | None = None
    lifting_s: NonNegativeFloat | None = None
    lowering_s: NonNegativeFloat | None = None
    lifted_pause_s: NonNegativeFloat | None = None
    lowered_pause_s: NonNegativeFloat | None = None
    out_mean_mps: float | None = None
    out_peak_mps: float | None = None
    out_mean_uncertainty_mps: NonNegativeFloat | None = None
    out_peak_uncertainty_mps: NonNegativeFloat | None = None
    back_mean_mps: float | None = None
    back_peak_mps: float | None = None
    back_mean_uncertainty_mps: NonNegativeFloat | None = None
    back_peak_uncertainty_mps: NonNegativeFloat | None = None


class SetPayload(HeldSetKeys, SidesPayload, EventPayload):
    """A set is over and reviewed; `final_reps` is what it is remembered by.

    Attributes
    ----------
    final_reps
        The final count.
    live_reps
        What had been counted live.
    rep_ids
        Identities of the reps of the final count in the order of time.
    rep_out_moving_s, rep_turn_pause_s, rep_back_moving_s, rep_home_pause_s, rep_range_deg, rep_range_m
        What the review measured of each of them, in the same order: see `RepPayload`.
    out_is
        What the way out is; None where that is not known, or differs from rep to rep.
    """

    exercise: Name
    set: PositiveInt
    final_reps: NonNegativeInt
    live_reps: NonNegativeInt
    rep_ids: tuple[PositiveInt, ...]
    start_ts: Timestamp
    end_ts: Timestamp
    start_s: float
    end_s: float
    duration_s: float
    rep_out_moving_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_turn_pause_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_back_moving_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_home_pause_s: tuple[NonNegativeFloat | None, ...] = ()
    rep_range_deg: tuple[float, ...] = ()
    rep_range_m: tuple[float | None, ...] = ()
    out_is: Literal["lifting", "lowering"] | None = None

    def _unsaid(self) -> frozenset[str]:
        return super()._unsaid() | self.unsaid()


class CorrectionPayload(SidesPayload, EventPayload):
    """The review added or withdrew reps of a set; `reps` is the count after it."""

    exercise: Name
    set: PositiveInt
    added: tuple[PositiveInt, ...]
    withdrawn: tuple[PositiveInt, ...]
    reps: NonNegativeInt


class CurvePayload(Payload):
    """A piece of the movement's curve.

    Attributes
    ----------
    start_s
        Time of the first value on the stream's clock; `ts` is the same moment on the wall clock.
    rate_hz
        Values a second.
    movement_deg
        How far the sensor is from its start pose.
    """

    start_s: float
    rate_hz: Annotated[float, Field(gt=0, le=2000)]
    movement_deg: Annotated[tuple[float, ...], Field(max_length=4000)]


class GapPayload(EventPayload):
    """Samples of one sensor are missing: nothing is known of ``[start_s, end_s)``."""

    sensor: Name
    start_s: float
    end_s: float
    duration_s: NonNegativeFloat


class NoticePayload(EventPayload):
    """Something that a person should know of a sensor, or do about it.

    Attributes
    ----------
    what
        ``placement_changed``: it turned on the limb, by `angle_deg` between `start_s` and `end_s`.
        ``zero_unknown``: it did not rest when it began, and its gyroscope is off by about `rate_dps`.
        ``zero_too_far``: it rested, and its gyroscope reads `rate_dps`, more than that of a sound chip.
    text
        One sentence for people.
    """

    sensor: Name
    what: Literal["placement_changed", "zero_unknown", "zero_too_far"]
    text: Annotated[str, Field(min_length=1, max_length=400)]
    angle_deg: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    rate_dps: float | None = None
