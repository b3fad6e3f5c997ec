"""Log records in systemd's journal, with fields that can be searched: its native protocol.

``journalctl -u repclip EVENT=set STATION=rack3`` finds what was told of sets, for example.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Final, TextIO

SOCKET: Final = "/run/systemd/journal/socket"

#: A datagram that is larger is not taken; a field is cut long before.
_LONGEST_FIELD: Final = 20_000
#: What is given to a record with ``extra={FIELDS: {...}}``.
FIELDS: Final = "journal_fields"

#: The levels of syslog, from which `journalctl -p` chooses.
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def fields(**more: str | int | float | None) -> dict[str, dict[str, str]]:
    """Return the ``extra`` of a log record: fields beside the text; those that are None are left out."""
    return {FIELDS: {name.upper(): str(value) for name, value in more.items() if value is not None}}


def is_ours(environment: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> bool:
    """Whether a stream, stderr if none is given, goes into the journal: then its socket is there, too."""
    named = environment.get("JOURNAL_STREAM", "")
    try:
        of_stream = os.fstat((sys.stderr if stream is None else stream).fileno())
    except (OSError, ValueError):
        return False
    return named == f"{of_stream.st_dev}:{of_stream.st_ino}"


class JournalHandler(logging.Handler):
    """Writes log records to the journal.

    Parameters
    ----------
    address
        Of the journal's socket.

    Attributes
    ----------
    common
        Fields of every record.
    """

    def __init__(self, address: str = SOCKET) -> None:
        super().__init__()
        self.common: dict[str, str] = {}
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        # A journal that is too busy must not hold up the count: then the line goes to stderr.
        self._socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record; what the journal does not take goes to stderr."""
        try:
            text = self.format(record)
            self._socket.sendto(self._datagram(record, text), self._address)
        except OSError:
            sys.stderr.write(f"{text}\n")
        except Exception:  # noqa: BLE001 - logging must not end what it tells of
            self.handleError(record)

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()
        super().close()

    def _datagram(self, record: logging.LogRecord, text: str) -> bytes:
        given: Mapping[str, str] = getattr(record, FIELDS, {})
        pairs = {
            "MESSAGE": text,
            "PRIORITY": str(priority(record.levelno)),
            "SYSLOG_IDENTIFIER": "repclip",
            "LOGGER": record.name,
            **self.common,
            **given,
        }
        return b"".join(_field(name, value) for name, value in pairs.items())


def priority(level: int) -> int:
    """Return syslog's priority for a level of `logging`."""
    return next((number for least, number in _PRIORITIES if level >= least), 7)


def _field(name: str, value: str) -> bytes:
    """Return a field as the journal reads it: text with a line break needs its length before it."""
    raw = value.encode("utf-8", "replace")[:_LONGEST_FIELD]
    if b"\n" not in raw:
        return name.encode() + b"=" + raw + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(raw)) + raw + b"\n"
