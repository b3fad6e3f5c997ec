"""The wire: what a transaction costs, who answers, what is counted."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from firmware import registers as reg
from firmware.bus import Bus, Clock
from firmware.bus_errors import bus_error
from firmware.errors import BusMissingError, NotRespondingError, SettingsError
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock


def make(bit_rate_hz=400_000):
    clock = SimulatedClock()
    return SimulatedBus({0x68: SimulatedChip()}, clock, bit_rate_hz=bit_rate_hz), clock


def test_it_is_a_bus_and_its_clock_a_clock():
    bus, clock = make()
    as_bus: Bus = bus
    as_clock: Clock = clock
    assert as_bus.name == "the simulated bus"
    assert as_bus.number is None
    assert as_clock.now_ns() == clock.origin_ns


@pytest.mark.parametrize("bit_rate_hz", [100_000, 400_000])
@pytest.mark.parametrize(
    ("what", "bits", "wire_bytes"),
    [
        (lambda bus: bus.write(0x68, reg.SMPLRT_DIV, 4), 29, 3),
        (lambda bus: bus.read(0x68, reg.WHO_AM_I, 1), 39, 4),
        (lambda bus: bus.read(0x68, reg.ACCEL_XOUT_H, 14), 156, 17),
        (lambda bus: bus.read(0x68, reg.FIFO_COUNTH, 2), 48, 5),
        (lambda bus: bus.read_fifo(0x68, 240), 2190, 243),
    ],
)
def test_a_transaction_takes_the_time_of_its_bits(bit_rate_hz, what, bits, wire_bytes):
    """9 bits a byte; the table of the bus budget in the project's facts."""
    bus, clock = make(bit_rate_hz)
    what(bus)
    expected_ns = bits * 1_000_000_000 // bit_rate_hz
    assert clock.now_ns() - clock.origin_ns == pytest.approx(expected_ns, abs=5)
    assert bus.busy_ns == pytest.approx(expected_ns, abs=5)
    assert (bus.transactions, bus.wire_bytes) == (1, wire_bytes)


def test_what_the_chip_does_happens_in_the_middle():
    bus, clock = make(100_000)
    bus.write(0x68, reg.SMPLRT_DIV, 4)
    (write,) = bus.writes
    assert (write.address, write.register, write.value) == (0x68, 0x19, 4)
    assert clock.origin_ns < write.t_ns < clock.now_ns()


def test_nobody_at_the_address():
    bus, clock = make()
    with pytest.raises(NotRespondingError) as caught:
        bus.read_fifo(0x69, 100)
    assert str(caught.value) == str(bus_error(121, "the simulated bus", 0x69))
    assert caught.value.errno == 121
    assert not caught.value.consumed
    assert (bus.transactions, bus.wire_bytes) == (1, 1)
    assert clock.now_ns() - clock.origin_ns == 11 * 2500


def test_closing_and_using_again():
    bus, _ = make()
    assert bus.read(0x68, reg.WHO_AM_I, 1) == b"\x68"
    bus.close()
    bus.close()
    with pytest.raises(BusMissingError, match="not open"):
        bus.read(0x68, reg.WHO_AM_I, 1)
    bus.reopen()
    assert bus.read(0x68, reg.WHO_AM_I, 1) == b"\x68"


def test_lengths_and_values_that_a_transaction_cannot_have():
    bus, _ = make()
    for call in (
        lambda: bus.read(0x68, 0, 0),
        lambda: bus.read(0x68, 0, 33),
        lambda: bus.read_fifo(0x68, 0),
        lambda: bus.read_fifo(0x68, 8193),
        lambda: bus.write(0x68, 0x19, 256),
    ):
        with pytest.raises(ValueError, match=r"\d"):
            call()
    assert bus.transactions == 0


def test_settings_that_a_bus_cannot_have():
    with pytest.raises(SettingsError, match="bit/s"):
        make(bit_rate_hz=10)
    with pytest.raises(SettingsError, match="0x90"):
        SimulatedBus({0x90: SimulatedChip()}, SimulatedClock())


def test_a_late_host_learns_late_of_the_end_of_a_transaction_good_or_bad():
    clock = SimulatedClock(latency_us=300.0)
    bus = SimulatedBus({0x68: SimulatedChip()}, clock)
    for address, raises in ((0x68, nullcontext()), (0x69, pytest.raises(NotRespondingError))):
        busy_ns, before_ns = bus.busy_ns, clock.now_ns()
        with raises:
            bus.read(address, reg.WHO_AM_I, 1)
        assert clock.now_ns() - before_ns > bus.busy_ns - busy_ns
    bus.write(0x68, reg.SMPLRT_DIV, 4)
    assert bus.writes[0].t_ns < clock.now_ns() - 10_000


def test_a_stall_of_the_host_stretches_a_transaction():
    clock = SimulatedClock(stalls=[(1.0, 0.4)])
    bus = SimulatedBus({0x68: SimulatedChip()}, clock)
    clock.sleep_s(0.999_95)
    assert bus.read(0x68, reg.WHO_AM_I, 1) == b"\x68"
    assert clock.t_s == pytest.approx(1.4, abs=1e-4)
    assert bus.busy_ns < 200_000
