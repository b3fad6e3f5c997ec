"""What the service manager hears: the datagrams themselves."""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pi_service.process.notify import Notifier


class Manager:
    """A service manager that collects what it is told."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    if request.param == "path":
        # A path of a socket may have 107 bytes; that of a test's folder may have more.
        place = Path("/tmp") / f"repclip-notify-{os.getpid()}"  # noqa: S108 - removed below
        found = Manager(str(place))
    else:
        place = None
        found = Manager(f"@repclip-notify-{os.getpid()}")
    yield found
    found.close()
    if place is not None:
        place.unlink()


def test_it_says_how_the_service_is(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    notifier.ready()
    notifier.status("counts\nface_pull  now")
    notifier.status("counts face_pull now")
    notifier.status("x" * 1_000)
    notifier.alive()
    notifier.stopping()
    assert notifier.listens
    assert manager.heard() == [
        "READY=1",
        "STATUS=counts face_pull now",
        f"STATUS={'x' * 300}",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_a_reload_says_when_it_began(manager: Manager) -> None:
    before_us = time.monotonic_ns() // 1000
    Notifier(manager.address).reloading()
    (message,) = manager.heard()
    found = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", message)
    assert found is not None
    assert before_us <= int(found[1]) <= time.monotonic_ns() // 1000


def test_without_a_manager_nothing_happens() -> None:
    notifier = Notifier()
    notifier.ready()
    assert not notifier.listens
    assert notifier.watchdog_s is None


def test_a_manager_that_is_gone_is_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier(str(tmp_path / "nobody"))
    with caplog.at_level(logging.WARNING):
        notifier.ready()
        notifier.alive()
    assert [record.message for record in caplog.records] == [
        "The service manager cannot be told anything (No such file or directory)."
    ]


@pytest.mark.parametrize(
    ("environment", "listens", "watchdog_s"),
    [
        ({}, False, None),
        ({"NOTIFY_SOCKET": ""}, False, None),
        ({"NOTIFY_SOCKET": "vsock:2:3"}, False, None),
        ({"NOTIFY_SOCKET": "/run/notify"}, True, None),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "2500000"}, True, 2.5),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "2500000", "WATCHDOG_PID": "7"}, True, 2.5),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "2500000", "WATCHDOG_PID": "8"}, True, None),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "0"}, True, None),
        ({"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "soon"}, True, None),
        ({"WATCHDOG_USEC": "2500000"}, False, None),
    ],
)
def test_the_environment_says_who_listens(
    environment: dict[str, str], listens: bool, watchdog_s: float | None
) -> None:
    notifier = Notifier.of_environment(environment, pid=7)
    assert (notifier.listens, notifier.watchdog_s) == (listens, watchdog_s)


def test_a_manager_that_takes_nothing_does_not_hold_up(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    began_s = time.monotonic()
    for _ in range(2_000):  # far more than its queue holds
        notifier.alive()
    assert time.monotonic() - began_s < 5.0
    assert len(manager.heard()) < 2_000
