"""The watchdog is fed twice a period, and only while everything works."""

from __future__ import annotations

import logging

import pytest

from pi_service.process.notify import Notifier
from pi_service.process.watchdog import Watchdog


class Told(Notifier):
    """Counts what it would say."""

    def __init__(self, watchdog_s: float | None) -> None:
        super().__init__(None, watchdog_s)
        self.fed = 0

    def alive(self) -> None:
        self.fed += 1


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_it_is_fed_twice_a_period() -> None:
    notifier, clock = Told(4.0), Clock()
    watchdog = Watchdog(notifier, clock=clock)
    for _ in range(81):
        watchdog.tick()
        clock.now_s += 0.25
    assert notifier.fed == 11


def test_nobody_watches_nobody_is_told() -> None:
    notifier = Told(None)
    Watchdog(notifier, [lambda: "never asked"]).tick()
    assert notifier.fed == 0


def test_it_starves_while_something_hangs_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    notifier, clock = Told(2.0), Clock()
    trouble: list[str] = []
    watchdog = Watchdog(notifier, [lambda: None, lambda: trouble[0] if trouble else None], clock=clock)
    watchdog.tick()
    trouble.append("The sender hangs.")
    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            clock.now_s += 0.5
            watchdog.tick()
    assert notifier.fed == 1
    assert [each.message for each in caplog.records] == [
        "The sender hangs. So the service manager will start repclip anew."
    ]
    trouble.clear()
    clock.now_s += 0.1
    watchdog.tick()
    assert notifier.fed == 2, "what works again is told at once"
