"""A station as a service: it waits, recovers, is configured anew, and starves the watchdog if it hangs.

On simulated sensors in a time that a busy computer makes slower: orders are asserted, and long times.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.mosquitto import Mosquitto
from support.ports import free_port, wait_until
from support.station import RunningStation, use_easy_time
from support.subscriber import Subscriber

from firmware.driver import Sensors
from pi_service.commands.second_sensor import SecondSensor
from pi_service.commands.serving import _Again
from pi_service.pipeline import Pipeline
from pi_service.process.clock_watch import ClockWatch
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.traces import TraceReader

WORKS = "limb sensor delivers"
#: A watchdog that expires soon, and what is taken for a hang.
WATCHDOG_S, HANGS_S = 1.0, 1.5


@pytest.fixture(autouse=True)
def _easy_time(monkeypatch: pytest.MonkeyPatch) -> None:
    use_easy_time(monkeypatch)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    found = Mosquitto(tmp_path)
    found.start()
    yield found
    found.stop()


def at(broker: Mosquitto, more: str = "") -> str:
    return f'{more}\n[broker]\nhost = "{broker.host}"\nport = {broker.port}'


@pytest.mark.broker
def test_it_waits_for_its_sensor_and_counts_when_that_answers(tmp_path: Path, broker: Mosquitto) -> None:
    text = at(broker, '[station]\nname = "rack1"\n[sensors]\nbus = "sim:motion=still,fault=absent@0+4"')
    with (
        Subscriber(broker.host, broker.port) as heard,
        RunningStation(tmp_path, text, watchdog_s=WATCHDOG_S) as station,
    ):
        station.wait_for("waiting for a sensor; limb missing; broker connected")
        (ready_s,) = station.manager.said("READY=1")
        heard.wait_for("repclip/rack1/health", timeout_s=30)
        station.wait_for(WORKS)
        wait_until(lambda: len(heard.json("repclip/rack1/info")) == 2, "the sensors to be told", 30)
        assert station.manager.said(f"STATUS=any: waiting for a set; {WORKS}") or station.manager.said(
            "STATUS="
        )
        fed = station.manager.said("WATCHDOG=1")
        assert fed[-1] > ready_s
        assert max(later - earlier for earlier, later in pairwise(fed)) < 20.0
        station.stop()
        wait_until(lambda: heard.payloads("repclip/rack1/availability")[-1:] == [b"offline"], "the farewell")
    assert heard.payloads("repclip/rack1/availability") == [b"online", b"offline"]
    faults = [(each["what"], each["active"]) for each in heard.json("repclip/rack1/fault")]
    assert faults[:2] == [("limb_missing", True), ("limb_missing", False)]
    waiting, counting = heard.json("repclip/rack1/info")
    assert (waiting["sensors"], counting["sensors"]) == ([], ["limb"])
    assert waiting["session"] != counting["session"]
    first = heard.json("repclip/rack1/health")[0]
    assert first["session"] == waiting["session"]
    assert station.manager.heard[-1][1] == "STOPPING=1"


@pytest.mark.broker
def test_what_can_only_be_done_with_a_sensor_is_refused_meanwhile(tmp_path: Path, broker: Mosquitto) -> None:
    text = at(broker, '[sensors]\nbus = "sim:motion=still,fault=absent@0"')
    with Subscriber(broker.host, broker.port) as heard, RunningStation(tmp_path, text) as station:
        station.wait_for("limb missing; broker connected")
        heard.publish("repclip/bench/request/start_set", b'{"id": "a"}')
        (answer,) = [heard.wait_for("repclip/bench/response/start_set", timeout_s=30)]
        assert b"No sensor answers: plug it in" in answer[0]
        heard.publish("repclip/bench/request/health", b'{"id": "b"}')
        heard.wait_for("repclip/bench/response/health", timeout_s=30)
        assert heard.json("repclip/bench/response/health")[0]["ok"] is True


def test_a_bus_that_is_not_there_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with RunningStation(tmp_path, '[sensors]\nbus = "/dev/i2c-97"') as station:
        station.wait_for("waiting for a sensor; bus missing; no broker")
    told = [each.message for each in caplog.records if "no I2C bus" in each.message]
    assert len(told) == 1, "once, however often it is looked for"
    assert station.manager.said("READY=1")


def test_settings_that_no_chip_can_have_are_not_waited_for(tmp_path: Path) -> None:
    station = RunningStation(tmp_path, '[sensors]\nwhich = "limb,torso"\ntorso_address = "0x68"')
    with pytest.raises(Exception, match="cannot have one address"), station:
        wait_until(lambda: station._error is not None, "the station to end", 30)


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
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr("pi_service.publish.client._HANGS_S", HANGS_S)
    tend = KeptOutbox.tend

    def hanging(self: KeptOutbox, *, sending: bool) -> None:
        held.pass_through()
        tend(self, sending=sending)

    monkeypatch.setattr(KeptOutbox, "tend", hanging)
    with RunningStation(
        tmp_path, at(broker, '[sensors]\nbus = "sim:motion=still"'), watchdog_s=WATCHDOG_S
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


def test_the_configuration_is_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = '[station]\nexercise = "face_pull"\n[sensors]\nbus = "sim:motion=still"'
    with RunningStation(tmp_path, text) as station:
        station.wait_for(f"face_pull: waiting for a set; {WORKS}")
        before = station.config.read_text()
        station.config.write_text(before.replace("face_pull", "bent_over_row") + '[log]\nlevel = "debug"\n')
        station.reload()
        station.wait_for(f"bent_over_row: waiting for a set; {WORKS}")
        assert logging.getLogger().level == logging.DEBUG
        station.config.write_text(before + "[sensor]\n")
        station.reload()
        station.config.write_text(before.replace("[sensors]", "[sensors]\nrate_hz = 200"))
        station.reload()
        assert logging.getLogger().level == logging.INFO
        station.wait_for(f"face_pull: waiting for a set; {WORKS}")
        station.reload()
    reloads = [text.partition("\n")[0] for _, text in station.manager.heard if "STATUS" not in text]
    assert reloads == ["READY=1", *["RELOADING=1", "READY=1"] * 4, "STOPPING=1"]
    told = [each.message for each in caplog.records if each.name.endswith("reloading")]
    wrong = "There is no table [sensor]: did you mean [sensors]?"
    assert told == [
        "Changed: station.exercise, log.level.",
        f"The settings stay as they are: {station.config} line 7: {wrong}",
        "Changed: station.exercise, log.level.",
        "sensors.rate_hz takes a restart.",
        "sensors.rate_hz takes a restart.",
    ]


@pytest.mark.broker
def test_home_assistant_is_told_and_untold(tmp_path: Path, broker: Mosquitto) -> None:
    topic = "homeassistant/device/repclip_bench/config"
    with (
        Subscriber(broker.host, broker.port, "#") as heard,
        RunningStation(tmp_path, at(broker, '[sensors]\nbus = "sim:motion=still"')) as station,
    ):
        station.wait_for(f"{WORKS}; broker connected")
        assert heard.payloads(topic) == []
        before = station.config.read_text()
        station.config.write_text(f"{before}[home_assistant]\nenabled = true\n")
        station.reload()
        assert heard.wait_for(topic, timeout_s=30)[0].startswith(b"{")
        station.config.write_text(before)
        station.reload()
        assert heard.wait_for(topic, 2, timeout_s=30)[1] == b""


@pytest.mark.broker
def test_stations_beside_each_other_do_not_collide(tmp_path: Path, broker: Mosquitto) -> None:
    def text(number: int) -> str:
        return at(
            broker, f'[station]\nname = "rack{number}"\n[sensors]\nbus = "sim:motion=still,seed={number}"'
        )

    with (
        Subscriber(broker.host, broker.port) as heard,
        RunningStation(tmp_path, text(1), name="one") as one,
        RunningStation(tmp_path, text(2), name="two") as two,
    ):
        for each in (one, two):
            each.wait_for(f"{WORKS}; broker connected")
        for name in ("rack1", "rack2"):
            heard.wait_for(f"repclip/{name}/info", timeout_s=30)
        one.stop()
        wait_until(lambda: heard.payloads("repclip/rack1/availability")[-1:] == [b"offline"], "the farewell")
        counted = len(heard.payloads("repclip/rack2/state"))
        wait_until(lambda: len(heard.payloads("repclip/rack2/state")) > counted, "the other one to go on", 30)
        assert heard.payloads("repclip/rack2/availability") == [b"online"]
    assert sorted(each.name for each in (tmp_path / "outbox").glob("*.outbox")) == [
        "rack1.outbox",
        "rack2.outbox",
    ]


def test_a_clock_that_is_set_before_the_first_set_begins_a_new_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jumps = [3_600.0]
    working = threading.Event()
    monkeypatch.setattr(ClockWatch, "jumped_s", lambda _: jumps.pop() if working.is_set() and jumps else None)
    recordings = f'[recordings]\nalways = true\nfolder = "{tmp_path / "recordings"}"'
    text = f'[sensors]\nbus = "sim:motion=still"\n{recordings}'
    with RunningStation(tmp_path, text) as station:
        station.wait_for(WORKS)
        working.set()
        wait_until(lambda: len(list((tmp_path / "recordings").glob("*.csv.gz"))) == 2, "a second session", 60)
    assert "The clock was set by 3600 s: a new session begins." in [each.message for each in caplog.records]
    for each in (tmp_path / "recordings").glob("*.csv.gz"):
        assert sum(len(block) for block in TraceReader(each).blocks()) >= 0, "both can be read"


def test_a_clock_that_is_set_while_the_sensor_is_looked_for_begins_no_second_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    set_by_s = [0.0]
    wall = lambda: time.time() + set_by_s[0]  # noqa: E731
    monkeypatch.setattr("pi_service.commands.serving.ClockWatch", lambda: ClockWatch(wall=wall))
    with RunningStation(tmp_path, '[sensors]\nbus = "sim:motion=still,fault=absent@0+4"') as station:
        station.wait_for("waiting for a sensor")
        set_by_s[0] = 3_600.0
        station.wait_for(WORKS)
        set_by_s[0] += 60.0
        wait_until(lambda: "The clock was set" in caplog.text, "the clock to be looked at", 30)
    told = [each.message for each in caplog.records if "The clock was set" in each.message]
    assert told == ["The clock was set by 60 s: a new session begins."]


def test_a_torso_sensor_that_comes_before_the_first_set_is_read_in_a_new_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    came = threading.Event()
    monkeypatch.setattr(SecondSensor, "came", lambda _: came.is_set() and came.clear() is None)
    recordings = f'[recordings]\nalways = true\nfolder = "{tmp_path / "recordings"}"'
    with RunningStation(tmp_path, f'[sensors]\nbus = "sim:motion=still"\n{recordings}') as station:
        station.wait_for(WORKS)
        came.set()
        wait_until(lambda: len(list((tmp_path / "recordings").glob("*.csv.gz"))) == 2, "a second session", 60)
    assert "A torso sensor answers: a new session begins." in [each.message for each in caplog.records]


class Work:
    """Stands for what counts, after a set."""

    running, last_set = False, 1


@pytest.mark.parametrize(
    ("idle_s", "follows_plan", "begins"), [(599, False, False), (600, False, True), (600, True, False)]
)
def test_a_torso_sensor_that_comes_in_a_workout_waits_for_its_end(
    idle_s: float,
    follows_plan: bool,
    begins: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s, closed = [1000.0], []
    monkeypatch.setattr("pi_service.commands.serving.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    counting: Any = SimpleNamespace(pipeline=SimpleNamespace(work=Work), follows_plan=follows_plan)
    source: Any = SimpleNamespace(close=lambda: closed.append(True))
    never: Any = SimpleNamespace(jumped_s=lambda: None)
    second: Any = SimpleNamespace(came=lambda: True)
    again = _Again(source, counting, never, second)
    again.look()
    now_s[0] += idle_s
    again.look()
    assert (again.wanted, closed) == (begins, [True] * begins)
    told = [each.message for each in caplog.records]
    assert told[0] == "A torso sensor answers: it is read when this workout is over."
    assert told[1:] == ["A torso sensor answers: a new session begins."] * begins


@pytest.mark.broker
def test_what_is_wanted_while_the_sensor_is_looked_for_is_counted(tmp_path: Path, broker: Mosquitto) -> None:
    text = at(
        broker, '[station]\nexercise = "face_pull"\n[sensors]\nbus = "sim:motion=still,fault=absent@0+4"'
    )
    with Subscriber(broker.host, broker.port) as heard, RunningStation(tmp_path, text) as station:
        station.wait_for("waiting for a sensor")
        station.config.write_text(station.config.read_text().replace("face_pull", "bent_over_row"))
        station.reload()
        station.wait_for(WORKS)
        heard.wait_for("repclip/bench/info", 2, timeout_s=30)
        told = [each["exercise"] for each in heard.json("repclip/bench/info")]
    assert told == ["face_pull", "bent_over_row"]
    assert heard.json("repclip/bench/state")[-1]["exercise"] == "bent_over_row"


def test_a_recording_that_cannot_begin_does_not_end_the_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    text = f'[sensors]\nbus = "sim:motion=still"\n[recordings]\nalways = true\nfolder = "{tmp_path / "file"}"'
    with RunningStation(tmp_path, text) as station:
        station.wait_for(WORKS)
    told = [each.message for each in caplog.records if "Nothing is recorded from here on" in each.message]
    assert len(told) == 1
