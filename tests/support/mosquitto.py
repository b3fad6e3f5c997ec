"""A real mosquitto on a free loopback port, started and stopped by the test that needs it."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.ports import free_port, listens, wait_until


def find_mosquitto() -> str:
    # Debian keeps it in sbin, which an ordinary user's PATH leaves out.
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    found = shutil.which("mosquitto", path=search)
    if found is None:
        raise RuntimeError(
            "mosquitto is not installed, and this test talks to a real one: apt install mosquitto"
        )
    return found


class Mosquitto:
    """The broker's process; `stop` and `start` bring it back on the same port."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def start(self, *, allow_anonymous: bool = True, more: str = "", before: str = "") -> None:
        """Start it; `more` and `before` are further lines of its configuration."""
        config = self._folder / "mosquitto.conf"
        anonymous = "true" if allow_anonymous else "false"
        config.write_text(
            f"{before}listener {self.port} {self.host}\n"
            f"allow_anonymous {anonymous}\n"
            # What is retained, and who has subscribed, outlives a stop and a start.
            f"persistence true\npersistence_location {self._folder}/\n"
            # By default it drops what a subscriber is too slow for.
            "max_queued_messages 0\n"
            # Started by root it would become another user, who may not write there.
            f"user {getpass.getuser()}\n{more}"
        )
        self._start(config)

    def start_as(self, text: str) -> None:
        """Start it with a configuration of the test's own, of which only the port is `self.port`."""
        config = self._folder / "mosquitto.conf"
        config.write_text(f"{text}\nuser {getpass.getuser()}\n")
        self._start(config)

    def _start(self, config: Path) -> None:
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([find_mosquitto(), "-c", config], stdout=log, stderr=log)
        wait_until(lambda: listens(self.port) or self._process.poll() is not None, "mosquitto to listen")
        if self._process.poll() is not None:
            raise RuntimeError(f"mosquitto ended at once: {(self._folder / 'mosquitto.log').read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
            self._process = None

    def save(self) -> None:
        """Let it write down who has subscribed, for a `start` after `kill`."""
        assert self._process is not None
        written = self._folder / "mosquitto.db"
        written.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        wait_until(written.exists, "mosquitto to save")

    def kill(self) -> None:
        """End it as a power cut does: nothing is written down any more."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(5)
        self._process = None

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let it keep its connections and answer nothing."""
        process = self._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)  # nothing happens to a process that has ended
