"""A real ``/dev/i2c-N`` with simulated chips behind it.

``python -m firmware.sim.cuse --number 7 --bus sim:`` makes ``/dev/i2c-7`` until SIGTERM or Ctrl-C. Any
program that speaks to such a node can be tried with it, unchanged. It needs Linux with its module ``cuse``
and, as a rule, root.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from firmware.bus import Bus
from firmware.bus_errors import EACCES, EINTR, ENODEV, ENOENT, ENXIO, EPERM
from firmware.errors import SensorError, SettingsError
from firmware.sim import cuse_wire as wire
from firmware.sim.clock import HostClock
from firmware.sim.i2c_ioctl import Done, I2cIoctls, NeedMemory
from firmware.sim.spec import build, parse_spec
from firmware.sim.transfers import Transfers

_DEV = Path("/dev")
_ENOSYS = 38
#: The kernel took the request back meanwhile: its caller was interrupted.
_TAKEN_BACK = frozenset({ENOENT, EINTR})


class CuseError(SensorError):
    """The device node cannot be made."""


class CuseServer:
    """Answers the kernel's requests for one device node, one after the other as a bus does.

    Parameters
    ----------
    bus
        What is behind the node.
    device_name
        ``i2c-7`` gives ``/dev/i2c-7``.
    fd
        The open ``/dev/cuse``, or a socket that speaks like it.
    on_ready
        Called when the kernel has been told the device's name.
    """

    def __init__(
        self, bus: Bus, device_name: str, fd: int, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        self._ioctls = I2cIoctls(Transfers(bus))
        self._device_name = device_name
        self._fd = fd
        self._on_ready = on_ready
        self._files = 0

    def serve(self, stop_fd: int) -> bool:
        """Answer until `stop_fd` can be read.

        Returns
        -------
        bool
            Whether it was stopped; False when the kernel ended it, as it does if it cannot make the node.
        """
        while True:
            readable, _, _ = select.select([self._fd, stop_fd], [], [])
            if stop_fd in readable:
                return True
            try:
                raw = os.read(self._fd, wire.REQUEST_BYTES)
            except OSError as error:
                if error.errno in _TAKEN_BACK:
                    continue
                if error.errno == ENODEV:
                    return False
                raise
            if not raw:
                return False
            self._answer(wire.parse_request(raw))

    def _answer(self, request: wire.Request) -> None:
        if request.op == wire.Op.INTERRUPT:
            # About an earlier request, which has been answered by now; itself it is never answered.
            return
        with suppress(FileNotFoundError):
            os.write(self._fd, self._reply(request))
        if request.op == wire.Op.CUSE_INIT:
            self._on_ready()

    def _reply(self, request: wire.Request) -> bytes:
        if request.op == wire.Op.CUSE_INIT:
            return wire.init_reply(request, self._device_name)
        if request.op == wire.Op.OPEN:
            self._files += 1
            return wire.open_reply(request, self._files)
        if request.op == wire.Op.RELEASE:
            self._ioctls.forget(request.file)
            return wire.empty_reply(request)
        if request.op != wire.Op.IOCTL:
            return wire.error_reply(request, _ENOSYS)
        answer = self._ioctls.answer(wire.parse_ioctl(request))
        if isinstance(answer, Done):
            return wire.ioctl_reply(request, answer.result, answer.data)
        if isinstance(answer, NeedMemory):
            return wire.ask_again(request, answer.sources, answer.targets)
        return wire.error_reply(request, answer.error_number)


def serve_node(bus: Bus, number: int, on_ready: Callable[[], None] = lambda: None, dev: Path = _DEV) -> None:
    """Put a bus behind ``/dev/i2c-N`` until SIGTERM or SIGINT. Runs in the main thread.

    Parameters
    ----------
    bus
        What is behind the node.
    number
        N.
    on_ready
        Called when the kernel has been told to make the node.
    dev
        Folder of the device nodes.

    Raises
    ------
    CuseError
        The node cannot be made; the message says what to do.
    """
    node = dev / f"i2c-{number}"
    if node.exists():
        raise CuseError(f"There is already a {node}: choose another number with --number.")
    fd = _open_cuse(dev / "cuse")
    stop_fd, wake_fd = os.pipe()
    os.set_blocking(wake_fd, False)
    # The handlers do nothing: the number of the signal in the pipe ends the loop.
    before = {kind: signal.signal(kind, lambda *_: None) for kind in (signal.SIGTERM, signal.SIGINT)}
    woken_before = signal.set_wakeup_fd(wake_fd)
    try:
        stopped = CuseServer(bus, node.name, fd, on_ready).serve(stop_fd)
    finally:
        signal.set_wakeup_fd(woken_before)
        for kind, handler in before.items():
            signal.signal(kind, handler)
        for descriptor in (fd, stop_fd, wake_fd):
            os.close(descriptor)
    if not stopped:
        raise CuseError(
            f"The kernel would not make or keep {node}: see what sudo dmesg says, or try another --number."
        )


def _open_cuse(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except OSError as error:
        if error.errno in (ENOENT, ENODEV, ENXIO):
            raise CuseError(f"There is no {path}: run sudo modprobe cuse and try again.") from error
        if error.errno in (EACCES, EPERM):
            raise CuseError(f"This user may not open {path}: run this with sudo.") from error
        raise CuseError(
            f"{path} cannot be opened ({error.strerror}): load its module anew with sudo modprobe -r cuse and"
            " sudo modprobe cuse."
        ) from error


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m firmware.sim.cuse",
        description="Put a simulated sensor behind a real device node /dev/i2c-N, until Ctrl-C.",
    )
    parser.add_argument("--number", type=int, default=7, metavar="N", help="make /dev/i2c-N (default: 7)")
    parser.add_argument(
        "--bus", default="sim:", metavar="sim:...", help="the simulated bus, e.g. sim:sensors=2,seed=3"
    )
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, dev: Path = _DEV) -> int:
    """Serve what the command line says and return the exit code; errors are one sentence on stderr."""
    arguments = _arguments(given)

    def say_ready() -> None:
        sys.stdout.write(f"{arguments.bus} is at {dev / 'i2c-'}{arguments.number}; Ctrl-C ends it.\n")
        sys.stdout.flush()

    try:
        if arguments.number < 0:
            raise SettingsError("The number of a bus cannot be negative: use --number 7.")
        bus = build(parse_spec(arguments.bus), HostClock())
        serve_node(bus, arguments.number, say_ready, dev)
    except SensorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
