"""Speed and load of the bus, and what is said of errors."""

from __future__ import annotations

import math

import pytest

from firmware.bus_errors import EBUSY, ETIMEDOUT, bus_error
from firmware.chips import MPU_6050, find_chip
from firmware.errors import SensorError, UnknownChipError
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import Fault, FaultKind, SimulatedBus, SimulatedChip, SimulatedClock, still
from pi_service.doctor.bus_speed import check_bus_speed, load_percent, measure_bit_rate_hz
from pi_service.doctor.checks import Check, Level, error_check, ok, problem, told, warning, worst
from pi_service.doctor.counted_bus import CountedBus
from pi_service.doctor.probe import probe


def simulated(*faults: Fault, bit_rate_hz: int = 400_000) -> tuple[SimulatedBus, SimulatedClock]:
    clock = SimulatedClock()
    chips = {0x68: SimulatedChip(motion=still())}
    return SimulatedBus(chips, clock, bit_rate_hz=bit_rate_hz, faults=faults), clock


@pytest.mark.parametrize("bit_rate_hz", [10_000, 100_000, 400_000, 1_000_000])
def test_the_speed_is_measured(bit_rate_hz: int) -> None:
    bus, clock = simulated(bit_rate_hz=bit_rate_hz)
    assert measure_bit_rate_hz(bus, clock, 0x68) == pytest.approx(bit_rate_hz, rel=0.01)


def test_reads_that_fail_are_left_out_of_the_speed() -> None:
    bus, clock = simulated(Fault(FaultKind.TORN, 0, math.inf, value=0.5))
    assert measure_bit_rate_hz(bus, clock, 0x68) == pytest.approx(400_000, rel=0.01)
    bus, clock = simulated(Fault(FaultKind.TORN, 0, math.inf))
    assert measure_bit_rate_hz(bus, clock, 0x68) is None


def test_a_bus_that_hangs_is_not_asked_again_and_again() -> None:
    bus, clock = simulated(Fault(FaultKind.STUCK, 0, math.inf))
    before_ns = clock.now_ns()
    assert measure_bit_rate_hz(bus, clock, 0x68) is None
    assert clock.now_ns() - before_ns < 1.5e9


def test_a_busy_computer_does_not_make_the_bus_slow() -> None:
    bus, clock = simulated()
    read, calls = bus.read_fifo, iter(range(100))

    def read_late(address: int, length: int) -> bytes:
        if next(calls) != 2:
            clock.sleep_until_ns(clock.now_ns() + 30_000_000)
        return read(address, length)

    bus.read_fifo = read_late  # type: ignore[method-assign]
    assert measure_bit_rate_hz(bus, clock, 0x68) == pytest.approx(400_000, rel=0.01)


def test_the_load_counts_every_bit_on_the_wire() -> None:
    sensor = (SensorSettings(rate_hz=200, temperature=False), MPU_6050)
    # 200 frames of 12 bytes, 9 bits each; 20 polls of 48 and 30 bits.
    assert load_percent(100_000, [sensor, sensor]) == pytest.approx(2 * (200 * 12 * 9 + 20 * 78) / 1000)
    assert load_percent(400_000, [sensor]) == pytest.approx((200 * 12 * 9 + 20 * 78) / 4000)


def speed_and_load(bit_rate_hz: float, asked_hz: int | None, rate_hz: int = 100) -> list[Check]:
    bus, _ = simulated()
    sensors = {SensorRole.LIMB: (SensorSettings(rate_hz=rate_hz), MPU_6050)}
    return list(check_bus_speed(bus, bit_rate_hz, asked_hz, sensors))


@pytest.mark.parametrize(
    ("bit_rate_hz", "asked_hz", "level"),
    [
        (98_000, None, Level.OK),
        (390_000, None, Level.OK),
        (300_000, None, Level.OK),
        (200_000, None, Level.WARNING),
        (50_000, None, Level.WARNING),
        (200_000, 200_000, Level.OK),
        (200_000, 400_000, Level.WARNING),
        (100_000, 400_000, Level.WARNING),
        (600_000, 400_000, Level.WARNING),
    ],
)
def test_half_of_the_usual_speed_is_noticed(bit_rate_hz: float, asked_hz: int | None, level: Level) -> None:
    speed, _ = speed_and_load(bit_rate_hz, asked_hz)
    assert speed.level is level
    assert speed.measured == {"bit_rate_hz": bit_rate_hz, "asked_hz": asked_hz}


def test_a_load_above_70_percent_is_a_warning() -> None:
    assert speed_and_load(100_000, None, 500)[1].level is Level.OK
    assert speed_and_load(88_000, None, 500)[1].level is Level.WARNING


def test_an_error_is_parted_into_what_is_wrong_and_what_to_do() -> None:
    assert told(bus_error(EBUSY, "/dev/i2c-1", 0x68)) == (
        "A kernel driver holds 0x68 on /dev/i2c-1.",
        (
            "Take the line dtoverlay=mpu6050 out of /boot/firmware/config.txt and restart the Pi, or unload"
            " the driver until then with sudo modprobe -r inv_mpu6050_i2c."
        ),
    )
    found, advice = told(bus_error(ETIMEDOUT, "the simulated bus", 0x68))
    assert found == "The simulated bus hangs, as when a chip holds SDA or SCL low."
    assert advice is not None
    assert advice.startswith("Switch the sensor's supply off")
    assert told(SensorError("It is broken")) == ("It is broken.", None)


def test_an_unknown_chip_is_told_with_its_value() -> None:
    with pytest.raises(UnknownChipError) as caught:
        find_chip(0x42)
    check = error_check("limb", "chip", caught.value)
    assert check.level is Level.PROBLEM
    assert "0x42" in check.found
    assert check.measured == {"who_am_i": 0x42}


def test_the_worst_level_counts() -> None:
    good, middling, bad = ok("a", "b", "c"), warning("a", "b", "c", "d"), problem("a", "b", "c", "d")
    assert worst([]) is Level.OK
    assert worst([good, middling]) is Level.WARNING
    assert worst([bad, good, middling]) is Level.PROBLEM


def test_failed_transfers_are_counted_by_address() -> None:
    bus, _ = simulated()
    counted = CountedBus(bus)
    counted.read(0x68, 0x75, 1)
    counted.write(0x68, 0x6B, 0)
    with pytest.raises(SensorError):
        counted.read(0x69, 0x75, 1)
    assert (counted.transfers[0x68], counted.failures[0x68]) == (2, 0)
    assert (counted.transfers[0x69], counted.failures[0x69]) == (1, 1)
    assert "Nothing answers at 0x69" in str(counted.last_error[0x69])
    assert 0x68 not in counted.last_error
    assert (counted.name, counted.number) == ("the simulated bus", None)


def test_a_clock_chip_at_the_address_is_told_by_its_driver() -> None:
    bus, clock = simulated(Fault(FaultKind.KERNEL_DRIVER, 0, math.inf, address=0x68))
    found = probe(bus, clock, allow_unknown=False, required=True, driver_at=lambda _: "rtc-ds1307")
    check = found.sensor_checks[SensorRole.LIMB]
    assert "a clock chip sits there" in check.found
    assert check.advice is not None
    assert "0x69" in check.advice
    found = probe(bus, clock, allow_unknown=False, required=True, driver_at=lambda _: "inv-mpu6050-i2c")
    check = found.sensor_checks[SensorRole.LIMB]
    assert check.found == "The kernel driver inv-mpu6050-i2c holds this address."
    assert check.advice is not None
    assert "dtoverlay=mpu6050" in check.advice


def test_looking_who_is_there_writes_nothing() -> None:
    bus, clock = simulated()
    probe(bus, clock, allow_unknown=False, required=True)
    assert not bus.writes
