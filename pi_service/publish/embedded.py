"""The broker of the demo: amqtt inside this process, for machines on which no broker runs.

It listens on the loopback interface only, lets everybody in, keeps nothing on disk, and speaks MQTT
3.1.1. It is no broker for a gym: use mosquitto there.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from types import TracebackType
from typing import Any, Self

from pi_service.errors import MissingExtraError
from pi_service.publish.broker import BrokerAddress, reason_text
from pi_service.publish.errors import BrokerError

_LOOPBACK = "127.0.0.1"
_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 5.0
_PORT_TRIES = 5
# amqtt and its WebSocket server tell at length of every connection, some of it as errors.
_CHATTY_LOGGERS = ("amqtt", "transitions", "websockets.server")


class EmbeddedBroker:
    """An MQTT broker on a thread of its own; used as a context manager.

    Parameters
    ----------
    tcp_port, websocket_port
        Where to listen on the loopback interface; free ports are chosen when None.

    Attributes
    ----------
    address
        Where MQTT over TCP listens; settled once it is started.
    websocket_address
        Where MQTT over WebSocket listens.
    """

    def __init__(self, tcp_port: int | None = None, websocket_port: int | None = None) -> None:
        self._asked = (tcp_port, websocket_port)
        self.address, self.websocket_address = _addresses(*self._asked)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Start listening.

        Raises
        ------
        BrokerError
            If a port that was asked for is taken, or no free one is found.
        MissingExtraError
            If amqtt is not installed.
        """
        try:
            import amqtt.broker  # noqa: F401, PLC0415 - an optional package
        except ImportError as error:
            raise MissingExtraError("The broker of the demo", "dashboard") from error
        for name in _CHATTY_LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # Between the moment a port is found free and the moment it is opened somebody else may take it.
        tries = _PORT_TRIES if None in self._asked else 1
        for left in reversed(range(tries)):
            try:
                self._listen()
            except BrokerError:
                if not left:
                    raise
                self.address, self.websocket_address = _addresses(*self._asked)
            else:
                return

    def _listen(self) -> None:
        for address in (self.address, self.websocket_address):
            _check_free(address)
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="embedded-broker", daemon=True)
        self._thread.start()
        ready = self._ready.wait(_START_TIMEOUT_S)
        if self._failure is not None or not ready:
            self.stop()
            raise BrokerError(
                f"The broker of the demo cannot listen on {self.address} and {self.websocket_address} "
                f"({self._failure or 'it does not start'}): give the broker you have with --broker HOST:PORT."
            )

    def stop(self) -> None:
        """Stop listening and end the thread; may be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._loop is not None and self._stop is not None and thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(_STOP_TIMEOUT_S + 1.0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - told to the thread that waits in start()
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from amqtt.broker import Broker  # noqa: PLC0415 - an optional package

        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        broker = Broker(self._config())
        try:
            await broker.start()
        except BaseException:
            # amqtt leaves the listeners open that it had opened before the one that failed, and
            # offers no way to close them.
            for server in broker._servers.values():
                await server.close_instance()
            raise
        self._ready.set()
        await self._stop.wait()
        await asyncio.wait_for(broker.shutdown(), _STOP_TIMEOUT_S)

    def _config(self) -> dict[str, Any]:
        return {
            "listeners": {
                "default": {"type": "tcp", "bind": str(self.address)},
                "websocket": {"type": "ws", "bind": str(self.websocket_address)},
            },
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }


def _check_free(address: BrokerAddress) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            reason = reason_text(error)
            raise BrokerError(
                f"The broker of the demo cannot listen on {address} ({reason}): choose another port."
            ) from error


def _addresses(tcp_port: int | None, websocket_port: int | None) -> tuple[BrokerAddress, BrokerAddress]:
    """Return where to listen, with free ports where none was asked for."""
    free = _free_ports(2)
    return (
        BrokerAddress(_LOOPBACK, free[0] if tcp_port is None else tcp_port),
        BrokerAddress(_LOOPBACK, free[1] if websocket_port is None else websocket_port),
    )


def _free_ports(count: int) -> list[int]:
    """Return free loopback ports; held open together, so that no port comes twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((_LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
