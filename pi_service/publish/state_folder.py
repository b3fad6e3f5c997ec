"""Where a station keeps what outlives its process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

#: Where a whole computer's station keeps it.
SYSTEM_FOLDER: Final = Path("/var/lib/repclip")


def state_folder(name: str) -> Path:
    """Return a folder of a station: the service manager's, the computer's for root, else the user's.

    Parameters
    ----------
    name
        What is kept there: ``outbox``, ``recordings``.
    """
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given.startswith("/"):
        return Path(given, name)
    if os.geteuid() == 0:
        return SYSTEM_FOLDER / name
    configured = os.environ.get("XDG_STATE_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".local" / "state"
    return base / "repclip" / name
