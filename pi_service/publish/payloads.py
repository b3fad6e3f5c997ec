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

from pi_service.publish.asked_keys import AskedStateKeys
from pi_service.publish.held_keys import HeldStateKeys

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


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("use printable characters, and no space at either end")
    return text


#: Who trains: no control character, no mark that turns the writing round.
AthleteName = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1F\x7F-\x9F]+$"), AfterValidator(_printable)
]
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
        """Return the message as JSON, without what does not apply; the same values give the same bytes."""
        return self.model_dump_json(by_alias=True, exclude=self._left_out()).encode()

    def _left_out(self) -> Any:
        """Return the keys that do not apply, as pydantic wants them."""
        return {*self._unsaid()} or None

    def _unsaid(self) -> frozenset[str]:
        """Return the keys that do not apply."""
        return frozenset()

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


class AthletePayload(Payload):
    """What somebody did.

    Attributes
    ----------
    athlete
        Who, as `request/set_athlete` said; left out where nobody did.
    """

    athlete: AthleteName | None = None

    def _unsaid(self) -> frozenset[str]:
        return super()._unsaid() | (frozenset({"athlete"}) if self.athlete is None else frozenset())


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

    def _unsaid(self) -> frozenset[str]:
        return super()._unsaid() | (_SIDE_KEYS if self.total_reps is None else frozenset())


class StatePayload(AskedStateKeys, HeldStateKeys, AthletePayload, SidesPayload):
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
    torso_deg
        How far the torso is from its pose at the start of the open set, 0.6 s ago; left out where no torso
        sensor shows it.
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
    torso_deg: float | None = None
    set_started_ts: Timestamp | None
    last_set_reps: NonNegativeInt | None
    sets_done: NonNegativeInt

    def _unsaid(self) -> frozenset[str]:
        torso = frozenset() if self.torso_deg is not None else frozenset({"torso_deg"})
        return super()._unsaid() | self.unsaid() | self.unasked() | torso


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
    """Samples of one sensor are missing: nothing is known of ``[start_s, end_s)``.

    Attributes
    ----------
    sensor
        ``limb`` or ``torso``.
    start_s, end_s
        From the last sample before to the first one after.
    duration_s
        From one to the other.
    """

    sensor: Name
    start_s: float
    end_s: float
    duration_s: NonNegativeFloat


class NoticePayload(EventPayload):
    """Something that a person should know of a sensor, or do about it.

    Attributes
    ----------
    sensor
        ``limb`` or ``torso``.
    what
        ``placement_changed``: it turned on the limb, by `angle_deg` between `start_s` and `end_s`.
        ``zero_unknown``: it did not rest when it began, and its gyroscope is off by about `rate_dps`.
        ``zero_too_far``: it rested, and its gyroscope reads `rate_dps`, more than that of a sound chip.
        ``zero_learned``: after `request/re_zero`, its gyroscope's zero is `rate_dps` from the one before.
        ``zero_not_learned``: it did not rest within 30 s of `request/re_zero`, and nothing has changed.
    text
        One sentence for people.
    angle_deg, start_s, end_s, rate_dps
        See `what`; null where they do not belong to it.
    """

    sensor: Name
    what: Literal["placement_changed", "zero_unknown", "zero_too_far", "zero_learned", "zero_not_learned"]
    text: Annotated[str, Field(min_length=1, max_length=400)]
    angle_deg: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    rate_dps: float | None = None
