"""Where a station keeps what it owes the broker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

#: Where a whole computer's station keeps it.
SYSTEM_FOLDER: Final = Path("/var/lib/repclip/outbox")


def default_outbox_folder() -> Path:
    """Return the folder of outboxes: the service manager's, the computer's for root, else the user's."""
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given.startswith("/"):
        return Path(given, "outbox")
    if os.geteuid() == 0:
        return SYSTEM_FOLDER
    configured = os.environ.get("XDG_STATE_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".local" / "state"
    return base / "repclip" / "outbox"
