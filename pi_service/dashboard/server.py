"""Serving the page: in this process until a signal comes, or in the background."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from pi_service.dashboard.app import create_app
from pi_service.dashboard.settings import DashboardSettings
from pi_service.errors import RepclipError, UsageError
from pi_service.publish.broker import reason_text

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0


def serve(settings: DashboardSettings, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve the page until SIGINT, SIGTERM or SIGHUP, then return; only for the main thread.

    A broker that is away is shown on the page and waited for.

    Parameters
    ----------
    settings
        What to serve, and where.
    on_ready
        Called once with the page's address when it can be opened.

    Raises
    ------
    UsageError
        If the port cannot be used.
    """
    app = create_app(settings)
    with _listen(settings) as listening:
        server = _Server(app, (lambda: on_ready(_url(listening))) if on_ready else None)
        # A terminal that goes away ends it as Ctrl-C does.
        former = signal.signal(signal.SIGHUP, server.handle_exit)
        try:
            server.run(sockets=[listening])
        finally:
            signal.signal(signal.SIGHUP, former)


class BackgroundDashboard:
    """The page on a thread of its own; used as a context manager.

    Attributes
    ----------
    url
        Where to open it, once it is entered.
    """

    def __init__(self, settings: DashboardSettings) -> None:
        self.url = ""
        self._settings = settings
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        app = create_app(self._settings)
        self._socket = _listen(self._settings)
        self.url = _url(self._socket)
        ready = threading.Event()
        self._server = _Server(app, ready.set)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="dashboard", daemon=True
        )
        self._thread.start()
        if not ready.wait(_START_TIMEOUT_S):
            self.__exit__(None, None, None)
            raise RepclipError("The page does not start: see the log.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.ask_to_stop()
            self._thread.join(_STOP_TIMEOUT_S)
        if self._socket is not None:
            self._socket.close()


class _Server(uvicorn.Server):
    """uvicorn that ends the open event streams when it is to stop, and returns instead of dying."""

    def __init__(self, app: FastAPI, on_ready: Callable[[], None] | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._app = app
        self._on_ready = on_ready
        self._stop_asked = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        # uvicorn would raise the signal again after its shutdown, and the command end in its name.
        if self._stop_asked and sig == signal.SIGINT:
            self.force_exit = True
        self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """Stop soon; from any thread or a signal handler."""
        self._stop_asked = True

    async def on_tick(self, counter: int) -> bool:
        if self._stop_asked:
            self._app.state.page.feed.close()
            return True
        return await super().on_tick(counter)


def _listen(settings: DashboardSettings) -> socket.socket:
    # Bound here and not by uvicorn, which prints its own errors and exits.
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        # Numbers below 0 are those of a name that cannot be looked up.
        if error.errno is not None and (error.errno < 0 or error.errno == errno.EADDRNOTAVAIL):
            raise UsageError(
                f"{settings.host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for the network."
            ) from error
        reason = reason_text(error)
        raise UsageError(
            f"The page cannot listen on {settings.host} port {settings.port} ({reason}): choose another port."
        ) from error


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 - only compared
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
