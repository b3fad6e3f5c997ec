from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.scripted import stream_info

from calibration.value import Calibration
from firmware.chip_clock import ClockFit
from firmware.identity import SensorIdentity
from firmware.readings import Cause, Recovered, Trouble
from firmware.roles import SensorRole
from firmware.stats import SensorStats
from pi_service.publish import message
from pi_service.publish.device_payloads import FaultPayload, HealthPayload, InfoPayload
from pi_service.publish.live_station import LiveStation
from pi_service.publish.monitor import Monitor, StationFacts
from pi_service.publish.process_use import ProcessUse, memory_mb
from pi_service.publish.topics import StationTopics
from pi_service.publish.wall_clock import WallClock
from pi_service.sources.live_stats import LiveStats, SensorLiveStats

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
LIMB = SensorIdentity(SensorRole.LIMB, 1, 0x68, "MPU-6050", 0x68)
READ = SensorStats(1_000, 2, 15, 1, 0, 3, ClockFit(100.2, 2_000.0, 180.0, 20.0), 24.56789, 0.004)
FACTS = StationFacts(
    {SensorRole.LIMB: LIMB}, {SensorRole.LIMB: Calibration.nominal(LIMB, 8, 1000)}, ("any", "face_pull")
)


class Way:
    """A way to the broker with what the test wants to be wrong with it."""

    def __init__(self):
        self.dropped = 0
        self.wrong = ()
        self.messages = []

    def waiting(self):
        return 7

    def troubles(self):
        return self.wrong

    def publish(self, messages):
        self.messages += messages

    def flush(self, _timeout_s):
        return True


class Station:
    def __init__(self):
        self.way, self.at_s, self.delivered = Way(), 100.0, 0
        self.began_at = NOW
        self.monitor = Monitor(
            stream_info(),
            StationTopics("bay07"),
            "s1",
            way=self.way,
            stats=self.stats,
            clock=lambda: self.at_s,
            now=lambda: self.began_at + timedelta(seconds=self.at_s - 100.0),
        )

    def stats(self):
        each = SensorLiveStats(READ, self.delivered, 4, 5, 1)
        return LiveStats({SensorRole.LIMB: each}, 0.02, 0, "ordinary", 10.0)

    def said(self):
        return [(each.topic.rpartition("/")[2], json.loads(each.payload)) for each in self.monitor.due()]


def test_what_the_station_is():
    station = Station()
    told = station.monitor.info(replace(FACTS, requests=("select_exercise",)))
    assert (told.topic, told.qos, told.retain) == ("repclip/bay07/info", 1, True)
    info = InfoPayload.from_bytes(told.payload)
    assert info.software.startswith("repclip ")
    assert (info.sensors, info.sensor_chip, info.sensor_rate_hz) == (("limb",), ("MPU-6050",), (100.0,))
    assert (info.sensor_calibration, info.sensor_calibrated_ts) == (("nominal",), (None,))
    assert info.exercises == ("any", "face_pull")
    assert info.started_ts == "2026-03-04T17:05:06.123Z"


def test_how_the_station_is_every_ten_seconds():
    station = Station()
    station.at_s, station.delivered = 109.9, 990
    assert station.said() == []
    station.at_s, station.delivered = 110.0, 1_002
    ((kind, health),) = station.said()
    assert kind == "health"
    assert (health["limb_rate_hz"], health["limb_gaps"], health["limb_lost_samples"]) == (100.2, 3, 20)
    assert (health["limb_temperature_c"], health["limb_clock_ppm"], health["limb_clipped"]) == (
        24.57,
        2_000.0,
        4,
    )
    assert (health["up_s"], health["queue_s"], health["outbox_waiting"]) == (10.0, 0.02, 7)
    assert (health["ts"], health["faults"]) == ("2026-03-04T18:00:10.000Z", [])
    assert not [key for key in health if key.startswith("torso_")]
    assert health["memory_mb"] > 5
    station.at_s = 119.0
    assert station.said() == []
    station.at_s, station.delivered = 120.0, 1_002
    assert station.said()[0][1]["limb_rate_hz"] == 0.0
    HealthPayload.model_validate(health)


def test_a_rate_is_that_of_some_seconds_whoever_asks():
    station = Station()
    assert "limb_rate_hz" not in json.loads(station.monitor.health().payload)
    for second in range(1, 31):
        station.at_s, station.delivered = 100.0 + second, 100 * second
        station.monitor.due()
    # The next block of samples comes late; two ask meanwhile.
    for later_s in (0.05, 0.1):
        station.at_s = 130.0 + later_s
        rate_hz = json.loads(station.monitor.health().payload)["limb_rate_hz"]
        assert rate_hz == pytest.approx(100.0, abs=2.0)


def test_faults_come_once_and_go_once_with_numbers_of_their_own():
    station = Station()
    station.way.wrong = (message.Trouble("outbox_full", "Too much waits."),)
    station.monitor.hear(Trouble(SensorRole.LIMB, Cause.BUS, 0, "Nothing answers: check the wires."))
    said = station.monitor.due()
    assert all(each.vital for each in said), "they find room in a full outbox, of which one of them tells"
    faults = [("fault", json.loads(each.payload)) for each in said]
    assert [(kind, each["fault"], each["what"], each["active"], each["sensor"]) for kind, each in faults] == [
        ("fault", 1, "limb_bus", True, "limb"),
        ("fault", 2, "outbox_full", True, None),
    ]
    assert station.said() == []
    station.at_s = 110.0
    assert station.said()[0][1]["faults"] == ["limb_bus", "outbox_full"]
    station.monitor.hear(Recovered(SensorRole.LIMB, 5, 1.0))
    ((_, over),) = station.said()
    assert (over["fault"], over["what"], over["active"]) == (3, "limb_bus", False)
    assert over["text"] == "Nothing answers: check the wires."
    FaultPayload.model_validate(over)


def test_a_live_station_says_all_of_it_in_its_place():
    way = Way()
    source = Station()
    station = LiveStation(way, FACTS, source.stats, "gym/floor1")
    station.hear(Trouble(SensorRole.LIMB, Cause.CHIP, 0, "Another chip answers."))
    station.tick()
    station.begin(stream_info())
    assert [each.topic for each in way.messages] == ["gym/floor1/bay07/info", "gym/floor1/bay07/state"]
    station.tick()
    assert json.loads(way.messages[-1].payload)["what"] == "limb_chip"
    station.end()
    assert [each.topic.rpartition("/")[2] for each in way.messages[-2:]] == ["state", "health"]
    assert {json.loads(each.payload)["session"] for each in way.messages} == {"20260304t170506-0cfce9"}


def test_a_station_that_has_not_begun_takes_nothing():
    with pytest.raises(RuntimeError, match="begin"):
        LiveStation(Way(), FACTS, Station().stats).take([])


def test_what_the_process_takes_is_plausible():
    use = ProcessUse()
    sum(range(300_000))
    assert 0.0 < use.cpu_percent() <= 150.0
    assert 5.0 < memory_mb() < 4_000.0


def test_a_clock_that_is_put_right_after_the_start_is_told_with_how_far():
    station = Station()
    first = json.loads(station.monitor.info(FACTS).payload)
    assert "clock_offset_s" not in first
    station.at_s = 111.0
    assert [kind for kind, _ in station.said()] == ["health"], "a right clock is nothing to tell"
    station.began_at += timedelta(days=100, seconds=1.5)
    station.at_s = 125.0
    said = station.said()
    assert [kind for kind, _ in said] == ["info", "fault", "health"]
    assert said[0][1] == {**first, "ts": said[0][1]["ts"], "clock_offset_s": 8_640_001.5}
    assert said[0][1]["ts"] == said[2][1]["ts"], "health and faults say the right time at once"
    assert (said[1][1]["what"], said[1][1]["active"]) == ("clock_wrong", True)
    assert "put right by +8640002 s" in said[1][1]["text"]
    assert said[2][1]["faults"] == ["clock_wrong"]
    InfoPayload.model_validate(said[0][1])
    station.at_s = 136.0
    assert [kind for kind, _ in station.said()] == ["health"], "once"
    station.began_at = NOW
    station.at_s = 147.0
    again = station.said()
    assert [(kind, each.get("active")) for kind, each in again[:2]] == [("info", None), ("fault", False)]
    assert "clock_offset_s" not in again[0][1]


def test_a_clock_that_says_1970_is_told_at_once():
    station = Station()
    clock = WallClock(lambda: 0.0, lambda: datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC))
    (trouble,) = clock.troubles()
    assert (trouble.what, clock.offset_s) == ("clock_wrong", None)
    assert "says 1970, which cannot be" in trouble.text
    assert station.said() == []
