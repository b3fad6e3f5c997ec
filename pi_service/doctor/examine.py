"""One bus from the first question to the last, as a stream of checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calibration.store import CalibrationStore
from firmware import registers as reg
from firmware.bus import Bus, Clock
from firmware.chips import Chip
from firmware.errors import BusError, SensorError
from firmware.readings import Cause
from firmware.roles import DEFAULT_I2C_ADDRESS, SensorRole
from firmware.settings import SensorSettings
from pi_service.doctor.bus_speed import check_bus_speed, measure_bit_rate_hz
from pi_service.doctor.calibrated import check_calibration
from pi_service.doctor.checks import Check, error_check, problem
from pi_service.doctor.counted_bus import CountedBus
from pi_service.doctor.delivery import CABLE, REPLACE, bus_advice, check_delivery
from pi_service.doctor.probe import DriverAt, probe
from pi_service.doctor.self_testing import check_self_test
from pi_service.doctor.values import check_values
from pi_service.doctor.watching import Watched, watch

#: After these the self-test would only say the same in other words.
_NO_SELF_TEST = frozenset({Cause.FROZEN, Cause.ASLEEP, Cause.SETTINGS, Cause.CHIP})

#: How often the values of a chip that does not start are looked at, and how long after each other.
_LOOKS = 5
_PAUSE_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How a bus is examined.

    Attributes
    ----------
    seconds
        How long the sensors are read.
    rate_hz
        At what rate.
    allow_unknown_chip
        Take unknown chips for an MPU-6050.
    asked_hz
        Speed of the bus that the system asks for; None if nobody says.
    required
        Whether it is a problem when no sensor is there.
    calibrations
        Where calibrations are looked for; None: they are not.
    """

    seconds: float = 3.0
    rate_hz: int = 100
    allow_unknown_chip: bool = False
    asked_hz: int | None = None
    required: bool = True
    calibrations: CalibrationStore | None = None


def examine_bus(bus: Bus, clock: Clock, plan: Plan, driver_at: DriverAt = lambda _: None) -> Iterator[Check]:
    """Yield what there is to say about an open bus and the sensors on it; they are asleep afterwards.

    Parameters
    ----------
    bus, clock
        Where and when; nobody else uses the sensors meanwhile.
    plan
        How.
    driver_at
        What tells which kernel driver holds an address.
    """
    counted = CountedBus(bus)
    found = probe(
        counted,
        clock,
        allow_unknown=plan.allow_unknown_chip,
        required=plan.required,
        driver_at=driver_at,
    )
    yield from found.bus_checks
    if not found.chips:
        yield from found.sensor_checks.values()
        return
    sensors = {role: (_settings(role, plan), chip) for role, chip in found.chips.items()}
    first = DEFAULT_I2C_ADDRESS[next(iter(sensors))]
    yield from check_bus_speed(bus, measure_bit_rate_hz(counted, clock, first), plan.asked_hz, sensors)
    watched, errors = watch(counted, clock, [settings for settings, _ in sensors.values()], plan.seconds)
    for role, chip_check in found.sensor_checks.items():
        yield chip_check
        subject = chip_check.subject
        if role in errors:
            yield from _not_started(subject, counted, clock, DEFAULT_I2C_ADDRESS[role], errors[role])
        elif role in watched:
            yield from check_delivery(subject, watched[role])
            yield from check_values(subject, watched[role])
            if plan.calibrations is not None:
                yield check_calibration(subject, watched[role], plan.calibrations)
            yield from _self_test(subject, counted, role, found.chips[role], watched[role], clock)


def _not_started(
    subject: str, bus: CountedBus, clock: Clock, address: int, error: SensorError
) -> Iterator[Check]:
    failures = bus.failures[address]
    if isinstance(error, BusError) and failures < bus.transfers[address] / 2:
        # It does answer, but not each time: that it is silent, as the last error says, would mislead.
        transfers = bus.transfers[address]
        found = f"It could not be started: {failures} of {transfers} transfers failed."
        yield problem(subject, "start", found, CABLE, transfers=transfers, failed_transfers=failures)
    elif _stands_still(bus, clock, address):
        yield problem(subject, "start", "It answers, but its values never change.", REPLACE)
    else:
        yield error_check(subject, "start", error)


def _stands_still(bus: CountedBus, clock: Clock, address: int) -> bool:
    """Whether a chip that is awake gives the same values again and again: a living one has noise."""

    def wait() -> None:
        clock.sleep_until_ns(clock.now_ns() + _PAUSE_NS)

    try:
        wait()  # the driver may just have reset it
        bus.write(address, reg.PWR_MGMT_1, reg.CLOCK_INTERNAL)
        wait()
        awake = bus.read(address, reg.PWR_MGMT_1, 1)[0] == reg.CLOCK_INTERNAL
        seen = set()
        for _ in range(_LOOKS):
            wait()
            seen.add(bus.read(address, reg.ACCEL_XOUT_H, reg.DATA_BYTES))
        bus.write(address, reg.PWR_MGMT_1, reg.SLEEP)
    except BusError:
        return False
    return awake and len(seen) == 1


def _settings(role: SensorRole, plan: Plan) -> SensorSettings:
    return SensorSettings(role, rate_hz=plan.rate_hz, allow_unknown_chip=plan.allow_unknown_chip)


def _self_test(
    subject: str, bus: CountedBus, role: SensorRole, chip: Chip, watched: Watched, clock: Clock
) -> Iterator[Check]:
    if _NO_SELF_TEST.isdisjoint(watched.causes):
        address = DEFAULT_I2C_ADDRESS[role]
        if bus_advice(watched) is not None and watched.stopped:
            return
        bus_fails = watched.failures > 0
        yield check_self_test(subject, bus, address, chip, clock, bus_fails=bus_fails)
