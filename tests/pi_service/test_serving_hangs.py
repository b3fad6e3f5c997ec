"""A station as a service: the watchdog is fed while it works or waits, and starves when something hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.ports import free_port, wait_until
from support.station import HANGS_S, WATCHDOG_S, WORKS, RunningStation, at

from firmware.driver import Sensors
from pi_service.pipeline import Pipeline
from pi_service.publish.kept_outbox import KeptOutbox


def test_a_sensor_that_is_unplugged_while_it_counts_is_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pi_service.sources.live._HANGS_S", HANGS_S)
    text = '[sensors]\nbus = "sim:motion=still,fault=absent@6+5"'
    with RunningStation(tmp_path, text, watchdog_s=WATCHDOG_S) as station:
        station.wait_for(WORKS)
        station.wait_for("limb sensor silent")
        silent_s = time.monotonic()
        wait_until(lambda: station.manager.statuses[-1].count(WORKS), "the sensor to come back", 60)
        fed = [each for each in station.manager.said("WATCHDOG=1") if each > silent_s]
        assert fed, "the watchdog is fed while the sensor is looked for"


class Held:
    """Something that blocks from a moment on, until it is let go."""

    def __init__(self) -> None:
        self.holds = threading.Event()
        self._let_go = threading.Event()

    def pass_through(self) -> None:
        if self.holds.is_set():
            self._let_go.wait(60)

    def let_go(self) -> None:
        self.holds.clear()
        self._let_go.set()


@pytest.fixture
def held() -> Iterator[Held]:
    found = Held()
    yield found
    found.let_go()


def starves(station: RunningStation, held: Held) -> None:
    """Assert that the watchdog was fed, and is not any more once something hangs."""
    wait_until(lambda: len(station.manager.said("WATCHDOG=1")) > 2, "the watchdog to be fed", 60)
    held.holds.set()
    # The hang is noticed after a while; nothing may come after that.
    time.sleep(HANGS_S + 2 * WATCHDOG_S)
    before = len(station.manager.said("WATCHDOG=1"))
    time.sleep(2 * WATCHDOG_S)
    assert len(station.manager.said("WATCHDOG=1")) == before


def test_a_count_that_hangs_starves_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    step = Pipeline.step

    def hanging(self: Pipeline, block: object) -> object:
        held.pass_through()
        return step(self, block)

    monkeypatch.setattr(Pipeline, "step", hanging)
    with RunningStation(tmp_path, '[sensors]\nbus = "sim:motion=still"', watchdog_s=WATCHDOG_S) as station:
        station.wait_for(WORKS)
        starves(station, held)
        held.let_go()


@pytest.mark.broker
def test_a_sender_that_hangs_starves_the_watchdog(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr("pi_service.publish.client._HANGS_S", HANGS_S)
    tend = KeptOutbox.tend

    def hanging(self: KeptOutbox, *, sending: bool) -> None:
        held.pass_through()
        tend(self, sending=sending)

    monkeypatch.setattr(KeptOutbox, "tend", hanging)
    with RunningStation(
        tmp_path, at(mosquitto, '[sensors]\nbus = "sim:motion=still"'), watchdog_s=WATCHDOG_S
    ) as station:
        station.wait_for(f"{WORKS}; broker connected")
        starves(station, held)
        held.let_go()


@pytest.mark.parametrize("way", ["it hangs", "it gives nothing", "it dies"])
def test_a_reading_that_gives_nothing_and_no_reason_starves_the_watchdog(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr("pi_service.sources.live._HANGS_S", HANGS_S)
    poll = Sensors.poll

    def hanging(self: Sensors) -> list[object]:
        if not held.holds.is_set():
            return poll(self)
        if way == "it dies":
            raise SystemExit  # which no thread tells of
        if way == "it hangs":
            held.pass_through()
        time.sleep(0.05)
        return []

    monkeypatch.setattr(Sensors, "poll", hanging)
    text = '[sensors]\nbus = "sim:motion=still"'
    station = RunningStation(tmp_path, text, watchdog_s=WATCHDOG_S)
    try:
        station.__enter__()
        station.wait_for(WORKS)
        starves(station, held)
    finally:
        held.let_go()
        if way == "it dies":
            with pytest.raises(SystemExit):
                station.stop()
        else:
            station.stop()


@pytest.mark.broker
def test_a_broker_that_is_away_is_no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.publish.client._HANGS_S", HANGS_S)
    text = f'[broker]\nhost = "127.0.0.1"\nport = {free_port()}\n[sensors]\nbus = "sim:motion=still"'
    with RunningStation(tmp_path, text, watchdog_s=WATCHDOG_S) as station:
        station.wait_for(f"{WORKS}; broker away; ")
        began_s = time.monotonic()
        wait_until(
            lambda: any(each > began_s + 2 * HANGS_S for each in station.manager.said("WATCHDOG=1")),
            "the watchdog to be fed all the same",
            60,
        )
