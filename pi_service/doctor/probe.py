"""Who answers on a bus at the sensors' two addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from firmware.bus import Bus, Clock
from firmware.bus_errors import ETIMEDOUT
from firmware.chips import Chip
from firmware.errors import (
    BusError,
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    NotRespondingError,
    SensorError,
)
from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole
from firmware.start import identify
from pi_service.doctor.checks import Check, Measured, error_check, ok, problem, told, warning

_TRIES = 8
_PAUSE_NS = 20_000_000

#: Name of the kernel driver that holds an address; None if that cannot be said.
DriverAt = Callable[[int], str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What is at the addresses of one bus.

    Attributes
    ----------
    chips
        The chip of each role that answers with a known WHO_AM_I.
    bus_checks
        What there is to say about the bus.
    sensor_checks
        What there is to say about each address that answers, or is not free.
    """

    chips: dict[SensorRole, Chip]
    bus_checks: tuple[Check, ...]
    sensor_checks: dict[SensorRole, Check]


def sensor_subject(bus: Bus, role: SensorRole) -> str:
    """Return what a sensor is called: ``limb sensor, 0x68 on /dev/i2c-1``."""
    return f"{role} sensor, 0x{DEFAULT_I2C_ADDRESS[role]:02x} on {bus.name}"


def probe(
    bus: Bus, clock: Clock, *, allow_unknown: bool, required: bool, driver_at: DriverAt = lambda _: None
) -> Found:
    """Ask both addresses who is there; nothing is written.

    Parameters
    ----------
    bus, clock
        Where and when.
    allow_unknown
        Take unknown chips for an MPU-6050.
    required
        Whether it is a problem when nobody is there.
    driver_at
        What tells which kernel driver holds an address.
    """
    chips: dict[SensorRole, Chip] = {}
    errors: dict[SensorRole, SensorError] = {}
    for role, address in DEFAULT_I2C_ADDRESS.items():
        try:
            chips[role] = _patiently(bus, clock, address, allow_unknown=allow_unknown)
        except (BusMissingError, BusForbiddenError) as error:
            return Found({}, (error_check(bus.name, "bus", error),), {})
        except BusError as error:
            errors[role] = error
            if error.errno == ETIMEDOUT:
                # Each further transfer would hang for a second as well.
                return Found({}, (error_check(bus.name, "bus", error),), {})
        except SensorError as error:
            errors[role] = error
    silent = [role for role, error in errors.items() if isinstance(error, NotRespondingError)]
    sensor_checks = {
        role: _chip_check(sensor_subject(bus, role), chips[role])
        if role in chips
        else _not_usable(sensor_subject(bus, role), errors[role], driver_at(address))
        for role, address in DEFAULT_I2C_ADDRESS.items()
        if role not in silent
    }
    return Found(chips, tuple(_missing(bus, errors, silent, required=required)), sensor_checks)


def _patiently(bus: Bus, clock: Clock, address: int, *, allow_unknown: bool) -> Chip:
    """Identify a chip; on a bus that fails now and then it is asked again."""
    tries = 1
    while True:
        try:
            return identify(bus, address, allow_unknown=allow_unknown)
        except (BusMissingError, BusForbiddenError, BusInUseError):
            raise
        except BusError as error:
            # Without a number of the system the answer itself was wrong.
            if tries == _TRIES or error.errno in (0, ETIMEDOUT):
                raise
        tries += 1
        clock.sleep_until_ns(clock.now_ns() + _PAUSE_NS)


def _missing(
    bus: Bus, errors: dict[SensorRole, SensorError], silent: list[SensorRole], *, required: bool
) -> Iterator[Check]:
    if len(silent) == len(DEFAULT_I2C_ADDRESS):
        yield _nobody(bus, errors[SensorRole.LIMB], required=required)
    elif silent == [SensorRole.LIMB]:
        yield problem(
            bus.name,
            "sensors",
            "Nothing answers at 0x68, the address of the sensor that counts; only 0x69 does.",
            "With one sensor, connect AD0 to ground, or name its address when you count or record"
            " (--limb-address 0x69); with two, check the wires of the one at 0x68.",
        )
    elif not errors:
        yield ok(bus.name, "sensors", "Sensors at 0x68 and 0x69.")
    elif list(errors) == silent:
        yield ok(bus.name, "sensors", "A sensor at 0x68, none at 0x69: one is enough to count.")


def _nobody(bus: Bus, error: SensorError, *, required: bool) -> Check:
    if not required:
        return ok(bus.name, "sensors", "No sensor answers here.")
    _, advice = told(error)
    return problem(bus.name, "sensors", "Nothing answers at 0x68 nor at 0x69.", advice)


def _not_usable(subject: str, error: SensorError, driver: str | None) -> Check:
    if not isinstance(error, BusInUseError) or driver is None:
        return error_check(subject, "chip", error)
    if "rtc" in driver:
        return problem(
            subject,
            "chip",
            f"The kernel driver {driver} holds this address: a clock chip sits there.",
            "Give the sensor the other address (AD0 to 3V3 is 0x69), or take the clock chip off this bus.",
            kernel_driver=driver,
        )
    _, advice = told(error)
    return problem(
        subject, "chip", f"The kernel driver {driver} holds this address.", advice, kernel_driver=driver
    )


def _chip_check(subject: str, chip: Chip) -> Check:
    measured: dict[str, Measured] = {
        "chip": chip.name,
        "who_am_i": chip.who_am_i,
        "fifo_bytes": chip.fifo_bytes,
    }
    number = f"WHO_AM_I 0x{chip.who_am_i:02x}"
    if chip.self_test:
        return ok(subject, "chip", f"{chip.name} ({number}).", **measured)
    if chip.name.startswith("unknown"):
        return warning(
            subject,
            "chip",
            f"An unknown chip ({number}), taken for an MPU-6050 as asked.",
            "Judge by the values below whether it works as one.",
            **measured,
        )
    found = f"{chip.name} ({number}), a relative that is often sold as an MPU-6050; it works as well."
    return ok(subject, "chip", found, **measured)
