"""What a station says about itself: `info`, `health` and `fault`; see `pi_service.publish.payloads`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from pi_service.publish.payloads import Name, Payload, Timestamp

Sentence = Annotated[str, Field(min_length=1, max_length=600)]


class InfoPayload(Payload):
    """What the station is (retained): said when it begins, and when its clock was put right.

    Lists that begin with `sensor_` go with `sensors`.

    Attributes
    ----------
    software
        Name and version.
    started_ts
        When the stream began, as this computer's clock said then.
    clock_offset_s
        How far that clock was put right since, for example when a Raspberry Pi has found a time server: so
        much is to be added to the times of this session's events. Left out below 2 s.
    mqtt
        Version of MQTT.
    exercise
        Id of the exercise that it began with, or null.
    exercises
        Ids of all that can be selected.
    requests
        What can be asked for on `request/<verb>`.
    sensors
        ``limb``, ``torso`` or both.
    sensor_chip
        Names of the chips.
    sensor_rate_hz
        Nominal sample rates.
    sensor_accel_range_g, sensor_gyro_range_dps
        Full-scale ranges.
    sensor_calibration
        How it was found; ``nominal`` for the data sheet's scale.
    sensor_calibrated_ts
        When; null where it was not.
    """

    software: Annotated[str, Field(max_length=80)]
    started_ts: Timestamp
    clock_offset_s: float | None = None
    mqtt: Literal["3.1.1", "5"]
    exercise: Name | None
    exercises: tuple[Name, ...]
    requests: tuple[Name, ...] = ()
    sensors: tuple[Name, ...]
    sensor_chip: tuple[Name, ...] = ()
    sensor_rate_hz: tuple[float, ...] = ()
    sensor_accel_range_g: tuple[PositiveInt, ...] = ()
    sensor_gyro_range_dps: tuple[PositiveInt, ...] = ()
    sensor_calibration: tuple[Name, ...] = ()
    sensor_calibrated_ts: tuple[Timestamp | None, ...] = ()

    def _unsaid(self) -> frozenset[str]:
        unsaid = frozenset({"clock_offset_s"}) if self.clock_offset_s is None else frozenset()
        return super()._unsaid() | unsaid


class HealthPayload(Payload):
    """How the station is: every 10 s. What does not apply, or is not known, is left out.

    Keys that begin with `limb_` or `torso_` are of that sensor; counts are since the start.

    Attributes
    ----------
    up_s
        How long the stream has been running.
    queue_s
        Seconds of samples that wait to be counted.
    cpu_percent
        Of one core, since the last of these messages.
    memory_mb
        That the process has.
    outbox_waiting
        Messages that the broker has not acknowledged yet.
    outbox_dropped
        Events that were lost because too many waited, or for too long.
    faults
        What is wrong now: `what` of each `fault` that is active.
    limb_rate_hz, torso_rate_hz
        Samples a second since the last of these messages.
    limb_gaps, torso_gaps
        Times that samples were missing.
    limb_lost_samples, torso_lost_samples
        About how many those were.
    limb_bus_errors, torso_bus_errors
        Transfers that failed.
    limb_restarts, torso_restarts
        Times that the chip was begun anew.
    limb_clipped, torso_clipped
        Samples at the end of a range.
    limb_temperature_c, torso_temperature_c
        Of the chip.
    limb_silent_s, torso_silent_s
        How long ago the last sample was.
    limb_clock_ppm, torso_clock_ppm
        How much faster (+) than its nominal rate the chip's clock runs.
    limb_clock_uncertainty_us, torso_clock_uncertainty_us
        A sample's time may be off by as much as this.
    """

    up_s: NonNegativeFloat
    queue_s: NonNegativeFloat
    cpu_percent: NonNegativeFloat
    memory_mb: NonNegativeFloat
    outbox_waiting: NonNegativeInt
    outbox_dropped: NonNegativeInt
    faults: tuple[Name, ...]
    limb_rate_hz: NonNegativeFloat | None = None
    limb_gaps: NonNegativeInt | None = None
    limb_lost_samples: NonNegativeInt | None = None
    limb_bus_errors: NonNegativeInt | None = None
    limb_restarts: NonNegativeInt | None = None
    limb_clipped: NonNegativeInt | None = None
    limb_temperature_c: float | None = None
    limb_silent_s: NonNegativeFloat | None = None
    limb_clock_ppm: float | None = None
    limb_clock_uncertainty_us: NonNegativeFloat | None = None
    torso_rate_hz: NonNegativeFloat | None = None
    torso_gaps: NonNegativeInt | None = None
    torso_lost_samples: NonNegativeInt | None = None
    torso_bus_errors: NonNegativeInt | None = None
    torso_restarts: NonNegativeInt | None = None
    torso_clipped: NonNegativeInt | None = None
    torso_temperature_c: float | None = None
    torso_silent_s: NonNegativeFloat | None = None
    torso_clock_ppm: float | None = None
    torso_clock_uncertainty_us: NonNegativeFloat | None = None

    def to_bytes(self) -> bytes:
        """Return the message as JSON, without what is not known."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class RecordingPayload(Payload):
    """Whether the station records its samples (retained); said when it begins, and when that changes.

    Attributes
    ----------
    recording
        True while it does.
    file
        Name of the file that is recorded to or, afterwards, was; None before the first.
    started_ts, ended_ts
        When it began and ended, on this computer's clock; null where it did not.
    """

    recording: bool
    file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    started_ts: Timestamp | None = None
    ended_ts: Timestamp | None = None


class FaultPayload(Payload):
    """Something went wrong with the station, or is over.

    Faults depend on the day and not on the samples: they have a number of their own, so that a replay has the
    same `seq`.

    Attributes
    ----------
    fault
        Counts these messages of a session from 1.
    what
        Which: ``outbox_full``, ``outbox_too_old``, ``outbox_not_written``, ``outbox_damaged``,
        ``message_too_large``, ``message_unsendable``, ``message_refused``, ``broker_refuses``,
        ``recording_failed``, ``clock_wrong``, ``bus_missing``, ``bus_forbidden``, ``bus_in_use``, or the
        sensor and what is wrong with it, such as ``limb_bus``, or ``limb_missing`` before it has answered.
    active
        True from now on, false when it is over.
    text
        One sentence for people.
    sensor
        Of which sensor, or null.
    """

    fault: PositiveInt
    what: Name
    active: bool
    text: Sentence
    sensor: Name | None = None
