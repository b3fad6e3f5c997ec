from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import smbus2
from support.i2c_device import PLAIN_I2C_BIT, READ_I2C_BLOCK_BIT, DictBus, FakeNode, FakeNodes

from firmware.bus import Bus
from firmware.errors import (
    BusError,
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    NotRespondingError,
    TransferError,
)
from firmware.linux_bus import LinuxBus
from firmware.sim.transfers import FUNCS

PATH = "/dev/i2c-73"
READ, WRITE = 1, 0
BYTE_DATA, I2C_BLOCK_DATA = 2, 8


@pytest.fixture
def chips() -> DictBus:
    return DictBus(0x68, 0x69)


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> FakeNodes:
    return FakeNodes(monkeypatch)


@pytest.fixture
def node(nodes: FakeNodes, chips: DictBus) -> FakeNode:
    return nodes.add(PATH, FakeNode(chips))


@pytest.fixture
def bus(node: FakeNode) -> Iterator[LinuxBus]:
    with LinuxBus(73) as opened:
        yield opened


@pytest.fixture
def block_bus(node: FakeNode) -> Iterator[LinuxBus]:
    """An adapter that speaks SMBus only, as some on USB."""
    node.funcs = FUNCS & ~PLAIN_I2C_BIT
    with LinuxBus(PATH) as opened:
        yield opened


def test_it_is_a_bus_with_a_name_and_a_number(bus: LinuxBus) -> None:
    as_bus: Bus = bus
    assert as_bus.name == PATH
    assert as_bus.number == 73


def test_a_node_of_another_name_has_no_number(nodes: FakeNodes, chips: DictBus) -> None:
    nodes.add("/dev/sensor-bus", FakeNode(chips))
    with LinuxBus("/dev/sensor-bus") as opened:
        assert opened.number is None
        assert opened.name == "/dev/sensor-bus"


def test_a_read_is_one_transaction_of_two_messages(bus: LinuxBus, node: FakeNode, chips: DictBus) -> None:
    chips.registers[0x68].update({0x3B + index: 0xA0 + index for index in range(14)})
    assert bus.read(0x68, 0x3B, 14) == bytes(range(0xA0, 0xAE))
    assert node.messages == [[(0x68, 0, b"\x3b"), (0x68, 1, 14)]]
    assert node.smbus == []


def test_a_write_is_one_message_of_register_and_value(bus: LinuxBus, node: FakeNode, chips: DictBus) -> None:
    bus.write(0x69, 0x6B, 0x80)
    assert node.messages == [[(0x69, 0, b"\x6b\x80")]]
    assert chips.registers[0x69][0x6B] == 0x80


@pytest.mark.parametrize("length", [1, 14, 1020, 8192])
def test_the_fifo_comes_in_one_transaction(
    bus: LinuxBus, node: FakeNode, chips: DictBus, length: int
) -> None:
    whole = chips.fifo[0x68]
    assert bus.read_fifo(0x68, length) == whole[:length]
    assert node.messages == [[(0x68, 0, b"\x74"), (0x68, 1, length)]]


def test_two_chips_take_turns_without_mixing_up_addresses(
    bus: LinuxBus, node: FakeNode, chips: DictBus
) -> None:
    for value in range(3):
        bus.write(0x68, 0x19, value)
        bus.write(0x69, 0x19, 100 + value)
        assert bus.read(0x68, 0x19, 1) == bytes([value])
        assert bus.read(0x69, 0x19, 1) == bytes([100 + value])
    assert [messages[0][0] for messages in node.messages] == [0x68, 0x69, 0x68, 0x69] * 3


@pytest.mark.parametrize("length", [0, 33])
def test_registers_are_read_in_one_block_or_not_at_all(bus: LinuxBus, length: int) -> None:
    with pytest.raises(ValueError, match="1 to 32"):
        bus.read(0x68, 0x3B, length)


@pytest.mark.parametrize("length", [0, 8193])
def test_a_fifo_read_beyond_one_message_is_refused(bus: LinuxBus, node: FakeNode, length: int) -> None:
    with pytest.raises(ValueError, match="1 to 8192"):
        bus.read_fifo(0x68, length)
    assert node.messages == []


def test_the_kernel_is_asked_once_per_address_whether_a_driver_holds_it(
    bus: LinuxBus, node: FakeNode
) -> None:
    bus.read(0x68, 0x75, 1)
    bus.read(0x68, 0x75, 1)
    bus.read(0x69, 0x75, 1)
    assert node.slaves == [0x68, 0x69]
    bus.reopen()
    bus.read(0x68, 0x75, 1)
    assert node.slaves == [0x68, 0x69, 0x68]


@pytest.mark.parametrize("plain", [True, False])
def test_an_address_that_a_kernel_driver_holds_is_left_alone(
    node: FakeNode, chips: DictBus, plain: bool
) -> None:
    node.held = {0x68}
    if not plain:
        node.funcs = FUNCS & ~PLAIN_I2C_BIT
    with LinuxBus(PATH) as opened:
        for transfer in (
            lambda: opened.read(0x68, 0x75, 1),
            lambda: opened.write(0x68, 0x6B, 0x80),
        ):
            with pytest.raises(BusInUseError, match=r"0x68.*dtoverlay=mpu6050"):
                transfer()
        with pytest.raises(BusInUseError):
            opened.read_fifo(0x68, 12)
        assert chips.asked == []
        assert opened.read(0x69, 0x75, 1) == b"\x68"


@pytest.mark.parametrize("number", [121, 6, 19])
def test_nobody_at_the_address(bus: LinuxBus, chips: DictBus, number: int) -> None:
    chips.failures = [number, number, number]
    with pytest.raises(NotRespondingError) as reading:
        bus.read(0x68, 0x75, 1)
    with pytest.raises(NotRespondingError) as writing:
        bus.write(0x68, 0x6B, 0)
    with pytest.raises(NotRespondingError) as emptying:
        bus.read_fifo(0x68, 120)
    for caught in (reading, writing, emptying):
        assert caught.value.errno == number
        assert not caught.value.consumed
        assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("number", [5, 11, 110, 71, 4, 9999])
def test_only_a_fifo_read_that_breaks_off_may_have_taken_bytes(
    bus: LinuxBus, chips: DictBus, number: int
) -> None:
    chips.failures = [number, number, number]
    with pytest.raises(TransferError) as reading:
        bus.read(0x68, 0x75, 1)
    with pytest.raises(TransferError) as writing:
        bus.write(0x68, 0x6B, 0)
    with pytest.raises(TransferError) as emptying:
        bus.read_fifo(0x68, 120)
    assert [caught.value.consumed for caught in (reading, writing, emptying)] == [False, False, True]
    assert emptying.value.errno == number


def test_without_plain_i2c_registers_come_as_an_smbus_block(
    block_bus: LinuxBus, node: FakeNode, chips: DictBus
) -> None:
    chips.registers[0x69].update({0x3B + index: 0xA0 + index for index in range(14)})
    assert not block_bus.plain_i2c
    assert block_bus.read(0x69, 0x3B, 14) == bytes(range(0xA0, 0xAE))
    block_bus.write(0x69, 0x1A, 3)
    assert chips.registers[0x69][0x1A] == 3
    assert node.messages == []
    assert node.smbus == [(0x69, READ, 0x3B, I2C_BLOCK_DATA, 14), (0x69, WRITE, 0x1A, BYTE_DATA, 3)]


def test_without_plain_i2c_the_fifo_comes_in_blocks(
    block_bus: LinuxBus, node: FakeNode, chips: DictBus
) -> None:
    whole = chips.fifo[0x68]
    assert block_bus.read_fifo(0x68, 84) == whole[:84]
    assert [(command, first) for _, _, command, _, first in node.smbus] == [
        (0x74, 32),
        (0x74, 32),
        (0x74, 20),
    ]


@pytest.mark.parametrize(
    ("failures", "consumed"),
    [([121], False), ([None, 121], True), ([5], True), ([None, None, 6], True)],
)
def test_only_before_the_first_block_is_a_refusal_harmless(
    block_bus: LinuxBus, chips: DictBus, failures: list[int | None], consumed: bool
) -> None:
    chips.failures = failures
    with pytest.raises(BusError) as caught:
        block_bus.read_fifo(0x68, 96)
    assert caught.value.consumed is consumed


def test_an_adapter_without_block_reads_is_refused_and_closed(node: FakeNode, nodes: FakeNodes) -> None:
    node.funcs = FUNCS & ~PLAIN_I2C_BIT & ~READ_I2C_BLOCK_BIT
    with pytest.raises(TransferError, match="adapter") as caught:
        LinuxBus(PATH)
    assert caught.value.errno == 95
    assert nodes.open_files == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [(2, BusMissingError), (13, BusForbiddenError), (19, BusMissingError), (6, BusMissingError)],
)
def test_a_bus_that_does_not_open(node: FakeNode, number: int, kind: type[BusError]) -> None:
    node.open_error = number
    with pytest.raises(kind, match=PATH):
        LinuxBus(PATH)


def test_a_node_that_opens_but_does_not_answer_is_closed_again(node: FakeNode, nodes: FakeNodes) -> None:
    node.funcs_error = 25
    with pytest.raises(BusMissingError, match="not an I2C bus"):
        LinuxBus(PATH)
    assert node.opened == node.closed == 1
    assert nodes.open_files == []


def test_a_file_that_is_no_bus(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BusMissingError, match="not an I2C bus"):
        LinuxBus(str(file))
    with pytest.raises(BusMissingError, match="not an I2C bus"):
        LinuxBus(str(tmp_path))
    with pytest.raises(BusMissingError, match="There is no I2C bus"):
        LinuxBus(str(tmp_path / "absent"))


def test_closing_twice_is_fine_and_a_closed_bus_says_so(bus: LinuxBus, node: FakeNode) -> None:
    bus.close()
    bus.close()
    assert node.closed == 1
    for transfer in (
        lambda: bus.read(0x68, 0x75, 1),
        lambda: bus.write(0x68, 0x6B, 0),
        lambda: bus.read_fifo(0x68, 12),
    ):
        with pytest.raises(BusMissingError, match="opens it again") as caught:
            transfer()
        assert not caught.value.consumed


def test_reopening_takes_a_new_file(bus: LinuxBus, node: FakeNode, nodes: FakeNodes) -> None:
    bus.reopen()
    assert (node.opened, node.closed) == (2, 1)
    assert len(nodes.open_files) == 1
    assert bus.read(0x68, 0x75, 1) == b"\x68"


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [(2, BusMissingError, "There is no I2C bus"), (13, BusForbiddenError, "usermod"), (5, TransferError, "")],
)
def test_reopening_may_fail_and_be_tried_again(
    bus: LinuxBus, node: FakeNode, number: int, kind: type[BusError], words: str
) -> None:
    node.open_error = number
    for attempt in (bus.reopen, lambda: bus.read(0x68, 0x75, 1), lambda: bus.write(0x68, 0x6B, 0)):
        with pytest.raises(kind) as caught:
            attempt()
        assert caught.value.errno == number
        assert words in str(caught.value)
    node.open_error = None
    bus.reopen()
    assert bus.read(0x68, 0x75, 1) == b"\x68"
    bus.close()
    with pytest.raises(BusMissingError, match="opens it again"):
        bus.read(0x68, 0x75, 1)


def test_the_fake_keeps_bcm2835s_rule_that_only_the_last_message_is_a_read(node: FakeNode) -> None:
    with smbus2.SMBus(PATH) as raw:
        pair = [smbus2.i2c_msg.write(0x68, [0x75]), smbus2.i2c_msg.read(0x68, 1)]
        raw.i2c_rdwr(*pair)
        assert bytes(pair[1]) == b"\x68"
        with pytest.raises(OSError, match="95"):
            raw.i2c_rdwr(*pair, *pair)


HOLDER = """
import fcntl, sys
node = open(sys.argv[1], "r+b")
fcntl.lockf(node, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0x68)
print("held", flush=True)
sys.stdin.read()
"""


def test_two_processes_do_not_read_one_sensor(nodes: FakeNodes, chips: DictBus, tmp_path: Path) -> None:
    file = tmp_path / "node"
    file.touch()
    nodes.add(PATH, FakeNode(chips, file=str(file)))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with LinuxBus(PATH) as bus:
            with pytest.raises(BusInUseError, match="Another repclip reads the sensor at 0x68"):
                bus.read(0x68, 0x75, 1)
            bus.read(0x69, 0x75, 1)
            holder.communicate(timeout=10)
            bus.read(0x68, 0x75, 1)
    finally:
        holder.kill()
        holder.wait()
