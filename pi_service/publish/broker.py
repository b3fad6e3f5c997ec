"""Where the broker is: ``HOST:PORT``, and what to say when it is not there."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass

from pi_service.errors import UsageError
from pi_service.publish.errors import BrokerError

#: The port that MQTT without TLS is registered for.
DEFAULT_PORT = 1883
#: The one for MQTT with TLS.
DEFAULT_TLS_PORT = 8883

#: Longest name that the DNS knows, with a dot at its end.
_MAX_HOST = 254

_FORM = "write HOST:PORT, such as localhost:1883 or [::1]:1883"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host name or address of a broker (without brackets) and its TCP port."""

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_broker(text: str, default_port: int = DEFAULT_PORT) -> BrokerAddress:
    """Read ``HOST:PORT``; the port may be left out, IPv6 addresses stand in brackets.

    Raises
    ------
    UsageError
        If the text is something else.
    """
    text = text.strip()
    shown = _shown(text)
    if "://" in text:
        raise UsageError(f"The broker {shown!r} is a URL: {_FORM}.")
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"The broker {shown!r} is not an address: {_FORM}.")
        port = rest[1:] if rest else str(default_port)
    elif text.count(":") > 1:
        raise UsageError(f"The broker {shown!r} looks like an IPv6 address without brackets: {_FORM}.")
    else:
        host, colon, port = text.partition(":")
        port = port if colon else str(default_port)
    if not host or any(not letter.isprintable() or letter in " /@#?" for letter in host):
        raise UsageError(f"The broker {shown!r} has no usable host: {_FORM}.")
    if not _can_be_looked_up(host):
        raise UsageError(f"The broker {shown!r} has a host name with an empty or overlong part: {_FORM}.")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise UsageError(f"The broker {shown!r} has no port between 1 and 65535: {_FORM}.")
    return BrokerAddress(host, int(port))


def _can_be_looked_up(host: str) -> bool:
    """Return False for a name that no resolver is ever asked for: the parts between its dots are wrong."""
    if len(host) > _MAX_HOST:
        return False
    try:
        host.encode("idna")  # what the socket does with it
    except UnicodeError:
        return False
    return True


def _shown(text: str) -> str:
    """Return what was given, short, and without what stands before an @: it could be a password."""
    _, at, rest = text.rpartition("@")
    text = f"...@{rest}" if at else text
    return text if len(text) <= 60 else f"{text[:60]}..."


def reason_text(error: OSError | ValueError) -> str:
    """Return the operating system's reason in lower case, for use inside a sentence."""
    number = error.errno if isinstance(error, OSError) else None
    text = os.strerror(number) if number else str(error) or type(error).__name__
    return text.lower()


def connection_failed(address: BrokerAddress, error: OSError | ValueError) -> BrokerError:
    """Return the sentence for a connection that could not be made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(
            f"The certificate of the MQTT broker {address} is not accepted ({error.verify_message}): "
            "renew it, or name who vouches for it with --broker-ca."
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).lower().replace("_", " ")
        return BrokerError(
            f"The MQTT broker {address} and we agree on no encryption ({reason}): "
            "check its port, its settings and our certificate."
        )
    # A name that cannot be encoded, or holds what no name may hold, is a ValueError of the socket's.
    if isinstance(error, socket.gaierror | ValueError):
        return BrokerError(f"There is no host {address.host!r}: check the name of the MQTT broker.")
    if isinstance(error, ConnectionRefusedError):
        return BrokerError(
            f"No MQTT broker listens on {address}: start it or give another with --broker HOST:PORT."
        )
    if isinstance(error, TimeoutError):
        return BrokerError(f"The MQTT broker {address} does not answer: check the network and its address.")
    reason = reason_text(error)
    return BrokerError(
        f"The MQTT broker {address} cannot be reached ({reason}): check the network and its address."
    )


def check_reachable(address: BrokerAddress, timeout_s: float = 3.0) -> None:
    """Raise `BrokerError` when nothing listens at an address.

    For a command that should tell of a wrong address at once although it could wait for the broker.
    """
    try:
        socket.create_connection((address.host, address.port), timeout=timeout_s).close()
    except (OSError, ValueError) as error:
        raise connection_failed(address, error) from error
