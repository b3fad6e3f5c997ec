from __future__ import annotations

import math

import numpy as np
import pytest

from firmware import registers as reg
from firmware.errors import (
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    NotRespondingError,
    SettingsError,
    TransferError,
)
from firmware.sim import Fault, FaultKind, SimulatedBus, SimulatedChip, SimulatedClock, still

FOR_EVER = math.inf


def until(made, at_s):
    made.clock.sleep_until_ns(made.clock.origin_ns + round(at_s * 1e9))
    return made


@pytest.mark.parametrize("kind", [FaultKind.NACK, FaultKind.ABSENT])
def test_not_acknowledged_takes_nothing(rig, kind):
    made = rig(0x68, Fault(kind, 1.0, 1.0)).wake().start_fifo(0x08)
    until(made, 1.5)
    for call in (lambda: made.fifo(6), lambda: made.get(0x75), lambda: made.set(0x19, 1)):
        with pytest.raises(NotRespondingError) as caught:
            call()
        assert caught.value.errno == 121
        assert not caught.value.consumed
    until(made, 2.0)
    assert made.get(reg.SMPLRT_DIV) == 4
    assert made.count() == 1024, "it went on meanwhile"


def test_a_part_of_the_transactions(rig):
    made = rig(0x68, Fault(FaultKind.NACK, 0.0, FOR_EVER, value=0.3))
    failed = 0
    for _ in range(1000):
        try:
            made.get(reg.WHO_AM_I)
        except NotRespondingError:
            failed += 1
    assert 230 < failed < 370


def test_a_fault_of_one_address_leaves_the_other_alone():
    clock = SimulatedClock()
    faults = [
        Fault(FaultKind.ABSENT, 0.0, FOR_EVER, address=0x69),
        Fault(FaultKind.WRONG_ID, 0.0, 9, 0x68, 0x70),
    ]
    bus = SimulatedBus({0x68: SimulatedChip(), 0x69: SimulatedChip()}, clock, faults=faults)
    assert bus.read(0x68, reg.WHO_AM_I, 1) == b"\x70"
    with pytest.raises(NotRespondingError):
        bus.read(0x69, reg.WHO_AM_I, 1)


def test_a_stuck_bus_times_out_after_a_second(rig):
    made = until(rig(0x68, Fault(FaultKind.STUCK, 1.0, 0.5)), 1.2)
    with pytest.raises(TransferError) as caught:
        made.fifo(14)
    assert caught.value.errno == 110
    assert caught.value.consumed
    assert made.clock.t_s == pytest.approx(2.2)
    assert made.get(reg.WHO_AM_I) == 0x68
    made = until(rig(0x68, Fault(FaultKind.STUCK, 1.0, 0.5)), 1.2)
    with pytest.raises(TransferError) as caught:
        made.get(reg.WHO_AM_I)
    assert not caught.value.consumed


def test_a_torn_read_takes_some_bytes_and_says_so(rig):
    made = rig(0x68, Fault(FaultKind.TORN, 1.0, FOR_EVER)).wake().start_fifo()
    until(made, 1.0)
    made.set(reg.FIFO_EN, 0)
    content = bytes(made.chip._file._fifo._content)
    gone = []
    for _ in range(20):
        before_ns, before = made.bus.busy_ns, made.count()
        with pytest.raises(TransferError) as caught:
            made.fifo(42)
        assert caught.value.errno == 5
        assert caught.value.consumed
        gone.append(before - made.count())
        assert made.bus.busy_ns - before_ns < 42 * 9 * 2500 + 400_000
    assert 0 <= min(gone) < max(gone) < 42
    assert len({count % 14 for count in gone}) > 5, "anywhere within a frame"
    assert made.bus.read(0x68, reg.FIFO_COUNTH, 2) == (len(content) - sum(gone)).to_bytes(2, "big")


def test_a_torn_read_without_an_error_gives_0xff(rig):
    made = rig(0x68, Fault(FaultKind.TORN_SILENT, 1.0, 0.4)).wake().start_fifo()
    until(made, 0.9995)
    made.set(reg.FIFO_EN, 0)
    made_whole = made.count()
    content = bytes(made.chip._file._fifo._content)
    until(made, 1.1)
    data = made.fifo(140)
    kept = len(data.rstrip(b"\xff"))
    assert len(data) == 140
    assert kept < 140
    assert content.startswith(data[:kept])
    count = made.bus.read(0x68, reg.FIFO_COUNTH, 2)
    assert count[1] == 0xFF, "of a count at least the low byte is missing"
    assert made.get(reg.WHO_AM_I) == 0x68, "other reads are whole"
    until(made, 1.5)
    left = made.count()
    assert made_whole - 140 < left <= made_whole - kept
    assert content[made_whole - left :] == made.fifo(left)


def test_a_brown_out_loses_everything(rig):
    made = rig(0x68, Fault(FaultKind.BROWN_OUT, 2.0)).wake().start_fifo()
    until(made, 1.999)
    assert made.get(reg.PWR_MGMT_1) == 0x01
    until(made, 2.0)
    assert made.get(reg.PWR_MGMT_1) == 0x40
    assert made.count() == 0
    assert not made.words().any()
    assert made.bus.read(0x68, reg.SMPLRT_DIV, 4) == bytes(4)
    t_ns = made.history().t_ns
    assert t_ns[-1] < made.clock.origin_ns + 2_000_000_000
    made.wake().start_fifo()
    made.clock.sleep_s(0.1)
    assert made.count() > 100


def test_nothing_answers_while_the_supply_is_away(rig):
    made = until(rig(0x68, Fault(FaultKind.BROWN_OUT, 1.0, 0.5)).wake(), 1.1)
    with pytest.raises(NotRespondingError):
        made.get(reg.WHO_AM_I)
    until(made, 1.5)
    assert made.get(reg.WHO_AM_I) == 0x68
    assert made.get(reg.PWR_MGMT_1) == 0x40


def test_an_mpu6500_comes_back_awake_and_with_other_settings(rig):
    made = rig(0x70, Fault(FaultKind.BROWN_OUT, 1.0)).wake()
    until(made, 1.1)
    assert made.get(reg.PWR_MGMT_1) == 0x01
    assert made.get(reg.CONFIG) == 0
    assert made.words().any()


def test_a_brown_out_within_a_read_leaves_0xff(rig):
    made = rig(0x68, Fault(FaultKind.BROWN_OUT, 1.0), bit_rate_hz=100_000).wake().start_fifo()
    until(made, 0.9)
    made.fifo(made.count() // 14 * 14)
    until(made, 0.995)
    data = made.fifo(14 * 14)  # 18 ms on the wire
    kept = len(data.rstrip(b"\xff"))
    assert kept == pytest.approx(5e-3 / 90e-6, abs=5)
    assert data[kept:] == b"\xff" * (196 - kept)
    assert made.get(reg.PWR_MGMT_1) == 0x40


def test_a_chip_without_a_supply_for_ever(rig):
    made = until(rig(0x70, Fault(FaultKind.BROWN_OUT, 1.0, FOR_EVER)).wake(), 100.0)
    with pytest.raises(NotRespondingError):
        made.get(reg.WHO_AM_I)
    assert made.history().t_ns[-1] < made.clock.origin_ns + 1_000_000_000


def test_frozen_outputs_repeat_the_last_sample_and_the_fifo_goes_on(rig):
    made = rig(0x68, Fault(FaultKind.FROZEN, 1.0, 0.5)).wake().start_fifo()
    until(made, 1.0)
    made.fifo(made.count() // 14 * 14)
    until(made, 1.2001)
    frames = made.frames(made.fifo(made.count() // 14 * 14))
    assert len(frames) == 40
    assert (frames == frames[0]).all()
    until(made, 2.0)
    history = made.history()
    t_s = (history.t_ns - made.clock.origin_ns) / 1e9
    frozen = (t_s >= 1.0) & (t_s < 1.5)
    np.testing.assert_array_equal(history.genuine, ~frozen)
    first = int(np.flatnonzero(frozen)[0])
    assert (history.words[frozen] == history.words[first - 1]).all()
    assert (history.words[t_s > 1.5] != history.words[first - 1]).any()


def test_noisy(rig):
    made = rig(0x68, Fault(FaultKind.NOISY, 10.0, 10.0), motion=still()).wake()
    until(made, 30.0)
    history = made.history()
    t_s = (history.t_ns - made.clock.origin_ns) / 1e9
    usual = history.words[(t_s > 1) & (t_s < 10)].std(0)
    worse = history.words[(t_s > 10) & (t_s < 20)].std(0)
    assert worse[[0, 1, 2, 4, 5, 6]] / usual[[0, 1, 2, 4, 5, 6]] == pytest.approx([10.0] * 6, rel=0.15)
    assert history.words[t_s > 20].std(0) == pytest.approx(usual, rel=0.15)


def test_wrong_id(rig):
    made = rig(0x68, Fault(FaultKind.WRONG_ID, 1.0, 1.0, value=0x72), Fault(FaultKind.WRONG_ID, 3.0, 1.0))
    assert made.get(reg.WHO_AM_I) == 0x68
    until(made, 1.0)
    assert {made.get(reg.WHO_AM_I) for _ in range(20)} == {0x72}
    until(made, 2.0)
    assert made.get(reg.WHO_AM_I) == 0x68
    until(made, 3.0)
    assert len({made.get(reg.WHO_AM_I) for _ in range(20)}) > 5


def test_a_reset_that_never_ends(rig):
    made = rig(0x68, Fault(FaultKind.DEAF_RESET, 0.0, 5.0))
    made.set(reg.PWR_MGMT_1, reg.DEVICE_RESET)
    until(made, 4.9)
    assert made.get(reg.PWR_MGMT_1) & reg.DEVICE_RESET
    until(made, 5.1)
    assert made.get(reg.PWR_MGMT_1) == 0x40


def test_an_overflow_that_the_chip_does_not_tell_of(rig):
    made = rig(0x68, Fault(FaultKind.NO_OVERFLOW_FLAG, 1.0, 1.0)).wake(divider=0, dlpf=1).start_fifo()
    until(made, 1.0)
    for _ in range(5):
        made.clock.sleep_s(0.01)
        assert made.get(reg.INT_STATUS) == reg.DATA_READY_INT
    assert made.count() == 1024, "it has run over all the same"
    until(made, 2.1)
    assert made.get(reg.INT_STATUS) == reg.DATA_READY_INT | reg.FIFO_OVERFLOW_INT


def test_a_kernel_driver_in_the_way(rig):
    made = rig(0x68, Fault(FaultKind.KERNEL_DRIVER, 0.0, FOR_EVER))
    for call in (lambda: made.get(0x75), lambda: made.set(0x19, 1), lambda: made.fifo(14)):
        with pytest.raises(BusInUseError) as caught:
            call()
        assert caught.value.errno == 16
    assert made.bus.busy_ns == 0, "nothing reaches the wire"


def test_forbidden_is_met_at_opening(rig):
    made = rig(0x68, Fault(FaultKind.FORBIDDEN, 1.0, 1.0))
    assert made.get(reg.WHO_AM_I) == 0x68
    until(made, 1.5)
    assert made.get(reg.WHO_AM_I) == 0x68, "what is open stays open"
    for call in (made.bus.reopen, lambda: made.get(reg.WHO_AM_I)):
        with pytest.raises(BusForbiddenError) as caught:
            call()
        assert caught.value.errno == 13
    until(made, 2.0)
    made.bus.reopen()
    assert made.get(reg.WHO_AM_I) == 0x68
    made = rig(0x68, Fault(FaultKind.FORBIDDEN, 0.0, 1.0))
    with pytest.raises(BusForbiddenError):
        made.get(reg.WHO_AM_I)


def test_no_bus(rig):
    made = rig(0x68, Fault(FaultKind.NO_BUS, 0.0, 1.0))
    for call in (lambda: made.get(reg.WHO_AM_I), made.bus.reopen, lambda: made.get(reg.WHO_AM_I)):
        with pytest.raises(BusMissingError) as caught:
            call()
        assert caught.value.errno == 2
    until(made, 1.0)
    made.bus.reopen()
    assert made.get(reg.WHO_AM_I) == 0x68


def test_several_at_once_and_more_added_later(rig):
    made = rig(0x68, Fault(FaultKind.FROZEN, 1.0, 2.0), Fault(FaultKind.BROWN_OUT, 2.0)).wake()
    until(made, 1.2)
    frozen = made.words()
    made.bus.add_faults(Fault(FaultKind.NACK, 1.3, 0.2), Fault(FaultKind.BROWN_OUT, 0.5))
    with pytest.raises(NotRespondingError):
        until(made, 1.4).get(reg.WHO_AM_I)
    until(made, 1.6)
    assert made.get(reg.PWR_MGMT_1) == 0x01, "a brown-out that lies in the past is none"
    assert (made.words() == frozen).all()
    assert until(made, 2.1).get(reg.PWR_MGMT_1) == 0x40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((FaultKind.NACK, 1.0), "duration above 0"),
        ((FaultKind.NACK, -1.0, 1.0), "0 s or more"),
        ((FaultKind.STUCK, math.inf, 1.0), "0 s or more"),
        ((FaultKind.TORN, 1.0, math.nan), "0 s or more"),
        ((FaultKind.DRIFT, 1.0), "ppm"),
        ((FaultKind.DRIFT, 1.0, 0.0, None, 1e6), "50000"),
        ((FaultKind.WRONG_ID, 1.0, 1.0, None, 256), "0 to 255"),
    ],
)
def test_faults_that_cannot_happen(arguments, said):
    with pytest.raises(SettingsError, match=said):
        Fault(*arguments)
