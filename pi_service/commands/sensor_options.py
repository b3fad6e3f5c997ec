"""The options by which `run` and `record` say which sensors are meant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from firmware.roles import SensorRole
from pi_service.errors import UsageError


def finite(value: float | None) -> float | None:
    """Refuse what has no end, and what is no number."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("it must be a number that has an end")
    return value


class Which(StrEnum):
    """Which sensors are read."""

    AUTO = "auto"
    """The limb's, and the torso's if it answers."""
    LIMB = "limb"
    BOTH = "limb,torso"


BusOption = Annotated[
    str,
    typer.Option("--bus", metavar="BUS", help="1 or /dev/i2c-1 for a real bus, sim: for a simulated sensor."),
]
SensorsOption = Annotated[Which, typer.Option(help="Which sensors are read; auto takes what answers.")]
LimbAddressOption = Annotated[
    str, typer.Option(metavar="ADDRESS", help="I2C address of the limb's sensor: 0x69 where AD0 is at 3V3.")
]
TorsoAddressOption = Annotated[
    str, typer.Option(metavar="ADDRESS", help="I2C address of the torso's sensor.")
]
RateOption = Annotated[
    int, typer.Option(metavar="HZ", help="Samples a second: 50, 100, 125, 200, 250, 500 or 1000.")
]
AccelRangeOption = Annotated[int, typer.Option(metavar="G", help="Largest acceleration: 2, 4, 8 or 16 g.")]
GyroRangeOption = Annotated[
    int, typer.Option(metavar="DPS", help="Fastest rotation: 250, 500, 1000 or 2000 deg/s.")
]
UnknownChipOption = Annotated[
    bool, typer.Option("--allow-unknown-chip", help="Try a chip of unknown WHO_AM_I as an MPU-6050.")
]
SecondsOption = Annotated[
    float | None,
    typer.Option(
        min=0.1, metavar="N", callback=finite, help="End after so many seconds; otherwise with Ctrl-C."
    ),
]
ExerciseOption = Annotated[
    str | None,
    typer.Option(metavar="ID", help="What is done; any otherwise, and vertical_pull with --bus sim: alone."),
]
StationOption = Annotated[str, typer.Option(metavar="NAME", help="Name of this station.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace the recording if it exists already.")
]
PlacementOption = Annotated[
    str | None,
    typer.Option(metavar="PLACE", help="Where the limb's sensor sits: wrist, bar or other words."),
]
CalibrationFolderOption = Annotated[
    Path | None,
    typer.Option(
        "--calibration-folder",
        "--folder",
        metavar="DIR",
        envvar="REPCLIP_CALIBRATION_FOLDER",
        help="Where calibrations are; otherwise the user's folder and /etc/repclip/calibration.",
    ),
]


@dataclass(frozen=True, slots=True)
class SensorOptions:
    """What a person said about the sensors; see the options above."""

    bus: str = "1"
    sensors: Which = Which.AUTO
    limb_address: str = "0x68"
    torso_address: str = "0x69"
    rate_hz: int = 100
    accel_range_g: int = 8
    gyro_range_dps: int = 1000
    allow_unknown_chip: bool = False
    calibration_folder: Path | None = None

    def addresses(self) -> dict[SensorRole, int]:
        """Return the I2C address of each sensor.

        Raises
        ------
        UsageError
            One is no address, or two sensors that are both to be read have the same one.
        """
        found = {
            SensorRole.LIMB: _address("--limb-address", self.limb_address),
            SensorRole.TORSO: _address("--torso-address", self.torso_address),
        }
        if self.sensors is Which.BOTH and len(set(found.values())) == 1:
            raise UsageError(
                "Both sensors cannot have one address: wire AD0 of one of them to 3V3 (0x69) and of the other"
                " to ground (0x68)."
            )
        return found


def _address(option: str, text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no address: use 0x68 or 0x69.") from None
