"""The page as a child process of the demo: a real `repclip dashboard`."""

from __future__ import annotations

import errno
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from types import TracebackType
from typing import Self

from pi_service.commands.errors import DemoError
from pi_service.publish.broker import BrokerAddress

_LOOPBACK = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - only compared
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_LOOK_EVERY_S = 0.1
#: How many ports after the usual one are tried.
_PORTS_TRIED = 50


class PageProcess:
    """Serves the page from a process of its own; used as a context manager.

    Parameters
    ----------
    broker
        Where the page's messages come from.
    host, port
        Where the page listens.
    stop
        Looked at while the page starts.

    Attributes
    ----------
    url
        Where to open the page.
    """

    def __init__(self, broker: BrokerAddress, host: str, port: int, stop: threading.Event) -> None:
        self.url = f"http://{_name_to_open(host)}:{port}/"
        self._stop = stop
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed in __exit__
        options = ["--broker", str(broker), "--host", host, "--port", str(port), "--until-eof"]
        # What the demo counts is nobody's workout: its history ends with it.
        options += ["--temporary-history"]
        self._command = [sys.executable, "-m", "pi_service.cli", "dashboard", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C is for the demo, which ends the page after it has said goodbye.
        # Should the demo be killed, the page sees the end of its stdin and ends too.
        self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,
        )
        try:
            self._wait_until_it_serves(self._process)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._complaints.close()

    def check(self) -> None:
        """Raise `DemoError` if the page's process has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise DemoError(self._why())

    def _wait_until_it_serves(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the page's one line on stdout, which it writes when it can be opened."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        said = process.stdout
        while said is not None and not self._stop.is_set():
            readable, _, _ = select.select([said], [], [], _LOOK_EVERY_S)
            if readable and said.readline():
                return
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(f"The page does not start within {_START_TIMEOUT_S:.0f} s: try again.")

    def _why(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().strip().splitlines()
        return lines[-1].removeprefix("repclip: ") if lines else "The page's process has ended: try again."


def _name_to_open(host: str) -> str:
    """Return the name under which a browser finds the page."""
    if host in _EVERYWHERE:
        # Somebody at another machine asks for this one.
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def is_free(port: int, host: str = _LOOPBACK) -> bool:
    """Say whether nothing listens on a port of this machine's address.

    What is wrong with the address itself, the page tells when it is to listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def next_free_port(port: int, host: str = _LOOPBACK) -> int:
    """Return the first free port of an address after a port that is taken.

    Raises
    ------
    DemoError
        If none of the next ports is free.
    """
    last = min(port + _PORTS_TRIED, 65535)
    for candidate in range(port + 1, last + 1):
        if is_free(candidate, host):
            return candidate
    raise DemoError(f"The ports {port} to {last} are all taken: choose another with --port.")
