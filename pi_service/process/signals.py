"""What ends a process, and what only lets it read its configuration again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: What ends a stream: Ctrl-C, the service manager, the terminal that goes away.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_on_signals(reload: threading.Event | None = None) -> Iterator[threading.Event]:
    """Give an event that Ctrl-C, SIGTERM and SIGHUP set; a second Ctrl-C interrupts at once.

    Only for the main thread. The former handlers come back at the end.

    Parameters
    ----------
    reload
        What SIGHUP sets instead, for a process that can read its configuration again.
    """
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if reload is not None and number == signal.SIGHUP:
            reload.set()
            return
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    former = {number: signal.signal(number, ask) for number in _ENDING}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
