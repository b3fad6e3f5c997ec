"""Calibrations on disk for the tests of the commands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calibration.store import CalibrationStore
from calibration.value import Calibration, Quality
from firmware.identity import SensorIdentity
from firmware.roles import SensorRole
from firmware.sim import SimulatedBus

LIMB = SensorIdentity(SensorRole.LIMB, 1, 0x68, "MPU-6050", 0x68)
#: What is told of a calibration that was good.
TILT = r"Tilt error was \d\.\d degrees, now 0\.\d\."
#: Six faces that were measured.
FACES = ("+x", "-x", "+y", "-y", "+z", "-z")


def calibration(sensor: SensorIdentity = LIMB, *, days_old: float = 12.5, **other: object) -> Calibration:
    """Return a plausible calibration."""
    given: dict[str, object] = {
        "accel_range_g": 8,
        "gyro_range_dps": 1000,
        "accel_matrix": ((1.01, 0.002, 0.0), (0.002, 0.99, 0.0), (0.0, 0.0, 1.0)),
        "accel_offset_ms2": (0.3, -0.2, 0.5),
        "gyro_matrix": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        "gyro_offset_rads": (0.01, -0.02, 0.03),
        "kind": "rests",
        "temperature_c": 24.0,
        "made_at": datetime.now(UTC) - timedelta(days=days_old),
        "quality": Quality(12, FACES, 0.004, 3.1, 0.2, 0.001, 1.5),
        **other,
    }
    return Calibration(sensor, **given)  # type: ignore[arg-type]


def store(tmp_path: Path) -> CalibrationStore:
    """Return the store that every command of a test uses."""
    return CalibrationStore(tmp_path / "calibration")


def all_files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def on_bus_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let simulated sensors say that they are on /dev/i2c-1, as real ones do."""
    monkeypatch.setattr(SimulatedBus, "number", property(lambda _: 1))


def one_sentence(told: str) -> str:
    """Return the only line that was told."""
    assert told.startswith("repclip: "), told
    assert told.endswith(".\n"), told
    assert told.count("\n") == 1, told
    return told
