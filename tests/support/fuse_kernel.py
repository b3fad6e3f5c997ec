"""The kernel's side of CUSE, over a socket instead of ``/dev/cuse``.

It copies between the requests and this process's own memory as the kernel does with its caller's, so that the
real smbus2 can be put on top. Its layouts are written down here once more: it shares none with the server.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import threading
from collections.abc import Callable

from firmware.bus import Bus
from firmware.sim.cuse import CuseServer

OPEN, RELEASE, INTERRUPT, IOCTL, POLL, CUSE_INIT = 14, 18, 36, 39, 40, 4096
UNRESTRICTED = 2
RETRY = 4
COMPAT_32_BIT = 8
PATIENCE_S = 5.0


class FuseKernel:
    """Runs a server in a thread and plays the kernel to it; `end` or leaving the block stops it."""

    def __init__(self, bus: Bus, device_name: str = "i2c-7") -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._theirs = theirs
        self._stop_fd, self._wake_fd = os.pipe()
        self.ready: list[bool] = []
        self.stopped: list[bool] = []
        server = CuseServer(bus, device_name, theirs.fileno(), lambda: self.ready.append(True))
        self._thread = threading.Thread(target=lambda: self.stopped.append(server.serve(self._stop_fd)))
        self._thread.start()
        self._unique = 0
        #: Rounds that each ioctl took, and what it asked for: (sources, targets).
        self.rounds: list[list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]] = []

    def __enter__(self) -> FuseKernel:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop the server as a signal does."""
        os.write(self._wake_fd, b"\x0f")
        self.wait()

    def abort(self) -> None:
        """End the connection as the kernel does when it cannot make the node."""
        self._ours.close()
        self.wait()

    def wait(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        self._ours.close()
        self._theirs.close()
        os.close(self._stop_fd)
        os.close(self._wake_fd)

    def send(self, op: int, body: bytes) -> int:
        self._unique += 2
        head = struct.pack("=IIQQIIIHH", 40 + len(body), op, self._unique, 0, 0, 0, 4711, 0, 0)
        self._ours.send(head + body)
        return self._unique

    def receive(self) -> bytes | None:
        """Return the next reply; None if there is none."""
        readable, _, _ = select.select([self._ours], [], [], PATIENCE_S)
        return self._ours.recv(1 << 18) if readable else None

    def call(self, op: int, body: bytes) -> tuple[int, bytes]:
        """Return error and body of the reply to a request."""
        unique = self.send(op, body)
        raw = self.receive()
        assert raw is not None, "the server does not answer"
        length, error, answered = struct.unpack_from("=IiQ", raw)
        assert (length, answered) == (len(raw), unique)
        assert -512 < error <= 0
        assert error == 0 or len(raw) == 16
        return error, raw[16:]

    def init(self) -> tuple[tuple[int, ...], bytes]:
        error, body = self.call(CUSE_INIT, struct.pack("=IIII", 7, 38, 0, 1))
        assert error == 0
        return struct.unpack_from("=18I", body), body[72:]

    def open(self) -> int:
        error, body = self.call(OPEN, struct.pack("=II", os.O_RDWR, 0))
        assert error == 0
        file, _, _ = struct.unpack("=QII", body)
        return int(file)

    def release(self, file: int) -> None:
        assert self.call(RELEASE, struct.pack("=QIIQ", file, os.O_RDWR, 0, 0)) == (0, b"")

    def ioctl(
        self,
        file: int,
        request: int,
        argument: int,
        *,
        flags: int = UNRESTRICTED,
        fetch: Callable[[int, int], bytes] = ctypes.string_at,
        store: Callable[[int, bytes], object] = lambda place, data: ctypes.memmove(place, data, len(data)),
    ) -> int:
        """Carry an ioctl out as ``fuse_do_ioctl`` does; raises OSError as the system call would."""
        sources: list[tuple[int, int]] = []
        targets: list[tuple[int, int]] = []
        self.rounds.append([])
        for _ in range(4):
            data = b"".join(fetch(place, length) for place, length in sources)
            room = sum(length for _, length in targets)
            head = struct.pack("=QIIQII", file, flags, request, argument, len(data), room)
            error, body = self.call(IOCTL, head + data)
            if error:
                raise OSError(-error, os.strerror(-error))
            result, answered, in_count, out_count = struct.unpack_from("=iIII", body)
            if not answered & RETRY:
                given = body[16:]
                assert len(given) <= room
                for place, length in targets:
                    store(place, given[:length])
                    given = given[length:]
                if result < 0:
                    raise OSError(-result, os.strerror(-result))
                return int(result)
            assert in_count + out_count <= 256
            areas = [struct.unpack_from("=QQ", body, 16 + 16 * n) for n in range(in_count + out_count)]
            assert len(body) == 16 + 16 * len(areas)
            sources, targets = areas[:in_count], areas[in_count:]
            self.rounds[-1].append((sources, targets))
        raise AssertionError("the server asks again and again")
