"""A station as a service, on a thread of the test's own process."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Self

import pytest
from support.mosquitto import Mosquitto
from support.ports import wait_until

from firmware.bus import is_simulated
from firmware.sim import SimulatedClock
from pi_service.commands.buses import Buses, OpenBus
from pi_service.commands.service import serve_until
from pi_service.commands.wanted import Recorded
from pi_service.commands.worn_buses import simulated_bus
from pi_service.config.effective import effective
from pi_service.process.notify import Notifier

WORKS = "limb sensor delivers"
#: A watchdog that expires soon, and what is taken for a hang.
WATCHDOG_S, HANGS_S = 0.6, 0.9


def at(broker: Mosquitto, more: str = "") -> str:
    """Return the text of a configuration that publishes to a broker."""
    return f'{more}\n[broker]\nhost = "{broker.host}"\nport = {broker.port}'


class Manager(Notifier):
    """A service manager that notes what it is told, and when."""

    def __init__(self, watchdog_s: float | None = None) -> None:
        super().__init__("@nobody", watchdog_s)
        self.heard: list[tuple[float, str]] = []

    def _send(self, text: str) -> None:
        self.heard.append((time.monotonic(), text))

    def said(self, text: str) -> list[float]:
        """Return when something was said that begins with a text."""
        return [at_s for at_s, each in list(self.heard) if each.startswith(text)]

    @property
    def statuses(self) -> list[str]:
        return [each.removeprefix("STATUS=") for _, each in list(self.heard) if each.startswith("STATUS=")]


class EasyClock(SimulatedClock):
    """Virtual time that passes at most four times as fast: a busy computer makes it slow and never late."""

    def sleep_until_ns(self, at_ns: int) -> None:
        time.sleep(max(0.0, (at_ns - self.now_ns()) / 1e9 / 4.0))
        super().sleep_until_ns(at_ns)


def use_easy_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let simulated buses run on an easy clock, one a station; who is missing is looked for often."""
    monkeypatch.setattr("pi_service.commands.searching._LOOK_S", 0.2)
    monkeypatch.setattr("pi_service.commands.searching._TICK_S", 0.05)
    clocks: dict[Buses, EasyClock] = {}
    really_open = Buses.open

    def open_easy_bus(self: Buses, text: str) -> OpenBus:
        if not is_simulated(text):
            return really_open(self, text)
        clock = clocks.setdefault(self, EasyClock())
        bus, exercise = simulated_bus(text, clock)
        return OpenBus(bus, clock, simulated=True, exercise=exercise)

    monkeypatch.setattr(Buses, "open", open_easy_bus)


class RunningStation:
    """Runs from `__enter__` to `__exit__`; `config` may be written and read again in between."""

    def __init__(
        self, folder: Path, text: str, *, watchdog_s: float | None = None, name: str = "config"
    ) -> None:
        self.manager = Manager(watchdog_s)
        self.config = folder / f"{name}.toml"
        self.config.write_text(f'{text}\n[outbox]\nfolder = "{folder / "outbox"}"\n')
        self._stop, self._reload = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"station {name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it as SIGTERM does."""
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the station does not end"
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Leave it alone: it hangs on purpose, until whatever holds it lets go."""
        self._stop.set()

    def reload(self) -> None:
        """Let it read its configuration again, as SIGHUP does, and wait until it has."""
        before = len(self.manager.said("READY=1"))
        self._reload.set()
        wait_until(lambda: len(self.manager.said("READY=1")) > before, "the station to have reloaded", 30)

    def wait_for(self, status: str, timeout_s: float = 60.0) -> None:
        """Wait until the manager was told a status with a text in it."""
        wait_until(
            lambda: self._error is not None or any(status in each for each in self.manager.statuses),
            f"{status!r} in one of {self.manager.statuses}",
            timeout_s,
        )
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            serve_until(self._stop, self._reload, self.manager, effective(self.config, {}), Recorded())
        except BaseException as error:  # noqa: BLE001 - raised where the test waits
            self._error = error
