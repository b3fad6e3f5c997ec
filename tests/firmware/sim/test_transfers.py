from __future__ import annotations

import pytest
from support.i2c_device import DictBus

from firmware.errors import BusError, NotRespondingError
from firmware.sim.transfers import Message, SmbusSize, Transfers


@pytest.fixture
def bus() -> DictBus:
    made = DictBus(0x68)
    made.registers[0x68].update({register: register ^ 0xFF for register in range(0x30, 0x70)})
    return made


@pytest.fixture
def transfers(bus: DictBus) -> Transfers:
    return Transfers(bus)


def write(*values: int, address: int = 0x68) -> Message:
    return Message(address, bytes(values))


def read(length: int, address: int = 0x68) -> Message:
    return Message(address, length=length, is_read=True)


def test_a_register_and_a_read_are_one_read(transfers: Transfers, bus: DictBus) -> None:
    assert transfers.transact([write(0x3B), read(2)]) == b"\xc4\xc3"
    assert bus.asked == [("read", 0x68, 0x3B, 2)]


def test_values_go_to_consecutive_registers(transfers: Transfers, bus: DictBus) -> None:
    assert transfers.transact([write(0x19, 9, 3)]) == b""
    assert bus.asked == [("write", 0x68, 0x19, 9), ("write", 0x68, 0x1A, 3)]


def test_the_fifo_register_does_not_advance(transfers: Transfers, bus: DictBus) -> None:
    first = transfers.transact([write(0x74), read(12)])
    second = transfers.transact([read(12)])
    assert first + second == bytes(range(24))
    assert bus.asked == [("read_fifo", 0x68, 12)] * 2


def test_writes_to_the_fifo_register_stay_there(transfers: Transfers, bus: DictBus) -> None:
    transfers.transact([write(0x74, 1, 2)])
    assert bus.asked == [("write", 0x68, 0x74, 1), ("write", 0x68, 0x74, 2)]


def test_the_pointer_stays_where_the_last_transfer_left_it(transfers: Transfers, bus: DictBus) -> None:
    transfers.transact([write(0x3B), read(2)])
    assert transfers.transact([read(1)]) == b"\xc2"
    transfers.transact([write(0x40)])
    assert transfers.smbus(0x68, SmbusSize.BYTE, is_read=True) == b"\xbf"


def test_a_long_read_is_made_of_blocks(transfers: Transfers, bus: DictBus) -> None:
    answer = transfers.transact([write(0x30), read(50)])
    assert answer == bytes(register ^ 0xFF for register in range(0x30, 0x62))
    assert bus.asked == [("read", 0x68, 0x30, 32), ("read", 0x68, 0x50, 18)]


@pytest.mark.parametrize("messages", [[write(0x3B)], [read(0)], [Message(0x68)]])
def test_who_is_only_addressed_is_asked_whether_it_is_there(
    transfers: Transfers, bus: DictBus, messages: list[Message]
) -> None:
    assert transfers.transact(messages) == b""
    assert bus.asked == [("read", 0x68, 0x75, 1)]
    with pytest.raises(NotRespondingError):
        transfers.transact(
            [Message(0x40, message.data, message.length, message.is_read) for message in messages]
        )


@pytest.mark.parametrize(
    ("messages", "number"),
    [
        ([], 22),
        ([write(0x3B)] * 43, 22),
        ([write(0x3B), read(8193)], 22),
        ([write(*([0] * 8193))], 22),
        ([read(1), read(1)], 95),
        ([write(0x3B), read(1), write(0x3C), read(1)], 95),
        ([write(0x3B, address=0x69), read(1, address=0x69)], 121),
    ],
)
def test_what_an_adapter_does_not_do(
    transfers: Transfers, bus: DictBus, messages: list[Message], number: int
) -> None:
    with pytest.raises(BusError) as caught:
        transfers.transact(messages)
    assert caught.value.errno == number
    assert [asked for asked in bus.asked if asked[1] != 0x69] == []


@pytest.mark.parametrize(
    ("size", "is_read", "data", "answer", "asked"),
    [
        (SmbusSize.QUICK, False, b"", b"", ("read", 0x68, 0x75, 1)),
        (SmbusSize.BYTE, False, b"", b"", ("read", 0x68, 0x75, 1)),
        (SmbusSize.BYTE_DATA, True, b"", b"\xc4", ("read", 0x68, 0x3B, 1)),
        (SmbusSize.BYTE_DATA, False, b"\x07\xee", b"", ("write", 0x68, 0x3B, 7)),
        (SmbusSize.WORD_DATA, True, b"", b"\xc4\xc3", ("read", 0x68, 0x3B, 2)),
        (SmbusSize.I2C_BLOCK_DATA, True, b"\x03", b"\x03\xc4\xc3\xc2", ("read", 0x68, 0x3B, 3)),
    ],
)
def test_smbus_transfers(
    transfers: Transfers,
    bus: DictBus,
    size: SmbusSize,
    is_read: bool,
    data: bytes,
    answer: bytes,
    asked: tuple[object, ...],
) -> None:
    assert transfers.smbus(0x68, size, command=0x3B, is_read=is_read, data=data) == answer
    assert bus.asked == [asked]


@pytest.mark.parametrize(
    ("size", "data"),
    [(SmbusSize.WORD_DATA, b"\x01\x02\x63"), (SmbusSize.I2C_BLOCK_DATA, b"\x02\x01\x02\x63")],
)
def test_smbus_writes_of_several_registers(
    transfers: Transfers, bus: DictBus, size: SmbusSize, data: bytes
) -> None:
    assert transfers.smbus(0x68, size, command=0x19, is_read=False, data=data) == b""
    assert bus.asked == [("write", 0x68, 0x19, 1), ("write", 0x68, 0x1A, 2)]


@pytest.mark.parametrize(
    ("size", "data", "number"),
    [
        (4, b"\0\0", 95),
        (5, b"\x02\0\0", 95),
        (99, b"", 95),
        (SmbusSize.I2C_BLOCK_DATA, b"", 22),
        (SmbusSize.I2C_BLOCK_DATA, b"\0", 22),
        (SmbusSize.I2C_BLOCK_DATA, b"\x21", 22),
    ],
)
@pytest.mark.parametrize("is_read", [True, False])
def test_smbus_transfers_that_there_are_not(
    transfers: Transfers, bus: DictBus, size: int, data: bytes, number: int, is_read: bool
) -> None:
    with pytest.raises(BusError) as caught:
        transfers.smbus(0x68, size, command=0x3B, is_read=is_read, data=data)
    assert caught.value.errno == number
    assert bus.asked == []
