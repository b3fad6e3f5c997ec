"""The calibration as a value: what turns one sensor's counts into SI units.

The model, for acceleration and angular rate alike::

    nominal    = counts * full_scale / 32768          (in SI units)
    calibrated = matrix @ (nominal - offset)

so that ``Calibration.nominal(...)`` is the identity matrix and no offset. Frames do not change: both
sides are the sensor frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationFormatError, CalibrationMismatchError
from calibration.imu import FloatArray, ImuBlock
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock, SensorRole
from firmware.settings import ACCEL_RANGES_G, GYRO_RANGES_DPS

#: Number of the stored form of `Calibration.to_dict`.
CALIBRATION_FORMAT: Final = 1
#: Standard gravity, by which "g" is meant everywhere.
STANDARD_GRAVITY_MS2: Final = 9.80665
#: Counts that stand for the full-scale range.
FULL_SCALE_COUNTS: Final = 32768

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

_IDENTITY: Final[Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_ZERO: Final[Vector] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one sensor's counts become m/s2 and rad/s.

    Attributes
    ----------
    sensor
        The sensor that it belongs to.
    accel_range_g, gyro_range_dps
        Full-scale ranges that it was made at.
    accel_matrix
        3 x 3, from nominal m/s2 (after the offset) to true m/s2.
    accel_offset_ms2
        What the nominal specific force reads too much, in nominal m/s2.
    gyro_matrix
        3 x 3, from nominal rad/s (after the offset) to true rad/s.
    gyro_offset_rads
        What the nominal angular rate reads at rest, in nominal rad/s.
    kind
        How it was found; ``nominal`` for the data sheet's scale and nothing else.
    """

    sensor: SensorIdentity
    accel_range_g: int
    gyro_range_dps: int
    accel_matrix: Matrix
    accel_offset_ms2: Vector
    gyro_matrix: Matrix
    gyro_offset_rads: Vector
    kind: str

    def __post_init__(self) -> None:
        """Refuse what could only give nonsense."""
        if self.accel_range_g not in ACCEL_RANGES_G:
            raise CalibrationFormatError(_not_a_range("accel_range_g", self.accel_range_g, ACCEL_RANGES_G))
        if self.gyro_range_dps not in GYRO_RANGES_DPS:
            raise CalibrationFormatError(_not_a_range("gyro_range_dps", self.gyro_range_dps, GYRO_RANGES_DPS))
        for name in ("accel_matrix", "accel_offset_ms2", "gyro_matrix", "gyro_offset_rads"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise CalibrationFormatError(f"{name} of a calibration holds a value that is not finite.")

    @classmethod
    def nominal(
        cls, sensor: SensorIdentity, accel_range_g: int = 8, gyro_range_dps: int = 1000
    ) -> Calibration:
        """Return the data sheet's scale, for a sensor that nobody has calibrated."""
        return cls(sensor, accel_range_g, gyro_range_dps, _IDENTITY, _ZERO, _IDENTITY, _ZERO, "nominal")

    def apply(self, raw: RawBlock) -> ImuBlock:
        """Return a block in SI units.

        Each sample is computed by itself, with plain element-wise operations: the result is the same
        bit for bit however the samples were cut into blocks. (A matrix product would round
        differently with the number of rows.)

        Raises
        ------
        CalibrationMismatchError
            The block comes from another sensor or was taken at another range.
        """
        self._require_same(raw)
        accel_scale_ms2 = self.accel_range_g * STANDARD_GRAVITY_MS2 / FULL_SCALE_COUNTS
        gyro_scale_rads = math.radians(self.gyro_range_dps) / FULL_SCALE_COUNTS
        return ImuBlock(
            raw.sensor,
            raw.t_us / 1e6,
            _affine(raw.accel_counts, accel_scale_ms2, self.accel_matrix, self.accel_offset_ms2),
            _affine(raw.gyro_counts, gyro_scale_rads, self.gyro_matrix, self.gyro_offset_rads),
            raw.flags,
        )

    def _require_same(self, raw: RawBlock) -> None:
        if raw.sensor != self.sensor.role:
            raise CalibrationMismatchError(
                f"This calibration belongs to the {self.sensor.role} sensor, but the samples come from the"
                f" {raw.sensor} sensor: use the calibration of that sensor."
            )
        if raw.accel_range_g != self.accel_range_g or raw.gyro_range_dps != self.gyro_range_dps:
            raise CalibrationMismatchError(
                f"This calibration of the {self.sensor.role} sensor was made at {self.accel_range_g} g and"
                f" {self.gyro_range_dps} deg/s, but the samples were taken at {raw.accel_range_g} g and"
                f" {raw.gyro_range_dps} deg/s: set the ranges back or calibrate again."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, texts, lists and dicts, to be stored as TOML or JSON."""
        sensor: dict[str, Any] = {"role": str(self.sensor.role)}
        if self.sensor.i2c_bus is not None:
            sensor["i2c_bus"] = self.sensor.i2c_bus
        sensor |= {"i2c_address": self.sensor.i2c_address, "chip": self.sensor.chip}
        if self.sensor.who_am_i is not None:
            sensor["who_am_i"] = self.sensor.who_am_i
        return {
            "format": CALIBRATION_FORMAT,
            "kind": self.kind,
            "accel_range_g": self.accel_range_g,
            "gyro_range_dps": self.gyro_range_dps,
            "accel_matrix": [list(row) for row in self.accel_matrix],
            "accel_offset_ms2": list(self.accel_offset_ms2),
            "gyro_matrix": [list(row) for row in self.gyro_matrix],
            "gyro_offset_rads": list(self.gyro_offset_rads),
            "sensor": sensor,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Calibration:
        """Return the calibration that `to_dict` stored; what it does not know is ignored.

        Raises
        ------
        CalibrationFormatError
            Something is missing or is not what it must be; the sentence names it.
        """
        version = _integer(stored, "format")
        if version != CALIBRATION_FORMAT:
            raise CalibrationFormatError(
                f"The calibration has format {version}, and this repclip reads format {CALIBRATION_FORMAT}:"
                " update repclip or calibrate again."
            )
        return cls(
            sensor=_identity(stored),
            accel_range_g=_integer(stored, "accel_range_g"),
            gyro_range_dps=_integer(stored, "gyro_range_dps"),
            accel_matrix=_matrix(stored, "accel_matrix"),
            accel_offset_ms2=_vector(stored.get("accel_offset_ms2"), "accel_offset_ms2"),
            gyro_matrix=_matrix(stored, "gyro_matrix"),
            gyro_offset_rads=_vector(stored.get("gyro_offset_rads"), "gyro_offset_rads"),
            kind=_text(stored, "kind"),
        )


def _affine(counts: npt.NDArray[np.int16], scale: float, matrix: Matrix, offset: Vector) -> FloatArray:
    """Return ``matrix @ (counts * scale - offset)`` for each row, one element at a time."""
    x, y, z = (counts[:, axis] * scale - offset[axis] for axis in range(3))
    out = np.empty((len(counts), 3))
    for axis, (from_x, from_y, from_z) in enumerate(matrix):
        out[:, axis] = x * from_x + y * from_y + z * from_z
    return out


def _not_a_range(name: str, value: int, allowed: tuple[int, ...]) -> str:
    return f"{name} of a calibration is {value}; expected one of {', '.join(map(str, allowed))}."


def _integer(stored: Mapping[str, Any], name: str) -> int:
    value = stored.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise CalibrationFormatError(f"{name} of a calibration must be a whole number, not {value!r}.")
    return value


def _text(stored: Mapping[str, Any], name: str) -> str:
    value = stored.get(name)
    if not isinstance(value, str):
        raise CalibrationFormatError(f"{name} of a calibration must be a text, not {value!r}.")
    return value


def _vector(value: object, name: str) -> Vector:
    if isinstance(value, list) and len(value) == 3 and all(isinstance(v, int | float) for v in value):
        return float(value[0]), float(value[1]), float(value[2])
    raise CalibrationFormatError(f"{name} of a calibration must be three numbers, not {value!r}.")


def _matrix(stored: Mapping[str, Any], name: str) -> Matrix:
    value = stored.get(name)
    if not isinstance(value, list) or len(value) != 3:
        raise CalibrationFormatError(f"{name} of a calibration must be three rows of three numbers.")
    return _vector(value[0], name), _vector(value[1], name), _vector(value[2], name)


def _identity(stored: Mapping[str, Any]) -> SensorIdentity:
    value = stored.get("sensor")
    if not isinstance(value, dict):
        raise CalibrationFormatError("A calibration must name its sensor (role, i2c_address, chip).")
    role = _text(value, "role")
    if role not in set(SensorRole):
        raise CalibrationFormatError(
            f"role of a calibration's sensor is {role!r}; expected one of {', '.join(SensorRole)}."
        )
    return SensorIdentity(
        role=SensorRole(role),
        i2c_bus=_integer(value, "i2c_bus") if "i2c_bus" in value else None,
        i2c_address=_integer(value, "i2c_address"),
        chip=_text(value, "chip"),
        who_am_i=_integer(value, "who_am_i") if "who_am_i" in value else None,
    )
