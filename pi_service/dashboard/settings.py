"""What the page is told at its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pi_service.dashboard.access import is_local
from pi_service.dashboard.passwords import Secrets
from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.settings import BrokerSettings, as_settings
from pi_service.publish.topics import ROOT, check_root

DEFAULT_PORT = 8080
#: How long sets are kept, and their curves (days).
KEEP_DAYS = 1095
KEEP_CURVES_DAYS = 90


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
    secrets
        What lets somebody change things.
    names
        Names by which a page that is served to this computer alone is asked for, beside localhost: those of a
        proxy.
    history
        Folder of the history; None for no history.
    history_stays
        False where the history ends with the page.
    recordings
        Folder of the stations' recordings, where they are on this computer.
    keep_days, keep_curves_days
        How long sets are kept, and their curves.
    """

    broker: BrokerAddress | BrokerSettings
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    root: str = ROOT
    secrets: Secrets = field(default_factory=Secrets)
    names: tuple[str, ...] = ()
    history: Path | None = None
    history_stays: bool = True
    recordings: Path | None = None
    keep_days: int = KEEP_DAYS
    keep_curves_days: int = KEEP_CURVES_DAYS

    def __post_init__(self) -> None:
        check_root(self.root)
        if not 0 <= self.port <= 65535:
            raise UsageError(f"{self.port} is no port: use 1 to 65535, or 0 for a free one.")

    @property
    def is_local(self) -> bool:
        """True where the page is served to this computer alone."""
        return is_local(self.host)

    @property
    def client(self) -> BrokerSettings:
        """How the broker is spoken to."""
        return as_settings(self.broker)
