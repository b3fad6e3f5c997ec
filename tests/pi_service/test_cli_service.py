"""`repclip run --config` as a service manager starts it: its socket, its signals, its exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

#: A busy computer needs a while to start Python.
PATIENCE_S = 90.0


class Manager:
    """A service manager's socket, and the service that it starts."""

    def __init__(self, folder: Path) -> None:
        name = f"repclip-service-{os.getpid()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{name}")
        self._socket.settimeout(PATIENCE_S)
        self._environment = {
            **os.environ,
            "NOTIFY_SOCKET": f"@{name}",
            "WATCHDOG_USEC": "2000000",
            "STATE_DIRECTORY": str(folder),
        }
        self._running: list[subprocess.Popen[str]] = []

    def start(self, config: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pi_service.cli", "run", "--config", str(config)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, env=self._environment, text=True)
        self._running.append(process)
        return process

    def wait_for(self, text: str) -> None:
        heard = []
        while not (heard and heard[-1].startswith(text)):
            heard.append(self._socket.recv(4096).decode())

    def close(self) -> None:
        for each in self._running:
            each.kill()
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(tmp_path)
    yield found
    found.close()


def test_a_service_is_ready_reloads_and_stops(manager: Manager, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[station]\nname = "rack1"\n[sensors]\nbus = "/dev/i2c-97"\n')
    service = manager.start(config)
    manager.wait_for("READY=1")
    manager.wait_for("STATUS=waiting for a sensor; bus missing; no broker")
    manager.wait_for("WATCHDOG=1")
    config.write_text('[station]\nname = "rack2"\n[sensors]\nbus = "/dev/i2c-97"\n')
    service.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1\nMONOTONIC_USEC=")
    manager.wait_for("READY=1")
    service.terminate()
    manager.wait_for("STOPPING=1")
    _, log = service.communicate(timeout=PATIENCE_S)
    assert service.returncode == 0
    lines = log.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Waiting for the sensors. ")
    assert lines[1] == "station.name takes a restart."
