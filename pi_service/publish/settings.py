"""How the broker is spoken to: one value, the same for the counter and for the page.

A secret comes from a file, never from the command line, where every user of the computer could read it, and
shows in no text that is made of these values.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pi_service.errors import UsageError
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.topics import ROOT, check_root

#: The credential of systemd's that holds the password, if no other file is named.
CREDENTIAL: Final = "repclip-broker-password"

_LONGEST_SECRET: Final = 1_024
_LONGEST_USER: Final = 128

Version = Literal["3.1.1", "5"]


@dataclass(frozen=True, slots=True)
class Tls:
    """Encryption: whom we believe, and who we are.

    Attributes
    ----------
    ca
        Certificates of those who may vouch for the broker; None for those that the computer trusts.
    certificate, key
        Our own certificate and its key; both or none.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) is not (self.key is None):
            raise UsageError("A client certificate and its key belong together: give both or none.")

    def context(self) -> ssl.SSLContext:
        """Return what the connection is secured with; the broker's name and certificate are always checked.

        Raises
        ------
        UsageError
            If a file cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"{self.ca} holds no certificates that could be read ({_reason(error)}): "
                "name a PEM file with --broker-ca."
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None and self.key is not None:
            try:
                # Without this an encrypted key would ask on the terminal, and a service would wait for ever.
                context.load_cert_chain(self.certificate, self.key, password=_no_password)
            except (OSError, ssl.SSLError) as error:
                raise UsageError(
                    f"{self.certificate} and {self.key} are no certificate and key that belong together "
                    f"({_reason(error)}): name PEM files with --broker-cert and --broker-key."
                ) from error
        return context


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Everything that a client of the broker needs to know.

    Attributes
    ----------
    address
        Where it is.
    root
        What all topics begin with.
    user, password
        Who we are; None for nobody.
    tls
        How the connection is secured; None for not at all.
    version
        Of MQTT.
    """

    address: BrokerAddress
    root: str = ROOT
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    version: Version = "3.1.1"

    def __post_init__(self) -> None:
        check_root(self.root)
        if self.user is not None and not (self.user.isprintable() and 0 < len(self.user) <= _LONGEST_USER):
            raise UsageError(f"The broker's user needs 1 to {_LONGEST_USER} printable characters.")
        if self.password is not None and self.user is None:
            raise UsageError("A password needs a user: give one with --broker-user.")


def as_settings(broker: BrokerAddress | BrokerSettings) -> BrokerSettings:
    """Return settings, made of an address where there is nothing more to say."""
    return broker if isinstance(broker, BrokerSettings) else BrokerSettings(broker)


def read_password(file: Path) -> str:
    """Read a password: the first line of a file that not everybody may read.

    Raises
    ------
    UsageError
        If there is none, or others can read it.
    """
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(_LONGEST_SECRET + 2)
    except OSError as error:
        raise UsageError(
            f"The broker's password cannot be read from {file} ({_reason(error)}): "
            "name another file with --broker-password-file."
        ) from error
    if mode & 0o007:
        raise UsageError(f"Everybody on this computer can read the password in {file}: chmod 600 {file}")
    line = content.splitlines()[0] if content else b""
    try:
        password = line.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"The password in {file} is no UTF-8 text: write it anew.") from error
    if not password or len(line) > _LONGEST_SECRET:
        raise UsageError(f"The first line of {file} is no password: it needs 1 to {_LONGEST_SECRET} bytes.")
    return password


def credential_file() -> Path | None:
    """Return the password's file that systemd hands to the service, if it does (``LoadCredential=``)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder, CREDENTIAL)
    return file if folder.startswith("/") and file.is_file() else None


def _no_password() -> bytes:
    return b""


def _reason(error: OSError | ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not PEM").lower().replace("_", " ")
    return (error.strerror or str(error)).lower()
