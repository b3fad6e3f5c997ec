"""What a service tells its manager: the protocol of ``sd_notify(3)``, datagrams of ``NAME=value`` lines."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

log = logging.getLogger(__name__)

#: The manager shows one line; a longer one is cut.
_LONGEST_STATUS: Final = 300


class Notifier:
    """Tells the service manager how this process is; does nothing where there is none.

    A manager that does not listen is no reason for a station to end: that is logged once.

    Parameters
    ----------
    address
        Of its socket: a path, or ``@`` and a name of the abstract namespace; None for no manager.
    watchdog_s
        It ends a process of which it hears nothing for so long; None where it does not watch.
    """

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._address = address
        self._failed = False
        self._status = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ, pid: int | None = None) -> Notifier:
        """Return the notifier that the manager's environment variables ask for."""
        address = environment.get("NOTIFY_SOCKET", "")
        if address[:1] not in ("/", "@"):
            return cls()
        wanted_of = environment.get("WATCHDOG_PID", "")
        period = environment.get("WATCHDOG_USEC", "")
        watched = period.isdigit() and int(period) > 0 and wanted_of in ("", str(pid or os.getpid()))
        return cls(address, int(period) / 1e6 if watched else None)

    @property
    def listens(self) -> bool:
        """Whether there is a manager."""
        return self._address is not None

    def ready(self) -> None:
        """Say that the service is up, or up again after `reloading`."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Say that all is well, to a manager that watches."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in a line what the service does; nothing is sent while it stays the same."""
        line = " ".join(text.split())[:_LONGEST_STATUS]
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        # The first byte of a name in the abstract namespace is NUL.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_manager:
                # A manager that is too busy to take it must not hold up the count.
                to_manager.setblocking(False)
                to_manager.sendto(text.encode(), address)
        except OSError as error:
            if not self._failed:
                log.warning("The service manager cannot be told anything (%s).", error.strerror)
            self._failed = True
