"""What the simulated chip does not do by itself: another program on the bus, registers that flip, ..."""

from __future__ import annotations

import pytest
from support.simulated_run import assert_nothing_vanished, delivered, run, sensors_on

from firmware import registers as reg
from firmware.bus import Bus
from firmware.bus_errors import bus_error
from firmware.driver import Sensors
from firmware.errors import ChipStartError
from firmware.readings import Cause
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, rocking

ADDRESS = 0x68
ENOTCONN = 107


class OddBus:
    """A simulated bus whose calls a test may change."""

    def __init__(self, seed: int = 4, who_am_i: int = 0x68) -> None:
        self.clock = SimulatedClock()
        self.chip = SimulatedChip(who_am_i, motion=rocking(), seed=seed, keep_history=True)
        self.inner = SimulatedBus({ADDRESS: self.chip}, self.clock)
        self.name, self.number = self.inner.name, self.inner.number
        self.log: list[tuple[str, int]] = []
        self.reopened_s: list[float] = []

    def read(self, address: int, register: int, length: int) -> bytes:
        self.log.append(("read", register))
        return self.inner.read(address, register, length)

    def write(self, address: int, register: int, value: int) -> None:
        self.log.append(("write", register))
        self.inner.write(address, register, value)

    def read_fifo(self, address: int, length: int) -> bytes:
        return self.inner.read_fifo(address, length)

    def reopen(self) -> None:
        self.reopened_s.append(self.clock.t_s)
        self.inner.reopen()

    def close(self) -> None:
        self.inner.close()


def started(bus: OddBus, rate_hz: int = 100) -> Sensors:
    as_bus: Bus = bus
    sensors = Sensors(as_bus, [SensorSettings(rate_hz=rate_hz)], bus.clock)
    sensors.start()
    return sensors


def causes_after(bus: OddBus, sensors: Sensors, disturb, until_s: float = 9.0) -> list[Cause]:
    """Run, disturb at 5 s, run on; return the causes of the gaps after checking every sample."""
    readings = run(sensors, bus.clock, 5.0)
    disturb()
    got = delivered(readings + run(sensors, bus.clock, until_s), SensorRole.LIMB)
    assert_nothing_vanished(got, bus.chip.history())
    assert got.t_ns[-1] > bus.clock.now_ns() - 200_000_000
    return [gap.cause for gap in got.gaps]


def take(bus: OddBus, length: int) -> None:
    """Be another program that reads the FIFO when something is in it."""
    bus.clock.sleep_s(0.045)
    bus.inner.read_fifo(ADDRESS, length)


def test_the_overflow_flag_is_cleared_before_the_fifo_is_started():
    bus = OddBus()
    started(bus)
    fifo = [("write", 0x23), ("write", 0x6A), ("write", 0x6A), ("read", 0x3A), ("write", 0x23)]
    first = bus.log.index(("write", 0x23))
    assert bus.log[first : first + 5] == fifo


@pytest.mark.parametrize("taken", [28, 42])
def test_frames_that_another_program_took_are_missed(taken):
    bus = OddBus()
    sensors = started(bus)
    causes = causes_after(bus, sensors, lambda: take(bus, taken))
    assert causes == [Cause.LOST]


def test_one_frame_that_another_program_took_is_noticed():
    """Until it is, samples may get the time of their neighbour: one count cannot tell it from a drift."""
    bus = OddBus()
    sensors = started(bus)
    run(sensors, bus.clock, 5.0)
    take(bus, 14)
    got = delivered(run(sensors, bus.clock, 9.0), SensorRole.LIMB)
    assert [gap.cause for gap in got.gaps] == [Cause.LOST]
    assert got.gaps[0].end_ns - bus.clock.origin_ns < 6.5e9


def test_bytes_that_another_program_took_are_missed():
    bus = OddBus()
    sensors = started(bus)
    causes = causes_after(bus, sensors, lambda: take(bus, 5))
    assert causes == [Cause.MISALIGNED]


@pytest.mark.parametrize(
    ("register", "value"), [(0x1C, 0x00), (0x1B, 0x18), (0x1A, 0x06), (0x6B, 0x00), (0x6B, 0x21)]
)
def test_a_register_that_flips_is_noticed_within_a_second(register, value):
    bus = OddBus()
    sensors = started(bus)
    run(sensors, bus.clock, 5.0)
    bus.inner.write(ADDRESS, register, value)
    got = delivered(run(sensors, bus.clock, 8.0), SensorRole.LIMB)
    (trouble,) = got.troubles
    assert trouble.cause is Cause.SETTINGS
    assert "values of the last half second may be wrong" in trouble.advice
    assert trouble.at_ns - bus.clock.origin_ns < 5.8e9
    assert [gap.cause for gap in got.gaps] == [Cause.SETTINGS]
    assert len(got.recovered) == 1


def test_a_rate_that_flips_is_noticed():
    bus = OddBus()
    sensors = started(bus)
    run(sensors, bus.clock, 5.0)
    bus.inner.write(ADDRESS, reg.SMPLRT_DIV, 4)
    got = delivered(run(sensors, bus.clock, 8.0), SensorRole.LIMB)
    assert got.gaps[0].cause in (Cause.LOST, Cause.SETTINGS)
    assert got.t_ns[-1] > bus.clock.now_ns() - 200_000_000


def test_what_stands_above_the_count_has_no_meaning():
    class Dirty(OddBus):
        def read(self, address: int, register: int, length: int) -> bytes:
            data = super().read(address, register, length)
            return bytes([data[0] | 0xE0, data[1]]) if register == reg.FIFO_COUNTH else data

    bus = Dirty(who_am_i=0x98)
    got = delivered(run(started(bus), bus.clock, 4.0), SensorRole.LIMB)
    assert_nothing_vanished(got, bus.chip.history())
    assert len(got.t_ns) > 300
    assert got.gaps == []


def test_a_chip_that_does_not_keep_its_settings_is_refused():
    class Stubborn(OddBus):
        def write(self, address: int, register: int, value: int) -> None:
            super().write(address, register, 0 if register == reg.ACCEL_CONFIG else value)

    with pytest.raises(
        ChipStartError, match=r"does not keep its settings \(register 0x1c is 0x00, not 0x10\)"
    ):
        started(Stubborn())


@pytest.mark.parametrize("stall_s", [0.6, 0.8, 3.0])
def test_a_host_that_sleeps_between_count_and_read_loses_nothing_silently(stall_s):
    class Sleepy(OddBus):
        asleep_s = 0.0

        def read_fifo(self, address: int, length: int) -> bytes:
            self.clock.sleep_s(self.asleep_s)
            self.asleep_s = 0.0
            return super().read_fifo(address, length)

    bus = Sleepy()
    sensors = started(bus)

    def fall_asleep() -> None:
        bus.asleep_s = stall_s

    causes = causes_after(bus, sensors, fall_asleep)
    assert causes == ([Cause.OVERFLOW] if stall_s > 0.7 else [])


def test_a_bus_that_has_to_be_opened_again_is():
    class Unplugged(OddBus):
        gone = False
        opens_from_s = 1e9

        def _check(self) -> None:
            if self.gone:
                raise bus_error(ENOTCONN, self.name, None)

        def read(self, address: int, register: int, length: int) -> bytes:
            self._check()
            return super().read(address, register, length)

        def write(self, address: int, register: int, value: int) -> None:
            self._check()
            super().write(address, register, value)

        def read_fifo(self, address: int, length: int) -> bytes:
            self._check()
            return super().read_fifo(address, length)

        def reopen(self) -> None:
            self.reopened_s.append(self.clock.t_s)
            if self.clock.t_s >= self.opens_from_s:
                self.gone = False
            self._check()

    bus = Unplugged()
    sensors = started(bus)

    def unplug() -> None:
        bus.gone, bus.opens_from_s = True, 8.0

    causes = causes_after(bus, sensors, unplug, until_s=12.0)
    assert causes == [Cause.BUS]
    assert 4 <= len(bus.reopened_s) <= 8
    assert bus.reopened_s[-1] < 9.0


def test_a_wire_that_wobbles_at_the_start_is_given_another_chance():
    class Wobbly(OddBus):
        def read(self, address: int, register: int, length: int) -> bytes:
            data = super().read(address, register, length)
            return b"\xff" * length if self.clock.t_s < 0.05 else data

    assert started(Wobbly()).chips[SensorRole.LIMB].name == "MPU-6050"


@pytest.mark.parametrize("who_am_i", [0x68, 0x98, 0x78])
@pytest.mark.parametrize("rate_hz", [50, 500, 1000])
def test_a_forged_chip_with_a_small_fifo_is_read_at_every_rate(who_am_i, rate_hz):
    clock = SimulatedClock()
    chip = SimulatedChip(who_am_i, motion=rocking(), seed=2, keep_history=True, fifo_bytes=512)
    bus = SimulatedBus({ADDRESS: chip}, clock)
    sensors = sensors_on(bus, clock, SensorSettings(rate_hz=rate_hz))
    got = delivered(run(sensors, clock, 4.0), SensorRole.LIMB)
    assert_nothing_vanished(got, chip.history())
    assert got.gaps == []
    assert len(got.t_ns) > 2.5 * rate_hz
