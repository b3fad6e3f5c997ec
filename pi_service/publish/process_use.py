"""What this process takes of its computer."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")


class ProcessUse:
    """Measures from one look to the next."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = time.process_time()

    def cpu_percent(self) -> float:
        """Return the share of one core since the last call, or since the beginning."""
        wall_s, cpu_s = time.monotonic(), time.process_time()
        spent_s, passed_s = cpu_s - self._cpu_s, wall_s - self._wall_s
        self._wall_s, self._cpu_s = wall_s, cpu_s
        return 100.0 * spent_s / passed_s if passed_s > 0 else 0.0


def memory_mb() -> float:
    """Return the memory that the process has now; on a system without ``/proc``, the most it ever had."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
