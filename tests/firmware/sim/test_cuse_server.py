"""The requests that the CUSE server answers, with a kernel played over a socket: no /dev/cuse is needed."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator

import pytest
import smbus2
from support.fuse_kernel import COMPAT_32_BIT, INTERRUPT, IOCTL, POLL, RELEASE, UNRESTRICTED, FuseKernel
from support.i2c_device import DictBus
from support.ports import wait_until

from firmware import linux_bus
from firmware.errors import BusError, NotRespondingError, TransferError
from firmware.linux_bus import LinuxBus
from firmware.sim.cuse import CuseServer

FUNCS, SLAVE, SLAVE_FORCE, RDWR, SMBUS = 0x0705, 0x0703, 0x0706, 0x0707, 0x0720


@pytest.fixture
def chips() -> DictBus:
    return DictBus(0x68, 0x69)


@pytest.fixture
def kernel(chips: DictBus) -> Iterator[FuseKernel]:
    with FuseKernel(chips) as played:
        yield played


@pytest.fixture
def node(kernel: FuseKernel, monkeypatch: pytest.MonkeyPatch) -> str:
    """Path of a node that the real smbus2 can open; its ioctls go to the played kernel."""
    path = "/dev/i2c-7"
    kernel.init()
    files: dict[int, int] = {}
    os_open, os_close = os.open, os.close

    def open_(wanted: object, *arguments: int, **options: int) -> int:
        if wanted != path:
            return os_open(wanted, *arguments, **options)
        number = os_open(os.devnull, os.O_RDWR)
        files[number] = kernel.open()
        return number

    def close(number: int) -> None:
        if number in files:
            kernel.release(files.pop(number))
        os_close(number)

    def ioctl(number: int, request: int, argument: object = 0) -> int:
        place = argument if isinstance(argument, int) else ctypes.addressof(argument)
        return kernel.ioctl(files[number], request, place)

    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(os, "close", close)
    monkeypatch.setattr("smbus2.smbus2.ioctl", ioctl)
    monkeypatch.setattr(linux_bus, "ioctl", ioctl)
    return path


def test_the_handshake_names_the_node_and_wants_unrestricted_ioctls(kernel: FuseKernel) -> None:
    numbers, text = kernel.init()
    major, minor, _, flags, max_read, max_write, dev_major, dev_minor = numbers[:8]
    assert (major, minor) == (7, 38)
    assert flags == 1
    assert min(max_read, max_write) >= 4096
    assert (dev_major, dev_minor) == (0, 0)
    assert text == b"DEVNAME=i2c-7\0"
    wait_until(lambda: kernel.ready == [True], "on_ready is called once")


def test_smbus2_reads_and_writes_through_it(node: str, chips: DictBus, kernel: FuseKernel) -> None:
    chips.registers[0x68].update({0x3B + index: 0xA0 + index for index in range(14)})
    whole = chips.fifo[0x69]
    with LinuxBus(node) as bus:
        assert bus.plain_i2c
        assert bus.read(0x68, 0x3B, 14) == bytes(range(0xA0, 0xAE))
        bus.write(0x68, 0x6B, 1)
        assert chips.registers[0x68][0x6B] == 1
        assert bus.read_fifo(0x69, 1020) == whole[:1020]
        assert bus.read_fifo(0x69, 7000) == whole[1020:8020]
    assert chips.asked == [
        ("read", 0x68, 0x3B, 14),
        ("write", 0x68, 0x6B, 1),
        ("read_fifo", 0x69, 1020),
        ("read_fifo", 0x69, 7000),
    ]


def test_every_call_of_smbus2_that_a_program_may_use(node: str, chips: DictBus) -> None:
    chips.registers[0x68].update({0x3B: 0x12, 0x3C: 0x34})
    with smbus2.SMBus(node) as bus:
        bus.write_quick(0x68)
        assert bus.read_byte_data(0x68, 0x3B) == 0x12
        assert bus.read_word_data(0x68, 0x3B) == 0x3412
        assert bus.read_i2c_block_data(0x68, 0x3B, 2) == [0x12, 0x34]
        bus.write_byte(0x68, 0x3B)
        assert bus.read_byte(0x68) == 0x12
        bus.write_byte_data(0x68, 0x19, 9)
        bus.write_word_data(0x68, 0x1A, 0x1803)
        bus.write_i2c_block_data(0x68, 0x1C, [0x10, 0x05])
        assert bus.read_byte_data(0x68, 0x75, force=True) == 0x68
        with pytest.raises(OSError, match="95"):
            bus.read_block_data(0x68, 0x3B)
    written = {register: chips.registers[0x68][register] for register in range(0x19, 0x1E)}
    assert written == {0x19: 9, 0x1A: 3, 0x1B: 0x18, 0x1C: 0x10, 0x1D: 5}


def test_two_files_have_an_address_each(node: str, chips: DictBus) -> None:
    chips.registers[0x69][0x75] = 0x70
    with smbus2.SMBus(node) as one, smbus2.SMBus(node) as other:
        assert one.read_byte_data(0x68, 0x75) == 0x68
        assert other.read_byte_data(0x69, 0x75) == 0x70
        assert one.read_byte_data(0x68, 0x75) == 0x68


@pytest.mark.parametrize("number", [121, 110, 5, 16, 11, 6])
def test_errors_of_the_bus_arrive_with_their_number(node: str, chips: DictBus, number: int) -> None:
    with LinuxBus(node) as bus:
        chips.failures = [number, None, number]
        with pytest.raises(BusError) as caught:
            bus.read(0x68, 0x75, 1)
        assert caught.value.errno == number
        assert bus.read(0x68, 0x75, 1) == b"\x68"
        with pytest.raises(BusError) as caught:
            bus.write(0x68, 0x6B, 0)
        assert caught.value.errno == number


@pytest.mark.parametrize("number", [0, 9999])
def test_an_error_that_the_kernel_would_not_take_becomes_eio(node: str, chips: DictBus, number: int) -> None:
    with LinuxBus(node) as bus:
        chips.failures = [number]
        with pytest.raises(TransferError) as caught:
            bus.read(0x68, 0x75, 1)
        assert caught.value.errno == 5


def test_an_absent_address_is_not_acknowledged(node: str) -> None:
    with LinuxBus(node) as bus, pytest.raises(NotRespondingError) as caught:
        bus.read_fifo(0x42, 12)
    assert caught.value.errno == 121
    assert not caught.value.consumed


def test_a_read_takes_three_rounds_and_asks_for_nothing_it_does_not_need(
    node: str, kernel: FuseKernel
) -> None:
    with LinuxBus(node) as bus:
        bus.read(0x68, 0x75, 1)
        kernel.rounds.clear()
        bus.read(0x68, 0x75, 6)
    ((head, messages, everything),) = kernel.rounds[:1]
    assert [length for _, length in head[0]] == [16]
    assert [length for _, length in messages[0]] == [16, 2 * 16]
    assert [length for _, length in everything[0]] == [16, 2 * 16, 1]
    assert [length for _, length in everything[1]] == [6]


def test_a_caller_of_32_bit_has_other_structures(kernel: FuseKernel, chips: DictBus) -> None:
    """As a 32-bit Python on a 64-bit Pi: the caller's memory is made up here, with 4-byte pointers."""
    kernel.init()
    file = kernel.open()
    memory = bytearray(4096)
    struct.pack_into("=II", memory, 0x100, 0x200, 2)
    struct.pack_into("=HHH2xI", memory, 0x200, 0x68, 0, 1, 0x300)
    struct.pack_into("=HHH2xI", memory, 0x20C, 0x68, 1, 3, 0x400)
    memory[0x300] = 0x74
    struct.pack_into("=BB2xII", memory, 0x500, 1, 0x75, 2, 0x600)

    def call(request: int, argument: int) -> int:
        return kernel.ioctl(
            file,
            request,
            argument,
            flags=UNRESTRICTED | COMPAT_32_BIT,
            fetch=lambda place, length: bytes(memory[place : place + length]),
            store=lambda place, data: memory.__setitem__(slice(place, place + len(data)), data),
        )

    assert call(RDWR, 0x100) == 2
    assert memory[0x400:0x403] == b"\x00\x01\x02"
    assert call(SLAVE, 0x68) == 0
    assert call(SMBUS, 0x500) == 0
    assert memory[0x600] == 0x68
    assert call(FUNCS, 0x700) == 0
    assert struct.unpack_from("=II", memory, 0x700) == (0x0C7F0001, 0)


@pytest.mark.parametrize(
    ("request_number", "argument", "number"),
    [
        (SLAVE, 0x80, 22),
        (SLAVE_FORCE, 0x3FF, 22),
        (0x0704, 1, 22),
        (0x0708, 1, 22),
        (0x5401, 0, 25),
        (0, 0, 25),
    ],
)
def test_ioctls_that_are_refused(kernel: FuseKernel, request_number: int, argument: int, number: int) -> None:
    kernel.init()
    with pytest.raises(OSError, match=rf"Errno {number}\]"):
        kernel.ioctl(kernel.open(), request_number, argument)


@pytest.mark.parametrize(
    ("request_number", "argument"), [(0x0701, 3), (0x0702, 10), (0x0704, 0), (0x0708, 0)]
)
def test_ioctls_that_change_nothing_here(kernel: FuseKernel, request_number: int, argument: int) -> None:
    kernel.init()
    assert kernel.ioctl(kernel.open(), request_number, argument) == 0


def test_a_transaction_of_several_writes(node: str, chips: DictBus) -> None:
    with smbus2.SMBus(node) as bus:
        last = smbus2.i2c_msg.read(0x69, 2)
        bus.i2c_rdwr(
            smbus2.i2c_msg.write(0x68, [0x19, 9]),
            smbus2.i2c_msg.write(0x68, [0x1A, 3, 0x18]),
            smbus2.i2c_msg.write(0x69, [0x74]),
            last,
        )
    assert bytes(last) == b"\x00\x01"
    assert chips.asked == [
        ("write", 0x68, 0x19, 9),
        ("write", 0x68, 0x1A, 3),
        ("write", 0x68, 0x1B, 0x18),
        ("read_fifo", 0x69, 2),
    ]


@pytest.mark.parametrize(
    ("count", "address", "flags"),
    [(0, 0x68, 0), (43, 0x68, 0), (1, 0x68, 0x0400), (1, 0x68, 0x0010), (1, 0x80, 0), (1, 0x80, 1)],
)
def test_messages_that_i2c_dev_would_refuse(
    kernel: FuseKernel, chips: DictBus, count: int, address: int, flags: int
) -> None:
    kernel.init()
    message = ctypes.create_string_buffer(struct.pack("@HHHP", address, flags, 0, 0) * max(count, 1))
    data = ctypes.create_string_buffer(struct.pack("@PI", ctypes.addressof(message), count))
    with pytest.raises(OSError, match=r"Errno 22\]"):
        kernel.ioctl(kernel.open(), RDWR, ctypes.addressof(data))
    assert chips.asked == []


def test_memory_for_more_messages_than_there_may_be_is_not_asked_for(kernel: FuseKernel) -> None:
    kernel.init()
    data = ctypes.create_string_buffer(struct.pack("@PI", 0, 1 << 30))
    with pytest.raises(OSError, match=r"Errno 22\]"):
        kernel.ioctl(kernel.open(), RDWR, ctypes.addressof(data))
    assert len(kernel.rounds[-1]) == 1


def test_an_smbus_transfer_without_a_place_for_its_data(kernel: FuseKernel, chips: DictBus) -> None:
    kernel.init()
    data = ctypes.create_string_buffer(struct.pack("@BBIP", 1, 0x75, 2, 0))
    with pytest.raises(OSError, match=r"Errno 22\]"):
        kernel.ioctl(kernel.open(), SMBUS, ctypes.addressof(data))
    assert chips.asked == []


def test_what_it_does_not_know_is_refused_and_interrupts_go_unanswered(kernel: FuseKernel) -> None:
    kernel.init()
    assert kernel.call(POLL, bytes(24)) == (-38, b"")
    kernel.send(INTERRUPT, bytes(8))
    file = kernel.open()
    kernel.release(file)
    assert kernel.call(RELEASE, struct.pack("=QIIQ", 99, 0, 0, 0)) == (0, b"")
    assert kernel.call(IOCTL, struct.pack("=QIIQII", file, 2, SLAVE, 0x68, 0, 0))[0] == 0


def test_a_closed_file_takes_its_address_with_it(kernel: FuseKernel, chips: DictBus) -> None:
    kernel.init()
    file = kernel.open()
    assert kernel.ioctl(file, SLAVE, 0x68) == 0
    kernel.release(file)
    quick = ctypes.create_string_buffer(struct.pack("@BBIP", 0, 0, 0, 0))
    with pytest.raises(OSError, match=r"Errno 121\]"):
        kernel.ioctl(file, SMBUS, ctypes.addressof(quick))
    assert chips.asked == [("read", 0, 0x75, 1)]


def test_it_says_whether_it_was_stopped_or_the_kernel_ended_it(chips: DictBus) -> None:
    stopped = FuseKernel(chips)
    stopped.init()
    stopped.end()
    assert stopped.stopped == [True]
    aborted = FuseKernel(chips)
    aborted.abort()
    assert aborted.stopped == [False]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that can be read at once."""
    reading, writing = os.pipe()
    os.write(writing, b"request")
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_request_that_the_kernel_took_back_is_passed_over(
    chips: DictBus, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [2, 4, 2, 19]

    def read(*_: object) -> bytes:
        number = answers.pop(0)
        raise OSError(number, os.strerror(number))

    stop_fd, wake_fd = os.pipe()
    with monkeypatch.context() as patched:
        patched.setattr(os, "read", read)
        # ENODEV is how the kernel ends the connection.
        assert CuseServer(chips, "i2c-7", pipe[0]).serve(stop_fd) is False
        assert answers == []
        answers.append(5)
        with pytest.raises(OSError, match=r"Errno 5\]"):
            CuseServer(chips, "i2c-7", pipe[0]).serve(stop_fd)
    os.close(stop_fd)
    os.close(wake_fd)


def test_an_answer_that_nobody_waits_for_any_more_is_dropped(
    chips: DictBus, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = struct.pack("=IIQQIIIHH", 64, RELEASE, 8, 0, 0, 0, 0, 0, 0) + bytes(24)
    requests = [release, release, b""]
    written: list[bytes] = []

    def write(_: int, data: bytes) -> int:
        written.append(data)
        raise FileNotFoundError(2, "No such file or directory")

    stop_fd, wake_fd = os.pipe()
    with monkeypatch.context() as patched:
        patched.setattr(os, "read", lambda *_: requests.pop(0))
        patched.setattr(os, "write", write)
        assert CuseServer(chips, "i2c-7", pipe[0]).serve(stop_fd) is False
    os.close(stop_fd)
    os.close(wake_fd)
    assert len(written) == 2
