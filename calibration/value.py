"""The calibration as a value: what turns one sensor's counts into SI units.

The model, for acceleration and angular rate alike::

    nominal    = counts * full_scale / 32768          (in SI units)
    calibrated = matrix @ (nominal - offset)

so that ``Calibration.nominal(...)`` is the identity matrix and no offset. The gyroscope's offset may
follow the die temperature along a line. Frames do not change: both sides are the sensor frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from calibration import stored as read
from calibration.errors import CalibrationFormatError, CalibrationMismatchError
from calibration.imu import FloatArray, ImuBlock, Vector
from calibration.stored import Matrix
from calibration.temperature import die_c
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock
from firmware.settings import ACCEL_RANGES_G, GYRO_RANGES_DPS

#: Number of the stored form of `Calibration.to_dict`; 1 had no temperature, date and quality.
CALIBRATION_FORMAT: Final = 2
#: Standard gravity, by which "g" is meant everywhere.
STANDARD_GRAVITY_MS2: Final = 9.80665
#: Counts that stand for the full-scale range.
FULL_SCALE_COUNTS: Final = 32768
#: Beyond this age, or this far from the temperature at which it was made, a calibration warns.
OLD_AFTER: Final = timedelta(days=90)
FAR_C: Final = 15.0

IDENTITY: Final[Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
ZERO: Final[Vector] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a fit was made of and what it left over.

    Attributes
    ----------
    rests
        How many rests it was made of.
    faces
        Which faces were up in them, such as ``+x``.
    accel_residual_ms2
        Root mean square of what the calibrated specific force of the rests differs from gravity by.
    tilt_error_before_deg
        Tilt error of the uncalibrated sensor in its worst direction.
    tilt_error_after_deg
        Bound (two standard deviations) of what remains in the worst direction, as the fit estimates it.
    gyro_residual_rads
        Root mean square of what the calibrated angular rate of the rests differs from zero by.
    temperature_span_c
        From the coldest rest to the warmest; 0 where no temperature was known.
    """

    rests: int
    faces: tuple[str, ...]
    accel_residual_ms2: float
    tilt_error_before_deg: float
    tilt_error_after_deg: float
    gyro_residual_rads: float
    temperature_span_c: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and texts."""
        return {
            "rests": self.rests,
            "faces": list(self.faces),
            "accel_residual_ms2": self.accel_residual_ms2,
            "tilt_error_before_deg": self.tilt_error_before_deg,
            "tilt_error_after_deg": self.tilt_error_after_deg,
            "gyro_residual_rads": self.gyro_residual_rads,
            "temperature_span_c": self.temperature_span_c,
        }

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Return what `to_dict` stored."""
        if not isinstance(stored, Mapping):
            raise CalibrationFormatError("quality of a calibration must be a table.")
        return cls(
            rests=read.integer(stored, "rests"),
            faces=read.texts(stored, "faces"),
            accel_residual_ms2=read.number(stored, "accel_residual_ms2"),
            tilt_error_before_deg=read.number(stored, "tilt_error_before_deg"),
            tilt_error_after_deg=read.number(stored, "tilt_error_after_deg"),
            gyro_residual_rads=read.number(stored, "gyro_residual_rads"),
            temperature_span_c=read.number(stored, "temperature_span_c"),
        )


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
        What the nominal angular rate reads at rest, in nominal rad/s, at `temperature_c`.
    kind
        How it was found; ``nominal`` for the data sheet's scale and nothing else.
    gyro_slope_rads_per_c
        How `gyro_offset_rads` grows with the die temperature. Used where `temperature_c` is known and the
        samples carry their temperature.
    temperature_c
        Die temperature at which the offsets were found, as the chip shows it.
    made_at
        When it was made, with its zone; in UTC from then on.
    quality
        What the fit left over.
    """

    sensor: SensorIdentity
    accel_range_g: int
    gyro_range_dps: int
    accel_matrix: Matrix
    accel_offset_ms2: Vector
    gyro_matrix: Matrix
    gyro_offset_rads: Vector
    kind: str
    gyro_slope_rads_per_c: Vector = ZERO
    temperature_c: float | None = None
    made_at: datetime | None = None
    quality: Quality | None = None

    def __post_init__(self) -> None:
        """Refuse what could only give nonsense."""
        if self.accel_range_g not in ACCEL_RANGES_G:
            raise CalibrationFormatError(_not_a_range("accel_range_g", self.accel_range_g, ACCEL_RANGES_G))
        if self.gyro_range_dps not in GYRO_RANGES_DPS:
            raise CalibrationFormatError(_not_a_range("gyro_range_dps", self.gyro_range_dps, GYRO_RANGES_DPS))
        for name in (
            "accel_matrix",
            "accel_offset_ms2",
            "gyro_matrix",
            "gyro_offset_rads",
            "gyro_slope_rads_per_c",
            "temperature_c",
        ):
            value = getattr(self, name)
            if value is not None and not np.all(np.isfinite(value)):
                raise CalibrationFormatError(f"{name} of a calibration holds a value that is not finite.")
        if self.made_at is not None:
            if self.made_at.tzinfo is None:
                raise CalibrationFormatError("made_at of a calibration must be a time with its zone.")
            object.__setattr__(self, "made_at", self.made_at.astimezone(UTC))

    @classmethod
    def nominal(
        cls, sensor: SensorIdentity, accel_range_g: int = 8, gyro_range_dps: int = 1000
    ) -> Calibration:
        """Return the data sheet's scale, for a sensor that nobody has calibrated."""
        return cls(sensor, accel_range_g, gyro_range_dps, IDENTITY, ZERO, IDENTITY, ZERO, "nominal")

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
        warmer_c = self._warmer_c(raw)
        return ImuBlock(
            raw.sensor,
            raw.t_us / 1e6,
            _affine(raw.accel_counts, accel_scale_ms2, self.accel_matrix, self.accel_offset_ms2),
            _affine(
                raw.gyro_counts,
                gyro_scale_rads,
                self.gyro_matrix,
                self.gyro_offset_rads
                if warmer_c is None
                else [
                    offset + slope * warmer_c
                    for offset, slope in zip(self.gyro_offset_rads, self.gyro_slope_rads_per_c, strict=True)
                ],
            ),
            raw.flags,
        )

    def _warmer_c(self, raw: RawBlock) -> FloatArray | None:
        """Return by how much each sample is warmer than the offsets; None where that changes nothing."""
        if raw.temperature_counts is None or self.temperature_c is None or self.gyro_slope_rads_per_c == ZERO:
            return None
        return die_c(self.sensor, raw.temperature_counts) - self.temperature_c

    def _require_same(self, raw: RawBlock) -> None:
        if raw.sensor != self.sensor.role:
            raise CalibrationMismatchError(
                f"This calibration belongs to the {self.sensor.role} sensor, but the samples come from the"
                f" {raw.sensor} sensor: use the calibration of that sensor."
            )
        self._require_ranges(raw.accel_range_g, raw.gyro_range_dps)

    def _require_ranges(self, accel_range_g: int, gyro_range_dps: int) -> None:
        if accel_range_g != self.accel_range_g or gyro_range_dps != self.gyro_range_dps:
            raise CalibrationMismatchError(
                f"This calibration of the {self.sensor.role} sensor was made at {self.accel_range_g} g and"
                f" {self.gyro_range_dps} deg/s, but the samples were taken at {accel_range_g} g and"
                f" {gyro_range_dps} deg/s: set the ranges back or calibrate again."
            )

    def require_fit(
        self, sensor: SensorIdentity, accel_range_g: int | None = None, gyro_range_dps: int | None = None
    ) -> None:
        """Refuse data of another sensor, chip or range; samples alone do not say what chip they come from.

        Parameters
        ----------
        sensor
            Which sensor the samples come from.
        accel_range_g, gyro_range_dps
            The ranges that they are taken at, where they are known.

        Raises
        ------
        CalibrationMismatchError
            It is another one; the sentence says which.
        """
        if not self.belongs_to(sensor) or sensor.role != self.sensor.role:
            raise CalibrationMismatchError(
                f"This calibration belongs to the {self.sensor}, but the data come from the {sensor}:"
                " calibrate that one, or use its own calibration."
            )
        self._require_ranges(
            self.accel_range_g if accel_range_g is None else accel_range_g,
            self.gyro_range_dps if gyro_range_dps is None else gyro_range_dps,
        )

    def belongs_to(self, sensor: SensorIdentity) -> bool:
        """Return whether it was made with this chip at this place, whatever it watches."""
        mine = self.sensor
        return (mine.i2c_bus, mine.i2c_address, mine.chip, mine.who_am_i) == (
            sensor.i2c_bus,
            sensor.i2c_address,
            sensor.chip,
            sensor.who_am_i,
        )

    def warnings(self, now: datetime, temperature_c: float | None) -> list[str]:
        """Return what speaks against using it now, one sentence each.

        Parameters
        ----------
        now
            The time, with its zone.
        temperature_c
            Die temperature now, where it is known.
        """
        told: list[str] = []
        if self.made_at is not None:
            age = now - self.made_at
            if age > OLD_AFTER:
                told.append(
                    f"The calibration of the {self.sensor.role} sensor is {age.days} days old: run repclip"
                    " calibrate again."
                )
            elif age < -timedelta(days=1):
                told.append(
                    f"The calibration of the {self.sensor.role} sensor is dated {self.made_at:%Y-%m-%d},"
                    " which is still to come: set this computer's clock."
                )
        if (
            self.temperature_c is not None
            and temperature_c is not None
            and abs(temperature_c - self.temperature_c) > FAR_C
        ):
            told.append(
                f"The {self.sensor.role} sensor is at {temperature_c:.0f} C, and its calibration was made at"
                f" {self.temperature_c:.0f} C: run repclip calibrate again at the temperature of use."
            )
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, texts, lists and dicts, to be stored as TOML or JSON."""
        table: dict[str, Any] = {
            "format": CALIBRATION_FORMAT,
            "kind": self.kind,
            "accel_range_g": self.accel_range_g,
            "gyro_range_dps": self.gyro_range_dps,
            "accel_matrix": [list(row) for row in self.accel_matrix],
            "accel_offset_ms2": list(self.accel_offset_ms2),
            "gyro_matrix": [list(row) for row in self.gyro_matrix],
            "gyro_offset_rads": list(self.gyro_offset_rads),
            "gyro_slope_rads_per_c": list(self.gyro_slope_rads_per_c),
        }
        if self.temperature_c is not None:
            table["temperature_c"] = self.temperature_c
        if self.made_at is not None:
            table["made_at"] = read.date_text(self.made_at)
        if self.quality is not None:
            table["quality"] = self.quality.to_dict()
        return table | {"sensor": read.identity_table(self.sensor)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Calibration:
        """Return what `to_dict` stored, also in format 1; keys that it does not know are ignored.

        Raises
        ------
        CalibrationFormatError
            Something is missing or is not what it must be; the sentence names it.
        """
        version = read.integer(stored, "format")
        if not 1 <= version <= CALIBRATION_FORMAT:
            raise CalibrationFormatError(
                f"The calibration has format {version}, and this repclip reads formats 1 to"
                f" {CALIBRATION_FORMAT}: update repclip or calibrate again."
            )
        slope = ZERO
        if version > 1:
            slope = read.vector(stored.get("gyro_slope_rads_per_c"), "gyro_slope_rads_per_c")
        newer = stored if version > 1 else {}
        return cls(
            sensor=read.identity(stored),
            accel_range_g=read.integer(stored, "accel_range_g"),
            gyro_range_dps=read.integer(stored, "gyro_range_dps"),
            accel_matrix=read.matrix(stored, "accel_matrix"),
            accel_offset_ms2=read.vector(stored.get("accel_offset_ms2"), "accel_offset_ms2"),
            gyro_matrix=read.matrix(stored, "gyro_matrix"),
            gyro_offset_rads=read.vector(stored.get("gyro_offset_rads"), "gyro_offset_rads"),
            kind=read.text(stored, "kind"),
            gyro_slope_rads_per_c=slope,
            temperature_c=read.number(newer, "temperature_c") if "temperature_c" in newer else None,
            made_at=read.date(newer, "made_at") if "made_at" in newer else None,
            quality=Quality.from_dict(newer["quality"]) if "quality" in newer else None,
        )


def _affine(
    counts: npt.NDArray[np.int16],
    scale: float,
    matrix: Matrix,
    offset: Vector | list[FloatArray],
) -> FloatArray:
    """Return ``matrix @ (counts * scale - offset)`` for each row, one element at a time."""
    x, y, z = (counts[:, axis] * scale - offset[axis] for axis in range(3))
    out = np.empty((len(counts), 3))
    for axis, (from_x, from_y, from_z) in enumerate(matrix):
        out[:, axis] = x * from_x + y * from_y + z * from_z
    return out


def _not_a_range(name: str, value: int, allowed: tuple[int, ...]) -> str:
    return f"{name} of a calibration is {value}; expected one of {', '.join(map(str, allowed))}."
