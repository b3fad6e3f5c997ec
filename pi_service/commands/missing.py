"""What is missing when sensors cannot be started: a name for programs and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import (
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    ChipError,
    NotRespondingError,
    SensorError,
)
from firmware.roles import SensorRole
from pi_service.commands.sensor_options import SensorOptions

#: The name of what concerns the bus and not one sensor.
_OF_THE_BUS = (
    (BusMissingError, "bus_missing"),
    (BusForbiddenError, "bus_forbidden"),
    (BusInUseError, "bus_in_use"),
)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is waited for.

    Attributes
    ----------
    what
        Name of the fault: ``limb_missing``, ``torso_chip``, ``bus_missing`` and so on.
    text
        One sentence.
    """

    what: str
    text: str


def missing_of(error: SensorError, options: SensorOptions) -> Missing:
    """Return what an error at the start of the sensors means for a station that waits for them."""
    text = f"Waiting for the sensors. {error}"
    for kind, what in _OF_THE_BUS:
        if isinstance(error, kind):
            return Missing(what, text)
    role = _role(error, options)
    if isinstance(error, NotRespondingError):
        return Missing(f"{role.value}_missing", text)
    return Missing(f"{role.value}_{'chip' if isinstance(error, ChipError) else 'bus'}", text)


def _role(error: SensorError, options: SensorOptions) -> SensorRole:
    """Return whose error it is: a sentence names the address of the chip that it is about."""
    words = str(error).lower().replace(";", " ").replace(",", " ").split()
    addresses = [word.rstrip(".:") for word in words if word.startswith("0x")]
    return SensorRole.TORSO if addresses[:1] == [options.torso_address.lower()] else SensorRole.LIMB
