"""Who keeps the history: of all processes that use a folder, one writes and listens, the others only read."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
from pathlib import Path
from typing import Final

from pi_service.history.errors import HistoryError
from pi_service.publish.disk import unwritten

_FILE: Final = "history.lock"
_LONGEST: Final = 64


class Owner:
    """The right to write in a folder, which ends with the process, however it ends.

    Parameters
    ----------
    folder
        The history's folder; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._handle: int | None = None
        self._token = ""

    def take(self) -> bool:
        """Take the right, if nobody has it; say whether we have it now.

        Raises
        ------
        HistoryError
            If nobody can have it: the folder cannot be written.
        """
        if self._handle is not None:
            return True
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._token = self._read_token(handle)
        except BlockingIOError:
            os.close(handle)
            return False
        except OSError as error:
            os.close(handle)
            raise self._unusable(error) from error
        self._handle = handle
        return True

    def give_up(self) -> None:
        """Let another process have it; may be called twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def client_id(self) -> str:
        """Return our name at the broker: the same after a restart, and no other folder's or computer's."""
        digest = hashlib.sha256(f"{self._token} {socket.gethostname()}".encode()).hexdigest()
        return f"repclip-history-{digest[:7]}"

    def _read_token(self, handle: int) -> str:
        token = os.pread(handle, _LONGEST, 0).decode(errors="replace").strip()
        if not token:
            token = secrets.token_hex(8)
            os.pwrite(handle, token.encode(), 0)
        return token

    def _unusable(self, error: OSError) -> HistoryError:
        why = unwritten(self._path, (error.strerror or str(error)).lower(), "--history")
        return HistoryError(f"No history can be kept in {self._path.parent} {why}")
