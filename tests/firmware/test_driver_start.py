"""From power-up to the first sample: every register write, in order, with the documented waits."""

from __future__ import annotations

import pytest
from support.simulated_run import run, sensors_on

from firmware.driver import Sensors
from firmware.errors import (
    BusError,
    BusForbiddenError,
    ChipStartError,
    NotRespondingError,
    SensorError,
    SettingsError,
    UnknownChipError,
)
from firmware.readings import Frames
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import Fault, FaultKind, SimulatedBus, SimulatedChip, SimulatedClock, rocking
from firmware.start import identify

FOREVER = float("inf")
#: Register and value of a start at 100 Hz, +-8 g, +-1000 deg/s, and the least wait before it in seconds.
START = [
    (0x6B, 0x80, 0.0),  # DEVICE_RESET
    (0x68, 0x07, 0.1),  # SIGNAL_PATH_RESET 100 ms after it
    (0x6B, 0x00, 0.1),  # wakes 100 ms after that, on the internal clock
    (0x6B, 0x01, 0.06),  # the gyroscope's clock once the gyroscope runs
    (0x19, 9, 0.01),  # 1 kHz / (1 + 9)
    (0x1A, 3, 0.0),  # 44 Hz
    (0x1B, 0x10, 0.0),  # +-1000 deg/s
    (0x1C, 0x10, 0.0),  # +-8 g
    (0x23, 0x00, 0.05),  # zero-rate settling is over; nothing into the FIFO
    (0x6A, 0x04, 0.0),  # FIFO_RESET
    (0x6A, 0x40, 0.0),  # FIFO on
    (0x23, 0xF8, 0.0),  # temperature, gyroscope, accelerometer
]


def a_bus(who_am_i: int = 0x68, *faults: Fault, address: int = 0x68) -> tuple[SimulatedBus, SimulatedClock]:
    clock = SimulatedClock()
    chip = SimulatedChip(who_am_i, motion=rocking(), seed=3, keep_history=True)
    return SimulatedBus({address: chip}, clock, faults=faults), clock


def written(bus: SimulatedBus) -> list[tuple[int, int]]:
    return [(write.register, write.value) for write in bus.writes]


def test_every_write_of_the_start_happens_in_order_with_its_wait():
    bus, clock = a_bus()
    sensors_on(bus, clock, SensorSettings())
    writes = list(bus.writes)[: len(START)]
    assert written(bus)[: len(START)] == [(register, value) for register, value, _ in START]
    for before, write, (register, value, wait_s) in zip(writes, writes[1:], START[1:], strict=False):
        waited_s = (write.t_ns - before.t_ns) / 1e9
        assert waited_s >= wait_s, f"0x{register:02x} = 0x{value:02x} after {waited_s} s"
        assert waited_s < wait_s + 0.02


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (SensorSettings(rate_hz=200), [(0x19, 4), (0x1A, 2), (0x1B, 0x10), (0x1C, 0x10)]),
        (SensorSettings(rate_hz=1000), [(0x19, 0), (0x1A, 1), (0x1B, 0x10), (0x1C, 0x10)]),
        (
            SensorSettings(accel_range_g=2, gyro_range_dps=250, dlpf=6),
            [(0x19, 9), (0x1A, 6), (0x1B, 0x00), (0x1C, 0x00)],
        ),
        (
            SensorSettings(accel_range_g=16, gyro_range_dps=2000),
            [(0x19, 9), (0x1A, 3), (0x1B, 0x18), (0x1C, 0x18)],
        ),
    ],
)
def test_settings_are_these_register_bytes(settings, expected):
    bus, clock = a_bus()
    sensors_on(bus, clock, settings)
    assert [each for each in written(bus) if 0x19 <= each[0] <= 0x1D] == expected


@pytest.mark.parametrize(
    ("who_am_i", "expected"),
    [
        (0x70, [(0x19, 9), (0x1A, 3), (0x1B, 0x10), (0x1C, 0x10), (0x1D, 0x03)]),
        # Its FIFO has 4096 bytes only when asked for.
        (0x98, [(0x19, 9), (0x1A, 3), (0x1B, 0x10), (0x1C, 0x10), (0x1D, 0xC3)]),
        # Its gyroscope's range begins a bit lower.
        (0x20, [(0x19, 9), (0x1A, 3), (0x1B, 0x08), (0x1C, 0x10), (0x1D, 0xC3)]),
    ],
)
def test_relatives_get_the_bytes_of_their_own_register_map(who_am_i, expected):
    bus, clock = a_bus(who_am_i)
    sensors_on(bus, clock, SensorSettings())
    assert [each for each in written(bus) if 0x19 <= each[0] <= 0x1D] == expected


@pytest.mark.parametrize(
    ("who_am_i", "temperature", "fifo_enable", "frame_bytes"),
    [(0x68, True, 0xF8, 14), (0x68, False, 0x78, 12), (0x12, False, 0xF8, 14)],
)
def test_frames_have_12_or_14_bytes(who_am_i, temperature, fifo_enable, frame_bytes):
    bus, clock = a_bus(who_am_i)
    sensors = sensors_on(bus, clock, SensorSettings(temperature=temperature))
    assert written(bus)[-1] == (0x23, fifo_enable)
    frames = [each for each in run(sensors, clock, clock.t_s + 0.5) if isinstance(each, Frames)]
    assert {each.frame_bytes for each in frames} == {frame_bytes}
    assert all(len(each.data) == frame_bytes * len(each.t_ns) for each in frames)


def test_a_chip_that_was_left_running_starts_as_well():
    bus, clock = a_bus()
    sensors_on(bus, clock, SensorSettings(rate_hz=1000))
    clock.sleep_s(3.0)
    again = sensors_on(bus, clock, SensorSettings())
    assert any(isinstance(each, Frames) for each in run(again, clock, clock.t_s + 0.5))


def test_closing_puts_the_chip_to_sleep():
    bus, clock = a_bus()
    sensors_on(bus, clock, SensorSettings()).close()
    assert written(bus)[-1] == (0x6B, 0x40)


def test_who_am_i_is_read_three_times_and_does_not_follow_the_address():
    bus, _ = a_bus(address=0x69)
    assert identify(bus, 0x69).name == "MPU-6050"
    assert bus.transactions == 3


START_FAULTS = [
    (FaultKind.ABSENT, None, NotRespondingError, "AD0"),
    (FaultKind.WRONG_ID, 0x42, UnknownChipError, "0x42"),
    (FaultKind.WRONG_ID, 0x75, UnknownChipError, "defective"),
    (FaultKind.WRONG_ID, None, BusError, "differently each time"),
    (FaultKind.DEAF_RESET, None, ChipStartError, "reset"),
    (FaultKind.FORBIDDEN, None, BusForbiddenError, "i2c"),
    (FaultKind.FROZEN, None, ChipStartError, "same values"),
    (FaultKind.STUCK, None, BusError, "supply off and on"),
]


@pytest.mark.parametrize(("kind", "value", "error", "words"), START_FAULTS)
def test_what_keeps_a_chip_from_starting_is_told_in_one_sentence(kind, value, error, words):
    bus, clock = a_bus(0x68, Fault(kind, 0.0, FOREVER, value=value))
    with pytest.raises(error) as caught:
        sensors_on(bus, clock, SensorSettings())
    assert words in str(caught.value)
    assert str(caught.value).count(". ") == 0
    assert clock.t_s < 20


@pytest.mark.parametrize("dies_at_s", [0.05, 0.15, 0.25, 0.3, 0.32, 0.34, 0.4])
def test_a_bus_that_dies_during_the_start_is_told_too(dies_at_s):
    bus, clock = a_bus(0x68, Fault(FaultKind.NACK, dies_at_s, FOREVER))
    with pytest.raises(SensorError):
        sensors_on(bus, clock, SensorSettings())
    assert clock.t_s < 10


def test_a_short_disturbance_does_not_keep_a_chip_from_starting():
    bus, clock = a_bus(0x68, Fault(FaultKind.NACK, 0.0, 0.2), Fault(FaultKind.BROWN_OUT, 0.5))
    sensors = sensors_on(bus, clock, SensorSettings())
    assert any(isinstance(each, Frames) for each in run(sensors, clock, clock.t_s + 0.5))


@pytest.mark.parametrize(
    "settings",
    [
        [],
        [SensorSettings(), SensorSettings(SensorRole.LIMB, address=0x69)],
        [SensorSettings(), SensorSettings(SensorRole.TORSO, address=0x68)],
        [SensorSettings()] * 3,
    ],
)
def test_a_station_has_one_or_two_sensors_of_their_own(settings):
    bus, clock = a_bus()
    with pytest.raises(SettingsError):
        Sensors(bus, settings, clock)
