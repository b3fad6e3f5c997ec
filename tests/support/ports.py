"""Free loopback ports, and waiting for somebody to listen on one."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable

#: Below the ports that the kernel gives to whoever asks for any: a port from here stays free until the test
#: uses it, though other tests connect and listen meanwhile.
_FIRST, _COUNT = 10_000, 22_000
#: Tests that run side by side are processes with numbers close together: each begins to look elsewhere.
_ports = itertools.count(os.getpid() * 499)


def free_port() -> int:
    """Return a port that nobody listens on, and that neither this nor another test is given at the moment."""
    for number in itertools.islice(_ports, _COUNT):
        port = _FIRST + number % _COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Wait until a condition holds; fail with `what` was awaited."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.02)
