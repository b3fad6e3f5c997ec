"""What the page is told at its start."""

from __future__ import annotations

from dataclasses import dataclass

from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.settings import BrokerSettings, as_settings
from pi_service.publish.topics import ROOT, check_root

DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class DashboardSettings:
    """Settings of the page.

    Attributes
    ----------
    broker
        Where the messages come from: an address, or all that there is to know of it.
    host, port
        Where the page listens; the loopback interface unless told otherwise. Port 0 takes a free one.
    root
        What the topics begin with.
    """

    broker: BrokerAddress | BrokerSettings
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    root: str = ROOT

    def __post_init__(self) -> None:
        check_root(self.root)
        if not 0 <= self.port <= 65535:
            raise UsageError(f"{self.port} is no port: use 1 to 65535, or 0 for a free one.")

    @property
    def client(self) -> BrokerSettings:
        """How the broker is spoken to."""
        return as_settings(self.broker)
