"""Where the log of a service goes: into the journal with its fields if there is one, else to stderr."""

from __future__ import annotations

import logging
import sys
from typing import Final

from pi_service.process.journal import JournalHandler, is_ours

#: What the levels are called in the configuration.
LEVELS: Final = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


class ServiceLog:
    """The log of a process that is a service; used as a context manager.

    Parameters
    ----------
    level
        The least that is told, by its name in `LEVELS`.
    common
        Fields of every record in the journal.
    """

    def __init__(self, level: str, **common: str) -> None:
        self._handler: logging.Handler = JournalHandler() if is_ours() else logging.StreamHandler(sys.stderr)
        self._handler.setFormatter(logging.Formatter("%(message)s"))
        self._level = level
        self._former_level = logging.WARNING
        self.know(**common)

    def __enter__(self) -> ServiceLog:
        root = logging.getLogger()
        self._former_level = root.level
        root.addHandler(self._handler)
        self.set_level(self._level)
        return self

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._former_level)
        self._handler.close()

    def set_level(self, level: str) -> None:
        """Tell from now on what is of this level or above it."""
        logging.getLogger().setLevel(LEVELS[level])

    def know(self, **common: str) -> None:
        """Give every record these fields from now on."""
        if isinstance(self._handler, JournalHandler):
            self._handler.common |= {name.upper(): value for name, value in common.items()}
