"""The self-test writes the registers that the register map asks for, and judges by the factory's codes."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from firmware.chips import CHIPS, MPU_6050, Chip
from firmware.errors import ChipStartError, TransferError
from firmware.self_test import SelfTestResult, factory_trim, self_test
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, Traits, rocking, still

#: Codes of one real-looking chip: gyro 5, 20, 12; accel 17, 18, 27.
CODES = bytes([0x80 | 5, 0x80 | 20, 0xC0 | 12, 0b00_01_10_11])
ACCEL_CODES = (17, 18, 27)

NS = 1_000_000_000


class VirtualClock:
    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def sleep_until_ns(self, at_ns: int) -> None:
        self.ns = max(self.ns, at_ns)


class RegisterBus:
    """Registers of one chip at 0x68 that responds to the self-test bits as it is told to."""

    name = "scripted"
    number = None

    def __init__(self, clock: VirtualClock, response: tuple[float, ...], codes: bytes = CODES) -> None:
        self.clock = clock
        self.response = response
        self.registers = {0x0D + i: code for i, code in enumerate(codes)} | {0x6B: 0x40}
        self.writes: list[tuple[float, int, int]] = []
        self.reads: list[tuple[float, int, int]] = []
        self.motion: Callable[[float], tuple[float, ...]] = lie_still
        self.on_read: Callable[[RegisterBus], None] = do_nothing
        self._random = random.Random(1)  # noqa: S311 - noise, not a secret

    def read(self, address: int, register: int, length: int) -> bytes:
        assert address == 0x68
        self.on_read(self)
        self.reads.append((self.clock.ns / NS, register, length))
        if register == 0x3B:
            assert length == 14
            return self._sample()
        return bytes(self.registers.get(register + i, 0) for i in range(length))

    def _sample(self) -> bytes:
        if self.registers[0x6B] & 0x40:
            return bytes(14)
        moved = self.motion(self.clock.ns / NS)
        values = []
        for i in range(6):
            enabled = self.registers[0x1B if i < 3 else 0x1C] & (0x80 >> (i % 3))
            rest = (200, -300, 50, 0, 0, 4096)[i]
            pushed = self.response[i] if enabled else 0
            values.append(round(rest + pushed + moved[i] + self._random.gauss(0, 7 if i < 3 else 14)))
        return struct.pack(">7h", *values[3:], -500, *values[:3])

    def write(self, address: int, register: int, value: int) -> None:
        assert address == 0x68
        self.writes.append((self.clock.ns / NS, register, value))
        if register == 0x6B and value & 0x80:
            # Codes of the factory stay; everything else is as after power-up.
            self.registers = {at: held for at, held in self.registers.items() if at <= 0x10} | {0x6B: 0x40}
        else:
            self.registers[register] = value

    def read_fifo(self, _address: int, _length: int) -> bytes:
        raise AssertionError("the self-test has no business with the FIFO")

    def reopen(self) -> None: ...

    def close(self) -> None: ...


def bus_of(factors: tuple[float, ...] = (1.0,) * 6, codes: bytes = CODES) -> RegisterBus:
    """Return a chip whose axes respond with a factor of the factory's response."""
    trim = factory_trim(codes)
    return RegisterBus(VirtualClock(), tuple(t * f for t, f in zip(trim, factors, strict=True)), codes)


def lie_still(_t_s: float) -> tuple[float, ...]:
    return (0, 0, 0, 0, 0, 0)


def do_nothing(_bus: RegisterBus) -> None: ...


def run(bus: RegisterBus, chip: Chip = MPU_6050) -> SelfTestResult:
    return self_test(bus, 0x68, chip, bus.clock).result


def test_the_factory_trim_follows_the_formulas_of_the_register_map() -> None:
    gyro = [25 * 131 * 1.046 ** (code - 1) for code in (5, 20, 12)]
    accel = [4096 * 0.34 * (0.92 / 0.34) ** ((code - 1) / 30) for code in ACCEL_CODES]
    assert factory_trim(CODES) == pytest.approx([gyro[0], -gyro[1], gyro[2], *accel])


@pytest.mark.parametrize("axis", range(3))
def test_each_code_is_taken_from_its_own_bits(axis: int) -> None:
    shift = 4 - 2 * axis
    # All bits of this axis and none of the others; the two unused bits of SELF_TEST_A do not matter.
    codes = bytearray([0, 0, 0, 0xC0 | (0x03 << shift)])
    codes[axis] = 0xFF
    trim = factory_trim(bytes(codes))
    assert [bool(value) for value in trim] == [i % 3 == axis for i in range(6)]
    assert abs(trim[axis]) == pytest.approx(25 * 131 * 1.046**30)
    assert trim[3 + axis] == pytest.approx(4096 * 0.92)


def test_code_zero_has_no_trim() -> None:
    assert factory_trim(bytes(4)) == (0, 0, 0, 0, 0, 0)


def test_it_writes_the_documented_registers_with_the_documented_waits() -> None:
    bus = bus_of()
    run(bus)
    assert [(register, value) for _, register, value in bus.writes] == [
        (0x6B, 0x80),  # reset
        (0x6B, 0x00),  # wake on the internal clock
        (0x6B, 0x01),  # the gyroscope runs: take its clock
        (0x1A, 0x03),  # 44 Hz
        (0x19, 0x04),  # 200 Hz
        (0x1B, 0x00),  # +-250 deg/s
        (0x1C, 0x10),  # +-8 g
        (0x1B, 0xE0),  # the same with all axes pushed
        (0x1C, 0xF0),
        (0x1B, 0x00),
        (0x1C, 0x10),
    ]
    at = [when for when, _, _ in bus.writes]
    assert round(at[1] - at[0], 6) >= 0.1
    assert round(at[2] - at[1], 6) >= MPU_6050.gyro_start_s
    # Settled before each of the three measurements, which read whole samples at the sample rate.
    bursts = [when for when, register, _ in bus.reads if register == 0x3B]
    assert len(bursts) == 150
    for phase in range(3):
        own = bursts[50 * phase : 50 * (phase + 1)]
        assert round(own[0] - at[6 + 2 * phase], 6) >= 0.1
        assert [round(b - a, 6) for a, b in pairwise(own)] == [0.005] * 49


def test_a_chip_as_the_factory_made_it_passes() -> None:
    bus = bus_of()
    outcome = self_test(bus, 0x68, MPU_6050, bus.clock)
    assert outcome.result is SelfTestResult.PASSED
    assert [axis.axis for axis in outcome.axes] == [
        "gyro_x",
        "gyro_y",
        "gyro_z",
        "accel_x",
        "accel_y",
        "accel_z",
    ]
    assert all(abs(axis.change_percent or 99) < 1 for axis in outcome.axes)
    assert outcome.axes[1].response_counts < 0


@pytest.mark.parametrize("axis", range(6))
@pytest.mark.parametrize(
    ("factor", "result"),
    [
        (1.12, SelfTestResult.PASSED),
        (0.88, SelfTestResult.PASSED),
        (1.16, SelfTestResult.FAILED),
        (0.84, SelfTestResult.FAILED),
        (0.0, SelfTestResult.FAILED),
        (-1.0, SelfTestResult.FAILED),
    ],
)
def test_14_percent_decide_on_every_axis(axis: int, factor: float, result: SelfTestResult) -> None:
    factors = [1.0] * 6
    factors[axis] = factor
    bus = bus_of(tuple(factors))
    outcome = self_test(bus, 0x68, MPU_6050, bus.clock)
    assert outcome.result is result
    assert outcome.axes[axis].change_percent == pytest.approx(100 * (factor - 1), abs=1)
    failed = [outcome.axes[axis]] if result is SelfTestResult.FAILED else []
    assert list(outcome.failed_axes) == failed


def test_an_axis_without_a_code_is_skipped() -> None:
    bus = bus_of(codes=bytes([0, *CODES[1:]]))
    outcome = self_test(bus, 0x68, MPU_6050, bus.clock)
    assert outcome.result is SelfTestResult.PASSED
    assert outcome.axes[0].change_percent is None
    assert outcome.axes[0].passed


def test_a_chip_without_any_code_is_not_judged() -> None:
    assert run(bus_of(codes=bytes(4))) is SelfTestResult.NOT_SUPPORTED


@pytest.mark.parametrize(
    "chip", [chip for chip in CHIPS.values() if chip is not MPU_6050], ids=lambda c: c.name
)
def test_a_clone_is_not_tested_and_not_touched(chip: Chip) -> None:
    bus = bus_of((0,) * 6)
    assert run(bus, chip) is SelfTestResult.NOT_SUPPORTED
    assert bus.writes == []
    assert bus.reads == []


def shaken(t_s: float) -> tuple[float, ...]:
    return (20000 * (t_s % 0.1 - 0.05), 0, 0, 0, 0, 0)


def turned_slowly(t_s: float) -> tuple[float, ...]:
    # A few deg/s without a change of rate: only gravity wanders.
    return (0, 0, 0, 150 * t_s, 0, 0)


def pushed_once(t_s: float) -> tuple[float, ...]:
    # Between two measurements, in the pause while the masses settle.
    return (0, 0, 0, 0, 300 if t_s > 0.55 else 0, 0)


@pytest.mark.parametrize("motion", [shaken, turned_slowly, pushed_once])
@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_a_sensor_that_moves_is_told_from_one_that_fails(
    motion: Callable[[float], tuple[float, ...]], factor: float
) -> None:
    bus = bus_of((factor,) * 6)
    bus.motion = motion
    assert run(bus) is SelfTestResult.MOVED


def test_a_chip_that_falls_asleep_meanwhile_has_not_failed() -> None:
    bus = bus_of()

    def brown_out(each: RegisterBus) -> None:
        if each.clock.ns > 0.5 * NS:
            each.registers = {0x6B: 0x40}

    bus.on_read = brown_out
    with pytest.raises(ChipStartError, match=r"lost its settings .* check the wires of VCC and GND"):
        run(bus)


def test_a_chip_that_stays_in_its_reset_is_not_waited_for() -> None:
    bus = bus_of()

    def deaf(each: RegisterBus) -> None:
        each.registers[0x6B] |= 0x80

    bus.on_read = deaf
    with pytest.raises(ChipStartError, match="does not come out of its reset: switch its power off"):
        run(bus)
    assert [(register, value) for _, register, value in bus.writes] == [(0x6B, 0x80)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("off_percent", "result"), [(0, SelfTestResult.PASSED), (30, SelfTestResult.FAILED)])
def test_simulated_chips_out_of_the_bag_pass_and_broken_ones_fail(
    seed: int, off_percent: float, result: SelfTestResult
) -> None:
    clock = SimulatedClock()
    traits = replace(Traits.drawn(seed), self_test_off_percent=off_percent)
    bus = SimulatedBus({0x69: SimulatedChip(motion=still((1, 2, 3)), seed=seed, traits=traits)}, clock)
    outcome = self_test(bus, 0x69, MPU_6050, clock)
    assert outcome.result is result
    for axis, error in zip(outcome.axes, traits.self_test_error, strict=True):
        expected = 100 * ((1 + error) * (1 + off_percent / 100) - 1)
        assert axis.change_percent == pytest.approx(expected, abs=2.5)


def test_a_simulated_arm_in_motion_is_not_judged() -> None:
    clock = SimulatedClock()
    bus = SimulatedBus({0x68: SimulatedChip(motion=rocking())}, clock)
    assert self_test(bus, 0x68, MPU_6050, clock).result is SelfTestResult.MOVED


def test_what_the_bus_says_comes_through() -> None:
    bus = bus_of()

    def broken(each: RegisterBus) -> None:
        raise TransferError("The transfer broke off.", 5)

    bus.on_read = broken
    with pytest.raises(TransferError):
        run(bus)


def test_a_mean_of_a_few_is_refused() -> None:
    with pytest.raises(ValueError, match="10 or more"):
        self_test(bus_of(), 0x68, MPU_6050, VirtualClock(), samples=9)
