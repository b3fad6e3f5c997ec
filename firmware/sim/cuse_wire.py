"""The wire between the kernel and a character device in user space (CUSE), as bytes.

The layouts are those of ``linux/fuse.h``, protocol 7.x. Only what a device of ioctls needs is here: the first
handshake, open, release and ioctl.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from firmware.bus_errors import EIO

#: Read buffer: a request's head and the most that the kernel sends with it.
REQUEST_BYTES = 1 << 18

_REQUEST_HEAD = struct.Struct("<IIQQIIIHH")
_REPLY_HEAD = struct.Struct("<IiQ")
_INIT_REQUEST = struct.Struct("<IIII")
_INIT_REPLY = struct.Struct("<IIIIIIII40x")
_OPEN_REPLY = struct.Struct("<QII")
_FILE = struct.Struct("<Q")
_IOCTL_REQUEST = struct.Struct("<QIIQII")
_IOCTL_REPLY = struct.Struct("<iIII")
_AREA = struct.Struct("<QQ")

#: The device takes ioctls whose number does not say what they copy: all of i2c-dev's are such.
_UNRESTRICTED_IOCTL = 1 << 0
_TRANSFER_BYTES = 1 << 16
_RETRY = 1 << 2
_CALLER_IS_32_BIT = 1 << 3
#: The kernel refuses a reply whose error is beyond this.
_LARGEST_ERROR = 511


class Op(IntEnum):
    """What the kernel asks for."""

    OPEN = 14
    RELEASE = 18
    INTERRUPT = 36
    IOCTL = 39
    CUSE_INIT = 4096


#: A range of the caller's memory: address and length.
Area = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the kernel.

    Attributes
    ----------
    op
        One of `Op`, or a number that is none of them.
    unique
        What the reply has to name.
    body
        What follows the head.
    """

    op: int
    unique: int
    body: bytes

    @property
    def file(self) -> int:
        """Which open file it is about (release, ioctl)."""
        return int(_FILE.unpack_from(self.body)[0])


@dataclass(frozen=True, slots=True)
class Ioctl:
    """One ioctl.

    Attributes
    ----------
    file
        Which open file.
    request
        The ioctl's number.
    argument
        Its argument: a number or an address in the caller's memory.
    data
        What the kernel copied out of the caller's memory, as asked for with `ask_again`.
    room
        How many bytes the reply may carry into the caller's memory.
    long_bytes
        Size of the caller's pointers and longs.
    """

    file: int
    request: int
    argument: int
    data: bytes
    room: int
    long_bytes: int


def parse_request(raw: bytes) -> Request:
    """Take one request apart."""
    length, op, unique, *_ = _REQUEST_HEAD.unpack_from(raw)
    return Request(op, unique, raw[_REQUEST_HEAD.size : length])


def parse_ioctl(request: Request) -> Ioctl:
    """Take the body of an ioctl apart."""
    file, flags, number, argument, data_bytes, room = _IOCTL_REQUEST.unpack_from(request.body)
    data = request.body[_IOCTL_REQUEST.size : _IOCTL_REQUEST.size + data_bytes]
    return Ioctl(file, number, argument, data, room, 4 if flags & _CALLER_IS_32_BIT else 8)


def init_reply(request: Request, device_name: str) -> bytes:
    """Answer the handshake: which device node to make. Its numbers are the kernel's choice."""
    major, minor, _, _ = _INIT_REQUEST.unpack_from(request.body)
    head = _INIT_REPLY.pack(major, minor, 0, _UNRESTRICTED_IOCTL, _TRANSFER_BYTES, _TRANSFER_BYTES, 0, 0)
    return _reply(request, head + f"DEVNAME={device_name}\0".encode())


def open_reply(request: Request, file: int) -> bytes:
    """Let the file be opened; later requests name it by this number."""
    return _reply(request, _OPEN_REPLY.pack(file, 0, 0))


def empty_reply(request: Request) -> bytes:
    """Say that it is done."""
    return _reply(request, b"")


def error_reply(request: Request, error_number: int) -> bytes:
    """Refuse with one of the system's error numbers; what is none of them becomes EIO."""
    number = error_number if 0 < error_number <= _LARGEST_ERROR else EIO
    return _REPLY_HEAD.pack(_REPLY_HEAD.size, -number, request.unique)


def ioctl_reply(request: Request, result: int, data: bytes) -> bytes:
    """End an ioctl with its result and what goes into the caller's memory."""
    return _reply(request, _IOCTL_REPLY.pack(result, 0, 0, 0) + data)


def ask_again(request: Request, sources: Sequence[Area], targets: Sequence[Area]) -> bytes:
    """Ask the kernel to repeat the ioctl with these ranges of the caller's memory.

    Parameters
    ----------
    request
        The ioctl.
    sources
        What it shall bring.
    targets
        Where the reply's data will go.
    """
    areas = b"".join(_AREA.pack(*area) for area in (*sources, *targets))
    return _reply(request, _IOCTL_REPLY.pack(0, _RETRY, len(sources), len(targets)) + areas)


def _reply(request: Request, body: bytes) -> bytes:
    return _REPLY_HEAD.pack(_REPLY_HEAD.size + len(body), 0, request.unique) + body
