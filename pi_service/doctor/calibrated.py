"""Whether a sensor is calibrated, and whether what was calibrated is this sensor."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from calibration.store import CalibrationStore
from calibration.value import STANDARD_GRAVITY_MS2, Calibration
from pi_service.doctor.checks import Check, Level, Measured, ok, parted, warning
from pi_service.doctor.values import Rest, lay_still
from pi_service.doctor.watching import Watched
from pi_service.sources.stored_calibrations import StoredCalibrations, in_words, is_calibrated

#: A calibrated sensor at rest measures gravity to within this; a tenth of it is usual.
_GRAVITY_OFF_G = 0.03

_NAME = "calibration"


def check_calibration(subject: str, watched: Watched, store: CalibrationStore) -> Check:
    """Return what there is to say about a sensor's calibration; not having one is no fault."""
    if watched.identity is None:
        raise ValueError("only a sensor that was read has an identity")
    bus = watched.identity.i2c_bus
    options = {None: " --bus sim:", 1: ""}.get(bus, f" --bus {bus}")
    calibrate = f"Run repclip calibrate{options}: it takes two minutes."
    stored = StoredCalibrations(store)
    settings = watched.settings
    calibration = stored.find(watched.identity, settings.accel_range_g, settings.gyro_range_dps)
    words = f"{in_words(calibration).capitalize()}."
    measured = _measured(calibration)
    if stored.problems:
        found, advice = parted(stored.problems[0])
        return warning(subject, _NAME, f"{words} {found}", advice or calibrate, **measured)
    if not is_calibrated(calibration):
        return Check(subject, _NAME, Level.OK, words, calibrate, measured)
    told = calibration.warnings(datetime.now(UTC), watched.stats.temperature_c)
    if told:
        found, advice = parted(told[0])
        return warning(subject, _NAME, f"{words} {found}", advice or calibrate, **measured)
    gravity_g = _gravity_g(calibration, watched)
    if gravity_g is not None:
        measured["calibrated_gravity_g"] = round(gravity_g, 4)
        if abs(gravity_g - 1.0) > _GRAVITY_OFF_G:
            return warning(
                subject,
                _NAME,
                f"{words} But with it gravity measures {gravity_g:.3f} g: it seems to be another sensor's, or"
                " this one has changed.",
                f"Run repclip calibrate{options} again.",
                **measured,
            )
    return ok(subject, _NAME, words, **measured)


def _measured(calibration: Calibration) -> dict[str, Measured]:
    quality = calibration.quality
    made_at = calibration.made_at
    return {
        "calibrated": is_calibrated(calibration),
        "made_at": None if made_at is None else made_at.isoformat(),
        "tilt_error_deg": None if quality is None else round(quality.tilt_error_after_deg, 3),
    }


def _gravity_g(calibration: Calibration, watched: Watched) -> float | None:
    """Return the calibrated force at rest; None when it did not lie still."""
    if not len(watched.accel_g) or not lay_still(
        Rest.of(watched.accel_g), Rest.of(watched.gyro_dps), watched.clipped
    ):
        return None
    nominal_ms2 = watched.accel_g.mean(axis=0) * STANDARD_GRAVITY_MS2
    force_ms2 = np.array(calibration.accel_matrix) @ (nominal_ms2 - np.array(calibration.accel_offset_ms2))
    return float(np.linalg.norm(force_ms2)) / STANDARD_GRAVITY_MS2
