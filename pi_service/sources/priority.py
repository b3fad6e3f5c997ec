"""Asks the operating system to let a thread run in time: what it got, in words."""

from __future__ import annotations

import os
from typing import Final

#: Above ordinary programs, below the threads of the kernel that serve interrupts (50).
_REAL_TIME_PRIORITY: Final = 20
_NICE: Final = -10

ORDINARY: Final = "ordinary"
#: The best that there is.
RAISED_TO: Final = f"real-time (SCHED_FIFO {_REAL_TIME_PRIORITY})"


def raise_priority() -> str:
    """Raise the calling thread's priority as far as this user may.

    Returns
    -------
    str
        What it runs at now: ``real-time (SCHED_FIFO 20)``, ``raised (nice -10)`` or ``ordinary``.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REAL_TIME_PRIORITY))
    except (OSError, AttributeError):
        pass  # Not for this user, or not on this system: the next best is tried.
    else:
        return RAISED_TO
    try:
        # On Linux, who is 0 is the calling thread.
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except (OSError, AttributeError):
        return ORDINARY
    return f"raised (nice {_NICE})"
