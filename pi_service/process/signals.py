"""What ends a process, and what only lets it read its configuration again."""

from __future__ import annotations

import queue
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
    # An event has a lock, and a handler interrupts whoever holds it: only another thread may set one.
    asked: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
    ending = False

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal ending
        if reload is not None and number == signal.SIGHUP:
            asked.put(reload)
            return
        if (ending or stop.is_set()) and number == signal.SIGINT:
            raise KeyboardInterrupt
        ending = True
        asked.put(stop)

    def pass_on() -> None:
        while (event := asked.get()) is not None:
            event.set()

    setter = threading.Thread(target=pass_on, name="repclip-signals", daemon=True)
    setter.start()
    former = {number: signal.signal(number, ask) for number in _ENDING}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        asked.put(None)
        setter.join()
