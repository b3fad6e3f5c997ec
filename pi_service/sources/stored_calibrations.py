"""Gives live sensors their stored calibrations; nothing wrong with a file keeps them from counting."""

from __future__ import annotations

from datetime import UTC, datetime

from calibration.errors import CalibrationError
from calibration.store import CalibrationStore
from calibration.value import Calibration
from firmware.identity import SensorIdentity


class StoredCalibrations:
    """Finds the newest calibration of each sensor that fits.

    A newer file that cannot be used is told, and the next older one is taken; where there is none, the
    data sheet's scale.

    Parameters
    ----------
    store
        Where they are.

    Attributes
    ----------
    problems
        What somebody should know of what was found so far, one sentence each.
    """

    def __init__(self, store: CalibrationStore) -> None:
        self._store = store
        self.problems: list[str] = []

    def find(self, identity: SensorIdentity, accel_range_g: int, gyro_range_dps: int) -> Calibration:
        """Return the calibration to use; see the class."""
        nominal = Calibration.nominal(identity, accel_range_g, gyro_range_dps)
        try:
            found = self._store.search(identity, accel_range_g, gyro_range_dps)
            self.problems += [f"A calibration is left aside: {each}" for each in found.problems]
            if found.calibration is not None:
                return found.calibration
            other = next(
                (each.calibration for each in self._store.history(identity) if each.calibration), None
            )
        except CalibrationError as error:
            self.problems.append(str(error))
            return nominal
        if other is not None:
            self.problems.append(
                f"The {identity.role} sensor was calibrated at {other.accel_range_g} g and"
                f" {other.gyro_range_dps} deg/s, which does not hold at {accel_range_g} g and"
                f" {gyro_range_dps} deg/s: set the ranges back, or calibrate at these."
            )
        return nominal


def is_calibrated(calibration: Calibration) -> bool:
    """Whether somebody calibrated the accelerometer: only then is tilt right."""
    nominal = Calibration.nominal(calibration.sensor, calibration.accel_range_g, calibration.gyro_range_dps)
    return (calibration.accel_matrix, calibration.accel_offset_ms2) != (
        nominal.accel_matrix,
        nominal.accel_offset_ms2,
    )


def age_words(made_at: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was made: ``today``, ``12 days ago``."""
    days = ((now or datetime.now(UTC)) - made_at).days
    # A clock may be off by a little; what is more is told as a warning.
    if days < -1:
        return f"on {made_at:%Y-%m-%d}"
    return "today" if days <= 0 else f"{days} day{'' if days == 1 else 's'} ago"


def in_words(calibration: Calibration, now: datetime | None = None) -> str:
    """Return what a calibration is worth: ``calibrated 12 days ago, tilt error 0.2 degrees``."""
    made = "" if calibration.made_at is None else f" {age_words(calibration.made_at, now)}"
    if not is_calibrated(calibration):
        if calibration.kind == "nominal":
            return "not calibrated: tilt may be off by up to 5 degrees"
        return f"gyroscope calibrated{made}, accelerometer not: tilt may be off by up to 5 degrees"
    quality = calibration.quality
    return f"calibrated{made}" + (
        "" if quality is None else f", tilt error {quality.tilt_error_after_deg:.1f} degrees"
    )
