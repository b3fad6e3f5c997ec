"""A wire between a client and a broker that the test can cut, or fill with silence."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Self

from support.ports import free_port


class Proxy:
    """Passes bytes between its own port and another; used as a context manager.

    Attributes
    ----------
    swallowing
        While true nothing passes: whoever sends waits for answers that do not come.
    """

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.swallowing = False
        self._target_port = target_port
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for each in (self._listening, *self._pairs):
            each.close()

    def cut(self) -> None:
        """Cut every connection; new ones are made."""
        for each in list(self._pairs):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._stop.is_set():
            # While nothing passes, bytes wait in the kernel, and connections in the queue.
            watched = [] if self.swallowing else [self._listening, *self._pairs]
            ready, _, _ = select.select(watched, [], [], 0.02)
            for each in ready:
                if each is self._listening:
                    self._accept()
                elif each in self._pairs:
                    self._pass_on(each)

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        try:
            broker = socket.create_connection(("127.0.0.1", self._target_port), timeout=1.0)
        except OSError:
            client.close()
            return
        self._pairs |= {client: broker, broker: client}

    def _pass_on(self, source: socket.socket) -> None:
        target = self._pairs[source]
        try:
            data = source.recv(65_536)
            if data:
                target.sendall(data)
                return
        except OSError:
            data = b""
        for each in (source, target):
            self._pairs.pop(each, None)
            each.close()
