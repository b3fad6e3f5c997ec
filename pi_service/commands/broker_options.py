"""What a person said of the broker, looked up: files read, contradictions told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_service.publish.settings import BrokerSettings


class MqttVersion(StrEnum):
    """What is spoken with the broker."""

    V311 = "3.1.1"
    V5 = "5"


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """What a person said of the broker."""

    broker: str | None
    user: str | None = None
    password_file: Path | None = None
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    version: MqttVersion = MqttVersion.V311
    root: str | None = None

    def settings(self) -> BrokerSettings | None:
        """Return the settings, or None when there is no broker.

        Raises
        ------
        UsageError
            If something cannot be right, or a file cannot be used.
        """
        from pi_service.errors import UsageError
        from pi_service.publish.broker import DEFAULT_PORT, DEFAULT_TLS_PORT, parse_broker
        from pi_service.publish.settings import BrokerSettings, Tls, credential_file, read_password
        from pi_service.publish.topics import ROOT

        if self.broker is None:
            if self._says_more():
                raise UsageError("There is no broker to speak to: give one with --broker HOST:PORT.")
            return None
        secured = self.tls or self.ca is not None or self.certificate is not None or self.key is not None
        tls = Tls(self.ca, self.certificate, self.key) if secured else None
        file = self.password_file
        if file is None and self.user is not None:
            file = credential_file()
        settings = BrokerSettings(
            parse_broker(self.broker, DEFAULT_TLS_PORT if secured else DEFAULT_PORT),
            ROOT if self.root is None else self.root,
            self.user,
            None if file is None else read_password(file),
            tls,
            "5" if self.version is MqttVersion.V5 else "3.1.1",
        )
        if tls is not None:
            tls.context()  # what is wrong with its files is told now
        return settings

    def needed(self) -> BrokerSettings:
        """Return the settings of a broker that there must be; see `settings`."""
        from pi_service.errors import UsageError

        settings = self.settings()
        if settings is None:
            raise UsageError("There is no broker to listen to: give one with --broker HOST:PORT.")
        return settings

    def _says_more(self) -> bool:
        files = (self.password_file, self.ca, self.certificate, self.key)
        return self.tls or self.user is not None or any(each is not None for each in files)
