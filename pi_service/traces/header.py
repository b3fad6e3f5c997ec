"""What a recording says about itself: everything that is needed to replay it years later."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from calibration.errors import CalibrationError
from calibration.placement import Placement
from calibration.step_length import StepLength, step_length_of, table_of
from calibration.toml_reading import NotTomlError, read_toml
from calibration.value import Calibration
from firmware.identity import SensorIdentity
from firmware.samples import SensorRole
from pi_service.traces.errors import TraceFormatError
from pi_service.traces.toml_text import HexInt, toml_lines

T = TypeVar("T")

#: Number of the format that this package writes, and the newest that it reads.
TRACE_FORMAT: Final = 1
#: How the first line of every recording begins.
MAGIC: Final = "# repclip-trace "


@dataclass(frozen=True, slots=True)
class SensorHeader:
    """One sensor of a recording.

    Attributes
    ----------
    identity
        Role, I2C bus and address, chip and WHO_AM_I.
    placement
        Where it was worn or clipped on, e.g. ``wrist``, ``bar``, ``torso``.
    accel_range_g, gyro_range_dps
        Full-scale ranges: 32768 counts stand for this many g or deg/s.
    rate_hz
        Nominal sample rate.
    calibration
        The calibration that was in use; replay applies it again.
    dlpf_setting, bandwidth_hz
        Setting of the chip's low-pass filter and the bandwidth it stands for, where known.
    temperature
        Whether the rows carry the die temperature.
    sits
        How it sat, if somebody had shown that; replay judges by it.
    """

    identity: SensorIdentity
    placement: str
    accel_range_g: int
    gyro_range_dps: int
    rate_hz: float
    calibration: Calibration
    dlpf_setting: int | None = None
    bandwidth_hz: float | None = None
    temperature: bool = False
    sits: Placement | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be replayed."""
        if not (math.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise ValueError(f"rate_hz of the {self.role} sensor is {self.rate_hz}, not a rate above 0")
        ranges = (self.accel_range_g, self.gyro_range_dps)
        if ranges != (self.calibration.accel_range_g, self.calibration.gyro_range_dps):
            raise ValueError(f"the {self.role} sensor and its calibration have different ranges")

    @property
    def role(self) -> SensorRole:
        """Which of the station's sensors it is."""
        return self.identity.role


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """Everything about a recording that is not a sample.

    Attributes
    ----------
    station
        Name of the station.
    started_at
        Wall-clock time (aware) at which the recording's clock read 0 s.
    session_id
        Identity of the session that was recorded.
    sensors
        One or two sensors, of different roles. Their order is the ``sensor`` column's numbering.
    software
        What wrote the recording, e.g. ``repclip 0.1.0``.
    exercise
        Id of the exercise, or None when nobody said.
    exercise_file
        Text of the file of that exercise where it is one of somebody's own; replay goes by it.
    simulated
        True when no person moved.
    notes
        Free text.
    step_length
        How long a step of whoever is recorded is; None when nobody measured it.
    """

    station: str
    started_at: datetime
    session_id: str
    sensors: tuple[SensorHeader, ...]
    software: str
    exercise: str | None = None
    simulated: bool = False
    notes: str = ""
    step_length: StepLength | None = None
    exercise_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no reader could make sense of."""
        if self.started_at.tzinfo is None:
            raise ValueError("started_at needs a time zone")
        roles = [sensor.role for sensor in self.sensors]
        if not 1 <= len(roles) <= 2 or len(set(roles)) != len(roles):
            raise ValueError("a recording has one or two sensors, of different roles")

    @property
    def has_temperature(self) -> bool:
        """Whether the rows have a temperature column."""
        return any(sensor.temperature for sensor in self.sensors)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a row."""
        first = ("sensor",) if len(self.sensors) > 1 else ()
        last = ("temperature",) if self.has_temperature else ()
        return (*first, "t_us", "ax", "ay", "az", "gx", "gy", "gz", "flags", *last)

    def to_text(self) -> str:
        """Return the header's lines, each a comment, and the line that names the columns."""
        facts: dict[str, Any] = {
            "station": self.station,
            "started_at": self.started_at.astimezone(UTC),
            "session_id": self.session_id,
        }
        if self.exercise is not None:
            facts["exercise"] = self.exercise
        if self.exercise_file is not None:
            facts["exercise_file"] = self.exercise_file
        facts |= {"simulated": self.simulated, "software": self.software}
        if self.notes:
            facts["notes"] = self.notes
        if self.step_length is not None:
            facts["step_length"] = table_of(self.step_length)
        facts["sensor"] = [_sensor_table(sensor) for sensor in self.sensors]
        lines = [f"{MAGIC}{TRACE_FORMAT}", *(f"# {line}".rstrip() for line in toml_lines(facts))]
        return "\n".join([*lines, ",".join(self.columns), ""])


def is_recording(first_line: str) -> bool:
    """Whether a file that begins with this line is a recording of ours (of whatever format number)."""
    return first_line.startswith(MAGIC.rstrip())


def parse_header(path: Path, lines: list[str]) -> TraceHeader:
    """Read the comment lines at the top of a recording.

    Parameters
    ----------
    path
        The file, to be named in errors.
    lines
        The lines that begin with ``#``, as they are.
    """
    _check_format(path, lines[0])
    # Each line keeps its place, so that the TOML reader's line numbers are the file's.
    text = "\n".join(["", *(re.sub("^# ?", "", line) for line in lines[1:])])
    try:
        facts = read_toml(text)
    except NotTomlError as error:
        raise TraceFormatError(
            path,
            f"the header is not TOML behind '# ': {error}; correct the line or leave it out.",
            line=error.line,
        ) from error
    table = _Table(path, "", facts)
    sensors = table.tables("sensor")
    try:
        return TraceHeader(
            station=table.get("station", str),
            started_at=table.time("started_at"),
            session_id=table.get("session_id", str),
            sensors=tuple(_sensor(sensor) for sensor in sensors),
            software=table.get("software", str),
            exercise=table.get_or_none("exercise", str),
            simulated=table.get("simulated", bool),
            notes=table.get_or_none("notes", str) or "",
            step_length=_step_length(table),
            exercise_file=table.get_or_none("exercise_file", str),
        )
    except ValueError as error:
        raise TraceFormatError(path, f"the header cannot be right: {error}.") from error


def _step_length(table: _Table) -> StepLength | None:
    values = table.get_or_none("step_length", dict)
    try:
        return None if values is None else step_length_of(values)
    except CalibrationError as error:
        raise table.fault(f"its step length cannot be read: {error}") from error


def _check_format(path: Path, first_line: str) -> None:
    number = first_line.removeprefix(MAGIC.rstrip()).strip()
    if not number.isdecimal():
        raise TraceFormatError(
            path, f"the first line must be '{MAGIC}{TRACE_FORMAT}', not {first_line!r}.", line=1
        )
    if int(number) != TRACE_FORMAT:
        raise TraceFormatError(
            path,
            f"this recording has format {number}, and this repclip reads format {TRACE_FORMAT}:"
            " update repclip to read it.",
            line=1,
        )


def _sensor_table(sensor: SensorHeader) -> dict[str, Any]:
    identity = sensor.identity
    table: dict[str, Any] = {"role": str(identity.role)}
    if identity.i2c_bus is not None:
        table["i2c_bus"] = identity.i2c_bus
    table |= {"i2c_address": HexInt(identity.i2c_address), "chip": identity.chip}
    if identity.who_am_i is not None:
        table["who_am_i"] = HexInt(identity.who_am_i)
    table |= {
        "placement": sensor.placement,
        "accel_range_g": sensor.accel_range_g,
        "gyro_range_dps": sensor.gyro_range_dps,
        "rate_hz": float(sensor.rate_hz),
    }
    if sensor.dlpf_setting is not None:
        table["dlpf_setting"] = sensor.dlpf_setting
    if sensor.bandwidth_hz is not None:
        table["bandwidth_hz"] = float(sensor.bandwidth_hz)
    table["temperature"] = sensor.temperature
    calibration = sensor.calibration.to_dict()
    if sensor.calibration.sensor == identity:
        # The sensor just above; only a calibration borrowed from elsewhere names its own.
        del calibration["sensor"]
    table["calibration"] = calibration
    if sensor.sits is not None:
        table["sits"] = sensor.sits.to_dict()
    return table


def _sensor(table: _Table) -> SensorHeader:
    role = table.get("role", str)
    if role not in set(SensorRole):
        raise table.fault(f"role is {role!r}; expected one of {', '.join(SensorRole)}.")
    identity = SensorIdentity(
        role=SensorRole(role),
        i2c_bus=table.get_or_none("i2c_bus", int),
        i2c_address=table.get("i2c_address", int),
        chip=table.get("chip", str),
        who_am_i=table.get_or_none("who_am_i", int),
    )
    try:
        calibration = Calibration.from_dict({"sensor": table.values, **table.get("calibration", dict)})
    except CalibrationError as error:
        raise table.fault(f"its calibration cannot be read: {error}") from error
    try:
        sits = Placement.from_dict(table.get("sits", dict)) if "sits" in table.values else None
    except CalibrationError as error:
        raise table.fault(f"how it sits cannot be read: {error}") from error
    return SensorHeader(
        identity=identity,
        placement=table.get("placement", str),
        accel_range_g=table.get("accel_range_g", int),
        gyro_range_dps=table.get("gyro_range_dps", int),
        rate_hz=table.number("rate_hz"),
        calibration=calibration,
        dlpf_setting=table.get_or_none("dlpf_setting", int),
        bandwidth_hz=table.number("bandwidth_hz") if "bandwidth_hz" in table.values else None,
        temperature=table.get("temperature", bool),
        sits=sits,
    )


class _Table:
    """A table of the header that names the key which is missing or wrong."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self.path = path
        self.name = name
        self.values = values

    def fault(self, message: str) -> TraceFormatError:
        return TraceFormatError(self.path, f"the header{self.name}: {message}")

    def get(self, key: str, kind: type[T]) -> T:
        if key not in self.values:
            raise self.fault(f"{key} is missing; expected {_KINDS[kind]}.")
        value = self.values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(f"{key} is {value!r}; expected {_KINDS[kind]}.")
        return value

    def get_or_none(self, key: str, kind: type[T]) -> T | None:
        return self.get(key, kind) if key in self.values else None

    def number(self, key: str) -> float:
        value = self.values.get(key)
        return (
            float(value) if isinstance(value, int) and not isinstance(value, bool) else self.get(key, float)
        )

    def time(self, key: str) -> datetime:
        value = self.get(key, datetime)
        if value.tzinfo is None:
            raise self.fault(f"{key} has no time zone; expected a time that ends in Z.")
        return value.astimezone(UTC)

    def tables(self, key: str) -> list[_Table]:
        values = self.get(key, list)
        if not all(isinstance(value, dict) for value in values):
            raise self.fault(f"{key} must be one or two tables [[{key}]].")
        return [_Table(self.path, f", {key} {i}", value) for i, value in enumerate(values, 1)]


_KINDS: Final[dict[type, str]] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list of tables",
    datetime: "a time such as 2026-01-02T03:04:05Z",
}
