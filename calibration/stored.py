"""Reading stored values: what must be a number, a vector or a date is one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from calibration.errors import CalibrationFormatError
from calibration.imu import Vector
from firmware.identity import SensorIdentity
from firmware.samples import SensorRole

Matrix = tuple[Vector, Vector, Vector]


def integer(stored: Mapping[str, Any], name: str) -> int:
    """Return a whole number."""
    value = stored.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise CalibrationFormatError(f"{name} of a calibration must be a whole number, not {value!r}.")
    return value


def number(stored: Mapping[str, Any], name: str) -> float:
    """Return a number."""
    value = stored.get(name)
    if not _is_number(value):
        raise CalibrationFormatError(f"{name} of a calibration must be a number, not {value!r}.")
    return _float(value, name)


def text(stored: Mapping[str, Any], name: str) -> str:
    """Return a text."""
    value = stored.get(name)
    if not isinstance(value, str):
        raise CalibrationFormatError(f"{name} of a calibration must be a text, not {value!r}.")
    return value


def texts(stored: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts."""
    value = stored.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise CalibrationFormatError(f"{name} of a calibration must be a list of texts, not {value!r}.")
    return tuple(value)


def date(stored: Mapping[str, Any], name: str) -> datetime:
    """Return an instant, in UTC; files that a person edited may have a date of TOML in place of a text."""
    value = stored.get(name)
    if isinstance(value, str):
        with contextlib.suppress(ValueError):  # told below, with what is no text at all
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise CalibrationFormatError(
            f"{name} of a calibration must be a time with its zone, such as 2026-11-22T10:15:00Z,"
            f" not {value!r}."
        )
    return value.astimezone(UTC)


def vector(value: object, name: str) -> Vector:
    """Return three numbers."""
    if isinstance(value, list) and len(value) == 3 and all(map(_is_number, value)):
        return _float(value[0], name), _float(value[1], name), _float(value[2], name)
    raise CalibrationFormatError(f"{name} of a calibration must be three numbers, not {value!r}.")


def matrix(stored: Mapping[str, Any], name: str) -> Matrix:
    """Return three rows of three numbers."""
    value = stored.get(name)
    if not isinstance(value, list) or len(value) != 3:
        raise CalibrationFormatError(f"{name} of a calibration must be three rows of three numbers.")
    return vector(value[0], name), vector(value[1], name), vector(value[2], name)


def identity(stored: Mapping[str, Any]) -> SensorIdentity:
    """Return which sensor a calibration belongs to."""
    value = stored.get("sensor")
    if not isinstance(value, dict):
        raise CalibrationFormatError("A calibration must name its sensor (role, i2c_address, chip).")
    role = text(value, "role")
    if role not in set(SensorRole):
        raise CalibrationFormatError(
            f"role of a calibration's sensor is {role!r}; expected one of {', '.join(SensorRole)}."
        )
    address = integer(value, "i2c_address")
    if not 0 <= address < 0x80:
        raise CalibrationFormatError(
            f"i2c_address of a calibration's sensor is 0x{address:x}; expected one of I2C, such as 0x68."
        )
    return SensorIdentity(
        role=SensorRole(role),
        i2c_bus=integer(value, "i2c_bus") if "i2c_bus" in value else None,
        i2c_address=address,
        chip=text(value, "chip"),
        who_am_i=integer(value, "who_am_i") if "who_am_i" in value else None,
    )


def identity_table(sensor: SensorIdentity) -> dict[str, Any]:
    """Return what `identity` reads."""
    table: dict[str, Any] = {"role": str(sensor.role)}
    if sensor.i2c_bus is not None:
        table["i2c_bus"] = sensor.i2c_bus
    table |= {"i2c_address": sensor.i2c_address, "chip": sensor.chip}
    if sensor.who_am_i is not None:
        table["who_am_i"] = sensor.who_am_i
    return table


def date_text(value: datetime) -> str:
    """Return what `date` reads."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float(value: Any, name: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise CalibrationFormatError(f"{name} of a calibration holds a number that is too large.") from None
