from __future__ import annotations

import numpy as np
import pytest

from firmware import registers as reg
from firmware.chips import CHIPS
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, Traits, still


def all_registers(rig):
    below = b"".join(rig.bus.read(0x68, start, 16) for start in range(0, 0x70, 16))
    return list(below + rig.bus.read(0x68, 0x70, 4) + b"\0" + rig.bus.read(0x68, 0x75, 11))


def test_reset_values(rig):
    """RM-MPU-6000A-00, section 3: all 0 but two, and the factory's self-test codes."""
    values = all_registers(rig())
    assert values.pop(0x75) == 0x68
    assert values.pop(0x6B) == 0x40
    codes = values[0x0D:0x11]
    assert any(codes)
    values[0x0D:0x11] = [0] * 4
    assert not any(values)


@pytest.mark.parametrize("who_am_i", [*CHIPS, 0x55])
def test_who_am_i_does_not_follow_the_address(who_am_i):
    for address in (0x68, 0x69):
        bus = SimulatedBus({address: SimulatedChip(who_am_i)}, SimulatedClock())
        assert bus.read(address, reg.WHO_AM_I, 1) == bytes([who_am_i])


@pytest.mark.parametrize(("who_am_i", "power"), [(0x68, 0x40), (0x98, 0x40), (0x12, 0x41), (0x70, 0x01)])
def test_power_management_after_reset(rig, who_am_i, power):
    made = rig(who_am_i)
    assert made.get(reg.PWR_MGMT_1) == power
    made.clock.sleep_s(0.1)
    # The MPU-6500 wakes by itself, with the accelerometer at 2 g.
    assert (abs(made.words()[:3]).max() > 1000) == (power == 0x01)


def test_it_sleeps_until_it_is_woken(rig):
    made = rig()
    made.clock.sleep_s(1.0)
    assert not made.words().any()
    assert made.get(reg.INT_STATUS) == 0
    made.set(reg.PWR_MGMT_1, 0x00)
    made.clock.sleep_s(0.1)
    assert made.words()[:3].any()
    assert made.get(reg.INT_STATUS) == reg.DATA_READY_INT
    made.set(reg.PWR_MGMT_1, 0x40)
    frozen = made.words()
    made.clock.sleep_s(0.5)
    assert (made.words() == frozen).all(), "put to sleep later it keeps its last values"
    assert frozen.any()


def test_there_is_nothing_from_0x80_on(rig):
    made = rig()
    made.set(0x99, 1)
    assert made.bus.read(0x68, 0x7E, 32) == bytes(32)


def test_writing_registers_that_are_read_only_does_nothing(rig):
    made = rig()
    for register in (reg.WHO_AM_I, reg.INT_STATUS, reg.ACCEL_XOUT_H, reg.FIFO_COUNTH, reg.SELF_TEST_X):
        before = made.get(register)
        made.set(register, before ^ 0x5A)
        assert made.get(register) == before


def test_reset_clears_its_bit_after_a_while_and_everything_at_once(rig):
    made = rig().wake().start_fifo()
    made.clock.sleep_s(0.2)
    made.set(reg.PWR_MGMT_1, reg.DEVICE_RESET)
    assert made.get(reg.PWR_MGMT_1) == 0xC0
    assert made.bus.read(0x68, reg.SMPLRT_DIV, 4) == bytes(4)
    assert made.get(reg.FIFO_EN) == 0
    assert made.count() == 0
    assert not made.words().any()
    made.set(reg.SMPLRT_DIV, 9)
    assert made.get(reg.SMPLRT_DIV) == 0, "a chip in its reset hears nothing"
    made.clock.sleep_s(0.04)
    assert made.get(reg.PWR_MGMT_1) & reg.DEVICE_RESET
    made.clock.sleep_s(0.06)
    assert made.get(reg.PWR_MGMT_1) == 0x40
    made.set(reg.SMPLRT_DIV, 9)
    assert made.get(reg.SMPLRT_DIV) == 9


def test_the_gyroscope_settles_after_waking(rig):
    made = rig(motion=still(), traits=Traits.ideal())
    made.set(reg.GYRO_CONFIG, 0x10)
    made.set(reg.PWR_MGMT_1, 0x00)
    begin_s = made.clock.t_s
    made.clock.sleep_s(0.008)
    assert not made.words()[4:].any(), "nothing yet"
    seen = {}
    while made.clock.t_s < begin_s + 0.1:
        made.clock.sleep_s(0.001)
        seen[made.clock.t_s - begin_s] = abs(made.words()[4:]).max() / 32.8
    assert max(dps for after_s, dps in seen.items() if after_s < 0.03) > 10.0
    assert max(dps for after_s, dps in seen.items() if after_s > 0.035) < 1.5
    assert max(dps for after_s, dps in seen.items() if after_s > 0.07) < 0.1


def test_signal_path_reset_clears_the_data_until_the_next_sample(rig):
    made = rig().wake(divider=249)  # 4 Hz
    made.clock.sleep_s(0.5)
    assert made.words().any()
    made.set(reg.SIGNAL_PATH_RESET, 0x02)
    words = made.words()
    assert not words[:3].any()
    assert words[3:].any()
    made.set(reg.SIGNAL_PATH_RESET, 0x07)
    assert not made.words().any()
    assert made.get(reg.SIGNAL_PATH_RESET) == 0
    made.clock.sleep_s(0.3)
    assert made.words().any()


def test_int_status_is_cleared_by_reading(rig):
    made = rig().wake()
    assert made.get(reg.INT_STATUS) == reg.DATA_READY_INT
    assert made.get(reg.INT_STATUS) == 0
    made.clock.sleep_s(0.01)
    burst = made.bus.read(0x68, reg.INT_STATUS, 15)
    assert burst[0] == reg.DATA_READY_INT
    assert made.get(reg.INT_STATUS) == 0, "a burst over it clears it, too"


def test_standby_and_the_thermometer_switch(rig):
    made = rig(motion=still((1, 1, 1))).wake()
    made.set(reg.PWR_MGMT_1, 0x08)
    made.set(reg.PWR_MGMT_2, 0x27)  # accelerometer x and the whole gyroscope off
    made.clock.sleep_s(0.05)
    words = made.words()
    assert words[0] == 0
    assert words[1] != 0
    assert not words[3:].any()
    made.set(reg.PWR_MGMT_2, 0x00)
    made.clock.sleep_s(0.005)
    assert made.words()[0] == 0, "it has to come up first"
    assert abs(made.words()[4:]).max() < 8000
    made.clock.sleep_s(0.1)
    assert made.words()[0] == pytest.approx(4096 / 3**0.5, abs=60)
    assert abs(made.words()[4:]).max() < 20


@pytest.mark.parametrize(("clock", "runs"), [(0, True), (1, True), (3, True), (4, False), (7, False)])
def test_clock_sources(rig, clock, runs):
    made = rig().wake()
    made.set(reg.PWR_MGMT_1, clock)
    before = len(made.history())
    made.clock.sleep_s(0.5)
    assert (len(made.history()) > before) == runs


def test_ext_sync_bits_are_kept_and_ignored(rig):
    plain, with_sync = rig().wake(dlpf=3), rig().wake(dlpf=3 | (5 << 3))
    assert with_sync.get(reg.CONFIG) == 0x2B
    np.testing.assert_array_equal(
        np.diff(plain.history().t_ns)[-20:], np.diff(with_sync.history().t_ns)[-20:]
    )


def test_a_chip_keeps_no_history_unless_told():
    bus = SimulatedBus({0x68: SimulatedChip()}, SimulatedClock())
    with pytest.raises(Exception, match="keep_history"):
        bus.history(0x68)
