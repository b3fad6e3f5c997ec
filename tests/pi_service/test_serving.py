"""A station as a service: it waits for its sensor, is configured anew, and stands beside others.

On simulated sensors in a time that a busy computer makes slower: orders are asserted, and long times.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.ports import wait_until
from support.station import WATCHDOG_S, WORKS, RunningStation, at, use_easy_time
from support.subscriber import Subscriber


@pytest.fixture(autouse=True)
def _easy_time(monkeypatch: pytest.MonkeyPatch) -> None:
    use_easy_time(monkeypatch)


@pytest.mark.broker
def test_it_waits_for_its_sensor_and_counts_when_that_answers(tmp_path: Path, mosquitto: Mosquitto) -> None:
    text = at(mosquitto, '[station]\nname = "rack1"\n[sensors]\nbus = "sim:motion=still,fault=absent@0+4"')
    with (
        Subscriber(mosquitto.host, mosquitto.port) as heard,
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
def test_what_can_only_be_done_with_a_sensor_is_refused_meanwhile(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    text = at(mosquitto, '[sensors]\nbus = "sim:motion=still,fault=absent@0"')
    with Subscriber(mosquitto.host, mosquitto.port) as heard, RunningStation(tmp_path, text) as station:
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
def test_home_assistant_is_told_and_untold(tmp_path: Path, mosquitto: Mosquitto) -> None:
    topic = "homeassistant/device/repclip_bench/config"
    with (
        Subscriber(mosquitto.host, mosquitto.port, "#") as heard,
        RunningStation(tmp_path, at(mosquitto, '[sensors]\nbus = "sim:motion=still"')) as station,
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
def test_stations_beside_each_other_do_not_collide(tmp_path: Path, mosquitto: Mosquitto) -> None:
    def text(number: int) -> str:
        return at(
            mosquitto, f'[station]\nname = "rack{number}"\n[sensors]\nbus = "sim:motion=still,seed={number}"'
        )

    with (
        Subscriber(mosquitto.host, mosquitto.port) as heard,
        RunningStation(tmp_path, text(1), name="one") as one,
        RunningStation(tmp_path, text(2), name="two") as two,
    ):
        for each in (one, two):
            each.wait_for(f"{WORKS}; broker connected")
        for name in ("rack1", "rack2"):
            heard.wait_for(f"repclip/{name}/info", timeout_s=30)
        one.stop()
        wait_until(lambda: heard.payloads("repclip/rack1/availability")[-1:] == [b"offline"], "the farewell")
        heard.publish("repclip/rack2/request/health", b"")
        heard.wait_for("repclip/rack2/response/health", timeout_s=30)
        assert heard.payloads("repclip/rack2/availability") == [b"online"]
    assert sorted(each.name for each in (tmp_path / "outbox").glob("*.outbox")) == [
        "rack1.outbox",
        "rack2.outbox",
    ]


@pytest.mark.broker
def test_what_is_wanted_while_the_sensor_is_looked_for_is_counted(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    text = at(
        mosquitto, '[station]\nexercise = "face_pull"\n[sensors]\nbus = "sim:motion=still,fault=absent@0+4"'
    )
    with Subscriber(mosquitto.host, mosquitto.port) as heard, RunningStation(tmp_path, text) as station:
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
